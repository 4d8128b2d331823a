"""Load a sweep file: read, check, expand; all of its errors at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.spec.base_settings import resolve_base
from harness.spec.cases import Case, CaseTable, Pair, PictureFault, expand_cases, no_fault
from harness.spec.diagnosis import Diagnosis, found_text
from harness.spec.gate_checks import check_gate
from harness.spec.grid import GRID, Grid, make_grid
from harness.spec.models import (
    Evaluation,
    GateRules,
    Layout,
    Limits,
    Search,
    SweepFileWithoutCases,
    is_sweep_name,
)
from harness.spec.overrides import apply_overrides
from harness.spec.ranked import explain_unranked
from harness.spec.scales import apply_scale, scale_note
from harness.spec.settings import Settings
from harness.spec.shipped import explain_missing_sweep
from harness.spec.space import Point, Space
from harness.spec.structure import Structure, check_structure
from harness.spec.study import Study, make_study
from harness.spec.variants import Variant
from harness.spec.yaml_loader import load_yaml, read_yaml

__all__ = ["SweepSpec", "load_sweep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSpec:
    """A sweep, checked and expanded: what is varied, on which cases, how it is judged.

    ``scale`` is the one of the file's scales that was taken, empty where it has none. ``text`` is
    the file as it is, ``overrides`` what the command line changed. ``base`` are the
    settings that variants change, ``axes`` the labels on each swept parameter in order. ``notes``
    say what a reader of the plan should know. ``gate`` is what a scheduled regression judges; None
    where the file has none.

    A study has a ``space`` and a ``search``; its ``variants`` are those that come first, the
    baseline leading, and ``points`` their places in the space. Its ranges have no labels.
    """

    name: str
    scale: str
    question: str
    description: str
    path: Path
    text: str
    overrides: tuple[str, ...]
    method: str
    metrics: tuple[str, ...]
    preset: str
    base: Settings
    axes: Mapping[str, tuple[str, ...]]
    variants: tuple[Variant, ...]
    baseline_index: int
    space: Space | None
    search: Search | None
    points: tuple[Point, ...]
    case_table: CaseTable
    confirm: CaseTable | None
    limits: Limits
    layout: Layout
    evaluation: Evaluation
    gate: GateRules | None
    notes: tuple[str, ...]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Every pair of content and style."""
        return self.case_table.pairs

    @property
    def seeds(self) -> tuple[int, ...]:
        """Every seed."""
        return self.case_table.seeds

    @property
    def cases(self) -> tuple[Case, ...]:
        """Every pair with every seed, the seed moving fastest."""
        return self.case_table.cases

    @property
    def baseline(self) -> Variant:
        """The variant that the others are compared with."""
        return self.variants[self.baseline_index]


def load_sweep(
    path: Path, overrides: Iterable[str] = (), *, picture_fault: PictureFault = no_fault
) -> SweepSpec:
    """Read a sweep file and check all that it says.

    Args:
        path: The YAML file.
        overrides: ``key=value`` each, as ``--set`` takes them.
        picture_fault: Opens a picture and says what is wrong with it, so that broken pictures
            are reported together with everything else; by default none is opened.

    Raises:
        SpecError: carries every problem of the file and of the overrides.
    """
    overrides = tuple(overrides)
    raw = read_yaml(
        path, absent=explain_missing_sweep, folder="found a folder; allowed: a sweep file (YAML)"
    )
    document = load_yaml(raw, str(path))
    diagnosis = Diagnosis(str(path), document.lines, document.problems)
    data, scale = apply_scale(document.data, overrides, diagnosis)
    structure = check_structure(apply_overrides(data, overrides, diagnosis), diagnosis)
    rules = structure.rules
    name = _name(rules, path, scale, diagnosis)
    _check_metrics(rules, diagnosis)
    check_gate(structure, diagnosis)
    base = resolve_base(rules.base, path.parent, diagnosis)
    make = make_grid if rules.method == GRID else make_study
    varied: Grid | Study = make(structure, base, diagnosis)
    tables = _case_tables(structure, path.parent, diagnosis, picture_fault)
    diagnosis.stop_if_any()
    return SweepSpec(
        name=name,
        scale=scale,
        question=rules.question or "",
        description=rules.description or "",
        path=path,
        text=raw.decode("utf-8-sig"),
        overrides=overrides,
        method=rules.method,
        metrics=rules.metric,
        preset=base.preset,
        base=base.settings,
        axes=varied.axes,
        variants=varied.variants,
        baseline_index=varied.baseline_index,
        space=varied.space if isinstance(varied, Study) else None,
        search=varied.search if isinstance(varied, Study) else None,
        points=varied.points if isinstance(varied, Study) else (),
        case_table=tables["cases"],
        confirm=tables.get("confirm"),
        limits=rules.limits,
        layout=varied.layout,
        evaluation=rules.evaluation,
        gate=rules.gate,
        notes=(
            *scale_note(scale, rules.scales),
            *varied.notes,
            *(note for table in tables.values() for note in table.notes),
        ),
    )


def _name(rules: SweepFileWithoutCases, path: Path, scale: str, diagnosis: Diagnosis) -> str:
    """Return the sweep's name: two scales are two sweeps, with a table each."""
    name = rules.name or path.stem
    if rules.name is None and not is_sweep_name(name):
        message = f"the file's name {name!r} is no name for a sweep; give one with name: …"
        diagnosis.add((), message)
    scaled = f"{name}-{scale}" if scale else name
    if scale and is_sweep_name(name) and not is_sweep_name(scaled):
        message = f"the name {scaled!r} is no name for a sweep; give the scale another"
        diagnosis.add(("scales", scale), message)
    return scaled


def _check_metrics(rules: SweepFileWithoutCases, diagnosis: Diagnosis) -> None:
    for metric in rules.metric:
        unranked = explain_unranked(metric)
        if unranked is not None:
            diagnosis.add(("metric",), unranked)
    if len(set(rules.metric)) < len(rules.metric):
        diagnosis.add(("metric",), f"found {found_text(rules.metric)}; allowed: each once")


def _case_tables(
    structure: Structure, folder: Path, diagnosis: Diagnosis, picture_fault: PictureFault
) -> dict[str, CaseTable]:
    parts = {"cases": structure.cases, "confirm": structure.rules.confirm}
    return {
        key: expand_cases(rules, folder, diagnosis, key=key, picture_fault=picture_fault)
        for key, rules in parts.items()
        if rules is not None
    }
