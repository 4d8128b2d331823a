"""What lanes of one batch have in common."""

from harness.spec.settings import Settings
from harness.transfer.objective import taps_in_use

__all__ = ["lane_key"]


def lane_key(settings: Settings) -> tuple[object, ...]:
    """Return what lanes of one batch must share, beside the size of the prepared content.

    That is the trunk, what it sees, how pixels are moved, and the kinds of the losses. Weights,
    layers up to the trunk's end, targets, start, learning rate, schedule, average, iterations
    and stop rules are each lane's own.
    """
    *_, deepest = taps_in_use(settings)
    return (
        settings.backbone,
        settings.pretrained,
        deepest,
        settings.preprocessing,
        settings.pooling,
        settings.pooling_scale,
        settings.padding,
        settings.precision,
        settings.pixel_range,
        settings.clamp == "none",
        settings.adam_betas,
        settings.adam_epsilon,
        settings.adam_form,
        settings.content_loss,
        settings.style_loss,
        settings.tv_loss,
        settings.tv_power,
    )
