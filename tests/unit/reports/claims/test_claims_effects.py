"""Verdicts from one value per pair, their levels, and what could have been found."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from reports.claims.effects import Effect, Verdict, estimate, least_found
from reports.clusters import Sharing, sharing_of
from reports.statistics import Values, least_shift

from .made_up import expect

SPREAD = np.array([0.4, -0.3, 0.1, -0.2, 0.35, -0.25, 0.05, -0.15])  # mean 0, deviation 0.27


def independent(count: int) -> Sharing:
    """Pairs that share nothing."""
    return sharing_of(tuple((f"c{at}", f"s{at}") for at in range(count)))


def found(values: Values, region: str, margin: float, **changes: object) -> Effect:
    """The effect of independent pairs, one part unless stated."""
    settings: dict[str, object] = {"parts": 1} | changes
    return estimate(
        values,
        independent(values.size),
        expect(region, margin),
        **settings,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("region", "margin", "mean", "verdict"),
    [
        ("above", 0.1, 0.5, "supported"),
        ("above", 0.1, -0.2, "contradicted"),
        ("above", 0.1, 0.2, "cannot tell"),
        ("above", -0.5, -0.1, "supported"),
        ("below", -0.1, -0.5, "supported"),
        ("below", -0.1, 0.2, "contradicted"),
        ("below", -0.1, -0.2, "cannot tell"),
        ("within", 0.3, 0.0, "supported"),
        ("within", 0.3, 0.6, "contradicted"),
        ("within", 0.3, -0.6, "contradicted"),
        ("within", 0.3, 0.2, "cannot tell"),
        ("within", 0.1, 0.0, "cannot tell"),  # too wide for so narrow a margin
    ],
)
def test_the_interval_decides(region: str, margin: float, mean: float, verdict: str) -> None:
    """In each region data can support, contradict, and leave open; the half width is 0.23."""
    effect = found(SPREAD - SPREAD.mean() + mean, region, margin)

    assert verdict == effect.verdict
    assert (verdict == "cannot tell") == bool(effect.reason)


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_the_interval_is_scipys_at_the_simultaneous_level(parts: int) -> None:
    """Student's t interval at 1 - 0.05 / parts."""
    effect = found(SPREAD, "above", 0.0, parts=parts)

    low, high = stats.t.interval(
        1 - 0.05 / parts, df=7, loc=SPREAD.mean(), scale=stats.sem(SPREAD)
    )
    assert (low, high) == pytest.approx((effect.low, effect.high))
    assert 1 - 0.05 / parts == pytest.approx(effect.level)


def test_an_end_on_the_margin_decides_nothing() -> None:
    """Without spread the interval is a point; on the margin it is on neither side."""
    same = np.full(8, 0.1)

    verdicts = [found(same, "above", margin).verdict for margin in (0.05, 0.1, 0.2)]

    assert [Verdict.SUPPORTED, Verdict.CANNOT_TELL, Verdict.CONTRADICTED] == verdicts


def test_round_off_is_no_spread() -> None:
    """Values that differ in the last digit have an interval of no width."""
    effect = found(0.1 + np.arange(8) * 1e-17, "within", 0.2)

    assert Verdict.SUPPORTED == effect.verdict
    assert effect.low == effect.high


@pytest.mark.parametrize(
    ("count", "reason"), [(0, "no pair has a value"), (1, "1 pair; at least 6"), (5, "5 pairs;")]
)
def test_fewer_than_six_pairs_tell_nothing(count: int, reason: str) -> None:
    """However large the effect, and without an interval; six such pairs are what is told of."""
    effect = found(SPREAD[:count] + 100, "above", 0.0)

    assert Verdict.CANNOT_TELL == effect.verdict
    assert effect.reason.startswith(reason)
    assert math.isnan(effect.low)
    assert math.isnan(effect.least) == (count < 2)
    assert count < 2 or effect.least_pairs == 6


def test_pairs_of_two_contents_tell_nothing() -> None:
    """Eight pairs of two contents are no eight pairs; the reason says so."""
    sharing = sharing_of(tuple((f"c{at % 2}", f"s{at // 2}") for at in range(8)))

    effect = estimate(SPREAD + 9, sharing, expect("above", 0), parts=1)

    assert Verdict.CANNOT_TELL == effect.verdict
    assert "2 contents" in effect.reason


def test_shared_pictures_widen_the_interval() -> None:
    """Sixteen pairs of four contents and four styles have 3 degrees of freedom."""
    sharing = sharing_of(tuple((f"c{at % 4}", f"s{at // 4}") for at in range(16)))
    values = np.repeat([0.0, 1.0, 2.0, 3.0], 4) + np.tile(SPREAD[:4], 4)

    shared = estimate(values, sharing, expect("above", 0), parts=1)
    alone = estimate(values, independent(16), expect("above", 0), parts=1)

    assert shared.high - shared.low > 1.5 * (alone.high - alone.low)


def test_lacking_runs_forbid_a_verdict_and_show_the_mean() -> None:
    """Missing runs leave what was measured to be seen."""
    effect = found(SPREAD + 9, "above", 0.0, lacking="2 failed of 16 runs")

    assert (Verdict.CANNOT_TELL, "2 failed of 16 runs") == (effect.verdict, effect.reason)
    assert effect.mean == pytest.approx(float(SPREAD.mean()) + 9)


def test_without_an_expectation_it_is_only_measured() -> None:
    """There is an interval and no verdict."""
    effect = estimate(SPREAD, independent(8), None, parts=0)

    assert effect.verdict is None
    assert effect.low < effect.high
    assert effect.level == pytest.approx(0.95)


@pytest.mark.parametrize(("degrees", "alpha"), [(5, 0.05), (7, 0.05 / 3), (30, 0.01)])
def test_the_least_shift_is_that_of_the_noncentral_t(degrees: int, alpha: float) -> None:
    """By root finding on SciPy's distribution."""
    critical = stats.t.ppf(1 - alpha / 2, degrees)

    expected = optimize.brentq(lambda shift: stats.nct.sf(critical, degrees, shift) - 0.8, 0, 20)

    assert expected == pytest.approx(least_shift(degrees, alpha), rel=1e-6)


def test_what_could_have_been_found_is_beyond_the_margin() -> None:
    """Above the margin or below it by the same distance; within it is the narrowest margin."""
    above, below = (
        least_found(expect(one, 0.2), 0.1, 7, alpha=0.05) for one in ("above", "below")
    )
    within = least_found(expect("within", 0.2), 0.1, 7, alpha=0.05)

    assert above - 0.2 == pytest.approx(0.2 - below)
    assert above - 0.2 == pytest.approx(0.1 * least_shift(7, 0.05))
    assert within == pytest.approx(0.1 * least_shift(7, 0.05, 0.9))


@pytest.mark.parametrize(("count", "alpha"), [(6, 0.05), (8, 0.05 / 3)])
def test_the_power_is_what_it_is_called(count: int, alpha: float) -> None:
    """20,000 samples: 80 % clear a margin at that mean, and keep a margin of that width."""
    generator = np.random.default_rng(4)
    draws = generator.normal(size=(20_000, count))
    means, errors = draws.mean(axis=1), draws.std(axis=1, ddof=1) / math.sqrt(count)
    width = stats.t.ppf(1 - alpha / 2, count - 1) * errors
    error = 1 / math.sqrt(count)

    above = least_found(expect("above", 0.5), error, count - 1, alpha=alpha)
    within = least_found(expect("within", 0.5), error, count - 1, alpha=alpha)

    assert np.mean(means + above - width > 0.5) == pytest.approx(0.8, abs=0.012)
    kept = np.mean(np.abs(means) + width < within)
    assert 0.79 < kept < 0.86


def test_all_verdicts_of_a_claim_hold_at_once() -> None:
    """Three true means exactly on their margins: any verdict is false, in 5 % of claims."""
    generator = np.random.default_rng(6)
    sharing = independent(7)
    claims = 1500
    false = 0
    for _ in range(claims):
        samples = generator.normal(0.3, 1.0, size=(3, 7))
        effects = [estimate(one, sharing, expect("above", 0.3), parts=3) for one in samples]
        false += any(one.verdict is not Verdict.CANNOT_TELL for one in effects)

    assert 0.03 < false / claims < 0.067  # three standard errors above 5 %
