"""What a sweep varies: from parameters, exclusions, baseline and layout to variants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.spec.axes import RESERVED, build_axes
from harness.spec.base_settings import Base
from harness.spec.baseline import find_baseline, named_values
from harness.spec.diagnosis import Diagnosis, refusal
from harness.spec.models import Layout, SweepFileWithoutCases
from harness.spec.selection import Selector
from harness.spec.structure import Structure
from harness.spec.variants import Variant, expand_grid

__all__ = ["GRID", "Grid", "make_grid"]

GRID = "grid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The variants of a sweep; ``axes`` has the labels on each axis, in order.

    ``layout`` names axes only: a member of a zip is replaced by the zip.
    """

    axes: Mapping[str, tuple[str, ...]]
    variants: tuple[Variant, ...]
    baseline_index: int
    layout: Layout

    @property
    def notes(self) -> tuple[str, ...]:
        """Say which variants came to the same settings."""
        return tuple(
            f"the variant ({variant.name}) also stands for "
            f"{', '.join(f'({name})' for name in variant.also)}: the same settings"
            for variant in self.variants
            if variant.also
        )


def make_grid(structure: Structure, base: Base, diagnosis: Diagnosis) -> Grid:
    """Expand what is varied, as far as it is sound; note every problem.

    Without a problem in ``diagnosis`` there is at least one variant.
    """
    rules = structure.rules
    is_grid = rules.method == GRID
    axes, unsound = build_axes(rules.parameters, base, diagnosis, is_grid=is_grid)
    selector = Selector(axes, base, unsound | structure.unsound, diagnosis)
    conditions = selector.conditions()
    layout = _layout(rules.layout, selector, diagnosis)
    baseline = named_values(rules.baseline or {}, selector, base, diagnosis)
    variants: Sequence[Variant] = ()
    if is_grid and diagnosis.is_sound("base", "parameters", "exclude"):
        variants = expand_grid(selector, conditions, rules.exclude, base, diagnosis)
    else:
        for at, wanted in enumerate(rules.exclude):
            selector.terms(wanted, ("exclude", at))
    _check_limits(rules, variants, diagnosis)
    index = 0
    is_expanded = bool(variants) and diagnosis.is_sound("base", "parameters", "exclude")
    if is_expanded and rules.baseline is not None and baseline is not None:
        index = find_baseline(baseline, variants, selector, base, diagnosis)
    labels = {axis.name: tuple(choice.label for choice in axis.choices) for axis in axes}
    return Grid(axes=labels, variants=tuple(variants), baseline_index=index, layout=layout)


def _layout(layout: Layout, selector: Selector, diagnosis: Diagnosis) -> Layout:
    """Check the names in a layout; a member of a zip stands for the zip."""
    allowed = (*selector.names, *RESERVED)
    found = {"rows": layout.rows, "columns": layout.columns}
    for key, name in found.items():
        axis = selector.axis_of(name)
        if axis is not None:
            found[key] = selector.axes[axis].name
        elif name not in allowed:
            diagnosis.add(("layout", key), refusal(name, allowed))
    if found["rows"] == found["columns"]:
        message = f"found {found['rows']} as rows and as columns; name both, and two different"
        diagnosis.add(("layout",), message)
    return Layout(**found)


def _check_limits(
    rules: SweepFileWithoutCases, variants: Sequence[Variant], diagnosis: Diagnosis
) -> None:
    if not variants:
        return
    most, count = rules.limits.max_variants, len(variants)
    if most is not None and count > most:
        message = f"found {count} variants; allowed: {most}; vary less, exclude some, or raise it"
        diagnosis.add(("limits", "max_variants"), message)
    longest = max(variant.settings.iterations for variant in variants)
    for at, iteration in enumerate(rules.evaluation.snapshots):
        if iteration > longest:
            message = (
                f"found {iteration}; no variant has more than {longest} iterations; "
                "allowed: up to that, or [] for no snapshots"
            )
            diagnosis.add(("evaluation", "snapshots", at), message)
