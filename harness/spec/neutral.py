"""Settings that came later, with the value at which the engine does what it did before them.

Hashes leave out a setting that has this value, so that a new knob moves no fingerprint, and runs
that were stored before it stay known. The values are no defaults: those may change.
"""

from collections.abc import Mapping
from typing import Any

__all__ = ["NEUTRAL", "is_switched_off", "with_neutral", "without_neutral"]

NEUTRAL: Mapping[str, Any] = {
    "preprocessing": "auto",
    "pooling_scale": 1.0,
    "size_of": "long_side",
    "size_rounding": "nearest",
    "interpolation": "lanczos",
    "style_size": "own",
    "style_scale": 1.0,
    "color": "none",
    "layer_combination": "mean",
    "style_layer_scale": "none",
    "style_layer_decay": 1.0,
    "tv_loss": "squared",
    "tv_power": 1.25,
    "weights.balanced": False,
    "start_blend": 0.0,
    "noise_std": 0.25,
    "noise_mean": "gray",
    "stripes_period": 16.0,
    "stripes_angle": 45.0,
    "pixel_range": 1.0,
    "lr_schedule": "constant",
    "lr_end": 0.1,
    "adam_epsilon": 1e-8,
    "adam_form": "paper",
    "lbfgs_variant": "relative_step",
    "lbfgs_line_search": "none",
    "lbfgs_tolerance_gradient": 0.0,
    "lbfgs_tolerance_change": 0.0,
    "lbfgs_evaluations": 20,
    "clamp": "auto",
    "result": "last",
    "pyramid": "none",
    "pyramid_min": 128,
    "pyramid_first": 0,
    "pyramid_carry": True,
    "stop_plateau": 0.0,
    "stop_window": 50,
    "stop_loss": 0.0,
    "stop_seconds": 0.0,
}
"""By dotted key."""

_SWITCHES = frozenset(
    {
        "pooling_scale",
        "style_scale",
        "color",
        "style_layer_scale",
        "style_layer_decay",
        "weights.balanced",
        "start_blend",
        "lr_schedule",
        "lbfgs_line_search",
        "lbfgs_tolerance_gradient",
        "lbfgs_tolerance_change",
        "pyramid",
        "stop_plateau",
        "stop_loss",
        "stop_seconds",
    }
)
"""Keys whose neutral value means that the engine does nothing of the kind."""


def without_neutral(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested settings without those that came later and have their neutral value.

    Args:
        values: As ``Settings.model_dump`` writes them, whole or in part.
    """
    kept = {}
    for key, value in values.items():
        if isinstance(value, dict):
            inner = {
                name: one for name, one in value.items() if not _is_neutral(f"{key}.{name}", one)
            }
            kept[key] = inner
        elif not _is_neutral(key, value):
            kept[key] = value
    return kept


def with_neutral(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested settings in which every setting that came later has a value.

    Args:
        values: Settings as they were written, perhaps before some of the knobs were there.
    """
    filled = {key: value for key, value in NEUTRAL.items() if "." not in key} | dict(values)
    for key, value in NEUTRAL.items():
        field, _, name = key.partition(".")
        if name and isinstance(filled.get(field), dict):
            filled[field] = {name: value} | filled[field]
    return filled


def is_switched_off(key: str, value: Any) -> bool:
    """Tell whether a setting that came later has the value that switches it off."""
    return key in _SWITCHES and _is_neutral(key, value)


def _is_neutral(key: str, value: Any) -> bool:
    return key in NEUTRAL and value == NEUTRAL[key]
