"""Combinations of indices, against nested loops written out."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from harness.spec.combinations import BASE, combinations, fits

Conditions = list[dict[int, frozenset[int]]]

SIZES = st.lists(st.integers(1, 3), min_size=1, max_size=4)


@st.composite
def conditional_grids(draw: st.DrawFn) -> tuple[list[int], Conditions]:
    """Draw sizes of axes, and conditions that never run in a circle (in any direction)."""
    sizes = draw(SIZES)
    rank = draw(st.permutations(range(len(sizes))))
    conditions: Conditions = []
    for axis in range(len(sizes)):
        earlier = [other for other in range(len(sizes)) if rank[other] < rank[axis]]
        chosen = draw(st.lists(st.sampled_from(earlier), max_size=2)) if earlier else []
        condition = {
            other: frozenset(draw(st.sets(st.integers(BASE, sizes[other] - 1))))
            for other in chosen
        }
        conditions.append(condition)
    return sizes, conditions


@given(SIZES)
def test_a_grid_without_conditions_is_a_product(sizes: list[int]) -> None:
    """Size, order and uniqueness are those of ``itertools.product``."""
    found = combinations(sizes, [{} for _ in sizes], at_most=1000)

    assert list(product(*map(range, sizes))) == found


@given(conditional_grids())
def test_an_axis_moves_exactly_where_its_condition_holds(
    grid: tuple[list[int], Conditions],
) -> None:
    """Of all tuples, those are found whose every axis is at BASE if and only if it must be."""
    sizes, conditions = grid
    everything = product(*(range(BASE, size) for size in sizes))
    expected = [
        one
        for one in everything
        if all(
            (one[axis] == BASE) is not fits(one, condition)
            for axis, condition in enumerate(conditions)
        )
    ]
    found = combinations(sizes, conditions, at_most=1000)

    assert expected == found
    assert len(set(found)) == len(found)


def test_the_search_ends_soon_after_the_limit() -> None:
    """A thousand axes of ten choices end at one combination too many."""
    found = combinations([10] * 200, [{} for _ in range(200)], at_most=5)

    assert len(found) == 6
