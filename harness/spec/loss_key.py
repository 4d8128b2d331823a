"""Which runs' total losses may be compared: those that share all that defines the loss."""

import hashlib
import json

from harness.spec.neutral import without_neutral
from harness.spec.settings import Settings

__all__ = ["LOSS_KNOBS", "loss_key"]

LOSS_KNOBS = (
    "backbone",
    "pretrained",
    "preprocessing",
    "pooling",
    "pooling_scale",
    "padding",
    "image_size",
    "size_of",
    "size_rounding",
    "interpolation",
    "style_size",
    "style_scale",
    "color",
    "content_layers",
    "style_layers",
    "layer_combination",
    "style_layer_scale",
    "style_layer_decay",
    "content_loss",
    "style_loss",
    "tv_loss",
    "tv_power",
    "weights",
    "pixel_range",
)

START_KNOBS = (
    "start",
    "start_blend",
    "noise_std",
    "noise_mean",
    "stripes_period",
    "stripes_angle",
    "pyramid",
    "pyramid_min",
)
"""What decides a balanced weight besides: the picture at which the gradients are compared."""


def loss_key(settings: Settings, fed: str = "") -> str:
    """Return what two runs must share for their total losses to be comparable.

    Args:
        settings: Of the run.
        fed: What made the content or style of a chained run; empty for those of its case.
    """
    knobs = {*LOSS_KNOBS, *(START_KNOBS if settings.weights.balanced else ())}
    facts = without_neutral(settings.model_dump(mode="json", include=knobs))
    if fed:
        facts["fed"] = fed
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]
