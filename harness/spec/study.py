"""What a study varies and how it searches: from the sweep file to a space and its first points."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.spec.axes import Axis, build_axes
from harness.spec.base_settings import Base
from harness.spec.chain import refuse_chain
from harness.spec.combinations import Terms, combinations, fits
from harness.spec.diagnosis import Diagnosis, KeyPath
from harness.spec.grid import check_snapshots, sound_layout
from harness.spec.halving import smaller_settings
from harness.spec.models import Layout, Search, SweepFileWithoutCases
from harness.spec.points import (
    Named,
    Point,
    complete_point,
    has_home,
    home_label,
    named_choices,
)
from harness.spec.schedule import total_iterations
from harness.spec.selection import Selector
from harness.spec.setting_keys import canonical_json, value_text
from harness.spec.space import Space
from harness.spec.structure import Structure
from harness.spec.study_rules import check_budget, check_method, check_search, method_notes
from harness.spec.variants import MAX_COMBINATIONS, Variant, collapse_notes, collapsed

__all__ = ["Study", "make_study"]

SCHEDULE = ("image_size", "iterations", "pyramid", "pyramid_min", "pyramid_first")
"""Settings that decide how many iterations there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A space, how it is searched, and the variants that come first, the baseline leading.

    ``points`` are those of ``variants``; ``axes`` and ``layout`` are as in a grid, a range
    having no labels.
    """

    space: Space
    search: Search
    points: tuple[Point, ...]
    variants: tuple[Variant, ...]
    axes: Mapping[str, tuple[str, ...]]
    layout: Layout
    notes: tuple[str, ...]
    baseline_index: int = 0


def make_study(structure: Structure, base: Base, diagnosis: Diagnosis) -> Study:
    """Build the space of a study, as far as its file is sound; note every problem.

    Without a problem in ``diagnosis``, the baseline and all of ``search.first`` can be run.
    """
    rules = structure.rules
    axes, unsound = build_axes(rules.parameters, base, diagnosis, is_grid=False)
    selector = Selector(axes, base, unsound | structure.unsound, diagnosis)
    conditions = selector.conditions()
    layout = sound_layout(rules.layout, selector, diagnosis)
    _check_axes(rules, axes, diagnosis)
    check_budget(rules, diagnosis)
    refuse_chain(structure, diagnosis)
    check_method(rules, axes, diagnosis)
    search = check_search(rules, diagnosis)
    halving = smaller_settings(search.halving, axes, base, diagnosis) if search.halving else {}
    check_snapshots(rules.evaluation.snapshots, _longest(axes, base), diagnosis)
    exclusions = [
        selector.terms(one, ("exclude", at)) or {} for at, one in enumerate(rules.exclude)
    ]
    wanted = _wanted(rules, search)
    named = [
        (path, named_choices(one, selector, base, path, diagnosis)) for path, one in wanted.items()
    ]
    if diagnosis.is_sound("base", "parameters", "exclude"):
        _check_exclusions(exclusions, axes, conditions, diagnosis)
    if not diagnosis.is_sound("base", "parameters", "exclude"):
        axes, conditions, exclusions, named = [], [], [], []  # nothing to go on with
    space = Space(
        axes=tuple(axes),
        conditions=tuple(conditions),
        exclusions=tuple(exclusions),
        base=base,
        halving=halving if diagnosis.is_sound("search") else {},
    )
    points = _sound_points(space, named, diagnosis)
    by_name: dict[str, tuple[Point, Variant]] = {}
    for point in points:
        variant = space.variant(point, taken=by_name)
        by_name[variant.name] = (point, variant)
    variants = collapsed([variant for _, variant in by_name.values()])
    notes = (*method_notes(rules, axes), *_home_notes(axes, base, wanted.values()))
    return Study(
        space=space,
        search=search,
        points=tuple(by_name[variant.name][0] for variant in variants),
        variants=tuple(variants),
        axes={one.name: one.labels for one in space.dimensions},
        layout=layout,
        notes=(*notes, *collapse_notes(variants)),
    )


def _check_axes(rules: SweepFileWithoutCases, axes: Sequence[Axis], diagnosis: Diagnosis) -> None:
    """Check that something is varied, and that the choices on each axis differ."""
    if not rules.parameters and diagnosis.is_sound("parameters"):
        message = f"{rules.method} needs something to vary; allowed: parameters with one or more"
        diagnosis.add(("method",), message)
    for axis in axes:
        labels: set[str] = set()
        values: dict[str, str] = {}
        for choice in axis.choices:
            source = next(iter(choice.sources.values()))
            same = values.setdefault(canonical_json(dict(choice.canonical)), choice.label)
            if same != choice.label:
                message = f"{choice.label} is the same as {same}; allowed in a study: each once"
                diagnosis.add(source, message)
            elif choice.label in labels:
                message = f"found {choice.label} twice; allowed in a study: each once"
                diagnosis.add(source, message)
            labels.add(choice.label)


def _longest(axes: Iterable[Axis], base: Base) -> int:
    """Return the most iterations that a variant may have, over all of its scales."""
    found = [base.settings]
    for axis in axes:
        changes = [
            {key: value for key, value in values.items() if key in SCHEDULE}
            for values in _extremes(axis)
        ]
        if any(changes):
            home = found if axis.when else []  # the axis may not apply
            varied = [one.model_copy(update=change) for one in found for change in changes]
            found = [*home, *varied]
    return max(total_iterations(one) for one in found)


def _extremes(axis: Axis) -> Iterator[Mapping[str, Any]]:
    """Return the values of each choice of an axis, or those at the ends of its interval."""
    if axis.interval is None:
        yield from (choice.values for choice in axis.choices)
        return
    for end in (axis.interval.low, axis.interval.high):
        yield {axis.keys[0]: int(end) if axis.interval.is_whole else end}


def _wanted(rules: SweepFileWithoutCases, search: Search) -> dict[KeyPath, Mapping[str, Any]]:
    """Return what the file says of the variants that come first, by place in the file."""
    first: dict[KeyPath, Mapping[str, Any]] = {
        ("search", "first", at): one for at, one in enumerate(search.first)
    }
    baseline = ("baseline",) if rules.baseline is not None else ("parameters",)
    return {baseline: rules.baseline or {}, **first}


def _check_exclusions(
    exclusions: Sequence[Terms],
    axes: Sequence[Axis],
    conditions: Sequence[Terms],
    diagnosis: Diagnosis,
) -> None:
    """Note exclusions that no combination can meet, given what applies when."""
    for at, terms in enumerate(exclusions):
        relevant: set[int] = set()
        waiting = list(terms)
        while waiting:
            axis = waiting.pop()
            if axis not in relevant:
                relevant.add(axis)
                waiting += conditions[axis]
        sizes = [len(one.choices) if i in relevant else 1 for i, one in enumerate(axes)]
        found = combinations(sizes, conditions, at_most=MAX_COMBINATIONS)
        if len(found) <= MAX_COMBINATIONS and not any(fits(one, terms) for one in found):
            diagnosis.add(("exclude", at), "excludes nothing: no combination has all of these")


def _sound_points(
    space: Space,
    named: Iterable[tuple[KeyPath, Mapping[int, Named] | None]],
    diagnosis: Diagnosis,
) -> list[Point]:
    """Return the points that are named, each once; note those that cannot be run."""
    points: list[Point] = []
    for path, one in named:
        if one is None:
            continue
        point = complete_point(one, space.axes, space.conditions, space.base, diagnosis)
        if point is None:
            continue
        refused = space.refusal(point)
        if refused is not None:
            text = ", ".join(f"{name}={value_text(value)}" for name, value in point.items())
            remedy = "; name one that can: baseline: {…}" if path == ("parameters",) else ""
            what = "variant" if path[0] == "search" else "baseline"
            diagnosis.add(path, f"the {what} ({text}) cannot be run: {refused}{remedy}")
        elif point not in points:
            points.append(point)
    return points


def _home_notes(
    axes: Iterable[Axis], base: Base, wanted: Collection[Mapping[str, Any]]
) -> Iterator[str]:
    """Say where variants that come first cannot have the base value."""
    for axis in axes:
        is_named = all(one.keys() & {axis.name, *axis.keys} for one in wanted)
        if not is_named and not has_home(axis, base):
            yield (
                f"{axis.name} is not tried at its base value, {axis.base.label}; where baseline "
                f"or search.first do not name it, it is {home_label(axis, base)}"
            )
