"""What is done to a running sweep, and what must come of it."""

import contextlib
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass

import psutil
from process import SweepProcess

__all__ = ["FAULTS", "Fault"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault: how it is done, and the exit codes it may have; none if the sweep must go on.

    ``needs_workers``, ``needs_ear`` and ``needs_runs``: at what stage it can be done. A command
    that is still starting up ends by a signal in Python's way, not in ours; and what
    ``limits.time_per_run`` is to end must have begun.
    """

    do: Callable[[SweepProcess, random.Random], int | None]
    """Returns the process id of a worker that must be gone soon, if there is one."""
    exits: frozenset[int] = frozenset()
    needs_workers: bool = False
    needs_ear: bool = False
    needs_runs: bool = False

    def can_be_done_to(self, sweep: SweepProcess) -> bool:
        """Tell whether a command has come so far."""
        return not (
            (self.needs_workers and not sweep.workers())
            or (self.needs_ear and not sweep.messages)
            or (self.needs_runs and not sweep.runs_ended)
        )


def _kill_coordinator(sweep: SweepProcess, _: random.Random) -> None:
    sweep.send(signal.SIGKILL)


def _kill_worker(sweep: SweepProcess, chance: random.Random) -> int | None:
    return _to_worker(sweep, chance, signal.SIGKILL)


def _kill_both(sweep: SweepProcess, chance: random.Random) -> int | None:
    gone = _to_worker(sweep, chance, signal.SIGKILL)
    sweep.send(signal.SIGKILL)
    return gone


def _kill_group(sweep: SweepProcess, _: random.Random) -> None:
    sweep.send_to_all(signal.SIGKILL)


def _stop_worker(sweep: SweepProcess, chance: random.Random) -> int | None:
    return _to_worker(sweep, chance, signal.SIGSTOP)


def _to_worker(sweep: SweepProcess, chance: random.Random, number: signal.Signals) -> int | None:
    workers = sweep.workers()
    if not workers:
        return None
    worker = chance.choice(workers)
    with contextlib.suppress(psutil.NoSuchProcess):
        worker.send_signal(number)
    return int(worker.pid)


def _terminate(sweep: SweepProcess, _: random.Random) -> None:
    sweep.send(signal.SIGTERM)


def _interrupt(sweep: SweepProcess, _: random.Random) -> None:
    sweep.send_to_all(signal.SIGINT)


KILLED = frozenset({-signal.SIGKILL})
FAULTS = {
    "kill-coordinator": Fault(do=_kill_coordinator, exits=KILLED),
    "kill-worker": Fault(do=_kill_worker, needs_workers=True),
    "kill-both": Fault(do=_kill_both, exits=KILLED, needs_workers=True),
    "kill-group": Fault(do=_kill_group, exits=KILLED),
    "stop-worker": Fault(do=_stop_worker, needs_workers=True, needs_runs=True),
    "sigterm": Fault(do=_terminate, exits=frozenset({143}), needs_ear=True),
    "sigint": Fault(do=_interrupt, exits=frozenset({130}), needs_ear=True),
}
