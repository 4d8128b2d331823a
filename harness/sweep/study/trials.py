"""Trials under way: which of their runs are left, out, or done."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.spec.variants import Variant

__all__ = ["Level", "UnderWay"]


class Level(StrEnum):
    """How large the runs of a trial are."""

    SMALL = "small"  # search.halving: few steps at a small size, to see whether it is promising
    FULL = "full"


@dataclass(slots=True, kw_only=True, eq=False)
class UnderWay:
    """A trial that was asked for and is not decided.

    Attributes:
        number: The trial's.
        variant: What it tries.
        level: Of the runs that are being done.
        left: Cases to hand out, in the order in which they are tried.
        is_given: Whether it was named in the sweep file: it is tried in full, whatever comes.
        out: Fingerprint → cases of the runs that were handed out and have not come back.
        done: Case → the numbers of its finished run, of this level.
        given_up: Why no more is handed out; empty as long as nothing speaks against it.
        is_failed: Whether that is because a run failed.
    """

    number: int
    variant: Variant
    level: Level
    left: deque[int]
    is_given: bool
    out: dict[str, list[int]] = field(default_factory=dict)
    done: dict[int, Mapping[str, float]] = field(default_factory=dict)
    given_up: str = ""
    is_failed: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is left or out."""
        return not self.left and not self.out

    @property
    def seconds(self) -> float:
        """What its finished runs of this level took."""
        return sum(run.get("seconds", 0.0) for run in self.done.values())

    def give_up(self, reason: str, *, failed: bool = False) -> None:
        """Hand out no more."""
        self.given_up = self.given_up or reason
        self.is_failed = self.is_failed or failed
        self.left.clear()
