"""Resolve ``base`` of a sweep file: a preset, and settings that change it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.spec.diagnosis import Diagnosis, KeyPath, path_text, refusal
from harness.spec.faults import Fault, try_changes
from harness.spec.presets import PRESETS
from harness.spec.setting_keys import explain_unknown_key, is_setting
from harness.spec.setting_types import BALANCED, BALANCED_KEY, balanced_weights
from harness.spec.settings import FILE, Settings

__all__ = ["Base", "anchored", "blame", "blamed", "change_settings", "resolve_base"]

FILE_KEYS = ("start", "pretrained")
"""Settings that may be ``file:PATH``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What all variants share; ``sources`` says where each changed setting stands in the file."""

    preset: str
    settings: Settings
    values: Mapping[str, Any]
    sources: Mapping[str, KeyPath]
    folder: Path


def resolve_base(base: Mapping[str, Any], folder: Path, diagnosis: Diagnosis) -> Base:
    """Apply ``base`` to its preset; note every fault and go on without the faulty keys."""
    preset = _preset(base, diagnosis)
    start = PRESETS[preset].settings.model_dump(mode="json")
    changes = {key: value for key, value in base.items() if key != "preset"}
    found, sources = change_settings(
        start, changes, folder, diagnosis, path=("base",), others=("preset",)
    )
    return Base(
        preset=preset,
        settings=found,
        values=found.model_dump(mode="json"),
        sources=sources,
        folder=folder,
    )


def change_settings(
    start: Mapping[str, Any],
    wanted: Mapping[str, Any],
    folder: Path,
    diagnosis: Diagnosis,
    *,
    path: KeyPath,
    others: tuple[str, ...] = (),
) -> tuple[Settings, dict[str, KeyPath]]:
    """Change settings; note every fault and go on without the faulty keys.

    Args:
        start: Nested settings, sound.
        wanted: New values by settings key.
        folder: What relative paths are relative to.
        diagnosis: Takes the problems.
        path: Where ``wanted`` stands in the file.
        others: Keys that are allowed there beside the settings.

    Returns:
        The settings, and where in the file each of their changes stands.
    """
    changes = _known_changes(wanted, folder, diagnosis, path, others)
    while isinstance(found := try_changes(start, _with_factor(changes, start)), list):
        changes = _without_faults(changes, found, diagnosis, path)
    return found, {key: (*path, key) for key in changes}


def _preset(base: Mapping[str, Any], diagnosis: Diagnosis) -> str:
    preset = base.get("preset", "house")
    if isinstance(preset, str) and preset in PRESETS:
        return preset
    diagnosis.add(("base", "preset"), refusal(preset, PRESETS))
    return "house"


def _known_changes(
    wanted: Mapping[str, Any],
    folder: Path,
    diagnosis: Diagnosis,
    path: KeyPath,
    others: tuple[str, ...],
) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for key, value in wanted.items():
        place = (*path, key)
        whole = _whole_weights(wanted) if key.startswith("weights.") else {}
        if not is_setting(key):
            diagnosis.add(place, explain_unknown_key(key, others))
        elif key.removeprefix("weights.") in whole:
            diagnosis.add(place, f"given twice; also in {path_text((*path, 'weights'))}")
        else:
            changes[key] = anchored(key, value, place, folder, diagnosis)
    return changes


def _whole_weights(base: Mapping[str, Any]) -> Collection[str]:
    """Return the names of what ``weights`` as a whole gives; ``balanced`` is one of them."""
    whole = base.get("weights")
    if whole == BALANCED:
        return (BALANCED,)
    return whole if isinstance(whole, dict) else ()


def _with_factor(changes: Mapping[str, Any], start: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes in which ``weights.balanced: true`` comes with a factor for the style."""
    is_new = changes.get(BALANCED_KEY) is True and not start["weights"]["balanced"]
    if not is_new or "weights" in changes:
        return dict(changes)
    return {"weights.style": balanced_weights(BALANCED)["style"], **changes}


def _without_faults(
    changes: Mapping[str, Any], faults: list[Fault], diagnosis: Diagnosis, path: KeyPath
) -> dict[str, Any]:
    """Note faults and take the changes that cause them away."""
    sources: dict[str, KeyPath] = {key: (*path, key) for key in changes}
    # Without a source, a tap of the preset is missing in the backbone that is asked for.
    places = [blamed(fault, sources) or (*path, "backbone") for fault in faults]
    for fault, place in zip(faults, places, strict=True):
        diagnosis.add(place, fault.message)
    faulty = {place[len(path)] for place in places}
    sound = {key: value for key, value in changes.items() if key not in faulty}
    return sound if len(sound) < len(changes) else {}


def blame(path: KeyPath, sources: Mapping[str, KeyPath]) -> KeyPath | None:
    """Return where in the file the setting at this path gets its value from.

    Args:
        path: Path in nested settings, such as ``("style_layers", "relu9_9")``.
        sources: Place in the file by settings key.

    Returns:
        The place, or None where the value is the preset's.
    """
    dotted = ".".join(str(part) for part in path[:2])
    if dotted in sources:
        return (*sources[dotted], *path[2:])
    field = str(path[0])
    if field in sources:
        return (*sources[field], *path[1:])
    parts = [key for key in sources if key.startswith(f"{field}.")]
    return sources[parts[0]] if parts else None


def blamed(fault: Fault, sources: Mapping[str, KeyPath]) -> KeyPath | None:
    """Return where in the file a fault has its reason: the first of its places that stands there.

    Args:
        fault: What is wrong.
        sources: Place in the file by settings key.
    """
    places = (blame(path, sources) for path in fault.paths)
    return next((place for place in places if place is not None), None)


def anchored(key: str, value: Any, path: KeyPath, folder: Path, diagnosis: Diagnosis) -> Any:
    """Make the file of ``start: file:PATH`` absolute; note one that does not exist.

    Args:
        key: A settings key.
        value: Its value, returned as it is where it names no file.
        path: Where the value stands.
        folder: What a relative path is relative to.
        diagnosis: Takes the problem.
    """
    name = _file_name(key, value)
    if name is None:
        return value
    file = (folder / Path(name).expanduser()).absolute()
    if not file.is_file():
        diagnosis.add(path, f"found {value!r}; no such file: {file}")
    return f"{FILE}{file}"


def _file_name(key: str, value: Any) -> str | None:
    """Return the path that a value names, if it names one; ``pretrained`` takes bare paths too."""
    if key not in FILE_KEYS or not isinstance(value, str):
        return None
    if value.startswith(FILE):
        return value.removeprefix(FILE) or None
    is_bare_path = key == "pretrained" and ("/" in value or Path(value).suffix != "")
    return value if is_bare_path else None
