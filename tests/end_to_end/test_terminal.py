"""What a person at a terminal sees while a sweep runs."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MakeSweep = Callable[..., Path]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("store")]


def on_a_terminal(*arguments: str) -> str:
    """Run the command with a terminal as its standard error; return what it showed there."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "harness", *arguments]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "140"}
    process = subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
    os.close(ours)
    assert 0 == process.wait()
    return shown.decode()


@pytest.mark.parametrize("workers", ["0", "1"])
def test_progress(make_sweep: MakeSweep, workers: str) -> None:
    """A terminal shows what is done and left, the time left, and each run's step and losses."""
    path = make_sweep()

    shown = on_a_terminal(
        "sweep",
        str(path),
        "--workers",
        workers,
        "--set",
        "iterations=60",
        "--set",
        "image_size=64",
    )

    assert re.search(r"1 done · 3 left · \d+ s", shown)
    assert re.search(r"\d+/60  .*total \S+  weights.style=1 \| c0 × s0, seed 0", shown)
    assert re.search(r"\[4/4\] .*: style gain", shown)
