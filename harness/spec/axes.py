"""Turn the ``parameters`` of a sweep file into axes: labelled choices, each sound by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.spec.backbones import is_backbone
from harness.spec.base_settings import Base, anchored, blame, blamed
from harness.spec.diagnosis import Diagnosis, KeyPath
from harness.spec.faults import Fault, try_changes
from harness.spec.models import Parameter, RangeParameter, ZipParameter
from harness.spec.ranges import Interval, interval_of, range_values
from harness.spec.setting_keys import (
    HOUSE,
    assign,
    canonical_json,
    explain_unknown_key,
    is_setting,
    lookup,
    split_key,
    value_text,
)
from harness.spec.setting_types import BALANCED_KEY

__all__ = ["RESERVED", "Axis", "Choice", "build_axes", "canonical_of", "joined_labels"]

RESERVED = ("pair", "variant", "content", "style", "seed")
"""What a layout may name beside parameters, so no parameter may be called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One position of an axis.

    ``values``, ``labels``, ``canonical`` (canonical JSON of the values) and ``sources`` (their
    places in the file) are by settings key: one key, or the members of a zip.
    """

    label: str
    values: Mapping[str, Any]
    labels: Mapping[str, str]
    canonical: Mapping[str, str]
    sources: Mapping[str, KeyPath]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One swept parameter, or several that move together.

    ``base`` is the choice where the axis does not apply (``when``); it changes nothing. A range
    of a study has an ``interval`` and no choices.
    """

    name: str
    keys: tuple[str, ...]
    choices: tuple[Choice, ...]
    base: Choice
    when: Mapping[str, Any]
    interval: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """A value of one key as the file gives it."""

    label: str
    value: Any
    source: KeyPath


@dataclass(frozen=True, slots=True, kw_only=True)
class _World:
    """What a value has to go together with: the base, every backbone, and what else varies."""

    base: Base
    backbones: Sequence[str]
    varied: frozenset[str]


_Columns = dict[str, list[_Value]]  # the values of an axis by settings key


def build_axes(
    parameters: Mapping[str, Parameter], base: Base, diagnosis: Diagnosis, *, is_grid: bool
) -> tuple[list[Axis], set[str]]:
    """Return one axis a parameter, and the names of those that cannot be used.

    Every value is checked by itself, on each backbone of the sweep; whether values go together
    is checked with the variants.

    Args:
        parameters: As the file gives them.
        base: The settings they change.
        diagnosis: Takes the problems.
        is_grid: A range needs a count and becomes choices; else it becomes an interval.
    """
    axes: list[Axis] = []
    unsound: set[str] = set()
    swept: set[str] = set()
    world = _World(
        base=base,
        backbones=_backbones_in_play(parameters, base),
        varied=frozenset(
            name for key, parameter in parameters.items() for name in _names(key, parameter)
        ),
    )
    _check_balance(parameters, world, diagnosis)
    for name, parameter in parameters.items():
        columns = _columns(name, parameter, diagnosis, is_grid=is_grid)
        if columns is None or not _names_are_free(name, columns, swept, diagnosis):
            unsound |= _names(name, parameter)
            continue
        rows = _rows(columns)
        labels = _position_labels(name, parameter, len(rows), diagnosis)
        choices = [
            _choice(row, label, world, diagnosis) for row, label in zip(rows, labels, strict=True)
        ]
        sound = [choice for choice in choices if choice is not None]
        if len(sound) < len(choices):
            unsound |= _names(name, parameter)
            continue
        axis = _axis(name, sound, base, parameter.when or {})
        if isinstance(parameter, RangeParameter) and not is_grid:
            axis = replace(axis, choices=(), interval=_interval(name, parameter))
        axes.append(axis)
    return axes, unsound


def _check_balance(
    parameters: Mapping[str, Parameter], world: _World, diagnosis: Diagnosis
) -> None:
    """Refuse to vary whether weights are balanced where nobody says what the factor then is."""
    said = {"weights", "weights.style"} & {*world.base.sources, *world.varied}
    if said or world.base.settings.weights.balanced:
        return
    for name, parameter in parameters.items():
        if BALANCED_KEY in _names(name, parameter):
            message = (
                f"found {BALANCED_KEY} varied alone: {world.base.settings.weights.style:g}, the "
                "weight of the style, would be its factor; vary weights: {values: {by hand: "
                "{style: 30}, balanced: balanced}}, or say weights.style in base"
            )
            diagnosis.add(("parameters", name), message)


def _names(name: str, parameter: Parameter) -> set[str]:
    return {name, *(parameter.zip if isinstance(parameter, ZipParameter) else ())}


def canonical_of(key: str, value: Any, base: Base) -> str:
    """Return the canonical JSON of a value of this key: equal values have equal text."""
    return canonical_json(lookup(assign(base.values, {key: value}), key))


def _backbones_in_play(parameters: Mapping[str, Parameter], base: Base) -> list[str]:
    found: list[Any] = [base.settings.backbone]
    for name, parameter in parameters.items():
        columns = parameter.zip if isinstance(parameter, ZipParameter) else {}
        if name == "backbone" and not isinstance(parameter, RangeParameter | ZipParameter):
            columns = {name: parameter.values}
        listed = columns.get("backbone", [])
        found += listed.values() if isinstance(listed, dict) else listed
    names = [name for name in found if isinstance(name, str)]
    return [name for name in dict.fromkeys(names) if is_backbone(name)]


def _columns(
    name: str, parameter: Parameter, diagnosis: Diagnosis, *, is_grid: bool
) -> _Columns | None:
    """Return the values of a parameter by settings key; None (and a problem) if it has none."""
    if isinstance(parameter, RangeParameter):
        return _range_column(name, parameter, diagnosis, is_grid=is_grid)
    if not isinstance(parameter, ZipParameter):
        return {name: _listed(parameter.values, ("parameters", name, "values"))}
    columns = {
        key: _listed(values, ("parameters", name, "zip", key))
        for key, values in parameter.zip.items()
    }
    lengths = {key: len(values) for key, values in columns.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{count} of {key}" for key, count in lengths.items())
        message = f"found {found}; allowed: equally many of each"
        diagnosis.add(("parameters", name, "zip"), message)
        return None
    return columns


def _listed(values: Any, path: KeyPath) -> list[_Value]:
    if isinstance(values, dict):
        return [
            _Value(label=label, value=value, source=(*path, label))
            for label, value in values.items()
        ]
    return [
        _Value(label=value_text(value), value=value, source=(*path, at))
        for at, value in enumerate(values)
    ]


def _range_column(
    name: str, rule: RangeParameter, diagnosis: Diagnosis, *, is_grid: bool
) -> _Columns | None:
    path = ("parameters", name)
    if not is_setting(name):
        diagnosis.add(path, explain_unknown_key(name))
        return None
    if _number_kind(name) is None:
        diagnosis.add(path, "found a range; allowed: values, since this setting is no number")
        return None
    if rule.count is None and is_grid:
        diagnosis.add(path, "a range in a grid needs count (how many values), or use values")
        return None
    if rule.count is not None and not is_grid:
        message = "count is for grids; a study chooses from the whole range: leave count out"
        diagnosis.add((*path, "count"), message)
        return None
    try:
        # Of an interval, the two ends are checked for all of it.
        values = range_values(rule, rule.count or 2, is_whole=_number_kind(name) is int)
    except ValueError as error:
        diagnosis.add(path, str(error))
        return None
    return {name: [_Value(label=value_text(one), value=one, source=path) for one in values]}


def _interval(name: str, rule: RangeParameter) -> Interval:
    return interval_of(rule, is_whole=_number_kind(name) is int)


def _number_kind(key: str) -> type | None:
    """Return int or float for a setting that is a number, else None."""
    field, *part = split_key(key)
    if part and field != "weights":
        return float  # the weight of a layer
    kind = type(lookup(HOUSE, key))
    return kind if kind in {int, float} else None


def _names_are_free(name: str, columns: _Columns, swept: set[str], diagnosis: Diagnosis) -> bool:
    """Check the names of an axis and note its keys as swept."""
    path: KeyPath = ("parameters", name)
    sound = True
    is_group = name not in columns
    if is_group and (is_setting(name) or name in RESERVED):
        diagnosis.add(path, f"the label of a zip may not be {name}, which means something else")
        sound = False
    for key in columns:
        place = (*path, "zip", key) if is_group else path
        if not is_setting(key):
            diagnosis.add(place, explain_unknown_key(key))
            sound = False
        elif key in swept:
            diagnosis.add(place, f"{key} is swept twice; allowed: once")
            sound = False
    swept |= set(columns)
    return sound


def _rows(columns: _Columns) -> list[dict[str, _Value]]:
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def _position_labels(
    name: str, parameter: Parameter, count: int, diagnosis: Diagnosis
) -> Sequence[str | None]:
    """Return what the file calls each position of a zip; None where it says nothing."""
    given = parameter.labels if isinstance(parameter, ZipParameter) else None
    if given is not None and len(given) == count:
        return given
    if given is not None:
        message = f"found {len(given)} for {count} positions; allowed: one for each"
        diagnosis.add(("parameters", name, "labels"), message)
    return [None] * count


def _choice(
    row: Mapping[str, _Value],
    label: str | None,
    world: _World,
    diagnosis: Diagnosis,
) -> Choice | None:
    base = world.base
    values = {
        key: anchored(key, one.value, one.source, base.folder, diagnosis)
        for key, one in row.items()
    }
    sources = {key: one.source for key, one in row.items()}
    faults = _own_faults(values, sources, world)
    for fault in faults:
        diagnosis.add(blamed(fault, sources) or (), fault.message)
    if faults:
        return None
    labels = {key: one.label for key, one in row.items()}
    return Choice(
        label=label or joined_labels(labels),
        values=values,
        labels=labels,
        canonical={key: canonical_of(key, value, base) for key, value in values.items()},
        sources=sources,
    )


def _own_faults(
    values: Mapping[str, Any], sources: Mapping[str, KeyPath], world: _World
) -> list[Fault]:
    """Return what is wrong with these values on every backbone, whatever else varies."""
    others: dict[str, KeyPath] = {key: () for key in world.varied if key not in sources}
    own: list[Fault] = []
    for backbone in world.backbones:
        found = try_changes(world.base.values, {"backbone": backbone} | dict(values))
        faults = found if isinstance(found, list) else []
        own = [
            fault
            for fault in faults
            if blamed(fault, sources) and not (fault.others and _may_be_mended(fault, others))
        ]
        if not own:
            return []
    return own


def _may_be_mended(fault: Fault, others: Mapping[str, KeyPath]) -> bool:
    """Tell whether what does not go together here may do so where other settings vary."""
    return any(blame(path, others) is not None for path in fault.paths)


def _axis(name: str, choices: list[Choice], base: Base, when: Mapping[str, Any]) -> Axis:
    keys = tuple(choices[0].values)
    canonical = {key: canonical_json(lookup(base.values, key)) for key in keys}
    labels = {key: _base_label(key, canonical[key], choices, base) for key in keys}
    base_choice = Choice(
        label=joined_labels(labels),
        values={},
        labels=labels,
        canonical=canonical,
        sources={},
    )
    return Axis(name=name, keys=keys, choices=tuple(choices), base=base_choice, when=when)


def _base_label(key: str, canonical: str, choices: list[Choice], base: Base) -> str:
    same = [choice.labels[key] for choice in choices if choice.canonical[key] == canonical]
    return same[0] if same else value_text(lookup(base.values, key))


def joined_labels(labels: Mapping[str, str]) -> str:
    """Return the label of several values that move together; that of one is its own."""
    text = ", ".join(labels.values())
    return f"({text})" if len(labels) > 1 else text
