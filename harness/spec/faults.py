"""Turn pydantic's errors into faults: where, what was found, what is allowed, what is nearest."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.spec.backbones import RGB_TAP, tap_names
from harness.spec.diagnosis import KeyPath, found_text, nearest, refusal
from harness.spec.models import (
    FORMS,
    Bounds,
    CaseRules,
    Evaluation,
    GateRules,
    Layout,
    Limits,
    Search,
    SweepFile,
)
from harness.spec.setting_keys import value_text
from harness.spec.settings import LossWeights, Settings

__all__ = ["Fault", "sweep_file_faults", "try_settings"]

WANTED = {
    "string_type": "text (in quotes where it looks like a number)",
    "string_too_short": "a text that is not empty",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "a number below {lt}",
    "less_than_equal": "{le} or less",
    "too_short": "{min_length} or more entries",
    "too_long": "at most {max_length} entries",
}
"""What pydantic's own kinds of error ask for."""

LAYERS = "a tap, a list of taps, or a mapping tap: weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with a value: where in it, and what is found and allowed."""

    path: KeyPath
    message: str


def try_settings(values: Mapping[str, Any]) -> Settings | list[Fault]:
    """Return the settings that nested plain data describes, or all that is wrong with it."""
    try:
        return Settings.model_validate_json(json.dumps(values))
    except ValidationError as error:
        return [fault for one in _errors(error) for fault in _settings_faults(one)]


def sweep_file_faults(data: Mapping[str, Any]) -> list[Fault]:
    """Return all that is wrong with the structure of a sweep file."""
    try:
        SweepFile.model_validate_json(json.dumps(data))
    except ValidationError as error:
        return [_sweep_fault(one) for one in _errors(error)]
    return []


def _errors(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False)


def _settings_faults(error: ErrorDetails) -> list[Fault]:
    path = error["loc"]
    context = error.get("ctx", {})
    if error["type"] == "no_such_tap":
        backbone = context["backbone"]
        return [
            Fault(path=tuple(place), message=_no_such_tap(backbone, place[1]))
            for place in context["missing"]
        ]
    if error["type"] == "extra_forbidden":
        # Only inside weights: the keys of settings themselves are checked before they get here.
        return [Fault(path=path, message=_unknown_key(path[-1], tuple(LossWeights.model_fields)))]
    if error["type"] == "dict_type":
        found = found_text(error["input"])
        return [Fault(path=path, message=f"found {found}; allowed: {LAYERS}")]
    return [Fault(path=path, message=_message(error))]


def _no_such_tap(backbone: str, tap: str) -> str:
    names = tap_names(backbone)
    places = ", ".join(name.removeprefix("conv") for name in names if name.startswith("conv"))
    close = nearest(tap, names)
    hint = f"; did you mean {close}?" if close else ""
    return f"{backbone} has no tap {tap}; allowed: {RGB_TAP}, and conv or relu with {places}{hint}"


def _sweep_fault(error: ErrorDetails) -> Fault:
    form, path = _without_form(error["loc"])
    if error["type"] == "extra_forbidden":
        names = _allowed_keys(path, form)
        return Fault(path=path, message=_unknown_key(path[-1], names))
    if error["type"] == "form":
        return Fault(path=path, message=_no_form(error["input"], error["msg"]))
    return Fault(path=path, message=_message(error))


def _without_form(location: KeyPath) -> tuple[str, KeyPath]:
    """Take pydantic's tag of a parameter's form out of a location in the file."""
    if location[0] == "parameters" and len(location) > 2:  # noqa: PLR2004 - parameters, key, tag
        return str(location[2]), (*location[:2], *location[3:])
    return "", location


def _allowed_keys(path: KeyPath, form: str) -> tuple[str, ...]:
    if form:
        return tuple(FORMS[form].model_fields)
    if path[:2] == ("search", "constraints"):
        return tuple(Bounds.model_fields)
    parts: dict[Any, type[BaseModel]] = {
        "cases": CaseRules,
        "confirm": CaseRules,
        "search": Search,
        "limits": Limits,
        "layout": Layout,
        "evaluation": Evaluation,
        "gate": GateRules,
    }
    model = SweepFile if len(path) == 1 else parts[path[0]]
    return tuple(model.model_fields)


def _unknown_key(key: object, names: Sequence[str]) -> str:
    close = nearest(str(key), names)
    text = f"unknown key; allowed: {', '.join(names)}"
    return f"{text}; did you mean {close}?" if close else text


def _no_form(value: Any, allowed: str) -> str:
    if not isinstance(value, dict):
        return f"found {found_text(value)}; {allowed}"
    known = sorted({name for form in FORMS.values() for name in form.model_fields})
    close = [nearest(key, known) for key in value]
    hint = "".join(f"; did you mean {name}?" for name in close[:1] if name)
    return f"found the keys {', '.join(value) or 'none'}; {allowed}{hint}"


def _message(error: ErrorDetails) -> str:
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return "is missing and required"
    if kind == "literal_error":
        return refusal(
            value, re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
        )
    if kind == "not_one_of":
        return refusal(value, [*context["names"], "file:PATH"])
    if kind in WANTED:
        bounds = {name: value_text(bound) for name, bound in context.items()}
        return f"found {found_text(value)}; allowed: {WANTED[kind].format(**bounds)}"
    return f"found {found_text(value)}; {error['msg']}"
