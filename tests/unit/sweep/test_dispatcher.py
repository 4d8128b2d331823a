"""What a dispatcher makes of workers that die, on a cluster that is made up."""

import pickle
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from distributed.scheduler import KilledWorker, WorkerState

from harness.sweep.deaths import DeathLog
from harness.sweep.dispatcher import UNBEGUN_MAX, Dispatcher, Patience, _Flight
from harness.sweep.record import Bundle, RunRecord
from harness.sweep.remote import TOPIC
from harness.sweep.work_queue import WorkQueue

from .conftest import RUN

KILLER = "killer"
SILENT = "silent"
RETRIES = 5


def bundle(fingerprint: str) -> Bundle:
    """Return a bundle of one run."""
    return Bundle(tasks=(replace(RUN, fingerprint=fingerprint),), pictures={})


class FakeFuture:
    """A future that has landed."""

    def __init__(self, outcome: RunRecord | None) -> None:
        self._outcome = outcome

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """Call at once."""
        callback(self)

    def cancelled(self) -> bool:
        """Nobody cancels."""
        return False

    def result(self, timeout: float) -> list[RunRecord]:
        """Return the record, or say that the worker died."""
        del timeout
        if self._outcome is None:
            raise KilledWorker("task", WorkerState.__new__(WorkerState), 0)
        return [self._outcome]


class FakeCluster:
    """One worker with room for two bundles: whatever waits behind a killer is lost with it."""

    status = "running"

    def __init__(self) -> None:
        self._hear: Callable[[Any], None] = lambda _: None
        self._ahead = ""

    def subscribe_topic(self, topic: str, handler: Callable[[Any], None]) -> None:
        """Keep the one that hears of runs."""
        if topic == TOPIC:
            self._hear = handler

    def unsubscribe_topic(self, topic: str) -> None:
        """Nothing comes any more."""

    def cancel(self, futures: Iterable[FakeFuture]) -> None:
        """Everything has landed."""

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        """There is a worker."""
        del n_workers
        return {"workers": {"one": {}}}

    def submit(self, _function: Any, payload: bytes, *_: Any, key: str, **__: Any) -> FakeFuture:
        """Begin a run and end it; killers and what waits behind them die."""
        (task,) = pickle.loads(payload).tasks  # noqa: S301 - the test's own
        name = task.fingerprint
        behind_killer, self._ahead = self._ahead.startswith(KILLER), name
        if not name.startswith(SILENT) and not behind_killer:
            self._hear(
                (0.0, {"kind": "start", "bundle": key, "run": name, "worker": "", "pid": 1})
            )
        if name.startswith((KILLER, SILENT)) or behind_killer:
            return FakeFuture(None)
        return FakeFuture(RunRecord(fingerprint=name, status="FINISHED", reason=""))


def dispatch(*names: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Return the statuses that came of each run, failures that were tried again among them."""
    monkeypatch.setattr("harness.sweep.dispatcher.NANNY_S", 0.0)
    work = WorkQueue((bundle(name) for name in names), single=bundle, retries=RETRIES, time_s=None)
    dispatcher = Dispatcher(
        client=FakeCluster(),  # type: ignore[arg-type]
        workers=1,
        threads=1,
        deaths=DeathLog(),
        patience=Patience(),
    )
    found: dict[str, list[str]] = {}
    for record in dispatcher.run(work, on_start=lambda _: None, on_step=lambda *_: None):
        found.setdefault(record.fingerprint, []).append(record.status)
        if record.status == "FAILED":
            work.tries_again(record)
    return found


def test_what_waits_behind_a_killer_is_not_to_blame(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a worker dies of another run, one that only waited finishes in the end."""
    assert RETRIES >= UNBEGUN_MAX

    found = dispatch(KILLER, "innocent", monkeypatch=monkeypatch)

    assert ["FAILED"] * (RETRIES + 1) == found[KILLER]
    assert ["FINISHED"] == found["innocent"]


def test_bundle_that_kills_without_a_word_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes workers down before it says that it begins is given up after some losses."""
    found = dispatch(SILENT, "good", monkeypatch=monkeypatch)

    assert ["FINISHED"] == found["good"]
    assert {"FAILED"} == set(found[SILENT])


@pytest.mark.parametrize(("lanes", "hangs"), [(1, True), (3, False)])
def test_runs_of_a_batch_have_their_limits_together(lanes: int, hangs: bool) -> None:
    """``limits.time_per_run`` is a run's own time: a batch of three may take three times that."""
    limited = replace(bundle("run").tasks[0], time_limit_s=10.0)
    together = Bundle(tasks=(limited,) * lanes, pictures={})
    flight = _Flight(bundle=together, future=FakeFuture(None), begun=0.0, heard=25.0)  # type: ignore[arg-type]
    dispatcher = Dispatcher(
        client=FakeCluster(),  # type: ignore[arg-type]
        workers=1,
        threads=1,
        deaths=DeathLog(),
        patience=Patience(grace_s=1.0),
    )

    assert hangs == bool(dispatcher._hanging(flight, now=25.0))
