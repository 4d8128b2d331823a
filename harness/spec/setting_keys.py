"""Settings by dotted key: ``iterations``, ``weights.style``, ``style_layers.relu3_1``."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from harness.spec.diagnosis import nearest
from harness.spec.setting_types import LossWeights, balanced_weights, layer_map
from harness.spec.settings import LAYER_FIELDS, Settings

__all__ = [
    "HOUSE",
    "SETTING_KEYS",
    "assign",
    "canonical_json",
    "explain_unknown_key",
    "is_setting",
    "lookup",
    "split_key",
    "value_text",
]

HOUSE: dict[str, Any] = Settings().model_dump(mode="json")
"""The default of every knob, as plain nested data."""

SETTING_KEYS = (*HOUSE, *(f"weights.{name}" for name in LossWeights.model_fields))
"""Every key but those of single layers, which are ``content_layers.TAP``, ``style_layers.TAP``."""

OTHER_NAMES = {
    "content_weight": "weights.content",
    "style_weight": "weights.style",
    "tv_weight": "weights.tv",
    "alpha": "weights.content",
    "beta": "weights.style",
    "steps": "iterations",
    "learning_rate": "lr",
    "size": "image_size",
    "init": "start",
    "model": "backbone",
    "network": "backbone",
    "seed": "cases.seeds",
    "seeds": "cases.seeds",
}
"""What other tools call our settings; spelling alone would suggest the wrong one."""


def split_key(key: str) -> tuple[str, ...]:
    """Split a settings key at its first dot; what follows the dot is one name."""
    return tuple(key.split(".", 1))


def is_setting(key: str) -> bool:
    """Tell whether a key names a setting (whether the tap exists is the backbone's business)."""
    first, *rest = split_key(key)
    return key in SETTING_KEYS or (first in LAYER_FIELDS and rest not in ([], [""]))


def explain_unknown_key(key: str, others: tuple[str, ...] = ()) -> str:
    """Say that a key is no setting, what the settings are, and which one is nearest.

    Args:
        key: The key that was found.
        others: Keys that are allowed beside the settings.
    """
    names = (*others, *SETTING_KEYS)
    close = OTHER_NAMES.get(key) or nearest(key, names)
    text = f"unknown key; allowed: {', '.join(names)}, content_layers.TAP, style_layers.TAP"
    return f"{text}; did you mean {close}?" if close else text


def assign(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested settings with some of them changed.

    Wholes are set before their parts, whatever the order of ``changes``: ``style_layers`` before
    ``style_layers.relu3_1``. ``weights`` changes the weights it names; layers are replaced.

    Args:
        values: Nested settings, as ``Settings.model_dump`` writes them.
        changes: New values by settings key; unknown keys are the caller's mistake.
    """
    result = copy.deepcopy(dict(values))
    for key in sorted(changes, key=lambda one: len(split_key(one))):
        value = copy.deepcopy(changes[key])
        field, *part = split_key(key)
        if key == "weights":
            value = balanced_weights(value)
        if field == "weights" and isinstance(value, dict):
            result[field] |= value
        elif not part:
            result[field] = layer_map(value) if field in LAYER_FIELDS else value
        elif isinstance(result[field], dict):
            result[field][part[0]] = value
    return result


def lookup(values: Mapping[str, Any], key: str) -> Any:
    """Return the value at a settings key of nested settings; None for a layer not in use."""
    field, *part = split_key(key)
    return values[field].get(part[0]) if part else values[field]


def canonical_json(value: Any) -> str:
    """Write plain data as the one JSON text of its value.

    Keys are sorted and whole floats written as integers, so that equal values give equal text.

    Raises:
        ValueError: a number is not finite.
    """
    return json.dumps(_canonical(value), sort_keys=True, allow_nan=False, separators=(",", ":"))


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def value_text(value: Any) -> str:
    """Write a value as a short label: ``0.02``, ``relu1_1+relu2_1``, ``relu1_1*0.5+relu2_1``."""
    if value is None:
        return "unused"
    if isinstance(value, dict):
        return "+".join(_weighted(name, weight) for name, weight in value.items())
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "+".join(value)
    if isinstance(value, str):
        return value
    return json.dumps(_canonical(value))


def _weighted(name: str, weight: Any) -> str:
    return name if weight == 1 else f"{name}*{value_text(weight)}"
