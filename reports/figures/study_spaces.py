"""Where in its space a study looked: parallel coordinates, and values against each parameter."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from reports.figures.drawing import (
    GRAPH_IN,
    INK,
    Canvas,
    Drawn,
    metric_label,
    printable,
    wrapped,
)
from reports.figures.study import is_number, scatter_trials, trial_key
from reports.findings import Findings
from reports.material import Material
from reports.numbers import counted
from reports.study import METRIC, PARAMETER, Parameter, StudyRecord

__all__ = ["Scale", "draw_parallel", "draw_slices"]

MOST_LINES = 200
MOST_AXES = 10  # of parameters side by side
MOST_SLICES = 9
MOST_LABELS = 12  # of a parameter's choices
COLUMNS = 3  # of slices
# Perceptually uniform and safe for colour-blind readers. Its ends, nearly black and nearly white,
# would be lost on a dark or a light page.
COLOURS = colormaps["viridis"]
COLOUR_ENDS = (0.12, 0.84)
STRIP_STEPS = 24
BEST_WIDTH, FRONT_WIDTH, MOST_THICK = 2.0, 1.2, 6
END = 0.03  # of an axis: ticks so near to its foot or top are written beyond it
LETTERS = 104  # of all axes' names side by side
SPREAD = 0.07  # of an axis: how far lines through one choice stand apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One axis of the parallel coordinates: where values stand on it, 0 at its foot, 1 on top."""

    name: str
    column: str
    low: float = 0.0
    high: float = 1.0
    is_log: bool = False
    labels: tuple[str, ...] = ()

    @classmethod
    def of_parameter(cls, parameter: Parameter, trials: pd.DataFrame) -> "Scale":
        """Return a parameter's: its interval, widened where an earlier one was wider."""
        column = PARAMETER + parameter.name
        if parameter.labels:
            return cls(name=parameter.name, column=column, labels=parameter.labels)
        values = [float(value) for value in trials[column] if is_number(value)]
        return cls(
            name=parameter.name,
            column=column,
            low=min([parameter.low, *values]),
            high=max([parameter.high, *values]),
            is_log=parameter.is_log,
        )

    def place(self, value: object) -> float:
        """Return where a value stands; NaN where the parameter does not apply."""
        if self.labels:
            return self.labels.index(str(value)) / max(len(self.labels) - 1, 1) if (
                value in self.labels
            ) else math.nan  # fmt: skip
        if not is_number(value) or not isinstance(value, int | float):
            return math.nan
        if self.high <= self.low:
            return 0.5
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """Return places with what stands there."""
        if self.labels:
            return [(self.place(label), label) for label in self.labels]
        return [
            (self.place(value), f"{value:.4g}")
            for value in self._tick_values()
            if self.low <= value <= self.high
        ]

    def _tick_values(self) -> Sequence[float]:
        if self.is_log:
            within = [
                value
                for value in LogLocator().tick_values(self.low, self.high)
                if self.low <= value <= self.high
            ]
            if len(within) > 1:
                return within
            return [self.low, self.high]
        return [float(one) for one in MaxNLocator(5).tick_values(self.low, self.high)]


def draw_parallel(material: Material, findings: Findings) -> Drawn | None:
    """Draw a line per finished trial over parameters and values; nothing for fewer than two."""
    del findings
    study = material.study
    if study is None:
        return None
    finished = study.finished()
    if len(finished) < 2:  # noqa: PLR2004 - one line compares nothing
        return None
    shown = finished.head(MOST_LINES)
    parameters = _leading(study)
    scales = [Scale.of_parameter(one, shown) for one in parameters]
    scales.extend(_metric_scale(metric, shown) for metric in study.metrics)
    canvas = Canvas(figsize=(GRAPH_IN, 4.2), layout="constrained")
    axes = canvas.subplots()
    _plot_lines(axes, study, shown, scales)
    _plot_axes(axes, scales, len(study.metrics))
    _plot_strip(axes, len(parameters), is_rising=study.sign(study.first_metric) > 0)
    return Drawn(
        name="parallel-coordinates",
        title="Parameters and values of each trial",
        caption=_parallel_caption(study, len(finished), len(parameters)),
        canvas=canvas,
    )


def draw_slices(material: Material, findings: Findings) -> Drawn | None:
    """Draw the first metric against each parameter that is a number; nothing without one."""
    del findings
    study = material.study
    if study is None:
        return None
    valued = study.tried()
    numeric = [
        one
        for one in _by_importance(study)
        if not one.labels and valued[PARAMETER + one.name].map(is_number).any()
    ]
    if not numeric:
        return None
    shown = numeric[:MOST_SLICES]
    n_columns = min(COLUMNS, len(shown))
    n_rows = math.ceil(len(shown) / n_columns)
    canvas = Canvas(figsize=(GRAPH_IN, 2.5 * n_rows + 0.2), layout="constrained")
    panels = canvas.subplots(n_rows, n_columns, sharey=True, squeeze=False)
    for axes, parameter in zip(panels.flat, shown, strict=False):
        _plot_slice(axes, study, valued, parameter)
    for axes in panels.flat[len(shown) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel(metric_label(study.first_metric))
    return Drawn(
        name="slices",
        title="Values against each parameter",
        caption=_slices_caption(study, len(numeric), len(shown)),
        canvas=canvas,
    )


def _by_importance(study: StudyRecord) -> list[Parameter]:
    """The parameters, those that mattered most first; in the file's order where unknown."""
    return sorted(study.parameters, key=lambda one: -study.shares.get(one.name, 0.0))


def _leading(study: StudyRecord) -> list[Parameter]:
    """As many parameters as there is room for, in the file's order."""
    kept = {one.name for one in _by_importance(study)[:MOST_AXES]}
    return [one for one in study.parameters if one.name in kept]


def _metric_scale(metric: str, rows: pd.DataFrame) -> Scale:
    values = rows[METRIC + metric]
    return Scale(
        name=metric, column=METRIC + metric, low=float(values.min()), high=float(values.max())
    )


def _plot_lines(
    axes: Axes, study: StudyRecord, shown: pd.DataFrame, scales: Sequence[Scale]
) -> None:
    """The best last, above all others."""
    best = set(study.best())
    thick = BEST_WIDTH if len(best) <= MOST_THICK else FRONT_WIDTH
    rows = shown.iloc[::-1].to_dict("records")
    colours = _colours(study, shown)[::-1]
    for rank, (row, colour) in enumerate(zip(rows, colours, strict=True)):
        shift = SPREAD * (rank / max(len(rows) - 1, 1) - 0.5)
        heights = [
            scale.place(row[scale.column]) + (shift if scale.labels else 0.0) for scale in scales
        ]
        look: dict[str, Any] = {
            "color": colour,
            "linewidth": thick if row["number"] in best else 0.8,
            "alpha": 1.0 if row["number"] in best else 0.6,
            "linestyle": "-" if row["feasible"] else (0, (2, 2)),
            "zorder": 3 if row["number"] in best else 2,
        }
        axes.plot(range(len(scales)), heights, **look)  # NaN breaks the line
        lone = _lone(heights)
        axes.plot(lone, [heights[at] for at in lone], ".", color=colour, markersize=4)


def _lone(heights: Sequence[float]) -> list[int]:
    """The axes where a line has a point, but none on either side."""
    known = [False, *(not math.isnan(height) for height in heights), False]
    return [
        at for at in range(len(heights)) if known[at + 1] and not known[at] and not known[at + 2]
    ]


def _colours(study: StudyRecord, shown: pd.DataFrame) -> list[Any]:
    """Colour by the first metric, the better the lighter."""
    places = [
        _metric_scale(study.first_metric, shown).place(value)
        for value in shown[METRIC + study.first_metric]
    ]
    upward = study.sign(study.first_metric) > 0
    return [_colour(place if upward else 1 - place) for place in places]


def _colour(share: float) -> tuple[float, ...]:
    low, high = COLOUR_ENDS
    return tuple(map(float, COLOURS(low + share * (high - low))))


def _plot_axes(axes: Axes, scales: Sequence[Scale], n_metrics: int) -> None:
    for at, scale in enumerate(scales):
        axes.axvline(at, 0, 1, color=INK, linewidth=0.7, zorder=4)
        ticks = scale.ticks()
        for place, text in ticks[:: math.ceil(len(ticks) / MOST_LABELS)]:
            _write_tick(axes, at, place, text, LETTERS // len(scales))
    room = LETTERS // len(scales)
    names = [
        wrapped(scale.name, room, most_lines=3)
        if at < len(scales) - n_metrics
        else wrapped(metric_label(scale.name), room, most_lines=3)
        for at, scale in enumerate(scales)
    ]
    axes.set_xticks(range(len(scales)), names)
    axes.tick_params(axis="x", length=0, pad=24)
    axes.set_yticks([])
    axes.set_ylim(-0.04, 1.04)
    axes.set_xlim(-0.15, len(scales) - 0.6)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _plot_strip(axes: Axes, at: int, *, is_rising: bool) -> None:
    """The colours of the lines along the axis of the metric that gives them."""
    for step in range(STRIP_STEPS):
        share = (step + 0.5) / STRIP_STEPS
        colour = _colour(share if is_rising else 1 - share)
        corner = (at - 0.03, step / STRIP_STEPS)
        size = (0.06, 1 / STRIP_STEPS)
        axes.add_patch(Rectangle(corner, *size, facecolor=colour, linewidth=0, zorder=3.5))


def _write_tick(axes: Axes, at: int, place: float, text: str, letters: int) -> None:
    """A place and what stands there; at the ends of the axis beyond all lines."""
    axes.plot([at - 0.02, at + 0.02], [place, place], color=INK, linewidth=0.7, zorder=4)
    is_end = place < END or place > 1 - END
    offset = (4, 0) if not is_end else (0, 8) if place > END else (0, -8)
    axes.annotate(
        wrapped(text, letters, most_lines=2),
        (at, place),
        offset,
        textcoords="offset points",
        ha="center" if is_end else "left",
        va="center" if not is_end else "bottom" if place > END else "top",
        fontsize=7,
        fontweight="normal" if is_end else "bold",  # there, lines run through it
        zorder=5,
    )


def _plot_slice(
    axes: Axes, study: StudyRecord, valued: pd.DataFrame, parameter: Parameter
) -> None:
    column = PARAMETER + parameter.name
    rows = valued[valued[column].map(is_number)]
    scatter_trials(axes, rows, column, METRIC + study.first_metric, best=study.best())
    if parameter.is_log:
        axes.set_xscale("log")
        # Matplotlib's own writes powers as formulas, which are off: names come from outside.
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(wrapped(parameter.name, 30, most_lines=2))
    axes.grid(color=INK, alpha=0.1, linewidth=0.6)


def _parallel_caption(study: StudyRecord, n_finished: int, n_parameters: int) -> str:
    first = metric_label(study.first_metric)
    parts = [
        "A line for each finished trial, over its parameters and what it reached. Colour: "
        f"{first}, as along its axis; thick lines: the best. Lines through one choice stand a "
        "little apart."
    ]
    if not study.finished()["feasible"].astype(bool).all():
        parts.append("Dashed: breaks a constraint.")
    finished = study.finished()
    conditional = [
        printable(one.name)
        for one in study.parameters
        if finished[PARAMETER + one.name].isna().any()
    ]
    if conditional:
        parts.append(f"Gaps, and single dots: {', '.join(conditional)} did not apply.")
    if n_finished > MOST_LINES:
        parts.append(f"The {MOST_LINES} best of {n_finished} finished trials.")
    if n_parameters < len(study.parameters):
        left = counted(len(study.parameters) - n_parameters, "parameter")
        parts.append(f"{left} of the least importance left out.")
    return " ".join(parts)


def _slices_caption(study: StudyRecord, n_numeric: int, n_shown: int) -> str:
    parts = [
        "Each trial's value against the parameters that are numbers, the most important first, "
        "whatever its other parameters were.",
        trial_key(study),
    ]
    if n_shown < n_numeric:
        parts.append(f"{counted(n_numeric - n_shown, 'more parameter')} left out.")
    if any(one.labels for one in study.parameters):
        parts.append("Parameters with labelled choices are not drawn here.")
    return " ".join(parts)
