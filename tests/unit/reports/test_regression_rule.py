"""The rule against SciPy, by hand, and by simulation of its rates of error."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from reports.clusters import Sharing, clustered_p, sharing_of
from reports.regression.model import SECONDS, State
from reports.regression.rule import SEVERITY, infer, refusal_of, states, worse_by
from reports.statistics import holm, holm_along

PAIRS = 12
INDEPENDENT = sharing_of(tuple((f"c{pair}", f"s{pair}") for pair in range(PAIRS)))
CROSSED = sharing_of(tuple((f"c{row}", f"s{column}") for row in range(4) for column in range(4)))
MARGIN = 0.05
BREAKS = 4.0
VALUES = arrays(np.float64, PAIRS, elements=st.floats(-1, 1, allow_subnormal=False))


def _state(values: np.ndarray, sharing: Sharing = INDEPENDENT) -> State:
    """The verdict on one sample, a family of its own."""
    found = infer(values, sharing)
    return SEVERITY[int(states(found, found.p, MARGIN, BREAKS))]


def _spread(mean: float, deviation: float, pairs: int = PAIRS) -> np.ndarray:
    """Values of exactly that mean and sample deviation."""
    raw = np.linspace(-1, 1, pairs)
    return mean + deviation * raw / raw.std(ddof=1)


@pytest.mark.parametrize("seed", range(5))
def test_independent_pairs_get_the_t_test_of_scipy(seed: int) -> None:
    """The p and the lower bound are those of the one-sided one-sample t test."""
    values = np.random.default_rng(seed).normal(0.02, 0.05, PAIRS)
    expected = stats.ttest_1samp(values, 0, alternative="greater")
    upper = stats.ttest_1samp(values, 0, alternative="less")

    found = infer(values, INDEPENDENT)

    assert expected.pvalue == pytest.approx(float(found.p), rel=1e-9)
    assert expected.confidence_interval(0.95).low == pytest.approx(float(found.low), rel=1e-9)
    assert upper.confidence_interval(0.95).high == pytest.approx(float(found.high), rel=1e-9)


def test_shared_pictures_get_the_clustered_test() -> None:
    """Where pairs share pictures the one-sided p is half the clustered two-sided one."""
    values = np.random.default_rng(0).normal(0.05, 0.05, CROSSED.n_pairs)

    found = infer(values, CROSSED)

    assert float(clustered_p(values, CROSSED)) == pytest.approx(2 * float(found.p), rel=1e-9)
    assert (float(found.low) > 0) == (float(found.p) < 0.05)


def test_many_samples_at_once_are_the_samples_one_by_one() -> None:
    """Leading axes are just many samples."""
    values = np.random.default_rng(1).normal(0, 1, (3, 2, PAIRS))

    together = infer(values, INDEPENDENT)

    for place in np.ndindex(3, 2):
        alone = infer(values[place], INDEPENDENT)
        assert [alone.mean, alone.low, alone.high, alone.p, alone.worst] == pytest.approx(
            [column[place] for column in (together.mean, together.low, together.high)]
            + [together.p[place], together.worst[place]]
        )


@pytest.mark.parametrize(("value", "p"), [(0.1, 0.0), (0.0, 1.0), (-0.1, 1.0)])
def test_without_spread_the_bounds_are_the_mean(value: float, p: float) -> None:
    """Equal values leave no doubt: the bounds equal the mean, and p is 0 or 1."""
    found = infer(np.full(PAIRS, value), INDEPENDENT)

    assert (float(found.mean),) * 2 + (p,) == (float(found.low), float(found.high), float(found.p))
    assert value == pytest.approx(float(found.mean))


@pytest.mark.parametrize(
    ("mean", "deviation", "expected"),
    [
        (0.10, 0.02, State.REGRESSED),
        (0.06, 0.20, State.INCONCLUSIVE),  # beyond the margin, not significant
        (0.04, 0.01, State.EQUIVALENT),  # significant, within the margin
        (0.045, 0.03, State.INCONCLUSIVE),  # significant, cannot be told from the margin
        (0.00, 0.02, State.EQUIVALENT),
        (-0.10, 0.02, State.IMPROVED),
        (-0.045, 0.03, State.INCONCLUSIVE),
        (-0.06, 0.20, State.INCONCLUSIVE),
    ],
)
def test_a_verdict_needs_significance_and_a_margin(
    mean: float, deviation: float, expected: State
) -> None:
    """The four states, each with the numbers that just miss it."""
    assert expected is _state(np.minimum(_spread(mean, deviation), BREAKS * MARGIN))


def test_one_broken_pair_is_red_whatever_the_mean() -> None:
    """A pair worse by more than four margins is red by itself, not at four margins."""
    values = np.full(PAIRS, -0.03)
    values[3] = BREAKS * MARGIN

    assert _state(values) is not State.REGRESSED

    values[3] += 0.001

    assert _state(values) is State.REGRESSED


@given(VALUES)
def test_the_mirror_image_of_an_improvement_is_a_regression(values: np.ndarray) -> None:
    """With no pair broken, turning the signs around turns red into better."""
    values = np.clip(values, -BREAKS * MARGIN, BREAKS * MARGIN)
    mirrored = {State.REGRESSED: State.IMPROVED, State.IMPROVED: State.REGRESSED}
    state = _state(values)

    assert mirrored.get(state, state) is _state(-values)


@given(VALUES, st.floats(-1, 1, allow_subnormal=False))
def test_a_shift_moves_the_bounds_and_nothing_else(values: np.ndarray, shift: float) -> None:
    """The interval is as wide wherever it is."""
    before, after = infer(values, INDEPENDENT), infer(values + shift, INDEPENDENT)

    assert float(before.low) + shift == pytest.approx(float(after.low), abs=1e-9)
    assert float(before.high) + shift == pytest.approx(float(after.high), abs=1e-9)


@given(VALUES, st.floats(0, 0.5))
def test_getting_worse_never_helps(values: np.ndarray, shift: float) -> None:
    """What is red stays red when every pair gets worse."""
    if _state(values) is State.REGRESSED:
        assert _state(values + shift) is State.REGRESSED


@given(arrays(np.float64, (4, 5), elements=st.floats(0, 1)))
def test_families_are_adjusted_row_by_row(p_values: np.ndarray) -> None:
    """Holm along an axis is Holm of each family."""
    assert [holm(row.tolist()) for row in p_values] == holm_along(p_values).tolist()


def test_holm_by_hand() -> None:
    """The smallest of three is tripled, the next doubled, and none falls below the one before."""
    assert [0.03, 0.06, 0.06] == pytest.approx(holm([0.01, 0.04, 0.03]))


def test_worse_is_positive_for_both_directions() -> None:
    """Less style gain is worse, more LPIPS is worse."""
    low, high = np.array([0.4]), np.array([0.5])

    assert [0.1] == pytest.approx(worse_by("style/gain", high, low))
    assert [0.1] == pytest.approx(worse_by("content/lpips", low, high))


def test_seconds_are_compared_by_the_logarithm_of_their_ratio() -> None:
    """Half as slow again is the same on a fast machine and on a slow one."""
    found = worse_by(SECONDS, np.array([2.0, 200.0]), np.array([3.0, 300.0]))

    assert [math.log(1.5)] * 2 == pytest.approx(found)


def test_round_off_is_no_difference() -> None:
    """Values that are equal but for round-off are equal."""
    assert [0.0] == worse_by("style/gain", np.array([0.3]), np.array([0.1 + 0.2])).tolist()


def test_too_few_pairs_and_too_few_pictures_are_refused() -> None:
    """Nothing is inferred from five pairs, nor from three contents used again and again."""
    few = sharing_of(tuple((f"c{pair}", f"s{pair}") for pair in range(5)))
    narrow = sharing_of(
        tuple((f"c{row}", f"s{column}") for row in range(3) for column in range(4))
    )

    assert refusal_of(few) == "5 pairs; at least 6 are needed"
    assert "3 contents" in refusal_of(narrow)
    assert not refusal_of(INDEPENDENT)


def _rates(shift: float, deviation: float, tests: int = 4) -> tuple[float, float]:
    """Shares of 4,000 panels that are red, by the rule and by significance alone.

    The first of the family of tests is shifted.
    """
    rng = np.random.default_rng(7)
    values = rng.normal(0, deviation, (4000, tests, PAIRS))
    values[:, 0] += shift
    found = infer(values, INDEPENDENT)
    judged = states(found, holm_along(found.p), MARGIN, BREAKS)
    red = (judged == SEVERITY.index(State.REGRESSED)).any(axis=1)
    return float(red.mean()), float((found.p < 0.05).any(axis=1).mean())


def test_no_change_is_not_red() -> None:
    """Four tests: significance alone is red in 18 % of panels, the rule in none of them."""
    by_rule, by_significance = _rates(0.0, 0.6 * MARGIN)

    assert by_significance == pytest.approx(1 - 0.95**4, abs=0.02)
    assert by_rule < 0.002


def test_the_family_keeps_its_level_where_the_margin_does_nothing() -> None:
    """With noise far above the margin Holm alone must hold the 5 %."""
    rng = np.random.default_rng(8)
    found = infer(rng.normal(0, 1, (4000, 4, PAIRS)), INDEPENDENT)
    red = states(found, holm_along(found.p), 1e-9, 1e12) == SEVERITY.index(State.REGRESSED)

    assert float(red.any(axis=1).mean()) == pytest.approx(0.05, abs=0.01)


def test_power_rises_with_the_change() -> None:
    """At the margin half of the panels are red, at twice the margin nearly all."""
    at_margin, at_twice = (_rates(times * MARGIN, 0.6 * MARGIN)[0] for times in (1, 2))

    assert at_margin == pytest.approx(0.5, abs=0.03)
    assert at_twice > 0.99
