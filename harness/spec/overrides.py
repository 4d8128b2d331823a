"""Values given on the command line: ``--set key=value``, with the keys of the sweep file."""

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.errors import Problem, SpecError
from harness.spec.cases import BUILTIN
from harness.spec.diagnosis import SET, Diagnosis, KeyPath
from harness.spec.models import FORMS, SweepFile
from harness.spec.setting_keys import explain_unknown_key, is_setting, split_key
from harness.spec.setting_types import balanced_weights
from harness.spec.settings import FILE
from harness.spec.yaml_loader import load_yaml

__all__ = ["SCALES", "apply_overrides", "change_value", "key_path"]

FORM_KEYS = {name for form in FORMS.values() for name in form.model_fields}
HALVING = "halving."
SCALES = "scales"
PICTURE_KEYS = {(part, kind) for part in ("cases", "confirm") for kind in ("content", "style")}


def apply_overrides(
    data: Mapping[str, Any], overrides: Iterable[str], diagnosis: Diagnosis
) -> dict[str, Any]:
    """Return the data of a sweep file with values of the command line in it.

    A key is one of the file (``limits.time``, ``cases.seeds``, ``parameters.lr.values``) or a
    setting (``iterations`` stands for ``base.iterations``). A value is YAML. Later ones win.
    Relative paths are relative to the current folder, as on any command line.

    Args:
        data: The file's data.
        overrides: ``key=value`` each.
        diagnosis: Takes the problems; learns which values no longer come from the file.
    """
    result = copy.deepcopy(dict(data))
    for override in overrides:
        key, equals, text = override.partition("=")
        path = key_path(key.strip())
        if not equals or path is None:
            _refuse(key.strip() if equals else override, bool(equals), diagnosis)
            continue
        try:
            value = _value(text, path)
        except SpecError as error:
            message = f"found {text!r}; {error.problems[0].message}"
            diagnosis.take(Problem(message=message, file=SET, key=key))
            continue
        change_value(result, path, value, diagnosis)
    return result


def _refuse(key: str, has_equals: bool, diagnosis: Diagnosis) -> None:
    if not has_equals:
        message = "found no '='; allowed: key=value"
    else:
        message = explain_unknown_key(key, tuple(SweepFile.model_fields))
    diagnosis.take(Problem(message=message, file=SET, key=key))


def key_path(key: str) -> tuple[str, ...] | None:
    """Return where in the file a key stands; None where it is no key of a sweep file."""
    top, _, rest = key.partition(".")
    if is_setting(key) or key == "preset":
        return ("base", key)
    if top not in SweepFile.model_fields:
        return None
    if not rest:
        return (top,)
    if top == "base":
        return (top, rest)
    if top == SCALES or (top == "search" and rest.startswith(HALVING)):
        return (top, *rest.split(".", 1))  # what follows is a key itself, dots and all
    return (top, *_parameter_path(rest)) if top == "parameters" else (top, *rest.split("."))


def _parameter_path(rest: str) -> tuple[str, ...]:
    """Split ``weights.style.values`` after the parameter's name, which may hold a dot."""
    parts = rest.split(".")
    ends = [at for at, part in enumerate(parts) if at and part in FORM_KEYS]
    if not ends:
        return (rest,)
    name, inner = ".".join(parts[: ends[0]]), ".".join(parts[ends[0] + 1 :])
    return (name, parts[ends[0]], inner) if inner else (name, parts[ends[0]])


def _value(text: str, path: KeyPath) -> Any:
    """Read a value as YAML; make the paths in it absolute.

    Raises:
        SpecError: it is no YAML.
    """
    document = load_yaml(f"value: {text}".encode(), SET)
    if document.problems or set(document.data) != {"value"}:
        problems = document.problems or [Problem(message="allowed: one value")]
        raise SpecError(list(problems))
    value = document.data["value"]
    if path in PICTURE_KEYS:
        entries = [value] if isinstance(value, str | dict) else value
        is_list = isinstance(entries, list)
        return [_absolute(one) for one in entries] if is_list else value
    if isinstance(value, str) and value.startswith(FILE):
        return f"{FILE}{_absolute(value.removeprefix(FILE))}"
    return value


def _absolute(entry: Any) -> Any:
    if isinstance(entry, dict):  # label → pictures with their weights
        return {
            label: {_absolute(one): weight for one, weight in weights.items()}
            if isinstance(weights, dict)
            else weights
            for label, weights in entry.items()
        }
    if not isinstance(entry, str) or not entry or entry.startswith(BUILTIN):
        return entry
    return str(Path.cwd() / Path(entry).expanduser())


def change_value(
    data: dict[str, Any],
    path: tuple[str, ...],
    value: Any,
    diagnosis: Diagnosis,
    *,
    origin: KeyPath | None = None,
) -> None:
    """Put a value into the data of a sweep file; what it replaces or undoes is taken out.

    Args:
        data: The file's data, which is changed.
        path: Where the value belongs, as ``key_path`` returns it.
        value: Plain data.
        diagnosis: Takes a problem; learns where the value comes from.
        origin: Where in the file the value stands; None for the command line.
    """
    if path == ("base", "weights"):
        value = balanced_weights(value)
    if path == ("base", "weights") and isinstance(value, dict):
        for name, weight in value.items():
            one = ("base", f"weights.{name}")
            place = None if origin is None else (*origin, name)
            change_value(data, one, weight, diagnosis, origin=place)
        return
    if path[0] == "base" and len(path) > 1:
        swept = _swept_by(path[1], data.get("parameters"))
        if swept:
            _refuse_swept(path[1], swept, diagnosis, origin)
            return
        _clear(data.get("base"), path[1])
    inner: Any = data
    for key in path[:-1]:
        if inner.get(key) is None:
            inner[key] = {}
        inner = inner[key]
        if not isinstance(inner, dict):
            return  # wrong in the file itself, which is said elsewhere
    inner[path[-1]] = value
    if origin is None:
        diagnosis.mark_set(path)
    else:
        diagnosis.mark_moved(path, origin)


def _refuse_swept(key: str, swept: str, diagnosis: Diagnosis, origin: KeyPath | None) -> None:
    message = f"the sweep varies it (parameters.{swept}); change that, or leave it"
    if origin is None:
        diagnosis.take(Problem(message=message, file=SET, key=key))
    else:
        diagnosis.add(origin, message)


def _swept_by(key: str, parameters: Any) -> str | None:
    """Return the parameter that varies a setting, or a whole that the setting is part of."""
    if not isinstance(parameters, dict):
        return None
    for name, form in parameters.items():
        members = form.get("zip") if isinstance(form, dict) else None
        for one in members if isinstance(members, dict) else (name,):
            if one in (key, split_key(key)[0]):
                return str(name)
    return None


def _clear(base: Any, key: str) -> None:
    """Take out of ``base`` what would contradict or undo a new value of this key."""
    if not isinstance(base, dict):
        return
    field, *part = split_key(key)
    weights = base.get("weights")
    if part and field == "weights" and isinstance(weights, dict):
        weights.pop(part[0], None)
    for other in [one for one in base if not part and one.startswith(f"{field}.")]:
        del base[other]
