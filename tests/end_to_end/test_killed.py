"""Real processes, really killed: nothing finished is lost, nothing is done twice."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.sweep.tracking.store import connect, locate

MakeSweep = Callable[..., Path]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("store")]

RUNS = 4
ENOUGH_TO_HIT = ("--set", "iterations=40", "--set", "image_size=64")
WITHIN_S = 2.0  # a run or two
KILLS = 3


def start(path: Path) -> subprocess.Popen[str]:
    """Start a sweep in a process of its own."""
    command = [sys.executable, "-m", "harness", "sweep", str(path), *ENOUGH_TO_HIT]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,  # noqa: PLW1509 - the test process has no other threads
    )


def hear_ctrl_c() -> None:
    """Undo what a shell does to jobs in the background, CI among them: ignoring SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def statuses(kind: str = "run") -> list[tuple[str, str]]:
    """Return (fingerprint, status) of every run in the store of the working directory."""
    client = connect(locate(None))
    experiments = [one.experiment_id for one in client.search_experiments()]
    found = client.search_runs(experiments, f"tags.`harness.kind` = '{kind}'", max_results=1000)
    return [(run.data.tags.get("harness.fingerprint", ""), run.info.status) for run in found]


def wait_for_line(process: subprocess.Popen[str], word: str) -> None:
    """Read the process's standard error until a line holds a word."""
    assert process.stderr is not None
    for line in process.stderr:
        if word in line:
            return


def test_sigkill_then_continue(make_sweep: MakeSweep) -> None:
    """Killed at random moments between and within runs, every run finishes exactly once."""
    path = make_sweep()
    moments = random.Random(0)
    for _ in range(KILLS):
        process = start(path)
        wait_for_line(process, "[")
        time.sleep(moments.uniform(0, WITHIN_S))
        process.kill()
        process.communicate()

    last = start(path)
    _, messages = last.communicate()

    assert 0 == last.returncode, messages
    finished = Counter(name for name, status in statuses() if status == "FINISHED")
    assert [1] * RUNS == sorted(finished.values())
    assert not [name for name, status in statuses() if status == "RUNNING"]
    assert ["FINISHED"] == [status for _, status in statuses("sweep")]


def test_orphan_is_closed(make_sweep: MakeSweep) -> None:
    """The run in flight when the process was killed is closed as KILLED by the next one."""
    path = make_sweep()
    process = start(path)
    wait_for_line(process, "[1/4")
    time.sleep(0.5)
    process.kill()
    process.communicate()
    assert "RUNNING" in {status for _, status in statuses()}

    again = start(path)
    _, messages = again.communicate()

    assert "closed as KILLED" in messages
    assert {"FINISHED", "KILLED"} == {status for _, status in statuses()}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted(make_sweep: MakeSweep, number: signal.Signals, code: int) -> None:
    """Ctrl-C and SIGTERM print the partial table and how to go on, and exit as shells expect."""
    path = make_sweep()
    process = start(path)
    wait_for_line(process, "[1/4")
    process.send_signal(number)
    table, messages = process.communicate()

    assert code == process.returncode, messages
    assert "style gain" in table
    assert f"harness sweep {path}" in messages
    assert "RUNNING" not in {status for _, status in statuses()}
