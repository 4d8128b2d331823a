"""Settings of one style transfer: a preset, a file or a stored variant, then key=value."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.errors import InputError, Problem, SpecError
from harness.spec.base_settings import resolve_base
from harness.spec.diagnosis import SET, Diagnosis, KeyPath, nearest
from harness.spec.neutral import NEUTRAL, with_neutral
from harness.spec.overrides import apply_overrides
from harness.spec.setting_keys import HOUSE, explain_unknown_key, is_setting
from harness.spec.settings import Settings
from harness.spec.yaml_loader import load_yaml
from harness.sweep.picture_file import SETTINGS, embedded_texts, seed_of

__all__ = [
    "SettingsSource",
    "file_source",
    "known_source",
    "preset_source",
    "resolve_settings",
]

LISTED = 8  # settings that a note names

BASE = "base"
"""Key of a sweep file under which settings stand: what is true of them there is true here."""

OPTIONS = {"preset": "preset", "seed": "seed", "seeds": "seed", "device": "device"}
"""What is no setting, but has an option of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsSource:
    """Settings as they were found, not checked yet.

    ``label`` is what messages call the source, ``values`` its nested settings, ``lines`` and
    ``problems`` what its reader knows of them; relative paths in it are relative to ``folder``.
    ``seed`` is that of the run that made a picture, ``notes`` say what was taken for granted.
    """

    label: str
    values: Mapping[str, Any]
    folder: Path = field(default_factory=Path.cwd)
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    seed: int | None = None
    notes: tuple[str, ...] = ()


def preset_source(name: str) -> SettingsSource:
    """Start from a preset; whether there is one of this name, ``resolve_settings`` finds out."""
    return SettingsSource(label="", values={"preset": name})


def known_source(settings: Settings, label: str) -> SettingsSource:
    """Start from settings that are known, such as those of a stored run.

    Args:
        settings: The settings.
        label: What messages call them.
    """
    return SettingsSource(label=label, values=settings.model_dump(mode="json"))


def file_source(path: Path) -> SettingsSource:
    """Read settings from a file: JSON (or YAML), or a picture that carries them.

    Every run in the store has such a ``settings.json``; pictures that were written with their
    settings have them inside.

    Args:
        path: The file; paths in it are relative to its folder.

    Raises:
        InputError: There is no such file, it cannot be read or holds no settings.
    """
    data = _read(path)
    texts = embedded_texts(data)
    if texts is None:
        raw, seed = data, None
    elif SETTINGS in texts:
        raw, seed = texts[SETTINGS].encode(), seed_of(texts)
    else:
        raise InputError(
            f"{path}: this picture carries no settings; the results that `harness transfer` wrote "
            "do, unless another program saved them again; pictures on the way carry some only "
            "where a shorter run would end with them (no pyramid, a constant learning rate)"
        )
    document = load_yaml(_without_tabs(raw), str(path))
    values, preset = document.data, document.data.get("preset", "house")
    if "preset" not in values and not set(HOUSE) - set(NEUTRAL) - set(values):
        values = with_neutral(values)  # written whole, before some knobs were there
    missing = [key for key in HOUSE if key not in values]
    return SettingsSource(
        label=str(path),
        values=values,
        folder=path.absolute().parent,
        lines={(BASE, *place): line for place, line in document.lines.items()},
        problems=document.problems,
        seed=seed,
        notes=_notes(path, missing, preset) if missing else (),
    )


def resolve_settings(
    source: SettingsSource, overrides: Iterable[str] = (), *, origin: str = SET
) -> Settings:
    """Apply ``key=value`` to a source and check the whole.

    Args:
        source: Where the settings start from.
        overrides: ``key=value`` each, values in YAML, as ``--set`` takes them; later ones win.
        origin: What messages call the overrides.

    Raises:
        SpecError: carries every problem of the source and of the overrides.
    """
    lines = dict(source.lines)
    diagnosis = Diagnosis(source.label, lines, source.problems)
    known = list(_settings_only(overrides, diagnosis, origin))
    data = apply_overrides({BASE: dict(source.values)}, known, diagnosis)
    settings = resolve_base(data[BASE], source.folder, diagnosis).settings
    if diagnosis.problems:
        raise SpecError([_plain(problem, origin) for problem in diagnosis.problems])
    return settings


def _settings_only(overrides: Iterable[str], diagnosis: Diagnosis, origin: str) -> Iterator[str]:
    """Leave out, and note, what would be a key of a sweep file, or none at all."""
    for override in overrides:
        name, equals, _ = override.partition("=")
        key = name.strip()
        if not equals or is_setting(key):
            yield override
            continue
        if key in OPTIONS:
            option = f"--{OPTIONS[key]}" if origin == SET else f"{OPTIONS[key]}=…"
            message = f"no setting, but an option of its own: {option}"
        else:
            message = explain_unknown_key(key)
        diagnosis.take(Problem(message=message, file=SET, key=key))


def _plain(problem: Problem, origin: str) -> Problem:
    """Name a problem as one of settings, which here stand under no ``base``."""
    file = origin if problem.file == SET else problem.file
    return replace(problem, file=file, key=problem.key.removeprefix(f"{BASE}."))


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        names = [one.name for one in path.parent.glob("*")]
        close = nearest(path.name, names)
        hint = f"; did you mean {path.parent / close}?" if close else ""
        raise InputError(f"{path}: no such file{hint}") from error
    except IsADirectoryError as error:
        raise InputError(f"{path}: found a folder; allowed: a file with settings") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if not data.strip():
        raise InputError(f"{path}: the file is empty; allowed: settings as JSON")
    return data


def _without_tabs(raw: bytes) -> bytes:
    """Return JSON that is also YAML: a raw tab may only stand between its values."""
    return raw.replace(b"\t", b"  ") if raw.lstrip().startswith(b"{") else raw


def _notes(path: Path, missing: list[str], preset: str) -> tuple[str, ...]:
    more = f" and {len(missing) - LISTED} more settings" if len(missing) > LISTED else ""
    named = ", ".join(missing[:LISTED])
    return (f"{path} does not name {named}{more}: as in the preset {preset}",)
