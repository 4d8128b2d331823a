"""Executors: bundles in, one record a run out."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Protocol, Self

from harness.sweep.record import RunRecord
from harness.sweep.work_queue import WorkQueue

if TYPE_CHECKING:
    from harness.transfer.events import StepEvent

__all__ = ["Executor", "InProcessExecutor", "OnStart", "OnStep", "Records"]

OnStart = Callable[[str], None]
OnStep = Callable[[str, "StepEvent"], None]
Records = Generator[RunRecord, None, None]
"""Records as they arrive; closing it calls back what is in flight."""


class Executor(Protocol):
    """Runs bundles somewhere; the coordinator consumes the records as they arrive.

    A context: what it has started ends with it.
    """

    workers: int
    """Number of worker processes; 0 means the coordinator's own process."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def warm(self) -> None:
        """Make ready in the background: runs will follow."""
        ...

    def resolve(self, device: str) -> tuple[str, str] | None:
        """Return (device, precision) that ``auto`` means where runs are performed.

        None where that is the coordinator's machine.
        """
        ...

    def run(self, queue: WorkQueue, *, on_start: OnStart, on_step: OnStep) -> Records:
        """Perform every run of every bundle.

        ``on_start`` gets a run's fingerprint before its first iteration, ``on_step`` that and
        the step. Bundles are taken as there is room for them, also after a record was yielded,
        so that a coordinator can put a failed run back. A run that fails is a record with status
        FAILED, never an exception.

        Raises:
            ClusterError: The workers cannot be reached any more.
        """
        ...


class InProcessExecutor:
    """Runs bundles one after the other in this process (``--workers 0``)."""

    workers = 0

    def __init__(self) -> None:
        # Only now: a coordinator of worker processes never needs the engine in its own.
        from harness.sweep.worker import Worker  # noqa: PLC0415

        self._worker = Worker()

    def __str__(self) -> str:
        return "one run after the other in this process"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was started."""

    def warm(self) -> None:
        """There is nothing to make ready."""

    def resolve(self, device: str) -> tuple[str, str] | None:
        """Leave it to this process."""

    def run(self, queue: WorkQueue, *, on_start: OnStart, on_step: OnStep) -> Records:
        """Perform the bundles in order; see ``Executor.run``."""
        while (bundle := queue.take()) is not None:
            yield from self._worker.perform(bundle, on_start=on_start, on_step=on_step)
