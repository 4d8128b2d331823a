"""Values of ranges on a grid, against values worked out by hand and by NumPy."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.spec.models import RangeParameter
from harness.spec.ranges import range_values


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
