"""What a grid varies: from parameters, exclusions, baseline and layout to variants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.spec.axes import RESERVED, build_axes
from harness.spec.base_settings import Base
from harness.spec.baseline import find_baseline, named_values
from harness.spec.chain import chain_notes, with_chain
from harness.spec.diagnosis import Diagnosis, refusal
from harness.spec.models import METHODS, Layout, SweepFileWithoutCases
from harness.spec.schedule import total_iterations
from harness.spec.selection import Selector
from harness.spec.structure import Structure
from harness.spec.variants import Variant, collapse_notes, expand_grid

__all__ = ["GRID", "Grid", "check_snapshots", "make_grid", "sound_layout"]

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
        """Say which variants came to the same settings, and which go on from another one."""
        return (*collapse_notes(self.variants), *chain_notes(self.variants))


def make_grid(structure: Structure, base: Base, diagnosis: Diagnosis) -> Grid:
    """Expand what is varied, as far as it is sound; note every problem.

    Without a problem in ``diagnosis`` there is at least one variant.
    """
    rules = structure.rules
    axes, unsound = build_axes(rules.parameters, base, diagnosis, is_grid=True)
    selector = Selector(axes, base, unsound | structure.unsound, diagnosis)
    conditions = selector.conditions()
    layout = sound_layout(rules.layout, selector, diagnosis)
    baseline = named_values(rules.baseline or {}, selector, base, diagnosis)
    variants: Sequence[Variant] = ()
    if diagnosis.is_sound("base", "parameters", "exclude"):
        variants = expand_grid(selector, conditions, rules.exclude, base, diagnosis)
    else:
        for at, wanted in enumerate(rules.exclude):
            selector.terms(wanted, ("exclude", at))
    _refuse_search(rules, diagnosis)
    index = 0
    is_expanded = bool(variants) and diagnosis.is_sound("base", "parameters", "exclude")
    if is_expanded and rules.baseline is not None and baseline is not None:
        index = find_baseline(baseline, variants, selector, base, diagnosis)
    grid = variants if is_expanded else ()
    variants = with_chain(structure, grid, index, selector, base, diagnosis) or variants
    _check_limits(rules, variants, diagnosis)
    labels = {axis.name: tuple(choice.label for choice in axis.choices) for axis in axes}
    return Grid(axes=labels, variants=tuple(variants), baseline_index=index, layout=layout)


def sound_layout(layout: Layout, selector: Selector, diagnosis: Diagnosis) -> Layout:
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


def _refuse_search(rules: SweepFileWithoutCases, diagnosis: Diagnosis) -> None:
    if rules.search is not None and diagnosis.is_sound("method"):
        message = "a grid tries everything and does not search; allowed with another method"
        diagnosis.add(("search",), f"{message}: {', '.join(METHODS)}")


def _check_limits(
    rules: SweepFileWithoutCases, variants: Sequence[Variant], diagnosis: Diagnosis
) -> None:
    if not variants:
        return
    most, count = rules.limits.max_variants, len(variants)
    if most is not None and count > most:
        message = f"found {count} variants; allowed: {most}; vary less, exclude some, or raise it"
        diagnosis.add(("limits", "max_variants"), message)
    longest = max(total_iterations(variant.settings) for variant in variants)
    check_snapshots(rules.evaluation.snapshots, longest, diagnosis)


def check_snapshots(snapshots: Sequence[int], longest: int, diagnosis: Diagnosis) -> None:
    """Check that some variant comes as far as each snapshot.

    Args:
        snapshots: Iterations.
        longest: The most iterations of any variant, over all of its scales.
        diagnosis: Takes the problems.
    """
    for at, iteration in enumerate(snapshots):
        if iteration > longest:
            message = (
                f"found {iteration}; no variant has more than {longest} iterations; "
                "allowed: up to that, or [] for no snapshots"
            )
            diagnosis.add(("evaluation", "snapshots", at), message)
