"""Turn pydantic's errors into faults: where, what was found, what is allowed, what is nearest."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.spec.backbones import (
    BACKBONES,
    RGB_TAP,
    backbone_names,
    conv_names,
    tap_names,
)
from harness.spec.diagnosis import KeyPath, found_text, nearest, refusal
from harness.spec.models import (
    FORMS,
    Bounds,
    CaseRules,
    ChainRules,
    Evaluation,
    GateRules,
    Layout,
    Limits,
    Search,
    SweepFile,
)
from harness.spec.networks import last_nodes
from harness.spec.setting_keys import assign, split_key, value_text
from harness.spec.setting_types import BALANCED, LossWeights
from harness.spec.settings import LAYER_FIELDS, Settings
from harness.spec.settings_rules import Clash
from harness.spec.style_models import FORMS_OF_STYLES

__all__ = [
    "Fault",
    "explain_error",
    "explain_key",
    "sweep_file_faults",
    "try_changes",
    "try_settings",
]

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

WEIGHTS = "a mapping such as {content: 1, style: 30}"
WELL_KNOWN = ("alexnet", "squeezenet1_1", "resnet50", "convnext_tiny")
"""Networks that a message names where there are too many."""

LAYERS = "a tap, a list of taps, or a mapping tap: weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with a value: where in it, and what is found and allowed.

    ``others`` are the places it does not go together with; a value that is wrong by itself has
    none.
    """

    path: KeyPath
    message: str
    others: tuple[KeyPath, ...] = ()

    @property
    def paths(self) -> tuple[KeyPath, ...]:
        """Every place that could be changed, the one complained of first."""
        return (self.path, *self.others)


def try_settings(values: Mapping[str, Any]) -> Settings | list[Fault]:
    """Return the settings that nested plain data describes, or all that is wrong with it."""
    try:
        return Settings.model_validate_json(json.dumps(values))
    except ValidationError as error:
        return [fault for one in _errors(error) for fault in _settings_faults(one)]


def try_changes(values: Mapping[str, Any], changes: Mapping[str, Any]) -> Settings | list[Fault]:
    """Return settings with some of them changed, or all that is wrong with them.

    A weight for a single layer is refused where the layers do not name it: it would add a layer
    where the one who wrote it meant to weigh one.

    Args:
        values: Nested settings, sound.
        changes: New values by settings key.
    """
    found = try_settings(assign(values, changes))
    return found if isinstance(found, list) else _unused_layers(values, changes) or found


def _unused_layers(values: Mapping[str, Any], changes: Mapping[str, Any]) -> list[Fault]:
    wholes = assign(values, {key: changes[key] for key in LAYER_FIELDS if key in changes})
    return [
        Fault(
            path=(field, *tap),
            message=_unused_layer(field, tap[0], wholes[field]),
            others=((field,),),
        )
        for field, *tap in map(split_key, changes)
        if field in LAYER_FIELDS and tap and tap[0] not in wholes[field]
    ]


def _unused_layer(field: str, tap: str, layers: Mapping[str, float]) -> str:
    return (
        f"found a weight for {tap}, which {field} does not name; weigh one of "
        f"{', '.join(layers)}, or add {tap} to {field}"
    )


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
        return list(_missing_taps(context["backbone"], context["missing"]))
    if error["type"] == "do_not_go_together":
        return [_clash(one) for one in context["clashes"]]
    if error["type"] == "extra_forbidden":
        # Only inside weights: the keys of settings themselves are checked before they get here.
        return [Fault(path=path, message=explain_key(path[-1], tuple(LossWeights.model_fields)))]
    if path == ("weights",) and isinstance(error["input"], str):
        return [Fault(path=path, message=f"{refusal(error['input'], [BALANCED])}, or {WEIGHTS}")]
    if error["type"] == "dict_type":
        found = found_text(error["input"])
        return [Fault(path=path, message=f"found {found}; allowed: {LAYERS}")]
    return [Fault(path=path, message=explain_error(error))]


def _clash(clash: Clash) -> Fault:
    first, *others = (split_key(key) for key in clash.keys)
    return Fault(path=first, message=clash.message, others=tuple(others))


def _missing_taps(backbone: str, places: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """Yield a fault a tap, or one for several taps of one field where every name is foreign."""
    for field in LAYER_FIELDS:
        taps = [tap for one, tap in places if one == field]
        if len(taps) > 1 and backbone not in BACKBONES:
            message = f"{backbone} has no taps {', '.join(taps)}; allowed: {_taps_text(backbone)}"
            yield Fault(path=(field,), message=message)
            continue
        for tap in taps:
            yield Fault(path=(field, tap), message=_no_such_tap(backbone, tap))


def _no_such_tap(backbone: str, tap: str) -> str:
    names = tap_names(backbone)
    close = nearest(tap, names)
    hint = f"; did you mean {close}?" if close else ""
    return f"{backbone} has no tap {tap}; allowed: {_taps_text(backbone)}{hint}"


def _taps_text(backbone: str) -> str:
    if backbone not in BACKBONES:
        shown = (RGB_TAP, *last_nodes(backbone))
        others = "" if len(shown) == len(tap_names(backbone)) else " and the nodes before these"
        return f"{', '.join(shown)}{others}"
    places = ", ".join(name.removeprefix("conv") for name in conv_names(backbone))
    kinds = "conv, bn or relu" if BACKBONES[backbone].batch_norm else "conv or relu"
    return f"{RGB_TAP}, and {kinds} with {places}"


def _no_such_backbone(found: object) -> str:
    close = nearest(str(found), backbone_names())
    hint = f"; did you mean {close}?" if close else ""
    return (
        f"found {found_text(found)}; allowed: {', '.join(BACKBONES)}, and torchvision's other "
        "classification networks that take pictures of any size, such as "
        f"{', '.join(WELL_KNOWN)}{hint}"
    )


def _sweep_fault(error: ErrorDetails) -> Fault:
    form, path = _without_form(error["loc"])
    if error["type"] == "extra_forbidden":
        names = _allowed_keys(path, form)
        return Fault(path=path, message=explain_key(path[-1], names))
    if error["type"] == "form":
        return Fault(path=path, message=_no_form(error["input"], error["msg"]))
    return Fault(path=path, message=explain_error(error))


def _without_form(location: KeyPath) -> tuple[str, KeyPath]:
    """Take pydantic's tag of a parameter's or a style's form out of a location in the file."""
    if location[0] == "parameters" and len(location) > 2:  # noqa: PLR2004 - parameters, key, tag
        return str(location[2]), (*location[:2], *location[3:])
    if location[1:2] == ("style",) and location[3:4] and location[3] in FORMS_OF_STYLES:
        return "", (*location[:3], *location[4:])  # cases, style, at, tag
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
        "chain": ChainRules,
    }
    model = SweepFile if len(path) == 1 else parts[path[0]]
    return tuple(model.model_fields)


def explain_key(key: object, names: Sequence[str]) -> str:
    """Say that a key is none, which there are, and which is nearest."""
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


def explain_error(error: ErrorDetails) -> str:
    """Say what pydantic found and what is allowed."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return "is missing and required"
    if kind == "literal_error":
        return refusal(
            value, re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
        )
    if kind == "no_such_backbone":
        return _no_such_backbone(value)
    if kind == "not_one_of":
        return refusal(value, [*context["names"], "file:PATH"])
    if kind in WANTED:
        bounds = {name: value_text(bound) for name, bound in context.items()}
        return f"found {found_text(value)}; allowed: {WANTED[kind].format(**bounds)}"
    return f"found {found_text(value)}; {error['msg']}"
