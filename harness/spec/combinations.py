"""Every combination of choices, some of which depend on others; indices only."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter

__all__ = ["BASE", "Terms", "combinations", "dependency_order", "fits"]

BASE = -1
"""Stands for the choice of an axis that does not apply: the base value."""

Terms = Mapping[int, frozenset[int]]
"""Allowed choices by axis; all must hold."""


def fits(combination: Mapping[int, int] | Sequence[int], terms: Terms) -> bool:
    """Tell whether a combination meets all terms."""
    return all(combination[axis] in allowed for axis, allowed in terms.items())


def dependency_order(conditions: Sequence[Terms]) -> list[int]:
    """Return the axes such that each comes after those it depends on.

    Raises:
        graphlib.CycleError: axes depend on each other; ``args[1]`` names them.
    """
    return list(TopologicalSorter(dict(enumerate(conditions))).static_order())


def combinations(
    sizes: Sequence[int], conditions: Sequence[Terms], *, at_most: int
) -> list[tuple[int, ...]]:
    """Return all combinations in the order of a nested loop, the last axis moving fastest.

    Args:
        sizes: How many choices each axis has.
        conditions: For each axis, when it applies; elsewhere its choice is ``BASE``.
        at_most: End after one more than so many.

    Returns:
        One tuple of choices a combination, by axis; each combination once.
    """
    order = dependency_order(conditions)
    found: list[tuple[int, ...]] = []
    for chosen in _extended({}, order, sizes, conditions):
        found.append(tuple(chosen[axis] for axis in range(len(sizes))))
        if len(found) > at_most:
            break
    return sorted(found)


def _extended(
    chosen: dict[int, int], order: Sequence[int], sizes: Sequence[int], conditions: Sequence[Terms]
) -> Iterator[dict[int, int]]:
    if not order:
        yield chosen
        return
    axis, *rest = order
    applies = fits(chosen, conditions[axis])
    for choice in range(sizes[axis]) if applies else (BASE,):
        yield from _extended({**chosen, axis: choice}, rest, sizes, conditions)
