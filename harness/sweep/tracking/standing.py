"""How far a sweep is: what became of every run of its plan, of its variants, and what failed."""

import functools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.sweep.owner import Owner
from harness.sweep.tracking.membership import Membership
from harness.sweep.tracking.names import Status, Tag

if TYPE_CHECKING:
    from mlflow.entities import Run

__all__ = ["Counts", "Failure", "RunState", "Standing", "VariantEntry", "is_abandoned"]


class RunState(StrEnum):
    """What became of a run of a sweep's plan; the first that is true of any of its tries."""

    FINISHED = "finished"
    RUNNING = "running"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    LEFT = "left"


WEIGHT = {state: weight for weight, state in enumerate(reversed(RunState))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Runs by what became of them; ``left`` is None while the size of the plan is unknown."""

    finished: int
    running: int = 0
    failed: int = 0
    interrupted: int = 0
    left: int | None = None

    @property
    def planned(self) -> int | None:
        """Every run of the plan; None while that is unknown."""
        if self.left is None:
            return None
        return self.finished + self.running + self.failed + self.interrupted + self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantEntry:
    """One variant of a sweep."""

    name: str
    runs: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A run that failed and has not been done again since."""

    variant: str
    case: str
    reason: str
    run_id: str


class Standing:
    """What a sweep's list of runs and the runs themselves say together.

    The list is written when the sweep ends: until then the runs know better. Without a list the
    runs are all that is known, and the size of the plan is not.
    """

    def __init__(self, membership: Membership | None, runs: Iterable["Run"]) -> None:
        self._membership = membership
        self._runs = sorted(runs, key=lambda run: run.info.start_time)
        self._states = self._found()

    def _found(self) -> dict[str, RunState]:
        states: dict[str, RunState] = {}
        for member in self._membership.members if self._membership else ():
            states[member.fingerprint] = RunState.FINISHED if member.run_id else RunState.LEFT
        owner_is_gone = functools.cache(_is_gone)  # most runs of a sweep have the same one
        for run in self._runs:
            fingerprint = _fingerprint(run)
            if self._membership is None or fingerprint in states:
                known = states.get(fingerprint, RunState.LEFT)
                state = _state(run, owner_is_gone(run.data.tags.get(Tag.OWNER, "")))
                states[fingerprint] = max(known, state, key=WEIGHT.__getitem__)
        return states

    @property
    def counts(self) -> Counts:
        """All runs of the plan."""
        return self._counted(self._states.values())

    @property
    def variants(self) -> tuple[VariantEntry, ...]:
        """Every variant, in the order of the table; a run may serve several."""
        cells: dict[str, list[RunState]] = {}
        if self._membership is None:
            names = {_fingerprint(run): run.data.tags.get(Tag.VARIANT, "") for run in self._runs}
            for fingerprint, state in self._states.items():
                cells.setdefault(names[fingerprint], []).append(state)
        else:
            cells = {name: [] for name in self._membership.variants}
            for member in self._membership.members:
                name = self._membership.variants[member.variant]
                cells[name].append(self._states[member.fingerprint])
        return tuple(
            VariantEntry(name=name, runs=self._counted(found)) for name, found in cells.items()
        )

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The last failure of every run that counts as failed, the latest last."""
        failed = {
            _fingerprint(run): run for run in self._runs if str(run.info.status) == Status.FAILED
        }
        return tuple(
            Failure(
                variant=run.data.tags.get(Tag.VARIANT, ""),
                case=run.data.tags.get(Tag.CASE, ""),
                reason=run.data.tags.get(Tag.REASON, "no reason was recorded"),
                run_id=run.info.run_id,
            )
            for fingerprint, run in failed.items()
            if self._states.get(fingerprint) is RunState.FAILED
        )

    def _counted(self, states: Iterable[RunState]) -> Counts:
        counted = Counter(states)
        return Counts(
            finished=counted[RunState.FINISHED],
            running=counted[RunState.RUNNING],
            failed=counted[RunState.FAILED],
            interrupted=counted[RunState.INTERRUPTED],
            left=counted[RunState.LEFT] if self._membership is not None else None,
        )


def is_abandoned(run: "Run") -> bool:
    """Whether a run, or a parent, is marked RUNNING by a process of this host that has ended."""
    is_open = str(run.info.status) == Status.RUNNING
    return is_open and _is_gone(run.data.tags.get(Tag.OWNER, ""))


def _state(run: "Run", is_owner_gone: bool) -> RunState:
    match str(run.info.status):
        case Status.FINISHED:
            return RunState.FINISHED
        case Status.FAILED:
            return RunState.FAILED
        case Status.RUNNING if not is_owner_gone:
            return RunState.RUNNING
        case _:
            return RunState.INTERRUPTED


def _is_gone(owner: str) -> bool:
    """Whether a process has ended; one that cannot be named is taken to live."""
    try:
        return Owner.parse(owner).is_gone()
    except ValueError:
        return False


def _fingerprint(run: "Run") -> str:
    return str(run.data.tags.get(Tag.FINGERPRINT, run.info.run_id))
