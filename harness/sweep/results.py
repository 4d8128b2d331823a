"""From stored runs to the answer: the runs frame, the tables, the contact sheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from harness.spec.cases import Case
from harness.spec.loss_key import loss_key
from harness.sweep.plan import Plan
from harness.sweep.tracking.names import LOSS_PREFIX, Status, Tag
from harness.sweep.tracking.stored import StoredRun

__all__ = ["Cell", "runs_frame"]

TOTAL_LOSS = f"{LOSS_PREFIX}total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One (variant, case) of the table: its stored run if finished, else what became of it."""

    stored: StoredRun | None
    metrics: Mapping[str, float]
    status: str
    error: str = ""
    picture: Path | None = None


def runs_frame(plan: Plan, cells: Mapping[str, Cell]) -> pd.DataFrame:
    """Return one row per (variant, case), as ``reports`` wants it.

    Args:
        plan: The sweep's plan.
        cells: What is known of each run, by fingerprint; absent ones are ``MISSING``.
    """
    missing = Cell(stored=None, metrics={}, status="MISSING")
    # What a variant or a case says of itself is worked out once, not once a run.
    of_variants = [_of_variant(plan, index) for index in range(len(plan.settings))]
    of_cases = [_of_case(index, case) for index, case in enumerate(plan.spec.cases)]
    evaluator = plan.evaluator.id
    rows = [
        of_variants[variant]
        | of_cases[case]
        | _of_run(fingerprint, cells.get(fingerprint, missing), evaluator)
        for (variant, case), fingerprint in plan.cells.items()
    ]
    frame = pd.DataFrame(rows)
    return frame.sort_values(["variant_index", "case_index"], ignore_index=True)


def _of_variant(plan: Plan, index: int) -> dict[str, object]:
    return {
        "variant": plan.spec.variants[index].name,
        "variant_index": index,
        "loss_key": loss_key(plan.settings[index]),
    }


def _of_case(index: int, case: Case) -> dict[str, object]:
    return {
        "case_index": index,
        "case": case.name,
        "pair": case.pair.name,
        "content": case.content.name,
        "style": case.style.name,
        "seed": case.seed,
    }


def _of_run(fingerprint: str, cell: Cell, evaluator: str) -> dict[str, object]:
    tags = cell.stored.tags if cell.stored is not None else {}
    return {
        "status": cell.status,
        "fingerprint": fingerprint,
        "run_id": cell.stored.run_id if cell.stored is not None else "",
        "evaluator_id": evaluator if cell.status == Status.FINISHED else "",
        "numerics_key": tags.get(Tag.NUMERICS, ""),
        "timing_key": tags.get(Tag.TIMING_KEY, ""),
        "picture": cell.picture,
        "error": cell.error,
        **_numbers(cell),
    }


def _numbers(cell: Cell) -> dict[str, float]:
    return {
        name: value
        for name, value in cell.metrics.items()
        if name == TOTAL_LOSS or not name.startswith(LOSS_PREFIX)
    }
