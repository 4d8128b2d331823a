"""Inference from paired differences: t interval and test, sign flips, Holm, pairs needed.

The unit of inference is the pair: every function takes one value per independent pair. Degenerate
samples (no spread, all zero) have defined results and raise no warnings.
"""

import functools
import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

__all__ = [
    "ALPHA",
    "MINIMUM_PAIRS",
    "POWER",
    "critical_value",
    "holm",
    "holm_along",
    "least_shift",
    "mean_error",
    "paired_differences",
    "paired_t_p",
    "pairs_needed",
    "sign_flip_p",
    "standard_deviation",
    "t_half_width",
]

ALPHA = 0.05
POWER = 0.8
# Below six pairs a sign-flip test cannot reach 5 % (2 / 2^5 = 0.06): no data could persuade it.
MINIMUM_PAIRS = 6
EXACT_SIGN_FLIPS_UP_TO = 12
SIGN_FLIP_SAMPLES = 9_999
MOST_PAIRS = 10_000
# Spread below this share of the values is float64 round-off, not variation.
ROUND_OFF = 1e-12

Values = NDArray[np.float64]


def paired_differences(ours: Values, theirs: Values) -> Values:
    """Ours minus theirs; differences that are round-off of equal values become 0.

    Args:
        ours: (…) float64.
        theirs: of the same shape.
    """
    found = ours - theirs
    scale = np.maximum(np.abs(ours), np.abs(theirs))
    return np.where(np.abs(found) <= ROUND_OFF * scale, 0.0, found)


def standard_deviation(values: Values) -> float:
    """Sample standard deviation (n - 1); exactly 0 where the spread is round-off.

    Args:
        values: (n,) float64, finite.

    Returns:
        The deviation in the unit of the values; NaN for fewer than two values.
    """
    if values.size <= 1:
        return math.nan
    deviation = float(np.std(values, ddof=1))
    return 0.0 if deviation <= ROUND_OFF * float(np.max(np.abs(values))) else deviation


def t_half_width(values: Values, alpha: float = ALPHA) -> float:
    """Half width of the Student t interval of the mean, of 95 % unless stated.

    Args:
        values: (n,) float64, finite.
        alpha: 1 less the level of the interval, in (0, 1).

    Returns:
        The half width in the unit of the values, 0 without spread; NaN for fewer than two values.
    """
    error = mean_error(values)
    return math.nan if math.isnan(error) else critical_value(alpha, values.size - 1) * error


def mean_error(values: Values) -> float:
    """Standard error of the mean of values that share nothing; NaN for fewer than two.

    Args:
        values: (n,) float64, finite.
    """
    deviation = standard_deviation(values)
    return math.nan if math.isnan(deviation) else deviation / math.sqrt(values.size)


def paired_t_p(differences: Values) -> float:
    """Two-sided p of the paired t test that the mean difference is zero.

    Args:
        differences: (n,) float64, finite: one difference per pair.

    Returns:
        p in [0, 1]: 1 if all differences are zero, 0 if all are equal and not zero; NaN for
        fewer than two differences.
    """
    deviation = standard_deviation(differences)
    if math.isnan(deviation):
        return math.nan
    mean = float(np.mean(differences))
    if deviation == 0:
        return 1.0 if mean == 0 else 0.0
    t = mean / (deviation / math.sqrt(differences.size))
    return float(2 * special.stdtr(differences.size - 1, -abs(t)))


def sign_flip_p(differences: Values, seed: int) -> float:
    """Two-sided p of the sign-flip permutation test of the mean difference.

    Exact (all 2^n flips) up to 12 pairs, else 9,999 sampled flips and the observed one, which
    keeps the test valid (Phipson and Smyth 2010, arXiv:1603.05766).

    Args:
        differences: (n,) float64, finite: one difference per pair.
        seed: of the sampled flips.

    Returns:
        p in (0, 1]; NaN without differences.
    """
    if differences.size == 0:
        return math.nan
    observed = abs(float(np.sum(differences)))
    # Flips that tie with the observed sum in exact arithmetic must count as ties here.
    reached = observed - ROUND_OFF * float(np.sum(np.abs(differences)))
    if differences.size <= EXACT_SIGN_FLIPS_UP_TO:
        signs = _every_flip(differences.size)
        return float(np.mean(np.abs(signs @ differences) >= reached))
    signs = _sampled_flips(differences.size, seed)
    count = int(np.sum(np.abs(signs @ differences) >= reached))
    return (count + 1) / (SIGN_FLIP_SAMPLES + 1)


@functools.lru_cache
def _every_flip(count: int) -> Values:
    """All 2^n combinations of signs, one a row."""
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=count)))
    signs.flags.writeable = False  # shared by every caller
    return signs


@functools.lru_cache(maxsize=4)  # every variant and metric of a sweep asks for the same
def _sampled_flips(count: int, seed: int) -> Values:
    """Random combinations of signs, one a row."""
    generator = np.random.default_rng(seed)
    signs = generator.choice((-1.0, 1.0), size=(SIGN_FLIP_SAMPLES, count))
    signs.flags.writeable = False  # shared by every caller
    return signs


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p values for a family of tests (Holm 1979, sequentially rejective Bonferroni).

    Args:
        p_values: one p in [0, 1] per test, no NaN.

    Returns:
        The adjusted p values, in the order given, at most 1.
    """
    return [float(p) for p in holm_along(np.array(p_values, dtype=np.float64))]


def holm_along(p_values: Values) -> Values:
    """The same for many families at once.

    Args:
        p_values: (…, tests) float64 in [0, 1], no NaN: the last axis is a family.

    Returns:
        (…, tests): the adjusted p values, at most 1.
    """
    order = np.argsort(p_values, axis=-1, kind="stable")
    steps = np.arange(p_values.shape[-1], 0, -1)
    scaled = np.minimum(1.0, steps * np.take_along_axis(p_values, order, axis=-1))
    adjusted = np.empty_like(scaled)
    np.put_along_axis(adjusted, order, np.maximum.accumulate(scaled, axis=-1), axis=-1)
    return adjusted


def pairs_needed(mean: float, deviation: float, *, tests: int) -> int | None:
    """Pairs for 80 % power to find the observed mean difference at the observed spread.

    The level is 5 % divided by the number of tests, the strictest step of Holm's procedure, so
    that a sample of this size which repeats what was observed is significant.

    Args:
        mean: observed mean difference.
        deviation: observed standard deviation of the differences; NaN if unknown.
        tests: size of the family, at least 1.

    Returns:
        At least 6; None where no difference was observed or more than 10,000 pairs are needed.
    """
    if math.isnan(mean) or mean == 0:
        return None
    if math.isnan(deviation) or deviation == 0:
        return MINIMUM_PAIRS
    effect = abs(mean) / deviation
    alpha = ALPHA / tests
    level, normal = _normal_quantiles(alpha)
    if normal > effect * math.sqrt(MOST_PAIRS):
        return None
    # The t test needs a few pairs more than the z test: about half the square of its level.
    count = max(MINIMUM_PAIRS, math.floor((normal / effect) ** 2 + level**2 / 2))
    while _power(effect, count, alpha) < POWER:
        count += 1
    while count > MINIMUM_PAIRS and _power(effect, count - 1, alpha) >= POWER:
        count -= 1
    return count


@functools.lru_cache
def least_shift(degrees: float, alpha: float, power: float = POWER) -> float:
    """How far a mean must lie beyond a bound for an interval to clear the bound that often.

    Args:
        degrees: of freedom of the t distribution, above 0.
        alpha: 1 less the level of the two-sided interval.
        power: how often the interval clears the bound, in (0, 1).

    Returns:
        The distance in standard errors of the mean: the noncentrality at which Student's t
        exceeds the two-sided critical value with that probability.
    """
    critical = critical_value(alpha, degrees)
    return float(special.nctdtrinc(degrees, 1 - power, critical))


def _power(effect: float, count: int, alpha: float) -> float:
    """Power of the two-sided one-sample t test for a standardised effect (noncentral t)."""
    critical = critical_value(alpha, count - 1)
    shift = effect * math.sqrt(count)
    if shift > 2 * critical + 10:  # beyond doubt, and where the noncentral t loses its digits
        return 1.0
    return float(1 - special.nctdtr(count - 1, shift, critical))  # thirty times as fast as stats


# SciPy takes 0.1 ms a quantile, and a sweep asks for the same few once a variant and metric.
@functools.lru_cache
def _normal_quantiles(alpha: float) -> tuple[float, float]:
    """Critical value of the z test, and the shift in standard errors that gives it its power."""
    level = float(stats.norm.isf(alpha / 2))
    return level, float(level + stats.norm.ppf(POWER))


@functools.lru_cache(maxsize=4096)
def critical_value(alpha: float, degrees: float) -> float:
    """Two-sided critical value of the t test, the half width of its interval in standard errors.

    Args:
        alpha: level of the test, 1 less that of the interval.
        degrees: of freedom.
    """
    return float(stats.t.ppf(1 - alpha / 2, degrees))
