"""What a panel can tell: its noise, its false alarms, and the smallest change that it finds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from reports.clusters import Sharing
from reports.comparison import sharing as sharing_of_pairs
from reports.numbers import counted
from reports.regression.model import SECONDS, Gate, State
from reports.regression.resampling import Drawn, Pool, draw, verdicts
from reports.regression.rule import SEVERITY

__all__ = ["Calibration", "GateCalibration", "Rate", "calibrate"]

FOUND = 0.95  # a change counts as found if it is red in that share of the panels
STEPS = 12  # of the bisection: to the 4,000th of the span
ERRORS_PER_MARGIN = 2
RED = SEVERITY.index(State.REGRESSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of resamples, with its 95 % interval (Clopper and Pearson, exact).

    The interval is about how many resamples were drawn; that the pool itself is a sample is not
    in it.
    """

    count: int
    of: int

    @property
    def share(self) -> float:
        """The share itself."""
        return self.count / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """Its low and high end."""
        found = stats.binomtest(self.count, self.of).proportion_ci(method="exact")
        return float(found.low), float(found.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCalibration:
    """What the panel can tell of one metric of one variant.

    Attributes:
        variant: Name of the variant.
        metric: Name of the metric.
        margin: That of the file; all below is of the rule with this margin.
        seed_deviation: Standard deviation of one run from seed to seed, pooled within pairs; in
            the margin's unit, as the next three.
        error: Standard error of the difference of the panel's mean between two sets of seeds.
        detectable: Smallest uniform worsening that is red in 95 % of resamples.
        proposed: Margin that fits the noise: twice the standard error, and the file's at least.
        false_alarms: How often it is red though nothing changed.
    """

    variant: str
    metric: str
    margin: float
    seed_deviation: float
    error: float
    detectable: float
    proposed: float
    false_alarms: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What the panel can tell.

    Attributes:
        gates: By variant, then in the order of the gates.
        false_alarms: How often any of them is red though nothing changed.
        undecided: How often the verdict on the whole is INCONCLUSIVE then.
        confirmed: How often fresh seeds are asked for then.
        n_pairs: Pairs of the panel.
        pool_seeds: Seeds of the pool.
        seeds: Seeds of a panel.
        confirm_seeds: Fresh seeds.
    """

    gates: tuple[GateCalibration, ...]
    false_alarms: Rate
    undecided: Rate
    confirmed: Rate
    n_pairs: int
    pool_seeds: int
    seeds: int
    confirm_seeds: int


def calibrate(
    runs: pd.DataFrame,
    gates: Sequence[Gate],
    *,
    breaks: float,
    seeds: int,
    confirm_seeds: int,
    resamples: int = 1000,
    silent: int = 0,
    rng: np.random.Generator,
) -> Calibration:
    """Work out what a panel can tell from runs of one state of the code.

    Two panels are drawn from the pool again and again, their seeds without a common one, and
    judged by the whole rule. Variants of which seeds make no difference are left out: without
    noise they would only make the rates look better.

    Args:
        runs: one row per run, columns as in ``judging.judge``; every seeded variant with the same
            pairs. Seeds that lack a value somewhere are left out.
        gates: what may turn a regression red; their margins are taken as what matters.
        breaks: how many margins break a single pair.
        seeds: seeds of a panel.
        confirm_seeds: fresh seeds.
        resamples: how many pairs of panels to draw.
        silent: tests of variants of which seeds make no difference: they belong to the family.
        rng: draws the seeds.

    Raises:
        ValueError: no variant is seeded, there are fewer than twice as many seeds as one side
            takes, or nothing may be inferred from the pairs.
    """
    seeded = runs[runs["seeded"].astype(bool)]
    metrics = [gate.metric for gate in gates]
    pool, variants, pairs = _pool(seeded, metrics)
    n_seeds = pool[metrics[0]].shape[-1]
    _check(n_seeds, seeds, confirm_seeds)
    drawn = draw(
        pool,
        pool,
        metrics,
        seeds=seeds,
        confirm_seeds=confirm_seeds,
        resamples=resamples,
        same_seeds=False,
        rng=rng,
    )
    panel = _Panel(
        gates=tuple(gates), breaks=breaks, sharing=sharing_of_pairs(runs, pairs), silent=silent
    )
    unchanged = verdicts(drawn, gates, breaks=breaks, sharing=panel.sharing, silent=silent)
    return Calibration(
        gates=tuple(
            _calibrated(panel, pool, drawn, (row, column), variant, seeds)
            for row, variant in enumerate(variants)
            for column in range(len(gates))
        ),
        false_alarms=_rate(unchanged.overall == RED),
        undecided=_rate(unchanged.overall == SEVERITY.index(State.INCONCLUSIVE)),
        confirmed=_rate(np.asarray(unchanged.confirmed.any(axis=-1))),
        n_pairs=len(pairs),
        pool_seeds=n_seeds,
        seeds=seeds,
        confirm_seeds=confirm_seeds,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Panel:
    """How panels are judged."""

    gates: tuple[Gate, ...]
    breaks: float
    sharing: Sharing
    silent: int


def _pool(
    runs: pd.DataFrame, metrics: Sequence[str]
) -> tuple[Pool, tuple[str, ...], tuple[str, ...]]:
    """Scores as (variants, pairs, seeds) for each metric, and names of variants and pairs."""
    variants, pairs = (tuple(map(str, runs[name].unique())) for name in ("variant", "pair"))
    if not variants:
        raise ValueError("seeds make no difference to any variant: there is no noise to measure")
    rows = pd.MultiIndex.from_product([variants, pairs], names=["variant", "pair"])
    wide = {
        metric: runs.pivot_table(
            index=["variant", "pair"], columns="seed", values=metric, dropna=False
        ).reindex(rows)
        for metric in metrics
    }
    whole = np.logical_and.reduce([np.isfinite(part).all(axis=0) for part in wide.values()])
    shape = (len(variants), len(pairs), int(whole.sum()))
    arrays = {
        metric: part.loc[:, whole].to_numpy(dtype=np.float64).reshape(shape)
        for metric, part in wide.items()
    }
    return MappingProxyType(arrays), variants, pairs


def _check(available: int, seeds: int, confirm_seeds: int) -> None:
    needed = 2 * (seeds + confirm_seeds)
    if available < needed:
        raise ValueError(
            f"{counted(available, 'seed')} with a value of every gate on every pair; at least "
            f"{needed} are needed: two sides with {counted(seeds, 'seed')} and "
            f"{counted(confirm_seeds, 'fresh seed')} each"
        )


def _calibrated(
    panel: _Panel, pool: Pool, drawn: Drawn, place: tuple[int, int], variant: str, seeds: int
) -> GateCalibration:
    row, column = place
    gate = panel.gates[column]
    scores = pool[gate.metric][row]
    # Of seconds it is ratios that are judged.
    scores = np.log(scores) if gate.metric == SECONDS else scores
    error = math.sqrt(2 / seeds) * float(scores.mean(axis=0).std(ddof=1))
    return GateCalibration(
        variant=variant,
        metric=gate.metric,
        margin=gate.margin,
        seed_deviation=math.sqrt(float(scores.var(axis=1, ddof=1).mean())),
        error=error,
        detectable=_detectable(panel, drawn, place),
        proposed=max(gate.margin, ERRORS_PER_MARGIN * error),
        false_alarms=_reds(panel, drawn, place, 0.0),
    )


def _detectable(panel: _Panel, drawn: Drawn, place: tuple[int, int]) -> float:
    """The smallest shift of one gate of one variant that turns it red often enough.

    The share of reds never falls as the shift grows, so it can be bisected.
    """
    row, column = place
    spread = float(np.abs(drawn.pooled[:, row, column]).max())
    low, high = 0.0, panel.breaks * panel.gates[column].margin + 2 * spread
    for _ in range(STEPS):
        middle = (low + high) / 2
        is_found = _reds(panel, drawn, place, middle).share >= FOUND
        low, high = (low, middle) if is_found else (middle, high)
    return high


def _reds(panel: _Panel, drawn: Drawn, place: tuple[int, int], shift: float) -> Rate:
    """How often one gate of one variant is red where that alone gets worse by so much."""
    row, column = place
    shifts = np.zeros((drawn.first.shape[1], len(panel.gates), 1))
    shifts[row, column] = shift
    judged = verdicts(
        drawn.shifted(shifts),
        panel.gates,
        breaks=panel.breaks,
        sharing=panel.sharing,
        silent=panel.silent,
    )
    return _rate(judged.states[:, row, column] == RED)


def _rate(are_so: NDArray[np.bool_]) -> Rate:
    return Rate(count=int(are_so.sum()), of=are_so.size)
