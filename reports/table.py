"""The full table of a sweep: every metric, every variant, every number behind the verdicts."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reports import statistics
from reports.clusters import infer_mean, sharing_of
from reports.comparison import (
    Comparison,
    compare_means,
    pair_means,
    pair_pictures,
    sharing,
)
from reports.frame import (
    FINISHED,
    check_runs,
    distinct_runs,
    finished_runs,
    metric_columns,
    non_empty,
)
from reports.front import pareto_front
from reports.regret import measure_regret
from reports.verdict import CONTENT, STYLE, judge_variants

__all__ = [
    "NOT_COMPARABLE",
    "NO_VERDICT",
    "difference_columns",
    "own_columns",
    "summarize",
]

NOT_COMPARABLE = "not comparable"
NO_VERDICT = "no verdict"
MISSING = "MISSING"
BEYOND_SPREAD = (
    "p",
    "p_holm",
    "p_sign_flip",
    "pairs_needed",
    "significance",
    "bootstrap_low",
    "bootstrap_high",
    "improvement",
)
TIMES = ("seconds", "seconds_per_iteration")
LOSS = "loss/total"

Row = dict[str, object]


def summarize(runs: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Every variant's means, paired differences from the baseline, and verdict.

    For each metric ``m`` of the frame: ``m`` (mean over the variant's finished pairs),
    ``m/pairs``, and over the pairs finished in both ``m/difference`` (variant minus baseline),
    ``m/interval`` (half width of its 95 % paired t interval), ``m/low`` and ``m/high`` (its
    extremes over the pairs), ``m/p``, ``m/p_holm``, ``m/p_sign_flip``, ``m/pairs_needed``
    (independent ones), ``m/significance`` (+1 better, -1 worse, 0), ``m/bootstrap_low`` and
    ``m/bootstrap_high`` (its 95 % bootstrap interval from 20 pairs on), and ``m/improvement``
    (share of pairs on which the variant is better, ties half). In the baseline's row
    ``m/interval``, ``m/low`` and ``m/high`` belong to its own mean over the pairs. NaN: not
    inferred or absent.

    ``front`` says whether the variant is on the Pareto front of style gain and content score,
    ``front/probability`` in which share of resamples; ``regret`` is what it loses to the best
    variant of each pair (``reports.regret``); ``pairs_share_pictures`` whether pairs are
    dependent.

    ``loss/total`` is a number where it may be compared with the baseline's, else
    "not comparable"; ``times_comparable`` says the same of the two times.

    Args:
        runs: one row per (variant, case), see ``reports.frame``.
        baseline: label of the variant the others are compared with.

    Returns:
        One row per variant in the sweep's order; an index 0, 1, ….

    Raises:
        ValueError: see ``reports.frame.check_runs``.
    """
    check_runs(runs, baseline)
    judgements = judge_variants(runs, baseline)
    counts = {str(label): _counts(rows) for label, rows in distinct_runs(runs).groupby("variant")}
    front = pareto_front(runs)
    lost = measure_regret(runs)
    rows: dict[str, Row] = {
        variant: {
            "variant": variant,
            "is_baseline": variant == baseline,
            "verdict": str(judgement.verdict or NO_VERDICT),
            "reason": judgement.reason,
            "pairs_needed": _number(judgement.pairs_needed),
            **counts[variant],
            "front": front[variant].is_on_front,
            "front/probability": _number(front[variant].probability),
            "regret": lost.by_variant.get(variant, math.nan) if lost else math.nan,
        }
        for variant, judgement in judgements.items()
    }
    others = [metric for metric in metric_columns(runs) if metric not in (STYLE, CONTENT)]
    pictures = pair_pictures(runs)
    for metric in (STYLE, CONTENT, *others):
        means = pair_means(runs, metric)
        for variant, columns in _metric_columns(means, pictures, metric, baseline).items():
            rows[variant].update(columns)
    for variant, columns in _costs(runs, baseline).items():
        rows[variant].update(columns)
    return _whole_counts(pd.DataFrame(list(rows.values())))


def _whole_counts(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its counts as integers, although they may be absent."""
    counts = [name for name in table if str(name).endswith(("pairs_needed", "significance"))]
    return table.astype(dict.fromkeys(counts, "Int64"))


def _counts(runs: pd.DataFrame) -> Row:
    """How many runs one variant has, how they ended, and whether their pairs share pictures."""
    finished = runs["status"] == FINISHED
    missing = runs["status"] == MISSING
    pairs = list(runs.loc[finished, "pair"].unique())
    return {
        "pairs": len(pairs),
        "pairs_share_pictures": sharing(runs, pairs).is_shared,
        "runs": len(runs),
        "finished": int(finished.sum()),
        "failed": int((~finished & ~missing).sum()),
        "missing": int(missing.sum()),
    }


def _metric_columns(
    means: pd.DataFrame, pictures: Mapping[str, tuple[str, str]], metric: str, baseline: str
) -> dict[str, Row]:
    """The columns of one metric for every variant.

    Args:
        means: what ``pair_means`` returned.
        pictures: content and style of every pair.
        metric: catalogue name.
        baseline: label of the variant the others are compared with.
    """
    comparisons = compare_means(means, pictures, metric, baseline)
    rows: dict[str, Row] = {}
    for variant, column in zip(map(str, means.columns), means.to_numpy().T, strict=True):
        present = np.isfinite(column)
        values = column[present]
        shown = (
            own_columns(values, [pictures[str(pair)] for pair in means.index[present]], metric)
            if variant == baseline
            else difference_columns(comparisons[variant])
        )
        rows[variant] = {metric: _mean(values), f"{metric}/pairs": values.size, **shown}
    return rows


def own_columns(
    values: statistics.Values, pictures: Sequence[tuple[str, str]], metric: str
) -> Row:
    """Interval and spread of the baseline's own mean over the pairs.

    Args:
        values: one finite value per pair.
        pictures: content and style of each of these pairs.
        metric: catalogue name.
    """
    shared = sharing_of(tuple(pictures))
    inferred = values.size >= statistics.MINIMUM_PAIRS and not shared.refusal
    return {
        f"{metric}/difference": math.nan,
        f"{metric}/interval": infer_mean(values, shared).half_width if inferred else math.nan,
        f"{metric}/low": float(values.min()) if values.size else math.nan,
        f"{metric}/high": float(values.max()) if values.size else math.nan,
        **{f"{metric}/{name}": math.nan for name in BEYOND_SPREAD},
    }


def difference_columns(found: Comparison) -> Row:
    """What the comparison with the baseline found."""
    return {
        f"{found.metric}/difference": found.difference,
        f"{found.metric}/interval": _number(found.half_width),
        f"{found.metric}/low": found.low,
        f"{found.metric}/high": found.high,
        f"{found.metric}/p": _number(found.p),
        f"{found.metric}/p_holm": _number(found.p_holm),
        f"{found.metric}/p_sign_flip": _number(found.p_sign_flip),
        f"{found.metric}/pairs_needed": _number(found.pairs_needed),
        f"{found.metric}/significance": found.significance,
        f"{found.metric}/bootstrap_low": found.bootstrap[0],
        f"{found.metric}/bootstrap_high": found.bootstrap[1],
        f"{found.metric}/improvement": found.improvement,
    }


def _costs(runs: pd.DataFrame, baseline: str) -> dict[str, Row]:
    """Times and total loss of every variant, with what may be compared."""
    done = finished_runs(runs)
    means = {name: pair_means(runs, name) for name in (*TIMES, LOSS)}
    losses, timings = (_keys(done, key) for key in ("loss_key", "timing_key"))
    rows: dict[str, Row] = {}
    for variant in means[LOSS].columns:
        comparable = _is_same(losses, str(variant), baseline)
        loss = _mean(means[LOSS][variant].dropna().to_numpy())
        rows[str(variant)] = {
            **{name: _mean(means[name][variant].dropna().to_numpy()) for name in TIMES},
            "times_comparable": _is_same(timings, str(variant), baseline),
            LOSS: loss if comparable or math.isnan(loss) else NOT_COMPARABLE,
        }
    return rows


def _keys(done: pd.DataFrame, column: str) -> dict[str, set[str]]:
    """The distinct keys of each variant's finished runs."""
    return {
        str(variant): set(non_empty(rows[column])) for variant, rows in done.groupby("variant")
    }


def _is_same(keys: dict[str, set[str]], variant: str, baseline: str) -> bool:
    """Whether all runs of both carry one and the same key."""
    return {variant, baseline} <= keys.keys() and len(keys[variant] | keys[baseline]) == 1


def _mean(values: statistics.Values) -> float:
    return float(values.mean()) if values.size else math.nan


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
