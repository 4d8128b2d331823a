"""Entries of what a run costs; they need no picture."""

import math

from metrics.catalog_entries.kinds import Direction, Metric

__all__ = ["COST"]

COST = (
    Metric(
        name="seconds",
        version=1,
        short="seconds",
        direction=Direction.MIN,
        unit="s",
        range=(0.0, math.inf),
        needs=frozenset(),
        source="wall clock",
        meaning="wall time of the optimisation, without loading and scoring",
    ),
    Metric(
        name="seconds_per_iteration",
        version=1,
        short="s/iteration",
        direction=Direction.MIN,
        unit="s",
        range=(0.0, math.inf),
        needs=frozenset(),
        source="wall clock",
        meaning="wall time of one step of the optimisation",
    ),
    Metric(
        name="peak_memory_bytes",
        version=1,
        short="peak memory",
        direction=Direction.MIN,
        unit="B",
        range=(0.0, math.inf),
        needs=frozenset(),
        source="the device's allocator, else the process's resident memory",
        meaning="largest memory in use during the optimisation",
    ),
)
