"""A walk from one setting to another, one change at a time: what every change was worth."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.catalog import metric as catalogued
from reports.comparison import Comparison, adjust, pair_means, pair_pictures
from reports.display import score_cells
from reports.frame import FINISHED, check_runs
from reports.numbers import ABSENT, three_digits
from reports.table import NO_VERDICT, difference_columns, own_columns
from reports.verdict import CONTENT, STYLE, Judgement, judge
from reports.versus.differences import difference_in
from reports.versus.reasons import timing_reason
from reports.versus.running_time import TimeSplit, split_time
from reports.versus.sides import match_sides

__all__ = ["Stride", "Walked", "measure_walk"]

SCORES = (STYLE, CONTENT)
WHOLE = "baseline → final"
LEFT_OUT = "LEFT OUT"  # finished, but not at every station

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stride:
    """One change and what came of it, on the pairs that all stations finished.

    Attributes:
        variant: The station it leads to.
        change: What was changed, in words.
        judgement: On the station against the one before.
        time: How the ratio of their running times comes about; None where the times are unknown
            or must not be compared.
    """

    variant: str
    change: str
    judgement: Judgement
    time: TimeSplit | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Walked:
    """What came of a walk.

    Attributes:
        strides: One for each change, in order.
        whole: The final station against the baseline.
        runs: The finished runs of the pairs that all stations finished: what everything rests on.
        stations: Variant → what a reader calls it, from the baseline on.
        summary: Every number: a row for the baseline, for each change and for the whole.
    """

    strides: tuple[Stride, ...]
    whole: Stride
    runs: pd.DataFrame
    stations: Mapping[str, str]
    summary: pd.DataFrame

    @property
    def pairs(self) -> tuple[str, ...]:
        """Names of the pairs that all stations finished."""
        return tuple(map(str, self.runs["pair"].unique()))

    @property
    def display(self) -> pd.DataFrame:
        """The table as text for readers, one row for the baseline, each change and the whole."""
        rows = self.summary.to_dict("records")
        return pd.DataFrame(
            {
                "change": self.summary["change"],
                catalogued(STYLE).label: score_cells(self.summary, STYLE),
                catalogued(CONTENT).label: score_cells(self.summary, CONTENT),
                catalogued("seconds").short: [_seconds(row["seconds"]) for row in rows],
                "time": [row["time"] for row in rows],
                "verdict": self.summary["verdict"],
            },
            dtype="str",
        )


def measure_walk(runs: pd.DataFrame, stations: Sequence[str], changes: Sequence[str]) -> Walked:
    """Compare every station of a walk with the one before, and the last with the first.

    The differences of the strides add up to the difference of the whole, since all rest on the
    pairs that every station finished. Holm's adjustment is over the strides for each score.

    Args:
        runs: One row per (variant, case), see ``reports.frame``.
        stations: Variants from the baseline to the final settings, at least two.
        changes: What leads from each station to the next, in words.

    Raises:
        ValueError: See ``reports.frame.check_runs``; or there is not one change between stations.
    """
    check_runs(runs, stations[0])
    if len(changes) != len(stations) - 1 or not changes:
        raise ValueError(f"{len(stations)} stations have {len(stations) - 1} changes between them")
    shared = _everywhere(runs, stations)
    strides = _strides(shared, stations, changes)
    whole = _strides(shared, (stations[0], stations[-1]), (WHOLE,))[0]
    return Walked(
        strides=strides,
        whole=whole,
        runs=shared[shared["status"] == FINISHED],
        stations=dict(zip(stations, ("baseline", *changes), strict=True)),
        summary=_summary(shared, stations[0], (*strides, whole)),
    )


def _everywhere(runs: pd.DataFrame, stations: Sequence[str]) -> pd.DataFrame:
    """The runs of the stations; only those of pairs that all stations finished count as such."""
    walked = runs[runs["variant"].isin(stations)].copy()
    is_finished = walked["status"] == FINISHED
    counts = walked[is_finished].groupby("pair")["variant"].nunique()
    shared = walked["pair"].isin(counts[counts == len(stations)].index)
    walked["status"] = walked["status"].where(shared | ~is_finished, LEFT_OUT)
    return walked


def _strides(
    runs: pd.DataFrame, stations: Sequence[str], changes: Sequence[str]
) -> tuple[Stride, ...]:
    between = list(itertools.pairwise(stations))
    two_by_two = {
        after: match_sides(runs[runs["variant"].isin((before, after))], before)
        for before, after in between
    }
    found: dict[str, dict[str, Comparison]] = {
        name: adjust({after: difference_in(sides, name) for after, sides in two_by_two.items()})
        for name in SCORES
    }
    return tuple(
        Stride(
            variant=after,
            change=change,
            judgement=judge(found[STYLE][after], found[CONTENT][after]),
            time=None if timing_reason(sides) else split_time(sides),
        )
        for (after, sides), change in zip(two_by_two.items(), changes, strict=True)
    )


def _summary(runs: pd.DataFrame, baseline: str, strides: Sequence[Stride]) -> pd.DataFrame:
    pictures = pair_pictures(runs)
    means = {name: pair_means(runs, name) for name in (*SCORES, "seconds")}
    first: Row = {
        "change": "baseline",
        "variant": baseline,
        "is_baseline": True,
        "verdict": ABSENT,
        "reason": "",
        "time": ABSENT,
    }
    for name in SCORES:
        first |= _own(means[name], baseline, pictures, name)
    rows = [first, *(_row(one, means) for one in strides)]
    for row in rows:
        row["seconds"] = float(means["seconds"][row["variant"]].mean())
    return pd.DataFrame(rows)


def _own(
    means: pd.DataFrame, variant: str, pictures: Mapping[str, tuple[str, str]], metric: str
) -> Row:
    present = means[variant][np.isfinite(means[variant])]
    values = present.to_numpy(dtype=np.float64)
    found = own_columns(values, [pictures[str(pair)] for pair in present.index], metric)
    return {metric: float(values.mean()) if values.size else np.nan, **found}


def _row(stride: Stride, means: Mapping[str, pd.DataFrame]) -> Row:
    row: Row = {
        "change": stride.change,
        "variant": stride.variant,
        "is_baseline": False,
        "verdict": str(stride.judgement.verdict or NO_VERDICT),
        "reason": stride.judgement.reason,
        "time": stride.time.short if stride.time is not None else ABSENT,
    }
    for name in SCORES:
        row[name] = float(means[name][stride.variant].mean())
        row |= difference_columns(stride.judgement.comparisons[name])
    return row


def _seconds(value: float) -> str:
    return ABSENT if np.isnan(value) else three_digits(value)
