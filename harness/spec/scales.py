"""The scales of a sweep file: the same question as it was asked, and small enough for a trial."""

from collections.abc import Iterable, Mapping
from typing import Any

from harness.spec.diagnosis import Diagnosis, found_text, refusal
from harness.spec.models import SweepFile
from harness.spec.overrides import SCALES, apply_overrides, change_value, key_path
from harness.spec.setting_keys import explain_unknown_key

__all__ = ["SCALABLE", "SCALE", "apply_scale", "scale_note"]

SCALE = "scale"
FIXED = ("schema_version", SCALE, SCALES)
SCALABLE = tuple(key for key in SweepFile.model_fields if key not in FIXED)
"""Keys at the top of a sweep file that a scale can change."""


def apply_scale(
    data: Mapping[str, Any], overrides: Iterable[str], diagnosis: Diagnosis
) -> tuple[dict[str, Any], str]:
    """Return the data of a sweep file with the values of its scale in it, and the scale's name.

    The scale is that of the command line (``scale=small``), else that of the file, else the first.
    Its keys are those of ``--set``; what the command line changes besides is not in the result.

    Args:
        data: The file's data.
        overrides: ``key=value`` each.
        diagnosis: Takes the problems; learns where in the file values stand.

    Returns:
        The data and the name; empty where no scale can be taken.
    """
    ours = (one for one in overrides if _top(one) in (SCALE, SCALES))
    result = apply_overrides(data, ours, diagnosis)
    scales = result.get(SCALES) or {}
    if not isinstance(scales, dict):
        return result, ""  # which is said of its structure
    _check_keys(scales, diagnosis)
    name = result.get(SCALE)
    name = next(iter(scales), "") if name is None else name
    if not isinstance(name, str):
        return result, ""
    if name not in scales:
        if name:
            diagnosis.add((SCALE,), _no_such_scale(name, scales))
        return result, ""
    values = scales[name]
    for key, value in values.items() if isinstance(values, dict) else ():
        path = _path(key)
        if path is not None:
            change_value(result, path, value, diagnosis, origin=(SCALES, name, key))
    return result, name


def scale_note(name: str, scales: Iterable[str]) -> list[str]:
    """Say which of a file's scales a sweep has; nothing where there is no choice.

    Args:
        name: The scale that was taken.
        scales: All that the file has.
    """
    others = [one for one in scales if one != name]
    if not others:
        return []
    ways = " or ".join(f"`--set scale={one}`" for one in others)
    return [f"this is the scale {name} of its file; {ways} takes another"]


def _top(override: str) -> str:
    return override.partition("=")[0].strip().partition(".")[0]


def _path(key: str) -> tuple[str, ...] | None:
    """Return where in the file a key of a scale stands; None where it can stand nowhere."""
    path = key_path(key)
    return None if path is None or path[0] in FIXED else path


def _check_keys(scales: Mapping[str, Any], diagnosis: Diagnosis) -> None:
    """Note every key that is none, in all scales: a fault must not wait until one is taken."""
    for name, values in scales.items():
        for key in values if isinstance(values, dict) else ():
            if _path(key) is None:
                diagnosis.add((SCALES, name, key), explain_unknown_key(key, SCALABLE))


def _no_such_scale(name: str, scales: Mapping[str, Any]) -> str:
    if scales:
        return refusal(name, scales)
    return f"found {found_text(name)}, but the file has no scales"
