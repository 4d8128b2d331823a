"""The frame of runs that reports are made of."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.spec.cases import Case, CaseTable, Pair, PictureRef
from harness.spec.loss_key import loss_key
from harness.spec.settings import LossWeights, Settings
from harness.sweep.results import Cell, runs_frame
from harness.sweep.tracking.names import Tag
from harness.sweep.tracking.stored import StoredRun
from reports.frame import REQUIRED_COLUMNS


@dataclass
class StandInPlan:
    """As much of a plan as a frame needs: two variants on two seeds of a pair."""

    spec: Any
    evaluator: Any
    settings: tuple[Settings, ...]
    cells: dict[tuple[int, int], str]


def _case_table() -> CaseTable:
    cat, waves = (PictureRef(text=f"{name}.png", path=None, name=name) for name in ("cat", "sea"))
    return CaseTable(pairs=(Pair(content=cat, style=waves),), seeds=(5, 6), notes=())


@pytest.fixture
def plan() -> Any:
    """Return a plan whose first variant is one run for both seeds."""
    variants = [SimpleNamespace(name=name) for name in ("light", "heavy")]
    return StandInPlan(
        spec=SimpleNamespace(variants=variants, cases=_case_table().cases),
        evaluator=SimpleNamespace(id="judge-1"),
        settings=tuple(Settings(weights=LossWeights(style=style)) for style in (1.0, 50.0)),
        # As a plan has them: cases are the outer loop.
        cells={(0, 0): "one", (1, 0): "two", (0, 1): "one", (1, 1): "three"},
    )


def _finished(fingerprint: str) -> Cell:
    stored = StoredRun(
        run_id=f"run-{fingerprint}",
        fingerprint=fingerprint,
        occasion="sweep",
        evaluator="judge-1",
        metrics={},
        tags={Tag.NUMERICS: "here", Tag.TIMING_KEY: "now"},
        artifact_uri="",
    )
    metrics = {"style/gain": 0.5, "loss/total": 3.0, "loss/style/relu1_1": 1.0}
    return Cell(stored=stored, metrics=metrics, status="FINISHED", picture=Path("result.png"))


def test_one_row_for_every_cell_in_the_order_of_the_sweep(plan: Any) -> None:
    """Variants come in their order, the cases inside them; a run may fill several rows."""
    frame = runs_frame(plan, {"one": _finished("one")})

    assert ["light", "light", "heavy", "heavy"] == list(frame["variant"])
    assert [5, 6, 5, 6] == list(frame["seed"])
    assert ["one", "one", "two", "three"] == list(frame["fingerprint"])
    assert set(REQUIRED_COLUMNS) <= set(frame.columns)


def test_row_of_a_finished_run(plan: Any) -> None:
    """It names its run, its judge and its numerics, and has the numbers but single losses."""
    row = runs_frame(plan, {"one": _finished("one")}).iloc[0].to_dict()
    expected = {
        "case": "cat × sea, seed 5",
        "pair": "cat × sea",
        "content": "cat",
        "style": "sea",
        "status": "FINISHED",
        "run_id": "run-one",
        "evaluator_id": "judge-1",
        "numerics_key": "here",
        "timing_key": "now",
        "loss_key": loss_key(plan.settings[0]),
        "picture": Path("result.png"),
        "style/gain": 0.5,
        "loss/total": 3.0,
    }

    assert expected == {name: row[name] for name in expected}
    assert "loss/style/relu1_1" not in row


def test_rows_without_a_finished_run(plan: Any) -> None:
    """What failed says why; what was never begun is missing; neither names a judge."""
    failed = Cell(stored=None, metrics={}, status="FAILED", error="out of memory")
    frame = runs_frame(plan, {"two": failed})

    assert ["MISSING", "MISSING", "FAILED", "MISSING"] == list(frame["status"])
    assert ["", "", "out of memory", ""] == list(frame["error"])
    assert {""} == set(frame["evaluator_id"]) | set(frame["run_id"])


def test_cases_are_made_once() -> None:
    """A table of cases keeps its cases, seeds moving fastest: they are asked for once a run."""
    table = _case_table()

    assert table.cases is table.cases
    assert [Case(pair=table.pairs[0], seed=seed) for seed in (5, 6)] == list(table.cases)
