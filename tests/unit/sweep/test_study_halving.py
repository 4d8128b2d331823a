"""Which variants are promising, and what trying them small was worth."""

import math

import pytest
from scipy import stats

from harness.sweep.study.halving import Halving

KEEP = 0.34


def filled(values: list[float], *, sign: int = 1, excesses: list[float] | None = None) -> Halving:
    """Return a halving that knows of small runs, numbered in order, of 2 s each."""
    halving = Halving(keep=KEEP, sign=sign)
    for number, value in enumerate(values):
        excess = excesses[number] if excesses is not None else 0.0
        halving.note_small(number, value, excess=excess, seconds=2.0)
    return halving


def test_the_best_share_so_far_is_promising() -> None:
    """Of six, three in a share of 0.34; the first of all always is."""
    halving = filled([3, 1, 6, 5, 2, 4])

    assert [2, 3, 5] == [number for number in range(6) if halving.is_promising(number)]
    assert filled([0.0]).is_promising(0)


def test_smaller_may_be_better() -> None:
    """The metric's direction decides."""
    halving = filled([3, 1, 6, 5, 2, 4], sign=-1)

    assert [0, 1, 4] == [number for number in range(6) if halving.is_promising(number)]


def test_what_keeps_the_constraints_goes_first() -> None:
    """A bound that is exceeded is worse than any value; the least excess goes first."""
    halving = filled([9, 8, 7, 1, 2, 0], excesses=[0.5, 0.1, 0.3, -1.0, 0.0, 0.2])

    assert [1, 3, 4] == [number for number in range(6) if halving.is_promising(number)]


@pytest.mark.parametrize(
    ("keep", "count", "expected"), [(0.07, 100, 7), (0.2, 5, 1), (1 / 3, 9, 3)]
)
def test_a_share_is_not_rounded_up_by_its_last_digit(
    keep: float, count: int, expected: int
) -> None:
    """0.07 × 100 is 7.000000000000001 to a computer."""
    halving = Halving(keep=keep, sign=1)
    for number in range(count):
        halving.note_small(number, number, excess=0.0, seconds=1.0)

    assert expected == sum(halving.is_promising(number) for number in range(count))


def test_savings_by_hand() -> None:
    """Spared are the rejected ones, not those that failed or were pruned at full size."""
    halving = filled([1, 2, 3, 4, 5, 6])
    for number in (0, 1):
        halving.note_rejected(number)
    for number, value in ((2, 30), (3, 60), (4, 50)):
        halving.note_full(number, value, seconds=10.0 * number)
    halving.note_full(99, 1.0, seconds=1000.0)  # was not tried small: the baseline

    saved = halving.saved

    assert saved is not None
    assert (6, 4) == (saved.small, saved.full)
    assert 2 * (20 + 30 + 40) / 3 - 6 * 2 == pytest.approx(saved.seconds)
    assert stats.spearmanr([3, 4, 5], [30, 60, 50]).statistic == pytest.approx(saved.agreement)


def test_savings_that_cannot_be_known() -> None:
    """Nothing is said before a trial was tried at both levels, no correlation of two."""
    halving = filled([1, 2])
    assert halving.saved is None

    halving.note_full(0, 1.0, seconds=5.0)
    halving.note_full(1, 2.0, seconds=5.0)

    assert halving.saved is not None
    assert math.isnan(halving.saved.agreement)


def test_trials_of_other_small_settings_do_not_count() -> None:
    """A study whose file has new small settings says of its new trials what halving was worth."""
    halving = filled([1, 2])
    for number in (1, 7, 8, 9):
        halving.note_rejected(number)
    halving.note_full(0, 1.0, seconds=5.0)

    assert halving.saved is not None
    assert (2, 1) == (halving.saved.small, halving.saved.full)
    assert 5.0 - 2 * 2 == pytest.approx(halving.saved.seconds)


def test_small_values_are_lifted_to_full_size() -> None:
    """By the mean difference of those that were tried at both levels."""
    halving = filled([1, 2, 3])
    assert 7.0 == halving.at_full_size(7.0)

    halving.note_full(1, 12.0, seconds=1.0)
    halving.note_full(2, 15.0, seconds=1.0)

    assert 7.0 + (10 + 12) / 2 == halving.at_full_size(7.0)
