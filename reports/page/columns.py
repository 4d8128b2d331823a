"""The table of a page: what every cell says, by what it is sorted, and how it is marked."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd

from metrics.catalog import CATALOG
from reports.display import LPIPS, score_cells
from reports.findings import Findings
from reports.numbers import ABSENT, fixed
from reports.table import LOSS, NO_VERDICT
from reports.verdict import CONTENT, STYLE, Verdict

__all__ = ["VERDICT_SIGNS", "Column", "Entry", "further_columns", "main_columns"]

SECONDS = ("seconds", "seconds_per_iteration")
MAIN = ("front", STYLE, CONTENT, LPIPS, *SECONDS, "verdict")
"""What the columns of ``Findings.display`` are, the variant's name left out."""

VERDICT_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        Verdict.BETTER: "▲",
        Verdict.TRADE_OFF: "◆",
        Verdict.BASELINE: "■",
        Verdict.CANNOT_TELL: "?",
        NO_VERDICT: "–",
        Verdict.WORSE: "▼",
    }
)
"""Verdicts from the best to the worst, each with the sign before its word."""

SIGNIFICANCE = MappingProxyType({1: "significantly better", -1: "significantly worse"})

Row = Mapping[Hashable, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One cell.

    Attributes:
        text: What it says.
        detail: What stands after it, smaller.
        sort: The number by which it is sorted; None: always last.
        mark: A sign that goes before it.
        meaning: What the sign says, in words.
        note: A word that qualifies it.
    """

    text: str
    detail: str = ""
    sort: float | None = None
    mark: str = ""
    meaning: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, its cells in the order of the variants.

    Attributes:
        key: Unique in the table.
        label: Its heading.
        meaning: What it measures, with the unit.
        falls: Whether the largest number comes first when it is first sorted by.
        is_words: Whether it holds words and no numbers.
        entries: Its cells.
    """

    key: str
    label: str
    meaning: str
    falls: bool
    is_words: bool = False
    entries: Sequence[Entry]


def main_columns(findings: Findings) -> list[Column]:
    """Return the columns of the short table, from the front to the verdict."""
    rows = findings.summary.to_dict("records")
    labels = [str(name) for name in findings.display.columns][1:]
    texts = {key: list(findings.display[name]) for key, name in zip(MAIN, labels, strict=True)}
    entries = {
        "front": [_front(row, text) for row, text in zip(rows, texts["front"], strict=True)],
        "verdict": [_verdict(row, text) for row, text in zip(rows, texts["verdict"], strict=True)],
        LPIPS: [
            Entry(text=text, sort=_number(row.get(LPIPS)))
            for row, text in zip(rows, texts[LPIPS], strict=True)
        ],
    }
    for key in (STYLE, CONTENT):
        entries[key] = [_score(row, key, text) for row, text in zip(rows, texts[key], strict=True)]
    for key in SECONDS:
        entries[key] = [_time(row, key, text) for row, text in zip(rows, texts[key], strict=True)]
    return [
        Column(
            key=key,
            label=label,
            meaning=_meaning(key),
            falls=_falls(key),
            is_words=key == "verdict",
            entries=entries[key],
        )
        for key, label in zip(MAIN, labels, strict=True)
    ]


def further_columns(summary: pd.DataFrame) -> list[Column]:
    """Return columns that a reader may add: other measurements, losses, counts, reasons."""
    rows = summary.to_dict("records")
    others = [
        str(name)
        for name in summary.columns
        if name in CATALOG and name not in MAIN and not summary[name].isna().all()
    ]
    return [
        *(_measured(summary, rows, name) for name in others),
        Column(
            key=LOSS,
            label="total loss ↓",
            meaning="what the optimiser made small; comparable only where the losses are the same",
            falls=False,
            entries=[_loss(row) for row in rows],
        ),
        Column(
            key="regret",
            label="regret ↓",
            meaning="balance lost to the best variant of each pair, mean over the pairs",
            falls=False,
            entries=[
                Entry(text=fixed(row["regret"], 3), sort=_number(row["regret"])) for row in rows
            ],
        ),
        Column(
            key="pairs",
            label="pairs",
            meaning="pairs of content and style with a finished run",
            falls=True,
            entries=[Entry(text=str(row["pairs"]), sort=float(row["pairs"])) for row in rows],
        ),
        Column(
            key="reason",
            label="why",
            meaning="what the verdict rests on",
            falls=False,
            is_words=True,
            entries=[Entry(text=str(row["reason"])) for row in rows],
        ),
    ]


def _measured(summary: pd.DataFrame, rows: Sequence[Row], name: str) -> Column:
    """Return a measurement's means, and the differences from the baseline."""
    return Column(
        key=name,
        label=CATALOG[name].label,
        meaning=_meaning(name),
        falls=_falls(name),
        entries=[
            _score(row, name, text)
            for row, text in zip(rows, score_cells(summary, name), strict=True)
        ],
    )


def _score(row: Row, name: str, text: str) -> Entry:
    """Return a score's cell, marked where it differs significantly or has no interval."""
    significance = row[f"{name}/significance"]
    known: int = 0 if pd.isna(significance) else int(significance)
    mean, _, detail = text.partition(" ")
    return Entry(
        text=mean,
        detail=detail,
        sort=_number(row[name]),
        mark={1: "▲", -1: "▼"}.get(known, ""),
        meaning=SIGNIFICANCE.get(known, ""),
        note=_spread(row, name),
    )


def _spread(row: Row, name: str) -> str:
    """Return what stands in place of an interval: a range over the pairs, or one pair alone."""
    if row[f"{name}/pairs"] == 1:
        return "1 pair"
    is_range = math.isnan(row[f"{name}/interval"]) and row[f"{name}/low"] < row[f"{name}/high"]
    return "range" if is_range else ""


def _front(row: Row, text: str) -> Entry:
    probability = _number(row["front/probability"])
    return Entry(
        text=text,
        sort=float(row["front"]) if probability is None else probability,
        meaning="on the front" if row["front"] else "",
    )


def _time(row: Row, key: str, text: str) -> Entry:
    is_other = text != ABSENT and not row["times_comparable"]
    return Entry(text=text, sort=_number(row[key]), note="other conditions" if is_other else "")


def _verdict(row: Row, text: str) -> Entry:
    word, _, rest = text.partition(" (")
    ranks = list(VERDICT_SIGNS)
    return Entry(
        text=word,
        detail=f"({rest}" if rest else "",
        sort=float(ranks.index(row["verdict"])),
        mark=VERDICT_SIGNS[row["verdict"]],
        meaning=str(row["reason"]),
        note="pairs share pictures" if row["pairs_share_pictures"] else "",
    )


def _loss(row: Row) -> Entry:
    value = row[LOSS]
    if isinstance(value, str):
        return Entry(text=value)
    return Entry(text=ABSENT if math.isnan(value) else f"{value:.4g}", sort=_number(value))


def _number(value: object) -> float | None:
    """Return a finite number, or None."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _meaning(key: str) -> str:
    """Return what a column measures, with its unit."""
    if key == "front":
        return "● no other variant has more of one score and as much of the other"
    if key == "verdict":
        return "against the baseline, by style gain and content score"
    entry = CATALOG[key]
    return entry.meaning if entry.unit == "1" else f"{entry.meaning} (in {entry.unit})"


def _falls(key: str) -> bool:
    """Whether the best is the largest number."""
    return key == "front" or (key in CATALOG and CATALOG[key].direction == "max")
