"""The panel of a regression: a sweep file's variants and cases, always run afresh."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import InputError
from harness.spec.gate_models import GateRules
from harness.spec.picture_names import PictureRef, Style
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.pictures import Pictures, load_with_pictures
from harness.sweep.plan import Plan
from harness.sweep.tracking.stored import StoredRun
from metrics.catalog import CATALOG
from reports.clusters import Sharing, sharing_of
from reports.regression.model import Gate
from reports.regression.rule import refusal_of

__all__ = ["Panel", "fingerprints", "load_panel", "only_picture", "scores_of_cells"]

NO_GATE = (
    "{file} has no block gate:, so nothing says what counts as worse; for example\n"
    "gate:\n"
    "  margins: {{style/gain: 0.05, content/score: 0.015}}\n"
    "  confirm_seeds: [2, 3]"
)
CHAINED = (
    "{file} has chain: ({names}), and a regression judges every variant by itself, not what an "
    "earlier one led to; take chain: out of the panel"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What a regression runs.

    Attributes:
        spec: The sweep file, with all seeds that may be needed.
        pictures: Every picture it names, by its text.
        gate: What may turn the regression red.
        seeds: The seeds that are run at first.
        confirm_seeds: The seeds that are added in doubt.
    """

    spec: SweepSpec
    pictures: Pictures
    gate: GateRules
    seeds: tuple[int, ...]
    confirm_seeds: tuple[int, ...]

    @property
    def gates(self) -> list[Gate]:
        """What is gated, in the file's order; not the time."""
        return [Gate(metric=metric, margin=margin) for metric, margin in self.gate.margins.items()]

    @property
    def sharing(self) -> Sharing:
        """Which pairs share a picture."""
        return sharing_of(tuple((one.content.name, one.style.name) for one in self.spec.pairs))

    @property
    def first_spec(self) -> SweepSpec:
        """The sweep file with the seeds that are run at first."""
        return _with_seeds(self.spec, self.seeds)

    def with_seeds(self, count: int) -> "Panel":
        """Return the panel with further fresh seeds at first, so that there are so many."""
        seeds = [*self.seeds, *self.confirm_seeds]
        start = max(seeds) + 1
        seeds += range(start, start + count - len(seeds))
        return replace(
            self, spec=_with_seeds(self.spec, seeds), seeds=tuple(seeds), confirm_seeds=()
        )


def load_panel(path: Path, overrides: Iterable[str]) -> Panel:
    """Read a sweep file that has a block ``gate:``, and open its pictures.

    Args:
        path: The YAML file.
        overrides: ``key=value`` each, as ``--set`` takes them.

    Raises:
        SpecError: carries every problem of the file, the overrides and the pictures.
        InputError: The file has no block ``gate:``, chained variants, a style of several
            pictures, or pairs from which nothing may be inferred.
    """
    spec, pictures = load_with_pictures(path, overrides)
    if spec.gate is None:
        raise InputError(NO_GATE.format(file=path))
    chained = [one.name for one in spec.variants if one.goes_on is not None]
    if chained:
        raise InputError(CHAINED.format(file=path, names=", ".join(chained)))
    several = [style.name for style in (pair.style for pair in spec.pairs) if len(style.parts) > 1]
    if several:
        raise InputError(
            f"{path}: cases.style: found {several[0]!r}, a style of several pictures; allowed in "
            "a panel: styles of one picture, since the copies that are timed against each other "
            "take one. Name its pictures one by one, or leave it to `harness sweep`"
        )
    confirm = spec.gate.confirm_seeds
    panel = Panel(
        spec=_with_seeds(spec, (*spec.seeds, *confirm)),
        pictures=pictures,
        gate=spec.gate,
        seeds=spec.seeds,
        confirm_seeds=confirm,
    )
    if refusal := refusal_of(panel.sharing):
        raise InputError(f"{path}: {refusal}, or every regression would be NOT COMPARABLE")
    return panel


def only_picture(style: Style) -> PictureRef:
    """Return the picture of a panel's style, of which ``load_panel`` lets in no more."""
    ((picture, _),) = style.parts
    return picture


def _with_seeds(spec: SweepSpec, seeds: Iterable[int]) -> SweepSpec:
    return replace(spec, case_table=replace(spec.case_table, seeds=tuple(seeds)))


def fingerprints(
    plan: Plan, seeds: Collection[int], variants: Collection[str] | None = None
) -> set[str]:
    """Return the fingerprints of the runs of some variants (of all if None) with some seeds."""
    return {
        fingerprint
        for (variant, case), fingerprint in plan.cells.items()
        if plan.spec.cases[case].seed in seeds
        and (variants is None or plan.spec.variants[variant].name in variants)
    }


def scores_of_cells(
    plan: Plan, stored: Mapping[str, StoredRun]
) -> dict[tuple[str, int], Mapping[str, float]]:
    """Return what was measured, by name of the variant and index of the case, as far as it is."""
    return {
        (plan.spec.variants[variant].name, case): {
            name: value
            for name, value in stored[fingerprint].metrics.items()
            if name in CATALOG and CATALOG[name].needs  # measured on the picture
        }
        for (variant, case), fingerprint in plan.cells.items()
        if fingerprint in stored
    }
