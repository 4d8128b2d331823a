"""From stored runs to the answer: the runs frame, the tables, the contact sheet."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from harness.spec.settings import Settings
from harness.sweep.plan import Plan
from harness.sweep.tracking.names import LOSS_PREFIX, Status, Tag
from harness.sweep.tracking.stored import StoredRun

__all__ = ["Cell", "loss_key", "runs_frame"]

TOTAL_LOSS = f"{LOSS_PREFIX}total"
LOSS_KNOBS = (
    "backbone",
    "pretrained",
    "pooling",
    "padding",
    "image_size",
    "content_layers",
    "style_layers",
    "content_loss",
    "style_loss",
    "weights",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One (variant, case) of the table: its stored run if finished, else what became of it."""

    stored: StoredRun | None
    metrics: Mapping[str, float]
    status: str
    error: str = ""
    picture: Path | None = None


def loss_key(settings: Settings) -> str:
    """Return what two runs must share for their total losses to be comparable."""
    facts = settings.model_dump(mode="json", include=set(LOSS_KNOBS))
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]


def runs_frame(plan: Plan, cells: Mapping[str, Cell]) -> pd.DataFrame:
    """Return one row per (variant, case), as ``reports`` wants it.

    Args:
        plan: The sweep's plan.
        cells: What is known of each run, by fingerprint; absent ones are ``MISSING``.
    """
    missing = Cell(stored=None, metrics={}, status="MISSING")
    rows = [
        _row(plan, variant, case, fingerprint, cells.get(fingerprint, missing))
        for (variant, case), fingerprint in plan.cells.items()
    ]
    frame = pd.DataFrame(rows)
    return frame.sort_values(["variant_index", "case_index"], ignore_index=True)


def _row(plan: Plan, variant: int, case: int, fingerprint: str, cell: Cell) -> dict[str, object]:
    one = plan.spec.cases[case]
    tags = cell.stored.tags if cell.stored is not None else {}
    return {
        "variant": plan.spec.variants[variant].name,
        "variant_index": variant,
        "case_index": case,
        "case": one.name,
        "pair": one.pair.name,
        "content": one.content.name,
        "style": one.style.name,
        "seed": one.seed,
        "status": cell.status,
        "fingerprint": fingerprint,
        "run_id": cell.stored.run_id if cell.stored is not None else "",
        "evaluator_id": plan.evaluator.id if cell.status == Status.FINISHED else "",
        "numerics_key": tags.get(Tag.NUMERICS, ""),
        "timing_key": tags.get(Tag.TIMING_KEY, ""),
        "loss_key": loss_key(plan.settings[variant]),
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
