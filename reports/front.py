"""Which variants are on the Pareto front of several scores, and how sure that is.

A variant is off the front if another one is at least as good on every score and better on one,
judged on the pairs that both have.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.clusters import Sharing
from reports.comparison import orientation, pair_means, sharing
from reports.resampling import resampling_weights
from reports.statistics import MINIMUM_PAIRS, ROUND_OFF, Values
from reports.verdict import CONTENT, STYLE

__all__ = ["Place", "pareto_front"]

MOST_RESAMPLES = 2_000
FEWEST_RESAMPLES = 200
# Comparisons of two variants in all resamples together: about half a second's worth.
MOST_COMPARISONS = 10_000_000
COMPARISONS_AT_ONCE = 1_000_000

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whether a variant is on the front, and in which share of the resamples (None: unknown)."""

    is_on_front: bool
    probability: float | None


def pareto_front(
    runs: pd.DataFrame, metrics: Sequence[str] = (STYLE, CONTENT)
) -> Mapping[str, Place]:
    """Find the variants that no other one dominates.

    The probability is the share of bootstrap resamples (of the pairs; of contents and styles
    where pairs share them) that have the variant on the front: 2,000 of them, fewer in sweeps of
    more than 70 variants. It is unknown for variants of fewer than six pairs and where nothing
    may be inferred from the pairs.

    Args:
        runs: one row per (variant, case).
        metrics: catalogue names with a direction. A variant without a pair that has all of them
            is off the front.

    Returns:
        Variant label → its place, in the sweep's order.

    Raises:
        ValueError: the catalogue does not know a metric, or none of its directions is better.
    """
    for metric in metrics:
        if not orientation(metric):
            raise ValueError(f"there is no front of {metric}: no direction of it is better")
    means = [pair_means(runs, metric) * orientation(metric) for metric in metrics]
    table = np.stack([one.to_numpy(dtype=np.float64).T for one in means])
    used = np.isfinite(table).all(axis=0).any(axis=0)
    return _front(
        tuple(map(str, means[0].columns)),
        sharing(runs, means[0].index[used]),
        table[..., used].shape,
        table[..., used].tobytes(),
    )


@functools.lru_cache  # table and footnotes ask for the same front
def _front(
    variants: tuple[str, ...], shared: Sharing, shape: tuple[int, ...], values: bytes
) -> Mapping[str, Place]:
    """The places of all variants.

    Args:
        variants: labels.
        shared: of the pairs.
        shape: of the values: scores, variants, pairs.
        values: float64, larger is better; NaN where absent.
    """
    table = np.frombuffer(values).reshape(shape)
    present: Flags = np.asarray(np.isfinite(table).all(axis=0))
    scores = np.where(present, table, 0.0)
    members = _members(scores, present, np.ones((1, shape[-1])))[0]
    sure = present.sum(axis=1) >= MINIMUM_PAIRS
    shares = _shares(scores, present, shared) if sure.any() and not shared.refusal else None
    return MappingProxyType(
        {
            variant: Place(
                is_on_front=bool(members[row]),
                probability=float(shares[row]) if shares is not None and sure[row] else None,
            )
            for row, variant in enumerate(variants)
        }
    )


def _shares(scores: Values, present: Flags, shared: Sharing) -> Values:
    """In which share of the resamples each variant is on the front."""
    squared = present.shape[0] ** 2
    affordable = max(FEWEST_RESAMPLES, MOST_COMPARISONS // squared)
    weights = resampling_weights(shared, min(MOST_RESAMPLES, affordable))
    parts = max(1, math.ceil(len(weights) * squared / COMPARISONS_AT_ONCE))
    counts = sum(
        _members(scores, present, part).sum(axis=0)
        for part in np.array_split(weights, min(parts, len(weights)))
    )
    return np.asarray(counts / len(weights))


def _members(scores: Values, present: Flags, weights: Values) -> Flags:
    """Which variants are on the front when pairs have weights.

    Args:
        scores: (scores, variants, pairs) larger is better; 0 where absent.
        present: (variants, pairs).
        weights: (resamples, pairs).

    Returns:
        (resamples, variants).
    """
    partners = present.T.astype(np.float64)
    weighted = weights[:, None, :]
    at_least = (weighted * present) @ partners > 0  # a pair in common, or no comparison
    better = np.zeros_like(at_least)
    for score in scores:
        # Row i, column j: the sum of i's scores over the pairs that j has too.
        sums = (weighted * score) @ partners
        gains = sums - sums.swapaxes(-1, -2)
        slack = ROUND_OFF * weights.sum(axis=1).max() * np.abs(score).max(initial=0.0)
        at_least &= gains >= -slack
        better |= gains > slack
    is_dominated = (at_least & better).any(axis=-2)
    return np.asarray(present.any(axis=1) & ~is_dominated)
