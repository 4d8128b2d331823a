"""Expand a grid: the variants of a sweep, in order, each with its resolved settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.spec.axes import Axis, Choice
from harness.spec.base_settings import Base, blamed
from harness.spec.chain_models import ResultAs
from harness.spec.combinations import BASE, Terms, combinations, fits
from harness.spec.diagnosis import Diagnosis, KeyPath
from harness.spec.faults import try_changes
from harness.spec.selection import Selector
from harness.spec.setting_keys import canonical_json
from harness.spec.settings import Settings

__all__ = [
    "MAX_COMBINATIONS",
    "GoesOn",
    "Variant",
    "collapse_notes",
    "collapsed",
    "expand_grid",
    "make_variant",
    "settings_identity",
    "variant_name",
]

MAX_COMBINATIONS = 10_000  # checked in a second; a run takes longer, so nobody means more
UNVARIED = "base"  # the name of the only variant of a sweep without parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class GoesOn:
    """Which variant's result, on the same case, is which picture of a transfer.

    ``variant`` is the index of one that stands before in the sweep.
    """

    variant: int
    result_as: ResultAs


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One assignment of the swept settings: one row of the table.

    Its identity is ``settings``. ``assignment`` is the label on each axis, ``labels`` the same
    with the members of zips beside them, ``also`` the names of variants that came to the same
    settings. A variant of a chain ``goes_on`` from the results of another one.
    """

    name: str
    assignment: Mapping[str, str]
    labels: Mapping[str, str]
    settings: Settings
    also: tuple[str, ...] = ()
    goes_on: GoesOn | None = None


@dataclass(slots=True)
class _Misfits:
    """Settings that do not go together, once for all variants that have them."""

    variants: dict[tuple[KeyPath, str], list[str]] = field(default_factory=dict)

    def add(self, place: KeyPath, message: str, variant: str) -> None:
        self.variants.setdefault((place, message), []).append(variant)

    def report(self, diagnosis: Diagnosis) -> None:
        for (place, message), names in self.variants.items():
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            them = "them" if more else "it"
            where = f"in the variant {names[0]}{more}; exclude leaves {them} out"
            diagnosis.add(place, f"{message} ({where})")


def settings_identity(settings: Settings) -> str:
    """Return the text that is equal for equal settings."""
    return canonical_json(settings.model_dump(mode="json"))


def expand_grid(
    selector: Selector,
    conditions: Sequence[Terms],
    exclude: Sequence[Mapping[str, Any]],
    base: Base,
    diagnosis: Diagnosis,
) -> list[Variant]:
    """Return every variant of a grid, the last parameter moving fastest.

    Combinations that are excluded are left out before their settings are checked; those that
    come to equal settings collapse into the first.

    Args:
        selector: Knows the axes.
        conditions: For each axis, when it applies.
        exclude: As the file gives it.
        base: The settings that the axes change.
        diagnosis: Takes the problems.
    """
    sizes = [len(axis.choices) for axis in selector.axes]
    found = combinations(sizes, conditions, at_most=MAX_COMBINATIONS)
    if len(found) > MAX_COMBINATIONS:
        message = f"more than {MAX_COMBINATIONS} combinations; take fewer values, or a study"
        diagnosis.add(("parameters",), message)
        return []
    kept = _without_excluded(found, selector, exclude, diagnosis)
    if not kept:
        diagnosis.add(("exclude",), "leaves no variant; allowed: at least one left")
    return collapsed(_resolved(kept, selector.axes, base, diagnosis))


def _without_excluded(
    found: list[tuple[int, ...]],
    selector: Selector,
    exclude: Sequence[Mapping[str, Any]],
    diagnosis: Diagnosis,
) -> list[tuple[int, ...]]:
    kept = found
    for at, wanted in enumerate(exclude):
        terms = selector.terms(wanted, ("exclude", at))
        if terms is None:
            continue
        if not any(fits(one, terms) for one in found):
            message = "excludes nothing: no combination has all of these"
            diagnosis.add(("exclude", at), message)
        kept = [one for one in kept if not fits(one, terms)]
    return kept


def _resolved(
    kept: list[tuple[int, ...]], axes: Sequence[Axis], base: Base, diagnosis: Diagnosis
) -> list[Variant]:
    variants: list[Variant] = []
    misfits = _Misfits()
    for combination in kept:
        chosen = [
            axis.base if at == BASE else axis.choices[at]
            for axis, at in zip(axes, combination, strict=True)
        ]
        applies = [at != BASE for at in combination]
        name = variant_name(axes, applies, chosen)
        values = {key: value for one in chosen for key, value in one.values.items()}
        settings = try_changes(base.values, values)
        if isinstance(settings, Settings):
            variants.append(make_variant(name, axes, chosen, settings))
            continue
        varied = {key: at for one in chosen for key, at in one.sources.items()}
        sources = {**base.sources} | varied
        for fault in settings:
            # Of settings that do not go together, the sweep is about those that vary.
            place = blamed(fault, varied) or blamed(fault, sources)
            misfits.add(place or sources.get("backbone", ("parameters",)), fault.message, name)
    misfits.report(diagnosis)
    return variants


def variant_name(axes: Sequence[Axis], applies: Sequence[bool], chosen: Sequence[Choice]) -> str:
    """Name a variant after its choices on the axes that apply."""
    parts = [
        f"{axis.name}={choice.label}"
        for axis, is_named, choice in zip(axes, applies, chosen, strict=True)
        if is_named
    ]
    return ", ".join(parts) or UNVARIED


def make_variant(
    name: str, axes: Sequence[Axis], chosen: Sequence[Choice], settings: Settings
) -> Variant:
    """Return the variant of one choice on each axis."""
    pairs = list(zip(axes, chosen, strict=True))
    assignment = {axis.name: choice.label for axis, choice in pairs}
    members = {key: label for _, choice in pairs for key, label in choice.labels.items()}
    return Variant(
        name=name, assignment=assignment, labels=members | assignment, settings=settings
    )


def collapsed(variants: Sequence[Variant]) -> list[Variant]:
    """Return variants of different settings; the first of equal ones knows the others' names."""
    unique: dict[str, Variant] = {}
    for variant in variants:
        identity = settings_identity(variant.settings)
        first = unique.setdefault(identity, variant)
        if first is not variant:
            unique[identity] = replace(first, also=(*first.also, variant.name))
    return list(unique.values())


def collapse_notes(variants: Sequence[Variant]) -> tuple[str, ...]:
    """Say which variants stand for others, whose settings are the same."""
    return tuple(
        f"the variant ({variant.name}) also stands for "
        f"{', '.join(f'({name})' for name in variant.also)}: the same settings"
        for variant in variants
        if variant.also
    )
