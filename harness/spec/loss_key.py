"""Which runs' total losses may be compared: those that share all that defines the loss."""

import hashlib
import json

from harness.spec.settings import Settings

__all__ = ["LOSS_KNOBS", "loss_key"]

LOSS_KNOBS = (
    "backbone",
    "pretrained",
    "pooling",
    "padding",
    "image_size",
    "content_layers",
    "style_layers",
    "content_loss",
    "style_loss",
    "weights",
)


def loss_key(settings: Settings) -> str:
    """Return what two runs must share for their total losses to be comparable."""
    facts = settings.model_dump(mode="json", include=set(LOSS_KNOBS))
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]
