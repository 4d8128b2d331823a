"""The history of every gate: its value by date, with verdicts, steps and new baselines."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.ticker import MaxNLocator

from metrics.catalog import CATALOG, Direction
from reports.figures.drawing import (
    BLUE,
    COLOURS,
    INK,
    VERMILION,
    Canvas,
    Drawn,
    drawing,
    metric_label,
    printable,
)
from reports.figures.figure import Figure
from reports.figures.output import as_figure
from reports.figures.placing import label_ends
from reports.numbers import counted
from reports.regression.model import Finding, Result, State, Step
from reports.regression.naming import named
from reports.regression.scale import Scale
from reports.regression.words import WORST_FIRST

__all__ = ["MOST_CHARTS", "Chart", "Histories", "draw_histories"]

MOST_CHARTS = 12
SIZE_IN = (3.5, 2.4)  # on a narrow screen it fits without getting smaller than can be read
FOOT = 0.04  # of the height: where a regression without a value stands
LEAST_ROWS = 2
DAY = len("2026-01-01")

Look = Mapping[str, Any]
# Shapes as the signs of the tables; the words stand under every chart.
LOOKS: Mapping[State, Look] = MappingProxyType(
    {
        State.REGRESSED: {"marker": "X", "color": VERMILION, "markersize": 7, "zorder": 6},
        State.NOT_COMPARABLE: {"marker": "s", "color": COLOURS[3], "fillstyle": "none"},
        State.INCONCLUSIVE: {"marker": "D", "color": COLOURS[4], "fillstyle": "none"},
        State.IMPROVED: {"marker": "^", "color": BLUE, "markersize": 6},
        State.EQUIVALENT: {"marker": "o", "color": INK, "markersize": 3.2},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The history of one metric of one variant; ``title`` has the variant in backticks."""

    title: str
    figure: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """The charts, and what a reader should know of those that are not there."""

    charts: tuple[Chart, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """What one chart is made of; ``rows`` has ``at``, where each row stands on the axis."""

    variant: str
    metric: str
    rows: pd.DataFrame
    has_dates: bool
    steps: tuple[Step, ...]
    finding: Finding | None

    @property
    def scale(self) -> Scale:
        """How its numbers are written."""
        margin = self.finding.margin if self.finding is not None else math.nan
        return Scale(metric=self.metric, margin=margin)


def draw_histories(result: Result) -> Histories:
    """Draw a chart for every metric of every variant that has a history of two rows or more.

    Where there are more than twelve, those with a step or the worst verdict are drawn.
    """
    stories = _stories(result)
    order = list(WORST_FIRST)
    ranked = sorted(stories, key=lambda one: (not one.steps, order.index(_last_state(one))))
    chosen = ranked[:MOST_CHARTS]
    charts = []
    for number, story in enumerate(one for one in stories if any(one is two for two in chosen)):
        with drawing():
            charts.append(
                Chart(
                    title=f"{story.scale.name} of {named(story.variant)}",
                    figure=as_figure(_draw(story, f"history-{number}")),
                )
            )
    is_whole = len(charts) == len(stories)
    note = "" if is_whole else f"Of {len(stories)} histories, {len(charts)} are drawn."
    return Histories(charts=tuple(charts), note=note)


def _stories(result: Result) -> list[_Story]:
    """One per metric and variant: in the order of the findings, then of the history."""
    if result.history.empty:
        return []
    findings = {(one.variant, one.metric): one for one in result.findings}
    groups = {
        (str(variant), str(metric)): rows
        for (variant, metric), rows in result.history.groupby(["variant", "metric"], sort=False)
    }
    return [
        _story(key, groups[key], result, findings.get(key))
        for key in dict.fromkeys([*findings, *groups])
        if key in groups and len(groups[key]) >= LEAST_ROWS
    ]


def _story(
    key: tuple[str, str], rows: pd.DataFrame, result: Result, finding: Finding | None
) -> _Story:
    variant, metric = key
    dates = pd.to_datetime(rows["when"], errors="coerce", utc=True, format="ISO8601")
    has_dates = bool(dates.notna().all())
    places = (
        date2num(dates)  # type: ignore[no-untyped-call]
        if has_dates
        else np.arange(len(rows))
    )
    states = [_state(str(text)) for text in rows["state"]]
    return _Story(
        variant=variant,
        metric=metric,
        rows=rows.assign(at=places, state=states).reset_index(drop=True),
        has_dates=has_dates,
        steps=tuple(one for one in result.steps if (one.variant, one.metric) == key),
        finding=finding,
    )


def _state(text: str) -> State:
    """A verdict of an earlier version that is none today is one that cannot be compared."""
    return State(text) if text in set(State) else State.NOT_COMPARABLE


def _last_state(story: _Story) -> State:
    state = story.rows["state"].iloc[-1]
    return State(state)


def _draw(story: _Story, name: str) -> Drawn:
    canvas = Canvas(figsize=SIZE_IN, layout="constrained")
    axes = canvas.subplots()
    _plot_values(axes, story)
    _plot_steps(axes, story)
    accepted = _plot_acceptances(axes, story)
    axes.set_ylabel(metric_label(story.metric) if story.metric in CATALOG else story.metric)
    axes.margins(x=0.03, y=0.12)
    _set_dates(axes, story)
    limits = _plot_limits(axes, story)
    canvas.legend(loc="outside lower left", ncols=3, frameon=False, fontsize=7)
    canvas.draw_without_rendering()
    label_ends(
        axes,
        [height for height, _, _ in limits],
        [word for _, word, _ in limits],
        [colour for _, _, colour in limits],
    )
    return Drawn(
        name=name,
        title=f"History of {story.scale.name}, {printable(story.variant)}",
        caption=_caption(story, accepted),
        canvas=canvas,
    )


def _plot_values(axes: Axes, story: _Story) -> None:
    rows = story.rows
    axes.plot(rows["at"], rows["value"], color=INK, alpha=0.3, linewidth=0.8, zorder=2)
    look: dict[str, Any] = {"linestyle": "none", "markersize": 5, "zorder": 5}
    for state in WORST_FIRST:
        mine = rows[rows["state"] == state]
        if mine.empty:
            continue
        label = state.lower()
        valued = mine[mine["value"].notna()]
        axes.plot(valued["at"], valued["value"], **(look | {"label": label} | dict(LOOKS[state])))
        lacking = mine[mine["value"].isna()]
        axes.plot(
            lacking["at"],
            np.full(len(lacking), FOOT),
            transform=axes.get_xaxis_transform(),
            **(look | dict(LOOKS[state])),
        )


def _plot_steps(axes: Axes, story: _Story) -> None:
    """The level before and after every step, joined where it happened."""
    places = story.rows["at"]
    steps = [step for step in story.steps if 0 <= step.at < len(places)]
    for number, step in enumerate(steps):
        start = steps[number - 1].at if number else 0
        end = steps[number + 1].at if number + 1 < len(steps) else len(places) - 1
        at = places[step.at]
        colour = VERMILION if step.worse_by > 0 else BLUE
        look: dict[str, Any] = {"color": colour, "linewidth": 1.8, "zorder": 4}
        axes.plot([places[start], at], [step.before] * 2, **look)
        axes.plot([at, at], [step.before, step.after], **look)
        axes.plot([at, places[end]], [step.after] * 2, **look)


def _plot_acceptances(axes: Axes, story: _Story) -> int:
    """A dotted line where a new baseline holds for the first time; how many there are."""
    baselines = story.rows["baseline"].astype(str)
    changes = np.flatnonzero(baselines.ne(baselines.shift()))[1:]
    for number in changes:
        axes.axvline(
            story.rows["at"][number], color=INK, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1
        )
        axes.annotate(
            "new baseline",
            (story.rows["at"][number], 1),
            (2, -1),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            fontsize=6.5,
            va="bottom",
        )
    return len(changes)


def _plot_limits(axes: Axes, story: _Story) -> list[tuple[float, str, str]]:
    """Lines at the baseline and at its margin, where they are near enough to be seen."""
    found = story.finding
    if found is None or not math.isfinite(found.baseline + found.margin):
        return []
    ends = [
        (found.baseline, "baseline", INK),
        (_limit(found), "margin", VERMILION),
    ]
    for y, _, colour in ends:
        axes.axhline(y, color=colour, linewidth=0.8, linestyle=(0, (4, 3)), alpha=0.8, zorder=1)
    return ends


def _limit(finding: Finding) -> float:
    """Where the margin ends on the worse side."""
    if Scale(metric=finding.metric, margin=finding.margin).is_ratio:
        return finding.baseline * math.exp(finding.margin)
    entry = CATALOG.get(finding.metric)
    sign = 1 if entry is not None and entry.direction is Direction.MIN else -1
    return finding.baseline + sign * finding.margin


def _set_dates(axes: Axes, story: _Story) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(5))
    if not story.has_dates:
        axes.set_xlabel("regression")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        return
    locator = AutoDateLocator(minticks=2, maxticks=5)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    )


def _caption(story: _Story, n_accepted: int) -> str:
    """The same in words, for those who cannot see the chart."""
    rows = story.rows
    counts = Counter(rows["state"])
    states = [f"{counts[state]} {state.lower()}" for state in WORST_FIRST if counts[state]]
    days = [str(day)[:DAY] for day in (rows["when"].iloc[0], rows["when"].iloc[-1])]
    values = rows["value"].dropna()
    last = f"; last value {story.scale.value(float(values.iloc[-1]))}" if len(values) else ""
    accepted = f"; {counted(n_accepted, 'new baseline')}" if n_accepted else ""
    return printable(
        f"{counted(len(rows), 'regression')} from {days[0]} to {days[1]}: "
        f"{', '.join(states)}{last}{accepted}."
    )
