"""From stored runs to the answer: the runs frame, the tables, the contact sheet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from harness.sweep.tracking.membership import MemberCase, Membership
from harness.sweep.tracking.names import ANCHOR_PREFIX, LOSS_PREFIX, Status, Tag
from harness.sweep.tracking.stored import StoredRun
from metrics.balance import balance as weighed

__all__ = ["Cell", "ExternalCell", "balance_of", "runs_frame", "shared_styles_note"]

TOTAL_LOSS = f"{LOSS_PREFIX}total"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One (variant, case) of the table: its stored run if finished, else what became of it."""

    stored: StoredRun | None
    metrics: Mapping[str, float]
    status: str
    error: str = ""
    picture: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalCell:
    """A picture made elsewhere, for the case of that index."""

    name: str
    case: int
    fingerprint: str
    cell: Cell


def runs_frame(
    membership: Membership,
    cells: Mapping[str, Cell],
    evaluator_id: str,
    *,
    balance: float,
    externals: Iterable[ExternalCell] = (),
    between_seeds: Mapping[tuple[int, str], float] = MappingProxyType({}),
) -> pd.DataFrame:
    """Return one row per (variant, case), as ``reports`` wants it.

    Args:
        membership: Which run fills which cell of the sweep's table.
        cells: What is known of each run, by fingerprint; absent ones are ``MISSING``.
        evaluator_id: Who made the cells' scores.
        balance: Share of the style in the metric ``balance``.
        externals: Pictures made elsewhere; each name is a further variant.
        between_seeds: ``seeds/distance`` by (variant's index, pair's name).
    """
    missing = Cell(stored=None, metrics={}, status="MISSING")
    # What a case says of itself is worked out once, not once a run.
    of_cases = [_of_case(index, case) for index, case in enumerate(membership.cases)]
    shared = _sharing_styles(membership.cases)
    if shared:
        of_cases = [row | {"style_group": shared[str(row["style"])]} for row in of_cases]

    def row(variant: str, index: int, key: str, case: int, run: dict[str, object]) -> Row:
        named = {"variant": variant, "variant_index": index, "loss_key": key}
        return named | of_cases[case] | run

    rows = [
        row(
            membership.variants[one.variant],
            one.variant,
            membership.loss_keys[one.variant],
            one.case,
            _of_run(one.fingerprint, cells.get(one.fingerprint, missing), evaluator_id, balance),
        )
        for one in membership.members
    ]
    others = sorted({one.name for one in externals})
    rows += [
        row(
            one.name,
            len(membership.variants) + others.index(one.name),
            "",  # no loss of ours made it
            one.case,
            _of_run(one.fingerprint, one.cell, evaluator_id, balance),
        )
        for one in externals
    ]
    for one in rows:
        group = one["variant_index"], one["pair"]
        if group in between_seeds:
            one["seeds/distance"] = between_seeds[group]
    frame = pd.DataFrame(rows)
    return frame.sort_values(["variant_index", "case_index"], ignore_index=True)


def _of_case(index: int, case: MemberCase) -> Row:
    return {
        "case_index": index,
        "case": case.name,
        "pair": case.pair,
        "content": case.content,
        "style": case.style,
        "seed": case.seed,
    }


def _sharing_styles(cases: Iterable[MemberCase]) -> dict[str, str]:
    """Return style → the first of those that it shares pictures with; empty if none do.

    Two styles of several pictures share some, or one is a part of the other.
    """
    files = {case.style: set(case.styles.files) for case in cases}
    groups: list[tuple[list[str], set[str]]] = []
    for style, own in files.items():
        touched = [group for group in groups if group[1] & own]
        groups = [group for group in groups if not group[1] & own]
        names = [name for group in touched for name in group[0]]
        groups.append(([*names, style], own.union(*(group[1] for group in touched))))
    if len(groups) == len(files):
        return {}
    return {name: names[0] for names, _ in groups for name in names}


def shared_styles_note(runs: pd.DataFrame) -> list[str]:
    """Say which styles share pictures, since every test and interval takes them for one."""
    if "style_group" not in runs.columns:
        return []
    groups = runs.drop_duplicates("style").groupby("style_group", sort=False)["style"]
    shared = [", ".join(map(str, styles)) for _, styles in groups if len(styles) > 1]
    listed = "; ".join(shared)
    return [f"Styles that share pictures count as one where pairs are compared: {listed}."]


def _of_run(fingerprint: str, cell: Cell, evaluator: str, balance: float) -> Row:
    tags = cell.stored.tags if cell.stored is not None else {}
    return {
        "status": cell.status,
        "fingerprint": fingerprint,
        "run_id": cell.stored.run_id if cell.stored is not None else "",
        "evaluator_id": evaluator if cell.status == Status.FINISHED else "",
        "numerics_key": tags.get(Tag.NUMERICS, ""),
        "timing_key": tags.get(Tag.TIMING_KEY, ""),
        "flags": tags.get(Tag.FLAGS, ""),
        "stop_reason": tags.get(Tag.REASON, "") if cell.status == Status.FINISHED else "",
        "picture": cell.picture,
        "error": cell.error,
        **_numbers(cell),
        **balance_of(cell.metrics, balance),
    }


def _numbers(cell: Cell) -> dict[str, float]:
    return {
        name: value
        for name, value in cell.metrics.items()
        if name == TOTAL_LOSS or not name.startswith(LOSS_PREFIX)
    }


def balance_of(metrics: Mapping[str, float], style_share: float) -> dict[str, float]:
    """Return the balance of a run, if it has the distances and scores that it is made of.

    Args:
        metrics: Numbers of the run.
        style_share: Share of the style, 0 to 1.
    """
    names = ("style/gram", f"{ANCHOR_PREFIX}style/gram", "content/score")
    if not metrics.keys() >= set(names):
        return {}
    distance, anchor, content = (metrics[name] for name in names)
    return {"balance": weighed(distance, anchor, content, style_share=style_share)}
