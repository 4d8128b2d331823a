"""Paired comparison of every variant with the baseline on one metric.

Seeds are averaged inside the pair first: what is compared is one number per pair.
"""

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.catalog import Direction
from metrics.catalog import metric as catalogued
from reports import statistics
from reports.clusters import Sharing, flip_p, infer_mean, sharing_of
from reports.frame import finished_runs, variants_in_order
from reports.resampling import bootstrap_interval

__all__ = [
    "Comparison",
    "adjust",
    "compare",
    "compare_means",
    "orientation",
    "pair_means",
    "pair_pictures",
    "sharing",
]


SECOND = "second/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One variant against the baseline on one metric, over the pairs that both finished.

    ``difference`` is variant minus baseline, ``low`` and ``high`` its extremes over the pairs.
    ``improvement`` is the share of pairs on which the variant is better, ties half; NaN where
    neither direction is. ``half_width`` (95 % paired t interval) and the p values are None where
    nothing may be inferred: below six pairs, or where pairs share too few pictures
    (``dependence`` then says why). Where pairs share pictures and are enough, ``sharing`` says
    how, and interval and tests respect it; ``p_sign_flip`` is None there if fewer than six groups
    of pairs share nothing with one another, so that too little can be flipped. ``pairs_needed``
    counts independent pairs. ``significance`` is +1 (better), -1 (worse) or 0, oriented by the
    catalogue's direction and resting on ``p_holm``; 0 for what is never ranked on.
    """

    metric: str
    n_pairs: int
    variant_mean: float
    baseline_mean: float
    difference: float
    low: float
    high: float
    half_width: float | None = None
    p: float | None = None
    p_holm: float | None = None
    p_sign_flip: float | None = None
    pairs_needed: int | None = None
    bootstrap: tuple[float, float] = (math.nan, math.nan)
    improvement: float = math.nan
    sharing: str = ""
    dependence: str = ""
    significance: int = 0

    @property
    def is_tested(self) -> bool:
        """Whether the difference was tested at all."""
        return self.p_holm is not None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sample:
    """The differences of the pairs that ``both`` have, and what those pairs share."""

    both: NDArray[np.bool_]
    differences: statistics.Values
    sharing: Sharing


def pair_means(runs: pd.DataFrame, metric: str) -> pd.DataFrame:
    """One value per pair and variant: the mean over the seeds that finished.

    Args:
        runs: one row per (variant, case).
        metric: name of a numeric column; an absent one counts as all NaN.

    Returns:
        Index pair, one float64 column per variant in the sweep's order; NaN where a variant has
        no finite value on a pair.
    """
    done = finished_runs(runs).reindex(columns=["variant", "pair", metric])
    values = done[metric].astype("float64")
    done[metric] = values.where(np.isfinite(values))
    means = done.pivot_table(index="pair", columns="variant", values=metric, dropna=False)
    return means.reindex(columns=variants_in_order(runs))


def pair_pictures(runs: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """The content and the style of every pair, by the pair's name.

    Where a column ``style_group`` is, styles that share pictures have one value in it, and count
    as one style.
    """
    pairs = runs.drop_duplicates("pair")
    styles = pairs["style_group" if "style_group" in pairs.columns else "style"]
    return {
        str(pair): (str(content), str(style))
        for pair, content, style in zip(pairs["pair"], pairs["content"], styles, strict=True)
    }


def sharing(runs: pd.DataFrame, pairs: Iterable[object]) -> Sharing:
    """Which of some pairs share pictures.

    Args:
        runs: one row per (variant, case).
        pairs: names of pairs in ``runs``.
    """
    pictures = pair_pictures(runs)
    return sharing_of(tuple(pictures[str(pair)] for pair in pairs))


def orientation(metric: str) -> int:
    """+1 where a larger value of the metric is better, -1 where a smaller one is, else 0.

    Args:
        metric: catalogue name.

    Raises:
        ValueError: the catalogue does not know ``metric``.
    """
    return {Direction.MAX: 1, Direction.MIN: -1}.get(catalogued(metric).direction, 0)


def compare(runs: pd.DataFrame, metric: str, baseline: str) -> dict[str, Comparison]:
    """Compare every other variant with the baseline on one metric.

    Args:
        runs: one row per (variant, case).
        metric: catalogue name, a numeric column of ``runs``.
        baseline: label of the variant the others are compared with.

    Returns:
        Variant label → comparison, Holm-adjusted over the variants of the sweep.

    Raises:
        ValueError: the catalogue does not know ``metric``.
    """
    return compare_means(pair_means(runs, metric), pair_pictures(runs), metric, baseline)


def compare_means(
    means: pd.DataFrame, pictures: Mapping[str, tuple[str, str]], metric: str, baseline: str
) -> dict[str, Comparison]:
    """Compare what ``pair_means`` returned, for callers that have it already.

    Args:
        means: one row per pair, one column per variant.
        pictures: content and style of every pair, by its name.
        metric: catalogue name of what the values are.
        baseline: label of the variant the others are compared with.
    """
    found = _compare_columns(
        metric,
        baseline,
        tuple(map(str, means.columns)),
        tuple(pictures[str(pair)] for pair in means.index),
        means.to_numpy(dtype=np.float64).tobytes(),
    )
    return dict(found)


@functools.lru_cache  # sentence, table and footnotes ask for the same comparisons
def _compare_columns(
    metric: str,
    baseline: str,
    variants: tuple[str, ...],
    pictures: tuple[tuple[str, str], ...],
    values: bytes,
) -> Mapping[str, Comparison]:
    """Compare the columns of a table of pair means with the baseline's.

    Args:
        metric: catalogue name.
        baseline: one of ``variants``.
        variants: what the columns are.
        pictures: content and style of each row.
        values: the table, float64, row by row; NaN where a variant has no value on a pair.
    """
    table = np.frombuffer(values).reshape(len(pictures), len(variants))
    columns = dict(zip(variants, table.T, strict=True))
    theirs = columns.pop(baseline)
    samples = {variant: _sample(ours, theirs, pictures) for variant, ours in columns.items()}
    intervals = _bootstrap(list(samples.values()))
    raw = {
        variant: _infer(
            _describe(metric, columns[variant], theirs, sample), sample, len(columns), interval
        )
        for (variant, sample), interval in zip(samples.items(), intervals, strict=True)
    }
    return adjust(raw)


def _sample(
    ours: statistics.Values, theirs: statistics.Values, pictures: Sequence[tuple[str, str]]
) -> _Sample:
    """The differences of two columns of pair means over the pairs that have both."""
    both = np.isfinite(ours) & np.isfinite(theirs)
    shared = sharing_of(tuple(pictures[row] for row in np.flatnonzero(both).tolist()))
    differences = statistics.paired_differences(ours[both], theirs[both])
    return _Sample(both=both, differences=differences, sharing=shared)


def _bootstrap(samples: Sequence[_Sample]) -> list[tuple[float, float]]:
    """The bootstrap interval of every sample; those of the same pairs are resampled at once."""
    alike: dict[Sharing, list[int]] = {}
    for place, sample in enumerate(samples):
        alike.setdefault(sample.sharing, []).append(place)
    intervals = [(math.nan, math.nan)] * len(samples)
    for shared, places in alike.items():
        values = np.stack([samples[place].differences for place in places])
        for place, low, high in zip(places, *bootstrap_interval(values, shared), strict=True):
            intervals[place] = (float(low), float(high))
    return intervals


def _describe(
    metric: str, ours: statistics.Values, theirs: statistics.Values, sample: _Sample
) -> Comparison:
    """What is seen on the pairs that have both, before anything is inferred."""
    differences = sample.differences
    return Comparison(
        metric=metric,
        n_pairs=differences.size,
        variant_mean=_mean(ours[sample.both]),
        baseline_mean=_mean(theirs[sample.both]),
        difference=_mean(differences),
        low=float(differences.min()) if differences.size else math.nan,
        high=float(differences.max()) if differences.size else math.nan,
        improvement=_improvement(differences, orientation(metric)),
    )


def _infer(
    found: Comparison, sample: _Sample, family: int, bootstrap: tuple[float, float]
) -> Comparison:
    """Add what may be inferred from the differences; unadjusted."""
    differences, shared = sample.differences, sample.sharing
    if shared.refusal:
        return replace(found, dependence=shared.refusal)
    inference = infer_mean(differences, shared)
    found = replace(
        found,
        sharing=shared.words if shared.is_shared else "",
        pairs_needed=statistics.pairs_needed(found.difference, inference.deviation, tests=family),
    )
    if differences.size < statistics.MINIMUM_PAIRS:
        return found
    return replace(
        found,
        half_width=inference.half_width,
        p=inference.p,
        p_sign_flip=flip_p(differences, shared),
        bootstrap=bootstrap,
    )


def adjust(raw: Mapping[str, Comparison]) -> dict[str, Comparison]:
    """Take comparisons as one family: Holm over those tested, significance from the adjusted p.

    Args:
        raw: Comparisons on one metric, by any key; what they were adjusted to is forgotten.
    """
    tested = {variant: found.p for variant, found in raw.items() if found.p is not None}
    adjusted = dict(zip(tested, statistics.holm(list(tested.values())), strict=True))
    return {variant: _decide(found, adjusted.get(variant)) for variant, found in raw.items()}


def _decide(found: Comparison, p_holm: float | None) -> Comparison:
    """Significance from the adjusted p; 0 for what is never decided."""
    if p_holm is None or p_holm >= statistics.ALPHA:
        return replace(found, p_holm=p_holm, significance=0)
    sign = orientation(found.metric) if _is_decided(found.metric) else 0
    significance = sign if found.difference > 0 else -sign
    return replace(found, p_holm=p_holm, significance=significance)


def _improvement(differences: statistics.Values, sign: int) -> float:
    """Share of the pairs on which the variant is better, ties half."""
    if not differences.size or not sign:
        return math.nan
    return float(np.mean((np.sign(sign * differences) + 1) / 2))


def _mean(values: statistics.Values) -> float:
    return float(values.mean()) if values.size else math.nan


def _is_decided(metric: str) -> bool:
    """Whether a difference may be called better; the second evaluator confirms, it never ranks."""
    return catalogued(metric).ranked or metric.startswith(SECOND)
