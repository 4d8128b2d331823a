"""A study in a process of its own, really killed: nothing is lost, nothing is done twice."""

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

Bench = Any  # see conftest.py

pytestmark = pytest.mark.slow

CASES = 2
BUDGET = 8
FORGETS = (False, True, False, True)  # whether the study's file is deleted after the kill
SEARCH = {"halving": {"iterations": 2, "keep": 0.5}}
ENOUGH_TO_HIT = ("iterations=20", "image_size=64")


def start(path: Path) -> subprocess.Popen[str]:
    """Start the study."""
    overrides = [word for text in ENOUGH_TO_HIT for word in ("--set", text)]
    command = [sys.executable, "-m", "harness", "sweep", str(path), *overrides, "--workers", "0"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def wait_for_lines(process: subprocess.Popen[str], count: int) -> None:
    """Read the process's messages until so many runs have ended."""
    assert process.stderr is not None
    for line in process.stderr:
        count -= line.startswith("[")
        if not count:
            return


@pytest.mark.usefixtures("store")
def test_sigkill_then_continue(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between and within runs, with or without its file, the study ends as planned."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    path = bench.write(limits={"max_variants": BUDGET}, search=SEARCH)
    moments = random.Random(1)
    for is_forgotten in FORGETS:
        process = start(path)
        wait_for_lines(process, moments.randint(2, 5))
        process.kill()
        process.communicate()
        if is_forgotten:
            Path("study.db").unlink()

    last = start(path)
    _, messages = last.communicate()

    assert 0 == last.returncode, messages
    finished = Counter(bench.finished())
    assert {1} == set(finished.values())
    assert "RUNNING" not in {run.info.status for run in bench.runs()}
    trials = bench.trials()
    assert [*range(BUDGET)] == [one["number"] for one in trials]
    assert {"finished", "pruned"} == {one["state"] for one in trials}
    points = [tuple(one["point"].items()) for one in trials]
    assert BUDGET == len(set(points))
    levels = Counter(
        (run.data.tags["harness.trial"], run.data.tags["harness.level"])
        for run in bench.runs()
        if run.info.status == "FINISHED"
    )
    assert {CASES} == set(levels.values())
    assert 0 == bench.run(path, *ENOUGH_TO_HIT, workers=0).failed
    assert finished == Counter(bench.finished())
    assert trials == bench.trials()
