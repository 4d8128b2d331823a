"""What a sweep has to do: bundles are taken from it, and it is told what became of runs."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from harness.sweep.plan import Plan, PlannedRun, bundles
from harness.sweep.record import Bundle
from harness.sweep.tracking.stored import StoredRun

__all__ = ["Agenda", "GridAgenda"]


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

    def bundle(self, fingerprint: str) -> Bundle:
        """Return a bundle of one run that is known by now, and ready."""

    def ended(self, fingerprint: str, stored: StoredRun | None, reason: str) -> Mapping[str, str]:
        """Take note of a run that finished, or failed for good (``stored`` is None).

        Returns:
            Why other runs can never be done for it, by fingerprint.
        """


@dataclass(slots=True, kw_only=True)
class GridAgenda:
    """Every run of a plan that was asked for and is not done, in the plan's order.

    A chained run waits until the run before it is done.

    Args:
        plan: The plan of the sweep.
        asked: Fingerprints of the runs that were asked for; with a chained run, those before it.
        stored: The finished runs, by fingerprint.
        result: Reads the picture of a finished run; None where the plan has no chained ones.
        lanes: Runs that may be optimised at a time.
        workers: Among whom they are divided.
    """

    plan: Plan
    asked: Collection[str]
    stored: Mapping[str, StoredRun]
    result: Callable[[StoredRun], bytes] | None = None
    lanes: int = 1
    workers: int = 1
    planned: Mapping[str, PlannedRun] = field(init=False)
    _lost: set[str] = field(init=False, default_factory=set)

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
        if not self.plan.is_chained:
            each = -(-len(self.todo) // max(self.workers, 1))  # rounded up: none is idle
            yield from bundles(self.plan, self.todo, size=max(min(self.lanes, each), 1))
            return
        waiting = self.todo
        while any(run.task.fingerprint not in self._lost for run in waiting):
            ready = next(filter(self._is_ready, waiting), None)
            if ready is None:
                yield None
            else:
                waiting.remove(ready)
                yield self.bundle(ready.task.fingerprint)

    def bundle(self, fingerprint: str) -> Bundle:
        """Return the bundle of one run, with the result that it goes on from."""
        run = self.planned[fingerprint]
        bundle = next(bundles(self.plan, [run], size=1))
        earlier = run.task.earlier
        if earlier is None or self.result is None:
            return bundle
        result = self.result(self.stored[earlier.fingerprint])
        return replace(bundle, pictures={**bundle.pictures, earlier.fingerprint: result})

    def ended(self, fingerprint: str, stored: StoredRun | None, reason: str) -> Mapping[str, str]:
        """Return the runs that wait for one that failed; nothing else depends on results."""
        if stored is not None:
            return {}
        title = self.planned[fingerprint].title
        waiting = [
            one.task.fingerprint
            for one in self.todo
            if one.task.earlier is not None and one.task.earlier.fingerprint == fingerprint
        ]
        self._lost.update(waiting)
        why = f"it goes on from the result of ({title}), which failed: {reason}"
        return dict.fromkeys(waiting, why)

    def _is_ready(self, run: PlannedRun) -> bool:
        earlier = run.task.earlier
        is_lost = run.task.fingerprint in self._lost
        return not is_lost and (earlier is None or earlier.fingerprint in self.stored)
