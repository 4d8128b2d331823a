"""The whole rule, fresh seeds and all, on seeds drawn again and again from a pool."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reports import statistics
from reports.clusters import Sharing
from reports.regression.model import Gate, State
from reports.regression.rule import SEVERITY, infer, refusal_of, states, worse_by
from reports.statistics import Values

__all__ = ["Drawn", "Pool", "Verdicts", "draw", "resample", "verdicts"]

Pool = Mapping[str, Values]
"""Metric → (pairs, seeds) or (variants, pairs, seeds) float64: the scores of one side, finite."""

Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """How much worse each pair is, in every resample; arrays (resamples, variants, gates, pairs).

    ``first`` rests on the panel's seeds, ``pooled`` on those and the fresh ones.
    """

    first: Values
    pooled: Values

    def shifted(self, by: Values) -> "Drawn":
        """The same, were the candidate worse by so much more; broadcast."""
        return replace(self, first=self.first + by, pooled=self.pooled + by)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdicts:
    """The verdict of every resample.

    Attributes:
        metrics: Names of the gates.
        states: (resamples, variants, gates), places in ``SEVERITY``.
        confirmed: (resamples, variants), whether fresh seeds were asked for.
    """

    metrics: tuple[str, ...]
    states: Codes
    confirmed: NDArray[np.bool_]

    @property
    def overall(self) -> Codes:
        """(resamples,): the worst of each resample."""
        return np.asarray(self.states.max(axis=(1, 2)))

    def counts(self, metric: str | None = None) -> Counter[State]:
        """How many resamples came to which state, overall or in the worst variant of a metric."""
        if metric is None:
            worst = self.overall
        else:
            worst = self.states[..., self.metrics.index(metric)].max(axis=1)
        return Counter(SEVERITY[code] for code in worst.tolist())


def resample(
    baseline: Pool,
    candidate: Pool,
    gates: Sequence[Gate],
    *,
    breaks: float,
    sharing: Sharing,
    seeds: int,
    confirm_seeds: int,
    resamples: int,
    same_seeds: bool,
    rng: np.random.Generator,
) -> Verdicts:
    """Judge panels whose seeds are drawn without replacement from two pools.

    A resample takes one set of seeds for all pairs, as a panel does: noise that a seed brings to
    every pair stays in it. Resamples of one pool are not independent of each other.

    Args:
        baseline: scores of the baseline.
        candidate: scores of the candidate: the same metrics, variants, pairs and number of seeds.
        gates: what may turn it red.
        breaks: how many margins break a single pair.
        sharing: of the pairs.
        seeds: seeds of the panel, at least 1.
        confirm_seeds: fresh seeds, at least 0.
        resamples: how many panels to draw.
        same_seeds: whether both sides take the same seeds, as two runs of one panel do. Else
            they take different ones, as where nothing changed but the dice; then the pools may
            be one and the same.
        rng: draws the seeds.

    Raises:
        ValueError: the pools have fewer seeds than a resample takes, or shapes that do not fit;
            or nothing may be inferred from these pairs.
    """
    drawn = draw(
        baseline,
        candidate,
        [gate.metric for gate in gates],
        seeds=seeds,
        confirm_seeds=confirm_seeds,
        resamples=resamples,
        same_seeds=same_seeds,
        rng=rng,
    )
    return verdicts(drawn, gates, breaks=breaks, sharing=sharing)


def draw(
    baseline: Pool,
    candidate: Pool,
    metrics: Sequence[str],
    *,
    seeds: int,
    confirm_seeds: int,
    resamples: int,
    same_seeds: bool,
    rng: np.random.Generator,
) -> Drawn:
    """Draw what ``resample`` judges; its arguments are explained there."""
    sides = [_stacked(pool, metrics) for pool in (baseline, candidate)]
    if sides[0].shape != sides[1].shape:
        raise ValueError(f"pools of different shapes: {sides[0].shape} and {sides[1].shape}")
    available, each = sides[0].shape[-1], seeds + confirm_seeds
    taken = each if same_seeds else 2 * each
    if available < taken:
        raise ValueError(f"the pool has {available} seeds; a resample takes {taken}")
    orders = rng.permuted(np.tile(np.arange(available), (resamples, 1)), axis=1)
    chosen = (orders[:, :each], orders[:, :each] if same_seeds else orders[:, each:taken])

    def worse(count: int) -> Values:
        means = [_means(side, by[:, :count]) for side, by in zip(sides, chosen, strict=True)]
        return _worse(metrics, *means)

    return Drawn(first=worse(seeds), pooled=worse(each))


def verdicts(
    drawn: Drawn, gates: Sequence[Gate], *, breaks: float, sharing: Sharing, silent: int = 0
) -> Verdicts:
    """Judge every resample by the rule of two stages.

    Variants that are red or undecided on the panel's seeds are judged again with the fresh ones
    pooled; that verdict is final. All gates of all variants are one family of tests at each stage.

    Args:
        drawn: what ``draw`` returned, the gates in this order.
        gates: what may turn it red.
        breaks: how many margins break a single pair.
        sharing: of the pairs.
        silent: further tests of the family that never find anything, such as those of variants of
            which seeds make no difference.

    Raises:
        ValueError: nothing may be inferred from these pairs.
    """
    if refusal := refusal_of(sharing):
        raise ValueError(refusal)
    margins = np.array([gate.margin for gate in gates])
    first = _judged(drawn.first, margins, breaks, sharing, silent)
    asking = (State.INCONCLUSIVE, State.REGRESSED)
    asks = np.asarray(np.isin(first, [SEVERITY.index(state) for state in asking]).any(axis=-1))
    values = np.where(asks[..., None, None], drawn.pooled, drawn.first)
    return Verdicts(
        metrics=tuple(gate.metric for gate in gates),
        states=_judged(values, margins, breaks, sharing, silent),
        confirmed=asks,
    )


def _stacked(pool: Pool, metrics: Sequence[str]) -> Values:
    """(variants, gates, pairs, seeds)."""
    tables = [np.asarray(pool[metric], dtype=np.float64) for metric in metrics]
    return np.stack([table.reshape(-1, *table.shape[-2:]) for table in tables], axis=1)


def _means(scores: Values, chosen: NDArray[np.intp]) -> Values:
    """Means over the chosen seeds: (resamples, variants, gates, pairs)."""
    weights = np.zeros((len(chosen), scores.shape[-1]))
    np.put_along_axis(weights, chosen, 1 / chosen.shape[1], axis=1)
    return np.asarray(np.einsum("vgps,rs->rvgp", scores, weights))


def _worse(metrics: Sequence[str], baseline: Values, candidate: Values) -> Values:
    by_gate = [
        worse_by(metric, baseline[:, :, place], candidate[:, :, place])
        for place, metric in enumerate(metrics)
    ]
    return np.stack(by_gate, axis=2)


def _judged(
    values: Values, margins: Values, breaks: float, sharing: Sharing, silent: int
) -> Codes:
    found = infer(values, sharing)
    families = found.p.reshape(len(values), -1)
    padded = np.concatenate([families, np.ones((len(values), silent))], axis=1)
    adjusted = statistics.holm_along(padded)[:, : families.shape[1]].reshape(found.p.shape)
    return states(found, adjusted, margins, breaks)
