"""What each variant changes: paired differences from the baseline with their intervals."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from metrics.catalog import metric as catalogued
from reports.figures.drawing import (
    BLUE,
    GRAPH_IN,
    INK,
    VERMILION,
    Canvas,
    Drawn,
    add_rule,
    printable,
    wrapped,
)
from reports.figures.variants import Names, leading_variants, left_out_words
from reports.findings import Findings
from reports.material import Material
from reports.verdict import CONTENT, STYLE

__all__ = ["draw_differences"]

MOST_ROWS = 40
ROW_IN = 0.3
LABEL_LETTERS = 34
VERDICT_LETTERS = 18

Row = Mapping[Hashable, Any]

# Colour and marker of a difference that is better, worse, or neither.
LOOKS = {1: (BLUE, "^"), -1: (VERMILION, "v"), 0: (INK, "o")}


def draw_differences(material: Material, findings: Findings) -> Drawn | None:
    """Draw them for both scores side by side; nothing where no variant can be compared."""
    summary = findings.summary
    compared = summary[summary[[f"{name}/difference" for name in (STYLE, CONTENT)]].notna().any(
        axis=1
    ) & ~summary["is_baseline"].astype(bool)]  # fmt: skip
    if compared.empty:
        return None
    leading = leading_variants(compared, MOST_ROWS)
    rows = compared[compared["variant"].isin(leading)].to_dict("records")
    names = Names.of(summary)
    labels = [
        wrapped(names.entry(str(row["variant"])), LABEL_LETTERS, most_lines=3) for row in rows
    ]
    height = sum(max(ROW_IN, 0.13 * (label.count("\n") + 1.6)) for label in labels)
    canvas = Canvas(figsize=(GRAPH_IN, height + 0.9), layout="constrained")
    panels = canvas.subplots(1, 2, sharey=True)
    for axes, metric in zip(panels, (STYLE, CONTENT), strict=True):
        _plot(axes, rows, metric)
    panels[0].set_yticks(range(len(rows)), labels)
    panels[0].set_ylim(len(rows) - 0.4, -0.6)
    verdicts = dict(zip(findings.display["variant"], findings.display["verdict"], strict=True))
    _write_verdicts(panels[1], [str(verdicts[str(row["variant"])]) for row in rows])
    return Drawn(
        name="differences",
        title="Differences from the baseline",
        caption=_caption(material, rows, left_out_words(leading, list(compared["variant"]))),
        canvas=canvas,
    )


def _plot(axes: Axes, rows: Sequence[Row], metric: str) -> None:
    """One score: a point and a bar for every variant."""
    add_rule(axes, x=0)
    for at, row in enumerate(rows):
        mean, half, low, high = (
            float(row[f"{metric}/{part}"]) for part in ("difference", "interval", "low", "high")
        )
        if math.isnan(mean):
            continue
        significance = row[f"{metric}/significance"]
        colour, marker = LOOKS[0 if pd.isna(significance) else int(significance)]
        inferred = not math.isnan(half)
        ends = (mean - half, mean + half) if inferred else (low, high)
        axes.plot(ends, (at, at), color=colour, linewidth=1.6 if inferred else 0.6, zorder=2)
        axes.plot(
            [mean],
            [at],
            marker=marker,
            markersize=5.5,
            markerfacecolor=colour if inferred else "none",
            color=colour,
            linestyle="none",
            zorder=3,
        )
    entry = catalogued(metric)
    unit = "" if entry.unit == "1" else f", {entry.unit}"
    axes.set_xlabel(f"difference in {entry.short}{unit}  {entry.direction.arrow}")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=INK, alpha=0.1, linewidth=0.6)
    axes.set_axisbelow(True)


def _write_verdicts(axes: Axes, verdicts: Sequence[str]) -> None:
    """The verdict on every variant in words, right of its bars."""
    for at, verdict in enumerate(verdicts):
        text = wrapped(verdict, VERDICT_LETTERS, most_lines=2)
        axes.text(1.03, at, text, transform=axes.get_yaxis_transform(), va="center")


def _caption(material: Material, rows: Sequence[Row], left_out: str) -> str:
    """How to read the figure."""
    inferred = any(not math.isnan(float(row[f"{STYLE}/interval"])) for row in rows)
    ranged = any(math.isnan(float(row[f"{STYLE}/interval"])) for row in rows)
    bars = [
        *(["95 % interval of the mean difference over the pairs"] if inferred else []),
        *(["thin bar and open marker: range over the pairs, no interval"] if ranged else []),
    ]
    return (
        f"Each variant minus the baseline, {printable(material.baseline)}, pair by pair. "
        f"Bar: {'; '.join(bars)}. Triangles: significantly better (up, blue) or worse (down, "
        "vermilion), paired t test at 5 %, Holm-adjusted over the variants, so that a bar may "
        f"miss the zero line without being significant.{left_out}"
    )
