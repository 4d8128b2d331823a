import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from reports.statistics import (
    MINIMUM_PAIRS,
    holm,
    paired_t_p,
    pairs_needed,
    sign_flip_p,
    standard_deviation,
    t_half_width,
)

# Both sides are float64 formulas of a dozen operations.
ROUND_OFF = 1e-12


def _sample(seed: int, count: int, *, mean: float = 0.3) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(mean, 0.5, count)


@pytest.mark.parametrize("count", [2, 6, 13, 40])
def test_paired_t_p_is_scipys(count: int) -> None:
    """The p of the paired t test equals scipy.stats.ttest_rel on the two samples."""
    ours, theirs = _sample(1, count), _sample(2, count, mean=0.1)

    expected = stats.ttest_rel(ours, theirs).pvalue

    assert expected == pytest.approx(paired_t_p(ours - theirs), rel=ROUND_OFF)


@pytest.mark.parametrize("count", [2, 6, 40])
def test_interval_is_scipys(count: int) -> None:
    """The half width reaches from the mean to the ends of scipy's 95 % t interval."""
    values = _sample(3, count)

    interval = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)

    assert (interval.high - interval.low) / 2 == pytest.approx(t_half_width(values), rel=1e-9)


@pytest.mark.parametrize("count", [2, 6, 12])
def test_small_sign_flips_are_exact(count: int) -> None:
    """Up to twelve pairs the p equals scipy's exhaustive permutation test of paired samples."""
    values = _sample(4, count, mean=0.2)

    expected = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=np.inf
    ).pvalue

    assert expected == sign_flip_p(values, 0)


def test_sign_flips_count_ties() -> None:
    """Flips that tie with what was observed count, although their sums round differently."""
    # Eight flips; those of 0.3 against (0.1, 0.2) and back tie at a sum of zero: all reach it.
    values = np.array([0.1, 0.2, -0.3])

    assert sign_flip_p(values, 0) == 1.0


def test_large_sign_flips_are_sampled_near_the_exact_p() -> None:
    """Above twelve pairs the sampled p is within its sampling error of the exact one."""
    values = _sample(5, 15, mean=0.25)

    exact = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=2**15
    ).pvalue
    error = 4 * math.sqrt(exact * (1 - exact) / 10_000)

    assert exact == pytest.approx(sign_flip_p(values, 0), abs=error)


def test_sampled_sign_flips_repeat_with_their_seed() -> None:
    """Equal seeds give equal p, so that a rebuilt report says the same."""
    values = _sample(6, 20)

    first, second = (sign_flip_p(values, 7) for _ in range(2))

    assert first == second


def test_sampled_sign_flips_never_reach_zero() -> None:
    """The observed assignment counts as one flip, so p stays above zero."""
    values = np.full(30, 0.5)

    assert sign_flip_p(values, 0) == 1 / 10_000


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ([], []),
        ([0.04], [0.04]),
        # By hand: 4 x 0.005, 3 x 0.011, 2 x 0.02, 1 x 0.04, each at least its predecessor.
        ([0.02, 0.005, 0.04, 0.011], [0.04, 0.02, 0.04, 0.033]),
        # By hand: 3 x 0.02, then 2 x 0.021 = 0.042 is raised to 0.06, then 0.9 stays.
        ([0.9, 0.02, 0.021], [0.9, 0.06, 0.06]),
        ([0.6, 0.7], [1.0, 1.0]),
    ],
)
def test_holm_by_hand(raw: list[float], expected: list[float]) -> None:
    """Holm's adjusted p values equal those worked out by hand, in the order given."""
    assert expected == pytest.approx(holm(raw))


@pytest.mark.parametrize(
    ("effect", "expected"),
    # G*Power 3.1, one-sample t, two-sided 5 %, power 80 %.
    [(0.2, 199), (0.5, 34), (0.8, 15), (1.0, 10)],
)
def test_pairs_needed_are_those_of_power_tables(effect: float, expected: int) -> None:
    """One test needs as many pairs as G*Power says for the same effect."""
    assert expected == pairs_needed(0.3 * effect, 0.3, tests=1)


def test_pairs_needed_reach_the_power_asked_for() -> None:
    """Simulated samples of the size named are significant in 80 % of trials, smaller ones less."""
    count = pairs_needed(0.6, 1.0, tests=1)
    assert count is not None
    draws = np.random.default_rng(8).normal(0.6, 1.0, (20_000, count))

    enough = float(np.mean(stats.ttest_1samp(draws, 0.0, axis=1).pvalue < 0.05))
    fewer = float(np.mean(stats.ttest_1samp(draws[:, :-1], 0.0, axis=1).pvalue < 0.05))

    assert pytest.approx(enough, abs=0.015) == 0.8
    assert fewer < enough


def test_more_tests_need_more_pairs() -> None:
    """A family of tests divides the level, so the same effect needs more pairs."""
    alone, family = (pairs_needed(0.5, 1.0, tests=tests) for tests in (1, 10))

    assert alone is not None
    assert family is not None
    assert alone < family


@pytest.mark.parametrize(
    ("mean", "deviation", "expected"),
    [
        (0.0, 0.5, None),
        (math.nan, math.nan, None),
        (0.2, math.nan, MINIMUM_PAIRS),
        (0.2, 0.0, MINIMUM_PAIRS),
        (-5.0, 0.1, MINIMUM_PAIRS),
        (1e-300, 1.0, None),
        (0.02, 1.0, None),
    ],
)
def test_pairs_needed_of_degenerate_samples(
    mean: float, deviation: float, expected: int | None
) -> None:
    """No difference or one beyond reach needs no number; no spread needs the least number."""
    assert expected == pairs_needed(mean, deviation, tests=1)


@pytest.mark.parametrize(
    ("values", "p", "half_width"),
    [
        ([0.0] * 6, 1.0, 0.0),
        ([0.1] * 6, 0.0, 0.0),  # the mean of six 0.1 is not 0.1 in float64
        ([-0.3] * 7, 0.0, 0.0),
    ],
)
def test_samples_without_spread(values: list[float], p: float, half_width: float) -> None:
    """All zero is no evidence, all equal is all evidence, and neither warns."""
    sample = np.array(values)

    assert p == paired_t_p(sample)
    assert half_width == t_half_width(sample)


@pytest.mark.parametrize("values", [[], [0.4]])
def test_fewer_than_two_values_have_no_spread(values: list[float]) -> None:
    """One value or none has neither deviation, interval nor p."""
    sample = np.array(values, dtype=np.float64)

    assert math.isnan(standard_deviation(sample))
    assert math.isnan(t_half_width(sample))
    assert math.isnan(paired_t_p(sample))


def test_intervals_cover_the_truth() -> None:
    """Over simulated samples of six pairs the interval covers the true mean in 95 %."""
    draws = np.random.default_rng(9).normal(0.2, 1.0, (4_000, MINIMUM_PAIRS))

    covered = [abs(sample.mean() - 0.2) <= t_half_width(sample) for sample in draws]

    # Four standard errors of a share of 0.95 in 4,000 trials are 0.014.
    assert pytest.approx(float(np.mean(covered)), abs=0.014) == 0.95


def test_a_family_without_effects_alarms_in_five_percent() -> None:
    """Five variants that share a noisy baseline alarm falsely in at most 5 % of sweeps."""
    generator = np.random.default_rng(10)
    sweeps = generator.normal(size=(1_500, 6, MINIMUM_PAIRS))

    alarms = [
        min(holm([paired_t_p(variant - sweep[0]) for variant in sweep[1:]])) < 0.05
        for sweep in sweeps
    ]

    # Three standard errors of a share of 0.05 in 1,500 trials are 0.017.
    assert float(np.mean(alarms)) < 0.05 + 0.017
    assert float(np.mean(alarms)) > 0.01
