"""What a search needs of a space, and the points of a space that is finite."""

import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

__all__ = ["Dimension", "Interval", "Point", "Space", "Untried", "key_of"]

Point = Mapping[str, str | int | float]

PATIENCE = 20_000  # combinations looked at in search of an untried one


class Interval(Protocol):
    """A range of numbers."""

    @property
    def low(self) -> float:
        """The lowest number."""

    @property
    def high(self) -> float:
        """The highest number."""

    @property
    def is_log(self) -> bool:
        """Whether numbers are spread evenly in their logarithm."""

    @property
    def step(self) -> float | None:
        """The distance of neighbours; None where every number is allowed."""

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are allowed."""

    def nearest(self, value: float, /) -> float:
        """Return the allowed number nearest to any number."""


class Dimension(Protocol):
    """One thing that is varied: by labelled choices, or over an interval."""

    @property
    def name(self) -> str:
        """The key of the sweep file."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The choices in the file's order; empty for an interval."""

    @property
    def interval(self) -> Interval | None:
        """The range of numbers; None for choices."""

    @property
    def when(self) -> Mapping[str, Any]:
        """The conditions under which it applies; empty if it always does."""


class Space(Protocol):
    """All that is varied, in an order in which conditions can be decided."""

    @property
    def dimensions(self) -> Sequence[Dimension]:
        """Every dimension, whether it always applies or not."""

    @property
    def signature(self) -> str:
        """All that a stored study may not change, in a canonical form."""

    def next_dimension(self, chosen: Point, /) -> Dimension | None:
        """Return the next dimension that applies; None where the point is complete."""

    def refusal(self, point: Point, /) -> str | None:
        """Return why a complete point cannot be run; None if it can."""


def key_of(point: Point) -> str:
    """Return what two points share if and only if they are the same (1 and 1.0 are)."""
    plain = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in point.items()
    }
    return json.dumps(plain, sort_keys=True)


class Untried:
    """Finds points of a finite space that nobody tried; what it learns of refusals, it keeps."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._refused: set[str] = set()
        self._is_finite = all(
            one.interval is None or one.interval.step is not None for one in space.dimensions
        )

    def is_over(self, tried: Collection[str]) -> bool:
        """Whether every point was tried or cannot be run; False where that is not known.

        Args:
            tried: The keys (``key_of``) of the points that were tried.
        """
        return self._is_finite and self._search(tried) == (None, True)

    def first(self, tried: Collection[str]) -> Point | None:
        """Return the first point that can be run and was not tried; None if none was found."""
        return self._search(tried)[0] if self._is_finite else None

    def _search(self, tried: Collection[str]) -> tuple[Point | None, bool]:
        """Return a point, and whether all points were looked at."""
        for looked_at, point in enumerate(_points(self._space, {})):
            if looked_at == PATIENCE:
                return None, False
            key = key_of(point)
            if key in tried or key in self._refused:
                continue
            if self._space.refusal(point) is None:
                return point, False
            self._refused.add(key)
        return None, True


def _points(space: Space, chosen: Point) -> Iterator[Point]:
    """Yield every complete point that begins with what is chosen."""
    dimension = space.next_dimension(chosen)
    if dimension is None:
        yield chosen
        return
    values = dimension.labels if dimension.interval is None else _numbers(dimension.interval)
    for value in values:
        yield from _points(space, {**chosen, dimension.name: value})


def _numbers(interval: Interval) -> Iterator[float]:
    """Yield the numbers of an interval that has a step, each once."""
    if interval.step is None:
        raise ValueError("an interval without a step has no list of numbers")
    count = math.floor((interval.high - interval.low) / interval.step + 1e-9) + 1
    for index in range(count):
        yield interval.nearest(interval.low + index * interval.step)
