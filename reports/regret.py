"""What one setting for all pairs costs against the best setting of each pair.

Whether settings have to be tuned for each input. The best of noisy numbers looks better than it
is (the winner's curse): where every variant has two seeds or more on every pair, the best is
chosen on one half of the seeds and valued on the other, both ways round; else the regret is an
upper bound, and says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.catalog import metric as catalogued
from reports.clusters import infer_mean
from reports.comparison import orientation, pair_means, sharing
from reports.frame import FINISHED, metric_columns
from reports.numbers import decimals_for, fixed
from reports.statistics import MINIMUM_PAIRS, ROUND_OFF, Values
from reports.verdict import NAMES, STYLE

__all__ = [
    "PairRegret",
    "Regret",
    "measure_pair_regret",
    "measure_regret",
    "regret_line",
    "regret_metric",
]

BALANCE = "balance"
MINIMUM_SEEDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Regret:
    """How much every variant falls short of the best one of each pair, in the metric's unit.

    Attributes:
        metric: catalogue name.
        by_variant: mean over the variant's pairs, per label.
        single: the variant to use if one has to do for all pairs: that with the least regret
            among those scored on most pairs.
        half_width: of the 95 % interval of the single variant's regret; None below six pairs, or
            where nothing may be inferred from them.
        n_pairs: pairs of the single variant.
        n_best: on how many of them it is the best, or as good.
        spread: the most regret among the variants scored on most pairs, less the least.
        is_corrected: whether choice and value rest on different seeds; else an upper bound.
    """

    metric: str
    by_variant: Mapping[str, float]
    single: str
    half_width: float | None
    n_pairs: int
    n_best: int
    spread: float
    is_corrected: bool

    @property
    def of_single(self) -> float:
        """Regret of the best single variant."""
        return self.by_variant[self.single]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRegret:
    """What one setting for all pairs loses on each of them, in the metric's unit.

    Attributes:
        by_pair: pair → the best value on it less that of the variant that does best on the other
            pairs; pairs on which that variant has no value are left out.
        is_corrected: whether choice and value rest on different seeds; else upper bounds.
    """

    by_pair: Mapping[str, float]
    is_corrected: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lost:
    """Means (pairs × variants, larger is better) and what each loses; NaN where absent."""

    means: pd.DataFrame
    lost: Values
    is_corrected: bool


def regret_metric(runs: pd.DataFrame) -> str:
    """What regret is counted in unless stated: ``balance`` where the frame has it."""
    return BALANCE if BALANCE in metric_columns(runs) else STYLE


def measure_regret(runs: pd.DataFrame, metric: str | None = None) -> Regret | None:
    """Compare one setting for all pairs with the best setting of each pair.

    Args:
        runs: one row per (variant, case).
        metric: catalogue name with a direction; by default that of ``regret_metric``.

    Returns:
        None if fewer than two variants have values, or they have fewer than two pairs.

    Raises:
        ValueError: the catalogue does not know ``metric``, or no direction of it is better.
    """
    metric = metric or regret_metric(runs)
    found = _losses(runs, metric)
    return None if found is None else _summary(runs, metric, found)


def measure_pair_regret(runs: pd.DataFrame, metric: str) -> PairRegret | None:
    """Compare, on each pair, its best setting with the one that does best on the other pairs.

    That one is chosen without the pair, so that a pair's luck does not choose it. Of variants
    only those with values on most of the other pairs are chosen.

    Args:
        runs: one row per (variant, case).
        metric: catalogue name with a direction.

    Returns:
        None if fewer than two variants have values, or they have fewer than two pairs.

    Raises:
        ValueError: the catalogue does not know ``metric``, or no direction of it is better.
    """
    found = _losses(runs, metric)
    if found is None:
        return None
    values = found.means.to_numpy(dtype=np.float64)
    chosen = [_best_of(np.delete(values, row, axis=0)) for row in range(len(values))]
    lost = found.lost[np.arange(len(values)), chosen]
    return PairRegret(
        by_pair={
            str(pair): float(value)
            for pair, value in zip(found.means.index, lost, strict=True)
            if np.isfinite(value)
        },
        is_corrected=found.is_corrected,
    )


def _losses(runs: pd.DataFrame, metric: str) -> _Lost | None:
    """What every variant loses on every pair; None where there is too little to compare."""
    sign = orientation(metric)
    if not sign:
        raise ValueError(f"there is no regret in {metric}: no direction of it is better")
    means = (pair_means(runs, metric) * sign).dropna(how="all").dropna(axis="columns", how="all")
    if min(means.shape) < MINIMUM_SEEDS:
        return None
    full = means.to_numpy(dtype=np.float64)
    halves = _halves(runs, metric, means)
    if halves is None:
        lost = np.nanmax(full, axis=1, keepdims=True) - full
    else:
        first, second = (sign * half for half in halves)
        lost = (_lost(first, second) + _lost(second, first)) / 2
    return _Lost(means=means, lost=lost, is_corrected=halves is not None)


def _best_of(values: Values) -> int:
    """The column with the largest mean among those with most values."""
    counts = np.isfinite(values).sum(axis=0)
    means = np.nansum(values, axis=0) / np.maximum(counts, 1)
    return int(np.argmax(np.where(counts == counts.max(), means, -np.inf)))


def regret_line(found: Regret) -> str:
    """Answer in a sentence or two whether settings have to be tuned for each pair."""
    name = NAMES.get(found.metric, catalogued(found.metric).short)
    if found.n_best == found.n_pairs and found.of_single <= 0:
        return (
            f"Tuning for each pair: no need, `{found.single}` has the best {name} on every one of "
            f"{found.n_pairs}."
        )
    decimals = decimals_for([found.half_width or abs(found.of_single)])
    unit = catalogued(found.metric).unit
    amount = fixed(found.of_single, decimals)
    if found.half_width is not None:
        amount += f" ± {fixed(found.half_width, decimals)}"
    share = "" if unit == "1" else f" {unit}"
    limit = "" if found.is_corrected else "at most "
    bound = "" if found.is_corrected else " (chosen and valued on the same runs)"
    return (
        f"Tuning for each pair{_need(found)}: the best setting of each would gain {limit}{amount}"
        f"{share} of {name}{bound} over `{found.single}` for all, which is best on "
        f"{found.n_best} of {found.n_pairs}; best and worst single setting differ by "
        f"{fixed(found.spread, decimals)}."
    )


def _need(found: Regret) -> str:
    """Yes or no, where the interval of a corrected regret says so."""
    if not found.is_corrected or found.half_width is None:
        return ""
    return " pays" if found.of_single > found.half_width else " is not shown to pay"


def _summary(runs: pd.DataFrame, metric: str, found: _Lost) -> Regret:
    """Sum up what every variant loses on every pair.

    Args:
        runs: one row per (variant, case).
        metric: catalogue name.
        found: what each loses.
    """
    means, lost = found.means, found.lost
    totals = np.nanmean(lost, axis=0)
    counts = np.isfinite(lost).sum(axis=0)
    candidates = np.flatnonzero(counts == counts.max())
    single = int(candidates[np.argmin(totals[candidates])])
    rows = np.flatnonzero(np.isfinite(lost[:, single]))
    full = means.to_numpy(dtype=np.float64)[rows]
    shared = sharing(runs, means.index[rows])
    infers = rows.size >= MINIMUM_PAIRS and not shared.refusal
    best = np.nanmax(full, axis=1)
    return Regret(
        metric=metric,
        by_variant=dict(zip(map(str, means.columns), totals.tolist(), strict=True)),
        single=str(means.columns[single]),
        half_width=infer_mean(lost[rows, single], shared).half_width if infers else None,
        n_pairs=rows.size,
        n_best=int(np.sum(best - full[:, single] <= ROUND_OFF * np.abs(best))),
        spread=float(np.ptp(totals[candidates])),
        is_corrected=found.is_corrected,
    )


def _lost(choosing: Values, valuing: Values) -> Values:
    """What each variant loses to the best one of each pair, chosen and valued apart.

    Args:
        choosing: (pairs, variants) larger is better; NaN where absent.
        valuing: the same from other seeds.
    """
    best = np.nanargmax(choosing, axis=1)
    return np.asarray(valuing[np.arange(len(best)), best][:, None] - valuing)


def _halves(runs: pd.DataFrame, metric: str, means: pd.DataFrame) -> tuple[Values, Values] | None:
    """Pair means of every other seed and of the rest; None if one lacks a value.

    A variant that draws no random numbers has one value for all seeds, so the same in both: its
    value carries no luck.

    Args:
        runs: one row per (variant, case).
        metric: numeric column of ``runs``.
        means: pairs × variants, which the halves shall have too.
    """
    done = runs[runs["status"] == FINISHED].reindex(columns=["variant", "pair", "seed", metric])
    done = done[np.isfinite(done[metric].astype("float64"))]
    seeds = sorted(done["seed"].unique())
    if len(seeds) < MINIMUM_SEEDS:
        return None
    is_odd = done["seed"].map({seed: place % 2 for place, seed in enumerate(seeds)}) == 1
    tables = [
        half.pivot_table(index="pair", columns="variant", values=metric)
        .reindex(index=means.index, columns=means.columns)
        .to_numpy(dtype=np.float64)
        for half in (done[~is_odd], done[is_odd])
    ]
    wanted = means.notna().to_numpy()
    if any((wanted & np.isnan(table)).any() for table in tables):
        return None
    return tables[0], tables[1]
