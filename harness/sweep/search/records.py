"""What a search hands out: trials to run, what became of them, and why it has no more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from harness.sweep.search.points import Point

__all__ = ["Exhausted", "Importances", "State", "Trial", "TrialRecord"]


class State(StrEnum):
    """What became of a trial."""

    OPEN = "open"  # asked, not told
    FINISHED = "finished"
    PRUNED = "pruned"  # given up because it was worse; its value is the mean of the cases it had
    FAILED = "failed"
    REFUSED = "refused"  # could not be run; nothing was tried
    REPEATED = "repeated"  # the point of an earlier trial; nothing was tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One point to be tried."""

    number: int
    point: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhausted:
    """There is nothing left to ask for, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """One trial as plain data.

    Attributes:
        number: Counted from 0 in the order of asking; it never changes.
        state: What became of it.
        point: Dimension to label or number.
        values: One for each metric, in the order of the metrics; empty where there is none.
        constraints: Constraint to excess; kept if at most 0.
        reason: Why it failed, was refused or pruned; empty otherwise.
        intermediate: Case to value, as reported.
        repeats: The number of the earlier trial with the same point.
        begun: When it was asked for (local time without a zone, as Optuna keeps it).
        ended: When it was told.
    """

    number: int
    state: State
    point: Point
    values: tuple[float, ...] = ()
    constraints: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    intermediate: Mapping[int, float] = field(default_factory=dict)
    repeats: int | None = None
    begun: datetime | None = None
    ended: datetime | None = None

    @property
    def is_feasible(self) -> bool:
        """Whether every constraint is kept."""
        return all(excess <= 0 for excess in self.constraints.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Importances:
    """How much each dimension mattered, or why that cannot be said.

    Attributes:
        shares: Dimension to share of the whole (they sum to 1), the largest first.
        reason: Why ``shares`` is empty; empty otherwise.
    """

    shares: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
