"""Runs bundles on Dask workers: hands them out, listens, and ends what hangs."""

import contextlib
import itertools
import logging
import pickle
import queue
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.errors import ClusterError
from harness.sweep.deaths import DeathLog
from harness.sweep.executor import OnStart, OnStep, Records
from harness.sweep.record import Bundle, RunRecord
from harness.sweep.remote import TOPIC, perform
from harness.sweep.work_queue import WorkQueue
from harness.transfer.events import StepEvent

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["Dispatcher", "Patience"]

logger = logging.getLogger(__name__)

MEMORY_TOPIC = "worker-restart-memory"  # Dask's nanny, on ending a worker that used too much
TICK_S = 0.5
WORKERS_CHECK_S = 2.0
AHEAD = 2  # bundles a worker: one under way, one waiting, so that logging holds up nobody
RESULT_S = 30.0
NANNY_S = 2.0
UNBEGUN_MAX = 3  # losses in a row, while no run begins: then waiting bundles are the cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds, before taking a silent run for hanging."""

    silence_s: float = 300.0
    grace_s: float = 10.0
    """Beyond ``limits.time_per_run``, which a run that still works obeys by itself."""
    no_workers_s: float = 60.0


@dataclass(slots=True, kw_only=True)
class _Flight:
    """A bundle handed to Dask, and what is known of it; times are monotonic."""

    bundle: Bundle
    future: "Future"
    worker: str = ""
    pid: int = 0
    run: str = ""
    begun: float = 0.0
    heard: float = 0.0
    longest_silence: float = 0.0
    verdict: str = ""


@dataclass(slots=True)
class Dispatcher:
    """Keeps the workers of one client busy; see ``Executor.run``.

    Args:
        client: Connected to a scheduler.
        workers: Number of workers to keep busy.
        threads: Of each worker.
        deaths: Where the nannies of this process tell how workers ended.
        patience: When a run counts as hanging.
    """

    client: "Client"
    workers: int
    threads: int
    deaths: DeathLog
    patience: Patience
    _flights: dict[str, _Flight] = field(default_factory=dict)
    _inbox: "queue.SimpleQueue[tuple[float, dict[str, Any]]]" = field(
        default_factory=queue.SimpleQueue
    )
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _unbegun: dict[str, int] = field(default_factory=dict)
    _workers_seen: float = field(default_factory=time.monotonic)
    _workers_checked: float = 0.0

    def run(self, work: WorkQueue, *, on_start: OnStart, on_step: OnStep) -> Records:
        """Perform the bundles of a queue; see ``Executor.run``."""
        self.client.subscribe_topic(TOPIC, self._hear)
        self.client.subscribe_topic(MEMORY_TOPIC, self._hear_memory)
        try:
            while True:
                self._launch(work)
                if not self._flights:
                    return
                for at, message in self._messages():
                    if message["kind"] == "landed":
                        yield from self._land(message["bundle"], work)
                    else:
                        self._note(at, message, on_start, on_step)
                self._end_hanging()
                self._check_cluster()
        finally:
            self._call_back()

    def _launch(self, work: WorkQueue) -> None:
        while len(self._flights) < AHEAD * self.workers:
            bundle = work.take()
            if bundle is None:
                return
            key = f"harness-{uuid.uuid4().hex}"  # of all coordinators of one scheduler
            payload = pickle.dumps(bundle)
            future = self.client.submit(
                perform,
                payload,
                self.threads,
                key=key,
                pure=False,
                retries=0,
                priority=-next(self._numbers),  # first come, first served
            )
            self._flights[key] = _Flight(bundle=bundle, future=future)
            self._listen(key, future)

    def _listen(self, key: str, future: "Future") -> None:
        landed = {"kind": "landed", "bundle": key}
        future.add_done_callback(lambda _: self._inbox.put((time.monotonic(), landed)))

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        """Take an event; stamped now, because this thread may not wait for the coordinator."""
        self._inbox.put((time.monotonic(), event[1]))

    def _hear_memory(self, event: tuple[float, dict[str, Any]]) -> None:
        self.deaths.note_memory(event[1]["pid"], event[1]["rss"])

    def _messages(self) -> Iterator[tuple[float, dict[str, Any]]]:
        """Yield what has arrived, waiting a moment for the first."""
        with contextlib.suppress(queue.Empty):
            yield self._inbox.get(timeout=TICK_S)
            while True:
                yield self._inbox.get_nowait()

    def _note(
        self, at: float, message: dict[str, Any], on_start: OnStart, on_step: OnStep
    ) -> None:
        flight = self._flights.get(message["bundle"])
        if flight is None:
            return  # of an earlier attempt, or of another coordinator on the same cluster
        if message["kind"] == "start":
            flight.worker, flight.pid = message["worker"], message["pid"]
            flight.run, flight.begun = message["run"], at
            flight.longest_silence = 0.0
            self._unbegun.clear()  # what took a worker down need not be what waited for it
            on_start(flight.run)
        else:
            flight.longest_silence = max(flight.longest_silence, at - flight.heard)
            names = StepEvent.__slots__
            on_step(message["run"], StepEvent(**{name: message[name] for name in names}))
        flight.heard = at

    def _land(self, key: str, work: WorkQueue) -> Iterator[RunRecord]:
        """Yield the records of a bundle that is done or lost; the next is under way by then."""
        flight = self._flights.get(key)
        if flight is None:
            return
        records = self._records(flight, work)
        if records is None:  # a result that was lost on its way is being made again
            self._listen(key, flight.future)
            return
        del self._flights[key]
        self._launch(work)
        yield from records

    def _records(self, flight: _Flight, work: WorkQueue) -> list[RunRecord] | None:
        from distributed.scheduler import KilledWorker  # noqa: PLC0415 - see cluster.py

        try:
            records: list[RunRecord] = flight.future.result(timeout=RESULT_S)
        except TimeoutError:
            return None
        except KilledWorker:
            return self._lost(flight, work)
        except Exception as error:  # noqa: BLE001 - whatever went wrong is the run's failure
            if flight.future.cancelled():
                self._check_connection()
                return self._lost(flight, work)
            reason = f"{type(error).__name__}: {error}"
            return _failures(flight.bundle, reason, transient=False)
        return records

    def _lost(self, flight: _Flight, work: WorkQueue) -> list[RunRecord]:
        """Say what became of a bundle whose worker died; give it back if it had not begun."""
        first = flight.bundle.tasks[0].fingerprint
        if not flight.run:
            self._unbegun[first] = self._unbegun.get(first, 0) + 1
            if self._unbegun[first] < UNBEGUN_MAX:
                work.give_back(flight.bundle)
                return []
        reason = flight.verdict or self.deaths.reason(flight.pid, wait_s=NANNY_S)
        gone = "its worker was lost: the process ended, or its machine cannot be reached"
        return _failures(flight.bundle, reason or gone, transient=True)

    def _end_hanging(self) -> None:
        now = time.monotonic()
        for flight in self._flights.values():
            if flight.run and not flight.verdict and self._inbox.empty():
                flight.verdict = self._hanging(flight, now)
                if flight.verdict:
                    self._restart(flight)

    def _hanging(self, flight: _Flight, now: float) -> str:
        """Return why a run counts as hanging; empty if it does not."""
        limit, lanes = flight.bundle.tasks[0].time_limit_s, len(flight.bundle.tasks)
        if limit is not None and now - flight.begun > lanes * limit + self.patience.grace_s:
            return (
                f"limits.time_per_run of {limit:g} s was used up without an answer: it hung, and "
                "its worker was ended"
            )
        silence = max(self.patience.silence_s, 10 * flight.longest_silence)
        if now - flight.heard > silence:
            return f"it hung: no sign of life for {silence:.0f} s, and its worker was ended"
        return ""

    def _restart(self, flight: _Flight) -> None:
        logger.warning("a run hangs; its worker %s is ended and replaced", flight.worker)
        with contextlib.suppress(Exception):  # what comes of it is seen in the future
            self.client.restart_workers([flight.worker], timeout=5, raise_for_error=False)

    def _check_connection(self) -> None:
        """See whether the scheduler still answers; one that comes back knows no bundles.

        Raises:
            ClusterError: It does not.
        """
        if self.client.status != "running":
            raise ClusterError(
                "the connection to the scheduler is lost. What was finished is in the store; "
                "when the scheduler is back, the same command goes on."
            )

    def _check_cluster(self) -> None:
        self._check_connection()
        now = time.monotonic()
        if now - self._workers_checked < WORKERS_CHECK_S:
            return
        self._workers_checked = now
        if self.client.scheduler_info(n_workers=-1)["workers"]:
            self._workers_seen = now
        elif now - self._workers_seen > self.patience.no_workers_s:
            raise ClusterError(
                f"the cluster has had no workers for {self.patience.no_workers_s:g} s. Start one "
                "with `dask worker ADDRESS --nthreads 1`; the same command goes on."
            )

    def _call_back(self) -> None:
        """Cancel what is still out; workers notice at their next step."""
        with contextlib.suppress(Exception):  # the connection itself may be what was lost
            self.client.cancel([flight.future for flight in self._flights.values()])
            self.client.unsubscribe_topic(TOPIC)
            self.client.unsubscribe_topic(MEMORY_TOPIC)
        self._flights.clear()


def _failures(bundle: Bundle, reason: str, *, transient: bool) -> list[RunRecord]:
    return [
        RunRecord(
            fingerprint=task.fingerprint,
            status="FAILED",
            reason=reason,
            transient=transient,
            alone=len(bundle.tasks) == 1,
        )
        for task in bundle.tasks
    ]
