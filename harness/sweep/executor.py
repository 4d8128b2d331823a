"""Executors: bundles in, one record a run out."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from harness.sweep.record import Bundle, RunRecord
from harness.sweep.worker import OnStart, OnStep, Worker

__all__ = ["Executor", "InProcessExecutor", "OnStart", "OnStep"]


class Executor(Protocol):
    """Runs bundles somewhere; the coordinator consumes the records as they arrive."""

    workers: int
    """Number of worker processes; 0 means the coordinator's own process."""

    def run(
        self, bundles: Iterable[Bundle], *, on_start: OnStart, on_step: OnStep
    ) -> Iterator[RunRecord]:
        """Perform every run of every bundle.

        Called once a sweep. ``on_start`` gets a run's fingerprint before its first iteration,
        ``on_step`` that and the step. Bundles are taken lazily, so that a coordinator can stop
        handing them out. A run that fails is a record with status FAILED, never an exception.
        """
        ...


class InProcessExecutor:
    """Runs bundles one after the other in this process (``--workers 0``)."""

    workers = 0

    def __init__(self) -> None:
        self._worker = Worker()

    def run(
        self, bundles: Iterable[Bundle], *, on_start: OnStart, on_step: OnStep
    ) -> Iterator[RunRecord]:
        """Perform the bundles in order; see ``Executor.run``."""
        for bundle in bundles:
            yield from self._worker.perform(bundle, on_start=on_start, on_step=on_step)
