"""A small space made of plain facts, and studies over it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.sweep.search.points import Point
from harness.sweep.search.study import Search
from metrics.catalog import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """An interval as a search wants it."""

    low: float
    high: float
    is_log: bool = False
    step: float | None = None
    is_whole: bool = False

    def nearest(self, value: float) -> float:
        """Return the allowed number nearest to any number."""
        clipped = min(max(value, self.low), self.high)
        if self.step is None:
            return clipped
        stepped = self.low + round((clipped - self.low) / self.step) * self.step
        return round(stepped) if self.is_whole else stepped


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A dimension as a search wants it."""

    name: str
    labels: tuple[str, ...] = ()
    interval: Range | None = None
    when: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallSpace:
    """A space whose refusals are a function."""

    dimensions: tuple[Axis, ...]
    refused: Callable[[Point], str | None]
    meaning: str

    @property
    def signature(self) -> str:
        """Names, labels and what they mean."""
        return json.dumps([[[one.name, one.labels] for one in self.dimensions], self.meaning])

    def next_dimension(self, chosen: Point) -> Axis | None:
        """Return the next dimension that applies."""
        for one in self.dimensions:
            applies = all(chosen.get(name) == value for name, value in one.when.items())
            if one.name not in chosen and applies:
                return one
        return None

    def refusal(self, point: Point) -> str | None:
        """Return why a point cannot be run."""
        return self.refused(point)


@pytest.fixture
def make_space() -> Callable[..., SmallSpace]:
    """Make spaces: ``make_space(layer=["a", "b"], weight={"low": 1, "high": 9, "when": …})``."""

    def make(
        refused: Callable[[Point], str | None] = lambda _: None,
        meaning: str = "",
        **axes: Any,
    ) -> SmallSpace:
        dimensions = []
        for name, facts in axes.items():
            if isinstance(facts, list):
                dimensions.append(Axis(name=name, labels=tuple(facts)))
                continue
            rest = dict(facts)
            when, labels = rest.pop("when", {}), tuple(rest.pop("labels", ()))
            interval = Range(**rest) if rest else None
            dimensions.append(Axis(name=name, labels=labels, interval=interval, when=when))
        return SmallSpace(dimensions=tuple(dimensions), refused=refused, meaning=meaning)

    return make


@pytest.fixture
def space(make_space: Callable[..., SmallSpace]) -> SmallSpace:
    """Choices, a logarithmic range, whole numbers, and a range that applies to one choice only."""
    return make_space(
        layer=["low", "middle", "high"],
        weight={"low": 1, "high": 100, "is_log": True},
        steps={"low": 1, "high": 9, "step": 1, "is_whole": True},
        smoothing={"low": 0, "high": 1, "when": {"layer": "low"}},
    )


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Where a test's studies are kept."""
    return f"sqlite:///{tmp_path / 'study.db'}"


@pytest.fixture
def open_search(address: str) -> Iterator[Callable[..., Search]]:
    """Open studies, ``name: taste`` by default, and close them all at the end."""
    opened = []

    def open_one(space: SmallSpace, **changes: Any) -> Search:
        facts = {
            "name": "taste",
            "method": "random",
            "metrics": {"style/gain": Direction.MAX},
            "seed": 0,
            "storage": address,
        }
        search = Search.open(space, **(facts | changes))
        opened.append(search)
        return search

    yield open_one
    for search in opened:
        search.close()
