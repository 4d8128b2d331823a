"""A wall clock that is set back, between two commands and in the middle of one."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.entities import Run

from harness.sweep.tracking.store import connect, locate

MakeSweep = Callable[..., Path]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("store")]

RUNS = 4
DAY_S = 86_400
TIMEOUT_S = 300
# Python imports this module before anything else, in workers too. As when a clock is really set,
# only the time of day changes; what measures durations (the monotonic clocks) goes on.
CLOCK = """
import os
import pathlib
import time

setting = pathlib.Path(os.environ["TEST_CLOCK"])
wall, wall_ns = time.time, time.time_ns
time.time = lambda: wall() + float(setting.read_text())
time.time_ns = lambda: wall_ns() + int(float(setting.read_text()) * 1e9)
"""


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the commands a wall clock of their own; the file says by how many seconds it is off."""
    folder = tmp_path / "clock"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(CLOCK)
    setting = folder / "setting"
    setting.write_text("0")
    earlier = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{earlier}")
    monkeypatch.setenv("TEST_CLOCK", str(setting))
    return setting


def set_back(setting: Path) -> None:
    """Set the clock back by a day, in one step for every process."""
    new = setting.with_name("new")
    new.write_text(str(-DAY_S))
    new.replace(setting)


def start(path: Path, *options: str) -> subprocess.Popen[str]:
    """Give the command, and return once its first run is done."""
    words = [sys.executable, "-m", "harness", "sweep", str(path)]
    words += ["--set", "iterations=80", "--set", "image_size=64", *options]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "[1/" in line or "[2/" in line:
            return process
    raise AssertionError(process.communicate())


def message_of(process: subprocess.Popen[str]) -> str:
    """Return what a command said until it ended; one that does not end is ended."""
    try:
        return process.communicate(timeout=TIMEOUT_S)[1]
    finally:
        process.kill()  # its workers go with it, and disturb no other test


def runs(kind: str = "run") -> list[Run]:
    """Return every run of the sweep in the store."""
    client = connect(locate(None))
    found = client.get_experiment_by_name("tiny")
    assert found is not None
    return list(client.search_runs([found.experiment_id], f"tags.`harness.kind` = '{kind}'"))


def assert_set_back() -> None:
    """Assert that the clock was set back between two runs, or nothing has been tested."""
    began = [run.info.start_time / 1000 for run in runs()]
    assert DAY_S / 2 < max(began) - min(began)


def test_clock_set_back_between_two_commands(make_sweep: MakeSweep, clock: Path) -> None:
    """After a kill, and by an earlier clock, orphans are closed and everything finishes once."""
    path = make_sweep()
    process = start(path, "--workers", "0")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert ["RUNNING"] == [run.info.status for run in runs("sweep")]
    set_back(clock)

    again = start(path, "--workers", "0")
    message = message_of(again)

    assert 0 == again.returncode, message
    assert_set_back()
    finished = [run for run in runs() if run.info.status == "FINISHED"]
    assert [1] * RUNS == list(
        Counter(run.data.tags["harness.fingerprint"] for run in finished).values()
    )
    assert {"FINISHED", "KILLED"} >= {run.info.status for run in runs()}
    assert ["FINISHED"] == [run.info.status for run in runs("sweep")]


@pytest.mark.parametrize("workers", ["0", "1"])
def test_clock_set_back_during_a_sweep(make_sweep: MakeSweep, clock: Path, workers: str) -> None:
    """A sweep goes on as if nothing had happened: no run hangs, fails or takes negative time."""
    process = start(make_sweep(), "--workers", workers)
    set_back(clock)

    message = message_of(process)

    assert 0 == process.returncode, message
    assert_set_back()
    assert ["FINISHED"] * RUNS == [run.info.status for run in runs()]
    assert {"1"} == {run.data.tags["harness.attempts"] for run in runs()}
    for run in runs():
        metrics = run.data.metrics
        durations = {name: metrics[name] for name in metrics if "seconds" in name}
        assert 3 == len(durations)
        assert all(0 < seconds < DAY_S / 2 for seconds in durations.values()), durations
