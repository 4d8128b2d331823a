"""The space of a study: what a point of it may be, which variant it is, and what it may not be."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import Problem, SpecError
from harness.spec.axes import Axis, Choice
from harness.spec.base_settings import Base
from harness.spec.combinations import BASE, Terms, dependency_order, fits
from harness.spec.diagnosis import path_text, refusal
from harness.spec.faults import Fault, try_changes, try_settings
from harness.spec.points import Point, number_refusal
from harness.spec.ranges import Interval
from harness.spec.setting_keys import assign, canonical_json, value_text
from harness.spec.settings import Settings
from harness.spec.variants import Variant, make_variant, variant_name

__all__ = ["Dimension", "Point", "Space"]

FEWEST_DIGITS = 4  # of a number in a name, as long as the name is the only one
MOST_DIGITS = 17  # tell any two numbers apart
ANY = 0  # stands for any number of an interval where indices of choices are listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One parameter of a study: labelled choices, or an interval of numbers.

    ``labels`` are the choices, all different, in the file's order; an interval has none. ``when``
    is what the file asks of other parameters for this one to apply.
    """

    name: str
    labels: tuple[str, ...]
    interval: Interval | None
    when: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What a study searches: its parameters, when each applies, and what is excluded.

    Args:
        axes: Of the parameters in the file's order; no two choices of one are equal.
        conditions: For each axis, when it applies.
        exclusions: Combinations to leave out, in the file's order.
        base: The settings that the parameters change.
        halving: Smaller settings by settings key, for ``small``.
    """

    axes: tuple[Axis, ...]
    conditions: tuple[Terms, ...]
    exclusions: tuple[Terms, ...]
    base: Base
    halving: Mapping[str, Any] = field(default_factory=dict)
    dimensions: tuple[Dimension, ...] = field(init=False, repr=False, compare=False)
    _order: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the dimensions, and the order in which conditions come before what they decide."""
        dimensions = tuple(
            Dimension(
                name=axis.name,
                labels=tuple(choice.label for choice in axis.choices),
                interval=axis.interval,
                when=axis.when,
            )
            for axis in self.axes
        )
        object.__setattr__(self, "dimensions", dimensions)
        object.__setattr__(self, "_order", tuple(dependency_order(self.conditions)))

    @property
    def signature(self) -> str:
        """What a stored study may not change, as canonical JSON.

        Names, kinds of numbers, and choices with what they mean. The ends of an interval and its
        step may change, and so may conditions, exclusions and the file's order of parameters; the
        base settings, which decide what a score means, are not part of it.
        """
        folder = canonical_json(f"{self.base.folder.absolute()}/").strip('"')
        kinds = {axis.name: _kind(axis, folder) for axis in self.axes}
        return json.dumps(kinds, sort_keys=True, separators=(",", ":"))

    def next_dimension(self, chosen: Point) -> Dimension | None:
        """Return a dimension to choose next.

        Args:
            chosen: What was chosen so far.

        Returns:
            One that applies and is not chosen yet; None where the point is complete.

        Raises:
            ValueError: What was chosen is no label of its dimension.
        """
        _, at = self._follow(chosen)
        return None if at is None else self.dimensions[at]

    def variant(self, point: Point, *, taken: Collection[str] = ()) -> Variant:
        """Return the variant of a point.

        Args:
            point: A label or number for each dimension that applies.
            taken: Names of other variants. Numbers are written with four digits, or with as many
                more as make the name a new one.

        Raises:
            SpecError: The point is refused.
        """
        found = self._resolved(point)
        if isinstance(found, str):
            raise SpecError([Problem(message=found)])
        indices, settings = found
        applies = [indices[at] != BASE for at in range(len(self.axes))]

        def chosen(digits: int) -> list[Choice]:
            return [self._choice(at, indices[at], point, digits) for at in range(len(self.axes))]

        name, choices = self._named(chosen, applies, taken)
        return make_variant(name, self.axes, choices, settings)

    def refusal(self, point: Point) -> str | None:
        """Return why a point cannot be run; None if it can.

        It is no point of this space, the file excludes it, or its settings do not go together.
        """
        found = self._resolved(point)
        return found if isinstance(found, str) else None

    def small(self, settings: Settings) -> Settings:
        """Return settings with the smaller ones of ``search.halving`` in them."""
        values = assign(settings.model_dump(mode="json"), self.halving)
        return Settings.model_validate_json(json.dumps(values))

    def _follow(self, chosen: Point) -> tuple[dict[int, int], int | None]:
        """Return the choice on each axis as far as known, and the first axis that is open."""
        found: dict[int, int] = {}
        for at in self._order:
            one = self.dimensions[at]
            if not fits(found, self.conditions[at]):
                found[at] = BASE
            elif one.name not in chosen:
                return found, at
            else:
                is_range = one.interval is not None
                found[at] = ANY if is_range else one.labels.index(str(chosen[one.name]))
        return found, None

    def _resolved(self, point: Point) -> tuple[dict[int, int], Settings] | str:
        """Return the choices and settings of a point, or why it has none."""
        misfit = self._misfit(point)
        if misfit is not None:
            return misfit
        indices, missing = self._follow(point)
        if missing is not None:
            return f"{self.dimensions[missing].name} is missing and applies here"
        idle = [one.name for at, one in enumerate(self.dimensions) if indices[at] == BASE]
        surplus = [name for name in idle if name in point]
        if surplus:
            return f"{surplus[0]} does not apply here"
        for at, terms in enumerate(self.exclusions):
            if fits(indices, terms):
                return f"excluded by exclude[{at}]"
        settings = self._settings(indices, point)
        return settings if isinstance(settings, str) else (indices, settings)

    def _settings(self, indices: Mapping[int, int], point: Point) -> Settings | str:
        """Return the settings of a point, or why they do not go together, in full or small."""
        choices = [self._choice(at, indices[at], point, FEWEST_DIGITS) for at in sorted(indices)]
        changes = {key: value for one in choices for key, value in one.values.items()}
        settings = try_changes(self.base.values, changes)
        if isinstance(settings, list):
            return _discord(settings)
        if self.halving:
            small = try_settings(assign(assign(self.base.values, changes), self.halving))
            if isinstance(small, list):
                return _discord(small)
        return settings

    def _misfit(self, point: Point) -> str | None:
        """Return what in a point is no parameter, no label or no number of this space."""
        known = {one.name: one for one in self.dimensions}
        for name, value in point.items():
            if name not in known:
                return refusal(name, known, kind="varied in this study")
            one = known[name]
            if one.interval is None and value not in one.labels:
                return f"{name}: {refusal(value, one.labels)}"
            refused = None if one.interval is None else number_refusal(value, one.interval)
            if refused is not None:
                return f"{name}: {refused}"
        return None

    def _choice(self, at: int, index: int, point: Point, digits: int) -> Choice:
        """Return what a point has on an axis, a number as a choice of its own."""
        axis = self.axes[at]
        if index == BASE:
            return axis.base
        if axis.interval is None:
            return axis.choices[index]
        number = axis.interval.nearest(float(point[axis.name]))
        text = _number_text(number, digits)
        key = axis.keys[0]
        return Choice(
            label=text, values={key: number}, labels={key: text}, canonical={}, sources={}
        )

    def _named(
        self,
        chosen: Callable[[int], list[Choice]],
        applies: list[bool],
        taken: Collection[str],
    ) -> tuple[str, list[Choice]]:
        """Return a name that is not taken, and the choices as they are written in it."""
        for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
            choices = chosen(digits)
            name = variant_name(self.axes, applies, choices)
            if name not in taken:
                return name, choices
        # Labels are free text, so that two of them can make up one name.
        number = 2
        while f"{name} ({number})" in taken:
            number += 1
        return f"{name} ({number})", choices


def _discord(faults: Iterable[Fault]) -> str:
    texts = (f"{path_text(fault.path)}: {fault.message}" for fault in faults)
    return f"these settings do not go together: {'; '.join(texts)}"


def _kind(axis: Axis, folder: str) -> list[Any]:
    """Describe an axis; files in the sweep's folder by what follows it, since it may be moved."""
    if axis.interval is not None:
        is_log, is_whole = axis.interval.is_log, axis.interval.is_whole
        return ["log" if is_log else "linear", "whole" if is_whole else "real"]
    return [
        [choice.label, {key: text.replace(folder, "") for key, text in choice.canonical.items()}]
        for choice in axis.choices
    ]


def _number_text(number: float, digits: int) -> str:
    """Write a number with so many significant digits; whole numbers of an interval in full."""
    if isinstance(number, int):
        return str(number)
    return value_text(float(f"{number:.{digits}g}"))
