"""The rule that turns differences of pairs into a verdict, for any number of samples at once.

A verdict of worse needs significance *and* a margin. Significance alone would be red for changes
that nobody could see; a margin alone is red by the dice where the noise is as large.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from reports import clusters, statistics
from reports.comparison import orientation
from reports.numbers import counted
from reports.regression.model import SECONDS, State
from reports.statistics import Values

__all__ = ["SEVERITY", "Inferred", "infer", "refusal_of", "states", "worse_by"]

SEVERITY = (
    State.EQUIVALENT,
    State.IMPROVED,
    State.INCONCLUSIVE,
    State.NOT_COMPARABLE,
    State.REGRESSED,
)
"""The states, the worst last: the codes that ``states`` returns are places in it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inferred:
    """What some samples say of the mean of how much worse pairs are; an array (…) each.

    ``low`` and ``high`` are the one-sided 95 % bounds, so together the 90 % interval; ``p`` is
    that of the one-sided test that the mean is above zero, unadjusted; ``worst`` is the worst
    pair's value.
    """

    mean: Values
    low: Values
    high: Values
    p: Values
    worst: Values


def refusal_of(sharing: clusters.Sharing) -> str:
    """Why nothing may be inferred from pairs; empty if something may."""
    if sharing.n_pairs < statistics.MINIMUM_PAIRS:
        needed = f"at least {statistics.MINIMUM_PAIRS} are needed"
        return f"{counted(sharing.n_pairs, 'pair')}; {needed}"
    return sharing.refusal


def worse_by(metric: str, baseline: Values, candidate: Values) -> Values:
    """How much worse the candidate is, positive where it is; round-off counts as equal.

    Args:
        metric: catalogue name. Of ``seconds`` the result is the logarithm of the ratio; of a
            metric of which neither direction is better it is just the difference.
        baseline: (…) float64, finite; above 0 for ``seconds``.
        candidate: of the same shape.
    """
    if metric == SECONDS:
        baseline, candidate = np.log(baseline), np.log(candidate)
    difference = statistics.paired_differences(candidate, baseline)
    # Adding 0 turns a -0 into 0.
    return 0.0 - difference if orientation(metric) > 0 else difference + 0.0


def infer(values: Values, sharing: clusters.Sharing) -> Inferred:
    """Bounds of the mean and the one-sided test that it is above zero.

    Independent pairs get the t distribution with n - 1 degrees of freedom; pairs that share
    pictures the clustered standard error, and its degrees. Without any spread the bounds equal
    the mean and p is 0 or 1.

    Args:
        values: (…, n) float64, finite: how much worse each pair is, any number of samples.
        sharing: of those n pairs; ``refusal_of`` it must be empty.
    """
    mean = values.mean(axis=-1)
    # For independent pairs this is s / √n, and the effective clusters are the pairs.
    error = clusters.standard_error(values, sharing)
    degrees = sharing.degrees
    half_width = _bound_factor(degrees) * error
    certain = np.where(mean > 0, math.inf, -math.inf)
    t = np.divide(mean, error, out=certain, where=error > 0)
    return Inferred(
        mean=mean,
        low=mean - half_width,
        high=mean + half_width,
        p=special.stdtr(degrees, -t),
        worst=values.max(axis=-1),
    )


def states(
    found: Inferred, p_adjusted: float | Values, margin: float | Values, breaks: float
) -> NDArray[np.int8]:
    """The verdicts, as places in ``SEVERITY``.

    REGRESSED: significantly above zero by the adjusted p, and on average by the margin at least;
    or one pair is worse by more than ``breaks`` margins. IMPROVED: the mirror image, by the
    unadjusted bound. EQUIVALENT: the 90 % interval lies within the margin on both sides.
    Else INCONCLUSIVE.

    Args:
        found: what ``infer`` returned.
        p_adjusted: of the same shape: ``found.p``, adjusted for the family of tests.
        margin: the least worsening that matters, above 0; broadcast.
        breaks: how many margins break a single pair.
    """
    broken = found.worst > breaks * margin
    worse = (p_adjusted < statistics.ALPHA) & (found.mean >= margin)
    better = (found.high < 0) & (found.mean <= -margin)
    within = (found.low >= -margin) & (found.high <= margin)
    verdicts = np.select(
        [broken | worse, better, within],
        [_code(State.REGRESSED), _code(State.IMPROVED), _code(State.EQUIVALENT)],
        _code(State.INCONCLUSIVE),
    )
    return verdicts.astype(np.int8)


def _code(state: State) -> int:
    return SEVERITY.index(state)


@functools.lru_cache(maxsize=4096)  # SciPy takes 0.1 ms a quantile
def _bound_factor(degrees: float) -> float:
    """One-sided 95 % bound of the t distribution, in standard errors."""
    return float(stats.t.isf(statistics.ALPHA, degrees))
