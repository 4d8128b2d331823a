"""Paired comparison of every variant with the baseline on one metric.

Seeds are averaged inside the pair first: what is compared is one number per pair.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from metrics.catalog import Direction
from metrics.catalog import metric as catalogued
from reports import statistics
from reports.frame import finished_runs, variants_in_order

__all__ = ["Comparison", "compare", "pair_means", "pair_pictures", "shared_pictures"]

SIGN_FLIP_SEED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One variant against the baseline on one metric, over the pairs that both finished.

    ``difference`` is variant minus baseline, ``low`` and ``high`` its extremes over the pairs.
    ``half_width`` (95 % paired t interval) and the p values are None where nothing may be
    inferred: below six pairs, or when pairs share pictures (``dependence`` then says how).
    ``significance`` is +1 (better), -1 (worse) or 0, oriented by the catalogue's direction and
    resting on ``p_holm``.
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
    dependence: str = ""
    significance: int = 0

    @property
    def is_tested(self) -> bool:
        """Whether the difference was tested at all."""
        return self.p_holm is not None


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
    """The content and the style of every pair, by the pair's name."""
    pairs = runs.drop_duplicates("pair")
    return {
        str(pair): (str(content), str(style))
        for pair, content, style in zip(
            pairs["pair"], pairs["content"], pairs["style"], strict=True
        )
    }


def shared_pictures(pictures: Sequence[tuple[str, str]]) -> str:
    """How pairs share contents or styles; empty if they are independent.

    Args:
        pictures: content and style of each pair.
    """
    contents, styles = ({pair[place] for pair in pictures} for place in (0, 1))
    if len(contents) == len(styles) == len(pictures):
        return ""
    return (
        f"{len(pictures)} pairs made of {_counted(len(contents), 'content')} and "
        f"{_counted(len(styles), 'style')} are not independent"
    )


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
    means = pair_means(runs, metric)
    pictures = pair_pictures(runs)
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
    raw = {
        variant: _compare_one(metric, ours, theirs, pictures, len(columns))
        for variant, ours in columns.items()
    }
    sign = 1 if catalogued(metric).direction is Direction.MAX else -1
    return _adjust(raw, sign)


def _compare_one(
    metric: str,
    ours: statistics.Values,
    theirs: statistics.Values,
    pictures: Sequence[tuple[str, str]],
    family: int,
) -> Comparison:
    """Compare two columns of pair means over the pairs that have both; unadjusted."""
    both = ~(np.isnan(ours) | np.isnan(theirs))
    ours, theirs = ours[both], theirs[both]
    differences = _differences(ours, theirs)
    found = Comparison(
        metric=metric,
        n_pairs=differences.size,
        variant_mean=_mean(ours),
        baseline_mean=_mean(theirs),
        difference=_mean(differences),
        low=float(differences.min()) if differences.size else math.nan,
        high=float(differences.max()) if differences.size else math.nan,
        dependence=shared_pictures([pictures[row] for row in np.flatnonzero(both).tolist()]),
    )
    return found if found.dependence else _infer(found, differences, family)


def _infer(found: Comparison, differences: statistics.Values, family: int) -> Comparison:
    """Add what may be inferred from independent pairs."""
    deviation = statistics.standard_deviation(differences)
    found = replace(
        found,
        pairs_needed=statistics.pairs_needed(found.difference, deviation, tests=family),
    )
    if differences.size < statistics.MINIMUM_PAIRS:
        return found
    generator = np.random.default_rng(SIGN_FLIP_SEED)
    return replace(
        found,
        half_width=statistics.t_half_width(differences),
        p=statistics.paired_t_p(differences),
        p_sign_flip=statistics.sign_flip_p(differences, generator),
    )


def _adjust(raw: dict[str, Comparison], sign: int) -> dict[str, Comparison]:
    """Holm over the variants that were tested; significance from the adjusted p."""
    tested = {variant: found.p for variant, found in raw.items() if found.p is not None}
    adjusted = dict(zip(tested, statistics.holm(list(tested.values())), strict=True))
    return {variant: _decide(found, adjusted.get(variant), sign) for variant, found in raw.items()}


def _decide(found: Comparison, p_holm: float | None, sign: int) -> Comparison:
    """Significance, oriented so that +1 is better, from the adjusted p."""
    if p_holm is None or p_holm >= statistics.ALPHA:
        return replace(found, p_holm=p_holm)
    significance = sign if found.difference > 0 else -sign
    return replace(found, p_holm=p_holm, significance=significance)


def _differences(ours: statistics.Values, theirs: statistics.Values) -> statistics.Values:
    """Variant minus baseline; differences that are round-off of equal values become 0."""
    differences = ours - theirs
    scale = np.maximum(np.abs(ours), np.abs(theirs))
    differences[np.abs(differences) <= statistics.ROUND_OFF * scale] = 0.0
    return differences


def _mean(values: statistics.Values) -> float:
    return float(values.mean()) if values.size else math.nan


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
