"""A scheduler and two workers started by hand, as the README says, on the loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from distributed import Client

from harness.errors import ClusterError, InputError
from harness.sweep import dask_executor
from harness.sweep.dask_executor import ClusterExecutor
from harness.sweep.executors import make_executor
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep
from harness.sweep.tracking.store import connect, locate

MakeSweep = Callable[..., Path]

RUNS = 4
START_S = 60


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Cluster:
    """``dask scheduler`` and its ``dask worker``s, as processes of their own."""

    def __init__(self, allowed_failures: int = 0) -> None:
        self._allowed_failures = str(allowed_failures)
        port = free_port()
        self.address = f"tcp://127.0.0.1:{port}"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", str(port))

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a part of the cluster."""
        name = "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"
        environment = {**os.environ, name: self._allowed_failures}
        command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.processes.append(process)
        return process

    def add_workers(self, number: int, *, threads: int = 1) -> None:
        """Start workers and wait until the scheduler knows them."""
        for _ in range(number):
            self.start("worker", self.address, "--nthreads", str(threads))
        with Client(self.address, timeout=START_S, set_as_default=False) as client:
            client.wait_for_workers(number, timeout=START_S)

    def stop(self) -> None:
        """End every process."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Return a scheduler without workers."""
    one = Cluster()
    try:
        yield one
    finally:
        one.stop()


def sweep(path: Path, cluster: Cluster, *overrides: str) -> tuple[int, int]:
    """Run a sweep on a cluster; return how many runs failed and are missing."""
    options = Options(workers=None, cluster=cluster.address)
    outcome = run_sweep(*load_with_pictures(path, overrides), options)
    return outcome.failed, outcome.missing


def hosts_and_statuses() -> Counter[str]:
    """Count the statuses of the runs in the working directory's store."""
    client = connect(locate(None))
    found = client.get_experiment_by_name("tiny")
    assert found is not None
    runs = client.search_runs([found.experiment_id], "tags.`harness.kind` = 'run'")
    return Counter(run.info.status for run in runs)


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_sweep_on_a_cluster(make_sweep: MakeSweep, cluster: Cluster) -> None:
    """Two workers started by hand perform a sweep; after one is killed, the other ends it."""
    path = make_sweep()
    cluster.add_workers(2)

    assert (0, 0) == sweep(path, cluster)
    assert Counter(FINISHED=RUNS) == hosts_and_statuses()

    cluster.processes[1].send_signal(signal.SIGKILL)
    assert (0, 0) == sweep(path, cluster, "iterations=5")
    assert Counter(FINISHED=2 * RUNS) == hosts_and_statuses()


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_lost_scheduler(make_sweep: MakeSweep, cluster: Cluster) -> None:
    """A scheduler that dies ends the sweep with what to do; the next call goes on without it."""
    path = make_sweep()
    cluster.add_workers(1)
    spec, pictures = load_with_pictures(path, ("iterations=200",))
    options = Options(workers=None, cluster=cluster.address)

    def kill(_: object) -> None:
        cluster.scheduler.kill()

    with pytest.raises(ClusterError, match="the same command goes on"):
        run_sweep(spec, pictures, options, watch=kill)

    assert 0 == run_sweep(spec, pictures, Options()).failed
    assert RUNS == hosts_and_statuses()["FINISHED"]
    assert 0 == hosts_and_statuses()["RUNNING"]


@pytest.mark.slow
def test_scheduler_that_sacrifices_workers(caplog: pytest.LogCaptureFixture) -> None:
    """A scheduler with Dask's own default is told of, with what to set."""
    cluster = Cluster(allowed_failures=3)
    try:
        cluster.add_workers(1)
        with ClusterExecutor(cluster.address):
            pass
    finally:
        cluster.stop()

    assert "will crash 4 of this cluster's workers" in caplog.text


@pytest.mark.slow
def test_cluster_without_workers(cluster: Cluster) -> None:
    """A scheduler without workers is an error that says how to start one."""
    time.sleep(3)

    with (
        pytest.raises(ClusterError, match=f"dask worker {cluster.address}"),
        ClusterExecutor(cluster.address),
    ):
        pass


@pytest.mark.slow
def test_workers_that_do_several_runs_at_a_time(cluster: Cluster) -> None:
    """Workers with more than one task at a time are refused: runs would disturb each other."""
    cluster.add_workers(1, threads=2)

    with pytest.raises(ClusterError, match="--nthreads 1"), ClusterExecutor(cluster.address):
        pass


@pytest.mark.slow
def test_workers_of_another_version(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers whose harness or torch differs are refused, with both versions."""
    cluster.add_workers(1)
    mine = {**dask_executor.own_versions(), "torch": "9.9.9"}
    monkeypatch.setattr(dask_executor, "own_versions", lambda: mine)

    with pytest.raises(ClusterError, match=r"9\.9\.9 here"), ClusterExecutor(cluster.address):
        pass


def test_dead_address(make_sweep: MakeSweep, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nothing listens is told at once, and leaves no store behind."""
    monkeypatch.setattr("harness.sweep.cluster.CONNECT_S", 1)
    options = Options(workers=None, cluster=f"tcp://127.0.0.1:{free_port()}")

    with pytest.raises(ClusterError, match="no Dask scheduler answers") as caught:
        run_sweep(*load_with_pictures(make_sweep()), options)

    assert 4 == caught.value.exit_code
    assert not Path("mlflow.db").exists()


def test_workers_and_cluster_contradict(make_sweep: MakeSweep) -> None:
    """A number of workers means nothing to a cluster, which has its own."""
    spec, pictures = load_with_pictures(make_sweep())

    with pytest.raises(InputError, match="give one"):
        make_executor(spec, pictures, Options(workers=2, cluster="tcp://127.0.0.1:1"))
