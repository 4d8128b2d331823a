"""Worker processes that really die, hang or run out of memory: the sweep goes on, and says so."""

import contextlib
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from mlflow.entities import Run

from harness.sweep.cluster import local_cluster
from harness.sweep.coordinator import Outcome
from harness.sweep.crew import Crew
from harness.sweep.dask_executor import LocalExecutor
from harness.sweep.dispatcher import Patience
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.progress import Progress
from harness.sweep.run import run_sweep
from harness.sweep.tracking.store import connect, locate

MakeSweep = Callable[..., Path]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("store")]

GIBI = 1024**3
RUNS = 4
LONG_ENOUGH = ("iterations=60", "image_size=64")
STEP = 5
IMPATIENT = Patience(silence_s=25.0, grace_s=1.0)  # loading the scores takes some seconds


def crew(workers: int = 1, memory_bytes: int = 4 * GIBI) -> LocalExecutor:
    """Return worker processes that do not wait long for a silent run."""
    one = Crew(workers=workers, threads=1, memory_bytes=memory_bytes)
    return LocalExecutor(one, patience=IMPATIENT)


def sweep(
    path: Path, *overrides: str, executor: LocalExecutor, fault: "Fault | None" = None
) -> Outcome:
    """Run a sweep in worker processes, with a fault on its way."""
    spec, pictures = load_with_pictures(path, (*LONG_ENOUGH, *overrides))
    return run_sweep(spec, pictures, Options(), executor=executor, watch=fault)


def runs() -> list[Run]:
    """Return every run of the sweep in the working directory's store."""
    client = connect(locate(None))
    found = client.get_experiment_by_name("tiny")
    assert found is not None
    return list(client.search_runs([found.experiment_id], "tags.`harness.kind` = 'run'"))


def worker_processes() -> list[psutil.Process]:
    """Return the worker processes of this process that are alive."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie is one too
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


class Fault:
    """Sends a signal to the workers when a run, the ``at``-th of those begun, is under way."""

    def __init__(self, number: signal.Signals, *, at: int = 2, times: int = 1) -> None:
        self._number = number
        self._at = at
        self._times = times
        self._begun: list[str] = []

    def __call__(self, progress: Progress) -> None:
        """Watch a sweep's progress."""
        for fingerprint, run in progress.under_way.items():
            if fingerprint not in self._begun:
                self._begun.append(fingerprint)
            due = len(self._begun) >= self._at and fingerprint == self._begun[self._at - 1]
            if due and self._times and run.step is not None and run.step.iteration >= STEP:
                self._times -= 1
                run.step = None  # the next attempt is another chance
                for process in worker_processes():
                    os.kill(process.pid, self._number)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGKILL, "killed by hand, or by the operating system"),
        (signal.SIGSTOP, "it hung"),
    ],
)
def test_lost_worker_is_replaced(
    make_sweep: MakeSweep, caplog: pytest.LogCaptureFixture, number: signal.Signals, words: str
) -> None:
    """A worker that is killed, crashes or hangs costs one attempt, and is told as what it is."""
    with caplog.at_level("INFO", logger="harness"):
        outcome = sweep(make_sweep(), executor=crew(), fault=Fault(number))

    assert (0, 0) == (outcome.failed, outcome.missing)
    assert words in caplog.text
    assert "will be tried again" in caplog.text
    assert Counter(FINISHED=RUNS) == Counter(run.info.status for run in runs())
    attempts = sorted(run.data.tags["harness.attempts"] for run in runs())
    assert ["1", "1", "1", "2"] == attempts
    (again,) = [run for run in runs() if run.data.tags["harness.attempts"] == "2"]
    assert words in again.data.tags["harness.notes"]


def test_run_that_always_crashes_fails_and_the_sweep_goes_on(make_sweep: MakeSweep) -> None:
    """After its retries a run is FAILED with the reason; the others finish."""
    path = make_sweep()

    outcome = sweep(path, executor=crew(), fault=Fault(signal.SIGSEGV, times=2))

    assert (1, 0) == (outcome.failed, outcome.missing)
    assert Counter(FINISHED=RUNS - 1, FAILED=1) == Counter(run.info.status for run in runs())
    (failed,) = [run for run in runs() if run.info.status == "FAILED"]
    assert "segmentation fault" in failed.data.tags["harness.reason"]
    assert "(2 attempts)" in failed.data.tags["harness.reason"]
    assert 0 == sweep(path, executor=crew()).failed
    assert Counter(FINISHED=RUNS, FAILED=1) == Counter(run.info.status for run in runs())


def test_no_retries(make_sweep: MakeSweep) -> None:
    """``limits.retries: 0`` means one attempt."""
    fault = Fault(signal.SIGKILL)

    outcome = sweep(make_sweep(), "limits.retries=0", executor=crew(), fault=fault)

    assert 1 == outcome.failed


def test_bundle_goes_on_as_single_runs(make_sweep: MakeSweep) -> None:
    """Runs that went down together are tried again one by one, and none is to blame for it."""
    three = "parameters={weights.style: {values: [1, 5, 10]}}"
    spec, pictures = load_with_pictures(make_sweep(), (*LONG_ENOUGH, three, "limits.retries=0"))

    fault = Fault(signal.SIGKILL)
    outcome = run_sweep(spec, pictures, Options(lanes=3), executor=crew(), watch=fault)

    assert (0, 0) == (outcome.failed, outcome.missing)
    assert Counter({"1": 3, "2": 3}) == Counter(
        run.data.tags["harness.attempts"] for run in runs()
    )


def test_time_per_run_ends_what_hangs(
    make_sweep: MakeSweep, caplog: pytest.LogCaptureFixture
) -> None:
    """``limits.time_per_run`` ends a run that no longer answers, before its silence would."""
    patient = LocalExecutor(
        Crew(workers=1, threads=1, memory_bytes=4 * GIBI), patience=Patience(grace_s=1.0)
    )

    outcome = sweep(
        make_sweep(), "limits.time_per_run=20", executor=patient, fault=Fault(signal.SIGSTOP)
    )

    assert 0 == outcome.failed
    assert "limits.time_per_run of 20 s" in caplog.text


@pytest.mark.parametrize("workers", [0, 1])
def test_time_per_run_fails_what_is_slow(make_sweep: MakeSweep, workers: int) -> None:
    """A run that works but takes too long fails once, with how far it came; nothing is retried."""
    spec, pictures = load_with_pictures(
        make_sweep(), ("limits.time_per_run=0.2", "iterations=5000")
    )

    outcome = run_sweep(spec, pictures, Options(workers=workers))

    assert RUNS == outcome.failed
    for run in runs():
        assert "of 5000" in run.data.tags["harness.reason"]
        assert "1" == run.data.tags["harness.attempts"]


def test_out_of_memory(make_sweep: MakeSweep) -> None:
    """A run that needs more than its worker's share is FAILED as that, and the sweep goes on."""
    mixed = "parameters={image_size: {values: [32, 1400]}}"
    small = int(1.6 * GIBI)

    outcome = sweep(make_sweep(), mixed, "iterations=3", executor=crew(memory_bytes=small))

    assert 2 == outcome.failed
    for run in runs():
        if run.info.status == "FAILED":
            assert "out of memory" in run.data.tags["harness.reason"]


def test_two_workers_share_the_work(make_sweep: MakeSweep) -> None:
    """Two processes perform the runs of a sweep, and each leaves what one process would."""
    path = make_sweep()
    with_workers = sweep(path, executor=crew(workers=2))
    pids = len(worker_processes())

    assert (0, 0) == (with_workers.failed, with_workers.missing)
    assert 0 == pids  # all gone with the sweep
    assert {"1"} == {run.data.tags["harness.attempts"] for run in runs()}
    assert all('"workers": "2"' in run.data.tags["harness.timing_key"] for run in runs())


def test_a_worker_that_does_not_end_in_time_is_left_behind_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process that Dask stops waiting for neither stays nor leaves a half-closed cluster."""
    from distributed import Nanny  # noqa: PLC0415 - costs a second

    kill, failures = Nanny.kill, [TimeoutError("slow")]

    async def slow_kill(nanny: Nanny, *arguments: object, **more: object) -> None:
        await kill(nanny, *arguments, **more)
        if failures:
            raise failures.pop()

    monkeypatch.setattr(Nanny, "kill", slow_kill)

    with local_cluster(workers=1, threads=1, memory_bytes=GIBI) as client:
        cluster = client.cluster

    assert [] == failures
    assert "closed" == cluster.status.name
    assert [] == worker_processes()


def test_clusters_of_one_machine_keep_to_themselves() -> None:
    """Two at a time do not get into each other's way, nor does anybody else hear of them."""
    with (
        local_cluster(workers=0, threads=1, memory_bytes=GIBI),
        local_cluster(workers=0, threads=1, memory_bytes=GIBI),
    ):
        sockets = psutil.Process().net_connections(kind="inet")
        listening = {one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN}

    assert {"127.0.0.1"} == listening
