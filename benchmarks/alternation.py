"""Times of several loops, taken in turns, so that all of them meet the same machine."""

import time
from collections.abc import Callable, Mapping, Sequence

from benchmarks.command import say

__all__ = ["Loops", "alternated", "stopwatched"]

Loops = Mapping[str, Callable[[], Sequence[float]]]


def alternated(loops: Loops, rounds: int) -> dict[str, list[float]]:
    """Go through the loops several times, every other time backwards.

    Args:
        loops: Name to what measures and returns its seconds, one an iteration.
        rounds: How often.

    Returns:
        Name to all seconds of all rounds.
    """
    times: dict[str, list[float]] = {name: [] for name in loops}
    for number in range(rounds):
        for name in [*loops][:: -1 if number % 2 else 1]:
            say(f"round {number + 1} of {rounds}: {name}")
            times[name] += loops[name]()
    return times


def stopwatched(action: Callable[[], object]) -> float:
    """Return the seconds that an action takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun
