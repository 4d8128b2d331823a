"""How far the runs of iteration claims had come by iteration: scores and loss, from one trace."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from reports.claims.judged import JudgedPart
from reports.figures.curves import curve_table
from reports.figures.drawing import (
    COLOURS,
    GRAPH_IN,
    MARKERS,
    Canvas,
    Drawn,
    add_rule,
    drawing,
    metric_label,
    printable,
    wrapped,
)
from reports.figures.figure import Figure
from reports.figures.output import as_figure
from reports.material import Material
from reports.numbers import counted
from reports.verdict import CONTENT, STYLE

__all__ = ["Traces", "draw_traces"]

TOTAL = "loss/total"
PANELS = (STYLE, CONTENT, TOTAL)
MOST_LINES = len(COLOURS)
DOTS_PER_INCH = 130
NAME_LETTERS = 38

Line = tuple[str, str]  # the experiment and the variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """The figure, for a page and as a file."""

    figure: Figure
    png: bytes


def draw_traces(parts: Iterable[JudgedPart], materials: Mapping[str, Material]) -> Traces | None:
    """Draw the curves of all variants whose values on the way were measured.

    Args:
        parts: The measurements.
        materials: By the name of the experiment's file.

    Returns:
        None where nothing was measured on the way, or nothing is kept of it.
    """
    lines, named = _lines(parts)
    tables = {
        line: {name: _table(materials[line[0]], line[1], name) for name in PANELS}
        for line in lines
    }
    drawn_lines = [line for line in lines if any(not one.empty for one in tables[line].values())]
    if not drawn_lines:
        return None
    shown = drawn_lines[:MOST_LINES]
    with drawing():
        drawn = _draw({line: tables[line] for line in shown}, sorted(named), len(drawn_lines))
        figure = as_figure(drawn)
        encoded = io.BytesIO()
        drawn.canvas.savefig(encoded, format="png", dpi=DOTS_PER_INCH, facecolor="white")
    return Traces(figure=figure, png=encoded.getvalue())


def _lines(parts: Iterable[JudgedPart]) -> tuple[list[Line], set[int]]:
    """The variants that were measured on the way, and after how many iterations."""
    lines: dict[Line, None] = {}
    named: set[int] = set()
    for part in parts:
        sides = ((part.part.of, part.of), (part.part.less, part.less))
        for operand, variants in sides:
            if operand is None or operand.iteration is None:
                continue
            lines |= {(part.part.sweep, variant): None for variant in variants}
            if isinstance(operand.iteration, int):
                named.add(operand.iteration)
    return list(lines), named


def _table(material: Material, variant: str, name: str) -> pd.DataFrame:
    """A curve per pair; a loss as a share of its own first value, so that losses compare."""
    table = curve_table(material, variant, name)
    if name != TOTAL or table.empty:
        return table
    first = table.iloc[0]
    return table / first.where(first > 0)


def _draw(
    tables: Mapping[Line, Mapping[str, pd.DataFrame]], named: Sequence[int], count: int
) -> Drawn:
    shown = [name for name in PANELS if any(not one[name].empty for one in tables.values())]
    canvas = Canvas(figsize=(GRAPH_IN, 3.1), layout="constrained")
    panels = list(canvas.subplots(1, len(shown), squeeze=False).flat)
    for axes, name in zip(panels, shown, strict=True):
        for place, curves in enumerate(tables.values()):
            _draw_line(axes, curves[name], name, place)
        _set_scales(axes, name)
        for iteration in named:
            add_rule(axes, x=iteration)
    handles = [
        Line2D([], [], color=COLOURS[place], marker=MARKERS[place], markersize=4)
        for place in range(len(tables))
    ]
    labels = [wrapped(_name(line, tables), NAME_LETTERS, most_lines=2) for line in tables]
    canvas.legend(handles, labels, loc="outside upper left", ncols=3, frameon=False, fontsize=7.5)
    left_out = count - len(tables)
    more = f" {counted(left_out, 'more variant')} left out." if left_out else ""
    return Drawn(
        name="claims-iterations",
        title="Scores and loss by iteration",
        caption=(
            "The runs on which the claims about iterations rest, mean over the pairs, iterations "
            "on a logarithmic scale: scores of the pictures kept on the way, and the total loss "
            "as a share of its own first value (losses of different settings are not comparable, "
            f"their falls are). Broken lines: the iterations that the rules name.{more}"
        ),
        canvas=canvas,
    )


def _draw_line(axes: Axes, table: pd.DataFrame, name: str, place: int) -> None:
    """Draw one curve: means over the pairs, geometric ones of losses; 0 has no logarithm."""
    later = table[table.index > 0]
    if name == TOTAL:
        means = np.exp(np.log(later.where(later > 0)).mean(axis=1)).dropna()
    else:
        means = later.mean(axis=1).dropna()
    marker = None if name == TOTAL else MARKERS[place]
    axes.plot(means.index, means.to_numpy(), color=COLOURS[place], marker=marker, markersize=4)


def _set_scales(axes: Axes, name: str) -> None:
    axes.set_xlabel("iteration")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    if name != TOTAL:
        axes.set_ylabel(metric_label(name))
        return
    axes.set_ylabel("total loss, share of its first value")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(numticks=6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())


def _name(line: Line, tables: Mapping[Line, object]) -> str:
    """The experiment, with the variant where it has several lines."""
    experiment, variant = line
    is_alone = sum(one == experiment for one, _ in tables) == 1
    return printable(experiment if is_alone else f"{experiment} {variant}")
