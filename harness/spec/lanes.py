"""Which runs can be optimised together with others, as lanes of one batch."""

from harness.spec.settings import Settings

__all__ = ["may_share_lanes"]


def may_share_lanes(settings: Settings) -> bool:
    """Tell whether a run may be a lane of a batch; whatever else travels alone."""
    # L-BFGS asks for evaluations of its own, the best iterate is looked for by one too, the
    # scales of a pyramid end at times of their own, and sorted projections are of no common size.
    # Without a style a content start is its own optimum, which only kernels see that sum as those
    # of the target did: last digits would be followed for a gradient.
    return (
        settings.optimizer == "adam"
        and settings.result == "last"
        and settings.pyramid == "none"
        and settings.style_loss != "sliced_wasserstein"
        and settings.weights.style > 0
    )
