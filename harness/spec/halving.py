"""Check the smaller settings of ``search.halving``: known, not varied, sound, and cheaper."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.spec.axes import Axis
from harness.spec.base_settings import Base, anchored, blamed
from harness.spec.diagnosis import Diagnosis, KeyPath
from harness.spec.faults import try_changes, try_settings
from harness.spec.models import Halving
from harness.spec.setting_keys import (
    assign,
    canonical_json,
    explain_unknown_key,
    is_setting,
    lookup,
    split_key,
    value_text,
)

__all__ = ["smaller_settings"]

COSTLY = ("image_size", "iterations")
"""Settings of which less is surely cheaper."""


def smaller_settings(
    halving: Halving, axes: Sequence[Axis], base: Base, diagnosis: Diagnosis
) -> dict[str, Any]:
    """Return the smaller settings by settings key, as far as they are sound.

    Args:
        halving: As the file gives it.
        axes: What the study varies.
        base: The settings that variants change.
        diagnosis: Takes the problems.
    """
    found: dict[str, Any] = {}
    for key, value in halving.settings.items():
        path = _path(key)
        fault = _key_fault(key, value, axes, base)
        if fault is None:
            found[key] = anchored(key, value, path, base.folder, diagnosis)
        else:
            diagnosis.add(path, fault)
    has_faults = len(found) < len(halving.settings)
    for values in _single_choices(axes, base):
        small = try_changes(values, found)
        # Choices with faults of their own are complained of elsewhere.
        if isinstance(small, list) and not isinstance(try_settings(values), list):
            has_faults = True
            for one in small:
                sources = {key: _path(key) for key in found}
                place = blamed(one, sources) or sources.get("backbone", ("search", "halving"))
                diagnosis.add(place, one.message)
    if not has_faults and canonical_json(assign(base.values, found)) == canonical_json(
        base.values
    ):
        diagnosis.add(("search", "halving"), "makes nothing smaller: these are the base's values")
    return found


def _path(key: str) -> KeyPath:
    return ("search", "halving", key)


def _key_fault(key: str, value: Any, axes: Iterable[Axis], base: Base) -> str | None:
    if not is_setting(key):
        return explain_unknown_key(key, ("keep",))
    field = split_key(key)[0]
    for axis in axes:
        if any(one in (key, field) or split_key(one)[0] == key for one in axis.keys):
            return f"the study varies it (parameters.{axis.name}); allowed: settings it does not"
    full = lookup(base.values, key)
    if key in COSTLY and isinstance(value, int) and value > full:
        return f"found {value_text(value)}, which is more than in base; allowed: less than {full}"
    return None


def _single_choices(axes: Iterable[Axis], base: Base) -> Iterator[Mapping[str, Any]]:
    """Return the base settings, and those with each single choice of the study."""
    yield base.values
    for axis in axes:
        for choice in axis.choices:
            yield assign(base.values, choice.values)
