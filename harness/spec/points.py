"""Find the point of a study that ``baseline`` or ``first`` names, by label or by value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from harness.spec.axes import Axis, Choice
from harness.spec.base_settings import Base
from harness.spec.baseline import is_base_value
from harness.spec.combinations import BASE, Terms, dependency_order, fits
from harness.spec.diagnosis import Diagnosis, KeyPath, found_text
from harness.spec.ranges import Interval
from harness.spec.selection import Selector
from harness.spec.setting_keys import canonical_json, lookup, value_text

__all__ = [
    "Named",
    "Point",
    "complete_point",
    "has_home",
    "home_label",
    "named_choices",
    "number_refusal",
]

Point = Mapping[str, str | int | float]
"""One variant of a study: a label or a number for each parameter that applies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What is said of one axis: its choices that meet all of it, or a number of its interval."""

    path: KeyPath
    choices: frozenset[int] = frozenset()
    number: float | None = None


def named_choices(
    wanted: Mapping[str, Any],
    selector: Selector,
    base: Base,
    path: KeyPath,
    diagnosis: Diagnosis,
) -> dict[int, Named] | None:
    """Translate the labels and values of a mapping into choices and numbers by axis.

    Args:
        wanted: Labels or values by parameter; a base value of what is not varied changes nothing.
        selector: Knows the axes.
        base: The base settings.
        path: Where the mapping stands.
        diagnosis: Takes the problems.

    Returns:
        What is said of each axis that is named; None (and problems noted) if a name or value
        means nothing here, or members of a zip contradict each other.
    """
    found: dict[int, list[Named]] = {}
    is_sound = True
    for name, value in wanted.items():
        at = selector.axis_of(name)
        if at is None and is_base_value(name, value, base):
            continue  # not varied, and named for clarity
        named = _named(name, value, selector, (*path, name), diagnosis)
        if at is None or named is None:
            is_sound = False
        else:
            found.setdefault(at, []).append(named)
    for at, several in found.items():
        if is_sound and not (several[0].number is not None or _shared(several)):
            axis = selector.axes[at]
            names = " and ".join(str(one.path[-1]) for one in several)
            message = f"no position of {axis.name} has this with {names}; allowed: {_labels(axis)}"
            diagnosis.add(several[-1].path, message)
            is_sound = False
    if not is_sound:
        return None
    return {
        at: Named(path=one[-1].path, choices=_shared(one), number=one[0].number)
        for at, one in found.items()
    }


def _named(
    name: str, value: Any, selector: Selector, path: KeyPath, diagnosis: Diagnosis
) -> Named | None:
    at = selector.axis_of(name)
    interval = None if at is None else selector.axes[at].interval
    if at is None or interval is None:
        choices = selector.find(name, value, path)
        return Named(path=path, choices=choices) if choices else None
    refused = number_refusal(value, interval)
    if refused is not None:
        diagnosis.add(path, refused)
        return None
    number = interval.nearest(value)
    is_base = canonical_json(number) in selector.axes[at].base.canonical.values()
    return Named(path=path, number=number, choices=frozenset({BASE} if is_base else ()))


def number_refusal(value: Any, interval: Interval) -> str | None:
    """Return why a value is no number of an interval; None if it is one."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return f"found {found_text(value)}; allowed: {interval}"
    if interval.holds(value):
        return None
    close = value_text(interval.nearest(value))
    return f"found {found_text(value)}; allowed: {interval}; nearest: {close}"


def _shared(several: Sequence[Named]) -> frozenset[int]:
    return reduce(frozenset.__and__, (one.choices for one in several))


def _labels(axis: Axis, choices: frozenset[int] | None = None) -> str:
    return ", ".join(
        choice.label for at, choice in enumerate(axis.choices) if choices is None or at in choices
    )


def complete_point(
    named: Mapping[int, Named],
    axes: Sequence[Axis],
    conditions: Sequence[Terms],
    base: Base,
    diagnosis: Diagnosis,
) -> dict[str, str | int | float] | None:
    """Return the point that has what is named, and otherwise what is nearest to the base.

    Args:
        named: What is said, by axis.
        axes: The axes of the study.
        conditions: For each axis, when it applies.
        base: The base settings.
        diagnosis: Takes the problems: what is named does not apply, or means several choices.

    Returns:
        The point; None (and problems noted) if there is none.
    """
    is_sound = True
    chosen: dict[int, int] = {}
    numbers: dict[int, float] = {}
    for at in dependency_order(conditions):
        axis, one = axes[at], named.get(at)
        chosen[at] = BASE
        if not fits(chosen, conditions[at]):
            if one is not None and BASE not in one.choices:
                diagnosis.add(one.path, _inapplicable(axis))
                is_sound = False
        elif axis.interval is not None:
            number = None if one is None else one.number
            numbers[at] = _home_number(axis.interval, axis, base) if number is None else number
        else:
            chosen[at], fault = _choice(axis, one)
            if one is not None and fault is not None:
                diagnosis.add(one.path, fault)
                is_sound = False
    if not is_sound:
        return None
    return {
        axis.name: numbers[at] if at in numbers else axis.choices[chosen[at]].label
        for at, axis in enumerate(axes)
        if at in numbers or chosen[at] != BASE
    }


def _inapplicable(axis: Axis) -> str:
    needed = " and ".join(f"{name}={value_text(value)}" for name, value in axis.when.items())
    return f"{axis.name} is varied only when {needed}; leave it out here"


def _choice(axis: Axis, named: Named | None) -> tuple[int, str | None]:
    """Return the choice that is meant on an axis that applies, and what is wrong with it."""
    home = _home_choice(axis)
    if named is None:
        return home, None
    meant = named.choices - {BASE}
    if not meant:  # the base value, which the axis has only where it does not apply
        allowed = _labels(axis)
        return home, f"found the base value, but {axis.name} is varied here; allowed: {allowed}"
    if len(meant) > 1:
        return home, f"means {_labels(axis, meant)}; allowed: one of them"
    return min(meant), None


def has_home(axis: Axis, base: Base) -> bool:
    """Tell whether the base value of an axis is one of its choices, or in its interval."""
    if axis.interval is not None:
        return axis.interval.holds(_base_number(axis, base))
    return any(_is_base(choice, axis) for choice in axis.choices)


def home_label(axis: Axis, base: Base) -> str:
    """Return what an axis has where nothing names it, the base value or what stands in for it."""
    if axis.interval is not None:
        return value_text(_home_number(axis.interval, axis, base))
    return axis.choices[_home_choice(axis)].label


def _home_number(interval: Interval, axis: Axis, base: Base) -> float:
    return interval.nearest(_base_number(axis, base))


def _home_choice(axis: Axis) -> int:
    return next((at for at, one in enumerate(axis.choices) if _is_base(one, axis)), 0)


def _is_base(choice: Choice, axis: Axis) -> bool:
    return choice.canonical == axis.base.canonical


def _base_number(axis: Axis, base: Base) -> float:
    """Return the base value of the one setting of an interval; a layer not in use weighs 0."""
    return float(lookup(base.values, axis.keys[0]) or 0)
