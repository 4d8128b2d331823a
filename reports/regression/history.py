"""Lasting changes of level in the history of a panel, and creep that no single night showed.

A gate compares one night with the baseline and so finds cliffs; what gets worse by a little every
month stays within the margin each time, and is laundered by every accepted baseline.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import ruptures

from reports.comparison import orientation
from reports.numbers import fixed
from reports.regression.model import SECONDS, Gate, State, Step
from reports.regression.reasons import amount, decimals_of
from reports.regression.rule import worse_by
from reports.statistics import Values

__all__ = ["creep", "find_steps"]

LEAST_ROWS = 4  # two levels of two rows
LEAST_STEP = 0.5  # margins
# Constant series have no noise, and half of what is below it would be a step.
LEAST_NOISE = 0.05  # margins
# Median of the absolute first difference of unit white noise: √2 · 0.6745.
MEDIAN_DIFFERENCE = 0.9539
# Penalty of a step in squared noises: 7 ln n, times (1 + 6 / n)² because the noise of few rows is
# often underestimated. Found by simulation: of 1,000 series of white noise alone, as long as 0.3,
# 1 or 3 margins, with 4, 5, 6, 8, 12, 20, 50 and 100 rows, at most 0.8 % have a step.
PENALTY = 7.0
FEW_ROWS = 6.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Series:
    """One metric of one variant over time.

    ``worse`` is oriented: larger is worse; its unit is the margin's. ``rows`` are the rows that
    have a value, and ``places`` their numbers among all of this variant and metric.
    """

    variant: str
    gate: Gate
    rows: pd.DataFrame
    places: Sequence[int]
    worse: Values

    def value(self, worse: float) -> float:
        """Back from how bad it is to the metric's value."""
        if self.gate.metric == SECONDS:
            return math.exp(worse)
        return -worse if orientation(self.gate.metric) > 0 else worse


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """A stretch without a step: rows from ``start`` to before ``end``, and their mean."""

    start: int
    end: int
    mean: float


def find_steps(history: pd.DataFrame, gates: Sequence[Gate]) -> tuple[Step, ...]:
    """Find where the level of a metric changed to stay.

    A step is at least half a margin high, and levels are at least two rows long: one outlier is
    none. Rows without a value and rows that were not comparable are passed over.

    Args:
        history: one row per regression, variant and metric, oldest first: ``when``, ``commit``,
            ``variant``, ``metric``, ``value``, ``state``.
        gates: the metrics looked at, and their margins.

    Returns:
        By variant in the history's order, gate, and time.
    """
    steps: list[Step] = []
    for series in _iter_series(history, gates):
        levels = _merged(_levels(series), LEAST_STEP * series.gate.margin)
        for before, after in itertools.pairwise(levels):
            steps.append(_step(series, before, after, lasts=after is levels[-1]))
    return tuple(steps)


def creep(history: pd.DataFrame, gates: Sequence[Gate]) -> tuple[str, ...]:
    """Say what got worse by a margin or more although no regression was red.

    The newest lasting level is compared with the best one before it; what was red since is told
    elsewhere.

    Args:
        history: as for ``find_steps``.
        gates: likewise.

    Returns:
        A sentence for each variant and metric that crept.
    """
    found = (_crept(series) for series in _iter_series(history, gates))
    return tuple(sentence for sentence in found if sentence)


def _iter_series(history: pd.DataFrame, gates: Sequence[Gate]) -> Iterator[_Series]:
    """The series that are long enough."""
    if history.empty:
        return
    for variant in history["variant"].unique():
        for gate in gates:
            here = (history["variant"] == variant) & (history["metric"] == gate.metric)
            series = _series(str(variant), gate, history[here])
            if series.worse.size >= LEAST_ROWS:
                yield series


def _series(variant: str, gate: Gate, rows: pd.DataFrame) -> _Series:
    values = rows["value"].to_numpy(dtype=np.float64)
    counts = np.isfinite(values) & (rows["state"] != State.NOT_COMPARABLE).to_numpy(dtype=bool)
    if gate.metric == SECONDS:
        counts &= values > 0
    # Of seconds it is ratios that are judged: as compared with one second.
    origin = np.full(int(counts.sum()), 1.0 if gate.metric == SECONDS else 0.0)
    return _Series(
        variant=variant,
        gate=gate,
        rows=rows[counts],
        places=np.flatnonzero(counts).tolist(),
        worse=worse_by(gate.metric, origin, values[counts]),
    )


def _levels(series: _Series) -> list[_Level]:
    """Cut a series into levels by penalised least squares.

    Reference: Killick, Fearnhead and Eckley 2012 (PELT), JASA 107(500); the linear kernel of
    ``ruptures.KernelCPD`` is its least squares, in C.
    """
    count = series.worse.size
    noise = float(np.median(np.abs(np.diff(series.worse)))) / MEDIAN_DIFFERENCE
    noise = max(noise, LEAST_NOISE * series.gate.margin)
    smooth = _without_outliers(series.worse)
    search = ruptures.KernelCPD(kernel="linear", min_size=2).fit(smooth / noise)
    penalty = PENALTY * math.log(count) * (1 + FEW_ROWS / count) ** 2
    ends = [int(end) for end in search.predict(pen=penalty)]
    starts = [0, *ends[:-1]]
    return [
        _Level(start=start, end=end, mean=float(smooth[start:end].mean()))
        for start, end in zip(starts, ends, strict=True)
    ]


def _without_outliers(values: Values) -> Values:
    """Running median of three, which takes single outliers out and leaves steps where they are."""
    inner = np.median(np.lib.stride_tricks.sliding_window_view(values, 3), axis=-1)
    return np.concatenate([inner[:1], inner, inner[-1:]])


def _merged(levels: Sequence[_Level], least: float) -> list[_Level]:
    """Join neighbours, the most similar first, until every step is high enough."""
    kept = list(levels)
    while len(kept) > 1:
        heights = [abs(after.mean - before.mean) for before, after in itertools.pairwise(kept)]
        lowest = int(np.argmin(heights))
        if heights[lowest] >= least:
            break
        kept[lowest : lowest + 2] = [_joined(*kept[lowest : lowest + 2])]
    return kept


def _joined(first: _Level, second: _Level) -> _Level:
    sizes = (first.end - first.start, second.end - second.start)
    mean = float(np.average([first.mean, second.mean], weights=sizes))
    return _Level(start=first.start, end=second.end, mean=mean)


def _step(series: _Series, before: _Level, after: _Level, *, lasts: bool) -> Step:
    when, commit = _origin(series, after)
    return Step(
        variant=series.variant,
        metric=series.gate.metric,
        at=series.places[after.start],
        when=when,
        commit=commit,
        before=series.value(before.mean),
        after=series.value(after.mean),
        worse_by=after.mean - before.mean,
        lasts=lasts,
    )


def _crept(series: _Series) -> str:
    """The sentence about one series; empty if it did not creep."""
    *earlier, newest = _levels(series)
    if not earlier:
        return ""
    best = min(earlier, key=lambda level: level.mean)
    margin, metric = series.gate.margin, series.gate.metric
    since = series.rows["state"].iloc[best.end :]
    if newest.mean - best.mean < margin or (since == State.REGRESSED).any():
        return ""
    start, end = (_told(series, level) for level in (best, newest))
    much = amount(metric, newest.mean - best.mean, margin)
    word = "slower" if metric == SECONDS else "worse"
    return (
        f"{series.variant}: {metric} has crept from {start} to {end}, {word} by {much} with a "
        f"margin of {amount(metric, margin, margin)}, although no regression in between was red."
    )


def _told(series: _Series, level: _Level) -> str:
    """The level and the day it began, as in "0.78 (2026-03-01)"."""
    when, _ = _origin(series, level)
    return f"{fixed(series.value(level.mean), decimals_of(series.gate.margin))} ({when[:10]})"


def _origin(series: _Series, level: _Level) -> tuple[str, str]:
    """Date and commit of the row that a level begins with."""
    row = series.rows.iloc[level.start]
    commit = row["commit"]
    return str(row["when"]), "" if pd.isna(commit) else str(commit)
