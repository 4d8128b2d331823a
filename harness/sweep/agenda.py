"""What a sweep has to do: bundles are taken from it, and it is told what became of runs."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.sweep.plan import Plan, PlannedRun, bundles
from harness.sweep.record import Bundle
from harness.sweep.tracking.stored import StoredRun

__all__ = ["Agenda", "GridAgenda"]

BUNDLE_SIZE = 1  # lanes come later; until then nothing is gained by travelling together


class Agenda(Protocol):
    """The work of a sweep, in the order in which it is handed out."""

    @property
    def plan(self) -> Plan:
        """What is known of the sweep by now; a study's grows."""

    @property
    def planned(self) -> Mapping[str, PlannedRun]:
        """Every run that is known by now, by fingerprint."""

    @property
    def asked(self) -> Collection[str]:
        """Fingerprints of the runs that were asked for."""

    @property
    def todo(self) -> list[PlannedRun]:
        """Runs known by now that are not done."""

    @property
    def typical(self) -> Sequence[PlannedRun]:
        """Runs that those resemble which are not known yet; empty if all are known."""

    @property
    def total(self) -> int:
        """How many runs there will be, as far as that can be said."""

    def bundles(self) -> Iterator[Bundle | None]:
        """Yield the bundles, one by one; None where there is nothing now, but may be later."""

    def ended(self, fingerprint: str, stored: StoredRun | None, reason: str) -> None:
        """Take note of a run that finished, or failed for good (``stored`` is None)."""


@dataclass(slots=True, kw_only=True)
class GridAgenda:
    """Every run of a plan that was asked for and is not done, in the plan's order.

    Args:
        plan: The plan of the sweep.
        asked: Fingerprints of the runs that were asked for.
        stored: The finished runs, by fingerprint.
    """

    plan: Plan
    asked: Collection[str]
    stored: Mapping[str, StoredRun]
    planned: Mapping[str, PlannedRun] = field(init=False)

    def __post_init__(self) -> None:
        """Index the runs."""
        self.planned = {run.task.fingerprint: run for run in self.plan.runs}

    @property
    def todo(self) -> list[PlannedRun]:
        """Runs that were asked for and are not done."""
        return [
            run
            for fingerprint, run in self.planned.items()
            if fingerprint in self.asked and fingerprint not in self.stored
        ]

    @property
    def typical(self) -> Sequence[PlannedRun]:
        """Nothing: all runs are known."""
        return ()

    @property
    def total(self) -> int:
        """How many runs were asked for."""
        return len(self.asked)

    def bundles(self) -> Iterator[Bundle | None]:
        """Yield the bundles of what is to do."""
        yield from bundles(self.plan, self.todo, size=BUNDLE_SIZE)

    def ended(self, fingerprint: str, stored: StoredRun | None, reason: str) -> None:
        """A grid's work does not depend on its results."""
