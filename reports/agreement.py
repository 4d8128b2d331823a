"""Whether the second evaluator, which uses no network, sees what the first one sees."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from reports.comparison import SECOND, compare
from reports.frame import metric_columns
from reports.numbers import fixed
from reports.verdict import CONTENT, NAMES, STYLE

__all__ = ["WEAK", "kendall_tau", "second_opinion"]

# Below this, the choice of the evaluator decides as much as the pictures do.
WEAK = 0.5
MINIMUM_VARIANTS = 3
# Scores are of the order of 1: differences below this are round-off, so ties.
DECIMALS = 12


def second_opinion(runs: pd.DataFrame, baseline: str) -> list[str]:
    """Say how far the two evaluators agree, in at most one line.

    Args:
        runs: one row per (variant, case).
        baseline: label of the variant the others are compared with.

    Returns:
        Significant differences confirmed and contradicted, then Kendall's τ between the two
        rankings of the variants; whichever exists.
    """
    if not any(name.startswith(SECOND) for name in metric_columns(runs)):
        return []
    said = [*_confirmed(runs, baseline), *_ranked(runs, baseline)]
    return [f"The second evaluator, which uses no network, {' It '.join(said)}"] if said else []


def kendall_tau(runs: pd.DataFrame, baseline: str, metric: str) -> float:
    """Kendall's τ-b between the two evaluators' rankings of the variants.

    Variants are ranked by their mean difference from the baseline over the pairs in common.

    Args:
        runs: one row per (variant, case).
        baseline: label of the variant the others are compared with.
        metric: one that both evaluators have, such as ``style/gain``.

    Returns:
        -1 (opposite) to 1 (the same order); NaN below three variants and where one evaluator
        tells none from another.
    """
    first, second = (compare(runs, name, baseline) for name in (metric, f"{SECOND}{metric}"))
    # The baseline differs from itself by 0.
    ranked = [(0.0, 0.0)] + [
        (found.difference, second[variant].difference) for variant, found in first.items()
    ]
    known = np.array([both for both in ranked if np.isfinite(both).all()])
    if len(known) < MINIMUM_VARIANTS:
        return math.nan
    return float(stats.kendalltau(*np.round(known, DECIMALS).T).statistic)


def _confirmed(runs: pd.DataFrame, baseline: str) -> list[str]:
    """Whether it sees the same significant differences."""
    agreed, contradicted, total = 0, [], 0
    for metric in (STYLE, CONTENT):
        second = compare(runs, f"{SECOND}{metric}", baseline)
        for variant, found in compare(runs, metric, baseline).items():
            agreement = found.significance * second[variant].significance
            total += abs(found.significance)
            agreed += agreement > 0
            if agreement < 0:
                contradicted.append(f"{NAMES[metric]} of `{variant}`")
    if not total:
        return []
    against = f"{len(contradicted)} ({', '.join(contradicted)})" if contradicted else "none"
    return [f"confirms {agreed} of {total} significant differences and contradicts {against}."]


def _ranked(runs: pd.DataFrame, baseline: str) -> list[str]:
    """How alike the two rankings of the variants are."""
    taus = {metric: kendall_tau(runs, baseline, metric) for metric in (STYLE, CONTENT)}
    known = {metric: tau for metric, tau in taus.items() if not math.isnan(tau)}
    if not known:
        return []
    written = " and ".join(f"{fixed(tau, 2)} for {NAMES[metric]}" for metric, tau in known.items())
    weak = [NAMES[metric] for metric, tau in known.items() if tau < WEAK]
    return [f"orders the variants with Kendall's τ = {written}{_warning(weak)}."]


def _warning(weak: Sequence[str]) -> str:
    """A word on scores whose two rankings have little in common."""
    if not weak:
        return ""
    return f": weak agreement on {' and '.join(weak)}, so look at the pictures"
