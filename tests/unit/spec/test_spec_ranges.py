"""Values of ranges on a grid, against values worked out by hand and by NumPy."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.spec.models import RangeParameter
from harness.spec.ranges import Interval, interval_of, range_values


def values(count: int, *, is_whole: bool = False, **rule: Any) -> list[float]:
    """Return the values of a range with these keys."""
    return range_values(RangeParameter(**rule), count, is_whole=is_whole)


@pytest.mark.parametrize(
    ("rule", "count", "expected"),
    [
        ({"min": 0, "max": 1}, 3, [0, 0.5, 1]),
        ({"min": 1, "max": 1000, "distribution": "log_uniform_values"}, 4, [1, 10, 100, 1000]),
        ({"min": 1, "max": 10, "distribution": "int_uniform"}, 4, [1, 4, 7, 10]),
        ({"min": 1, "max": 3, "distribution": "int_uniform"}, 9, [1, 2, 3]),
        ({"min": 0, "max": 1, "distribution": "q_uniform", "q": 0.25}, 4, [0, 0.25, 0.75, 1]),
        (
            {"min": 3, "max": 100, "distribution": "q_log_uniform_values", "q": 10},
            3,
            [10, 20, 100],
        ),
        ({"min": 0.1, "max": 0.7}, 3, [0.1, 0.4, 0.7]),
    ],
)
def test_ranges_give_the_values_worked_out_by_hand(
    rule: dict[str, Any], count: int, expected: list[float]
) -> None:
    """Each distribution, without a trace of binary rounding."""
    assert expected == values(count, **rule)


def test_whole_number_settings_get_whole_numbers() -> None:
    """A logarithmic range of iterations is rounded."""
    found = values(4, is_whole=True, min=10, max=100, distribution="log_uniform_values")

    assert found == [10, 22, 46, 100]
    assert {int} == {type(one) for one in found}


@given(
    st.floats(0.001, 100),
    st.floats(0.001, 100),
    st.integers(2, 30),
    st.sampled_from([True, False]),
)
def test_ranges_agree_with_numpy(low: float, span: float, count: int, is_log: bool) -> None:
    """``linspace`` and ``geomspace`` to eleven digits; rising, with both ends."""
    spaced = np.geomspace if is_log else np.linspace
    distribution = "log_uniform_values" if is_log else "uniform"
    found = values(count, min=low, max=low + span, distribution=distribution)

    np.testing.assert_allclose(found, spaced(low, low + span, count), rtol=1e-11)
    assert sorted(found) == found


def test_a_range_without_a_multiple_is_refused() -> None:
    """Nothing is moved out of the range to reach a multiple of q."""
    with pytest.raises(ValueError, match="no multiple of 10 from 1 to 9"):
        values(2, min=1, max=9, distribution="q_uniform", q=10)


@pytest.mark.parametrize(
    ("rule", "is_whole", "expected", "text"),
    [
        ({"min": 0, "max": 1}, False, (0, 1, False, None), "0 to 1"),
        (
            {"min": 1.5, "max": 9.5, "distribution": "log_uniform_values"},
            True,
            (2, 9, True, 1),
            "whole numbers from 2 to 9",
        ),
        ({"min": 1, "max": 3, "distribution": "int_uniform"}, False, (1, 3, False, 1), "whole"),
        (
            {"min": 0.25, "max": 1, "distribution": "q_log_uniform_values", "q": 0.1},
            False,
            (0.3, 1, True, 0.1),
            "multiples of 0.1 from 0.3 to 1",
        ),
        (
            {"min": 100, "max": 300, "distribution": "q_uniform", "q": 64},
            True,
            (128, 256, False, 64),
            "multiples of 64 from 128 to 256",
        ),
    ],
)
def test_an_interval_ends_at_numbers_that_it_holds(
    rule: dict[str, Any],
    is_whole: bool,
    expected: tuple[float, float, bool, float | None],
    text: str,
) -> None:
    """Ends are moved inwards to a multiple, or a whole number."""
    found = interval_of(RangeParameter(**rule), is_whole=is_whole)

    assert expected == (found.low, found.high, found.is_log, found.step)
    assert found.holds(found.low)
    assert found.holds(found.high)
    assert text in str(found)
    assert found.is_whole is isinstance(found.low, int)


@pytest.mark.parametrize(
    ("value", "expected"), [(-5, 0.2), (0.26, 0.2), (0.31, 0.4), (0.6000000001, 0.6), (3, 0.8)]
)
def test_the_nearest_number_is_a_multiple_inside(value: float, expected: float) -> None:
    """What lies outside goes to the end, what lies between to the nearer neighbour."""
    interval = Interval(low=0.2, high=0.8, is_log=False, step=0.2, is_whole=False)

    assert expected == interval.nearest(value)
    assert interval.holds(expected)


def test_an_interval_holds_its_own_numbers_only() -> None:
    """Neither those between two multiples nor those outside."""
    stepped = Interval(low=0.2, high=0.8, is_log=False, step=0.2, is_whole=False)
    plain = Interval(low=0.2, high=0.8, is_log=False, step=None, is_whole=False)

    assert [False, True, False, False] == [stepped.holds(one) for one in (0, 0.4, 0.5, 1)]
    assert stepped.holds(0.1 + 0.1 + 0.4)  # 0.6000000000000001
    assert [False, True, True, False] == [plain.holds(one) for one in (0, 0.4, 0.5, 1)]


def test_multiples_of_a_whole_setting_are_whole_too() -> None:
    """A grid keeps to ``q`` as a study does; a broken ``q`` is refused."""
    rule = {"min": 100, "max": 300, "distribution": "q_uniform"}

    assert values(3, is_whole=True, q=64, **rule) == [128, 192, 256]
    with pytest.raises(ValueError, match=r"found the q 0\.5; allowed: whole numbers"):
        values(3, is_whole=True, q=0.5, **rule)
    with pytest.raises(ValueError, match="too small for 1 to 1e"):
        values(2, min=1, max=1e300, distribution="q_uniform", q=1e-300)
