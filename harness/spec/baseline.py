"""Resolve ``baseline`` to the one variant that it means."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.spec.base_settings import Base
from harness.spec.combinations import BASE
from harness.spec.diagnosis import Diagnosis, KeyPath
from harness.spec.selection import Selector
from harness.spec.setting_keys import (
    assign,
    canonical_json,
    is_setting,
    lookup,
    value_text,
)
from harness.spec.variants import Variant

__all__ = ["find_baseline", "is_base_value", "named_values"]

AT_BASELINE: KeyPath = ("baseline",)

NEAREST = 3  # how many variants a message suggests


def named_values(
    wanted: Mapping[str, Any],
    selector: Selector,
    base: Base,
    diagnosis: Diagnosis,
    path: KeyPath = AT_BASELINE,
) -> dict[str, Any] | None:
    """Translate the labels and values of ``baseline`` into values by settings key.

    Args:
        wanted: Labels or values by name of a parameter or setting.
        selector: Knows the parameters.
        base: The settings that variants change.
        diagnosis: Takes the problems.
        path: Where ``wanted`` stands.

    Returns:
        The values; None (and problems noted) if a name or value means nothing here, or a text is
        the label of one value and equal to another.
    """
    values: dict[str, Any] = {}
    is_sound = True
    for name, value in wanted.items():
        if selector.axis_of(name) is None and is_base_value(name, value, base):
            continue  # not varied, and named for clarity
        choices = selector.find(name, value, (*path, name))
        meanings = _meanings(name, choices, selector)
        if len(meanings) > 1:
            labels = " and ".join(meanings)
            message = f"found {value_text(value)}, which means {labels}; allowed: one of them"
            diagnosis.add((*path, name), message)
        is_sound = is_sound and len(meanings) == 1
        for meaning in meanings.values():
            values |= meaning
    return values if is_sound else None


def is_base_value(name: str, value: Any, base: Base) -> bool:
    """Tell whether this is the base value of the setting of this name."""
    if not is_setting(name):
        return False
    values = assign(base.values, {name: value})
    return canonical_json(values) == canonical_json(base.values)


def _meanings(name: str, choices: frozenset[int], selector: Selector) -> dict[str, dict[str, Any]]:
    """Return the different values that choices stand for, by settings key, under their labels."""
    index = selector.axis_of(name)
    if index is None:
        return {}
    axis = selector.axes[index]
    found: dict[str, dict[str, Any]] = {}
    seen: set[str] = set()
    for at in sorted(choices):
        choice = axis.base if at == BASE else axis.choices[at]
        keys = (name,) if name in axis.keys else axis.keys
        canonical = canonical_json({key: choice.canonical[key] for key in keys})
        if canonical not in seen:
            seen.add(canonical)
            label = choice.labels.get(name, choice.label)
            found[label] = {key: choice.values[key] for key in keys if key in choice.values}
    return found


def find_baseline(
    values: Mapping[str, Any],
    variants: Sequence[Variant],
    selector: Selector,
    base: Base,
    diagnosis: Diagnosis,
    path: KeyPath = AT_BASELINE,
) -> int:
    """Return the index of the variant with these values, and base values in all other settings.

    Where there is none, the problem names the nearest variants, and the first is returned.
    """
    target = assign(base.values, values)
    keys = [key for axis in selector.axes for key in axis.keys]
    differences = [_differing(variant, target, keys) for variant in variants]
    for index, differing in enumerate(differences):
        if not differing:
            return index
    order = sorted(range(len(variants)), key=lambda index: len(differences[index]))
    nearest = "; ".join(f"({variants[index].name})" for index in order[:NEAREST])
    unnamed = [
        f"{key}={value_text(lookup(base.values, key))}" for key in keys if key not in values
    ]
    hint = f" (not named, so at its base value: {', '.join(unnamed)})" if unnamed else ""
    diagnosis.add(path, f"no variant has these settings{hint}; nearest: {nearest}")
    return 0


def _differing(variant: Variant, target: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    settings = variant.settings.model_dump(mode="json")
    return [
        key
        for key in keys
        if canonical_json(lookup(settings, key)) != canonical_json(lookup(target, key))
    ]
