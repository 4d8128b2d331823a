"""MLflow's page in a real browser: a person finds the sweep and its runs there."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep
from harness.sweep.tracking.store import connect, locate
from harness.sweep.tracking.stored import find_parent

pytestmark = pytest.mark.slow

START_S = 90
CHROMIUM = os.environ.get("HARNESS_CHROMIUM") or shutil.which("chromium") or "chromium"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def page(make_sweep: Callable[..., Path]) -> Iterator[str]:
    """Run a tiny sweep, serve its store with ``harness ui``, and yield the address."""
    run_sweep(*load_with_pictures(make_sweep()), Options())
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "harness", "ui", "--port", str(port)])
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address)
        yield address
    finally:
        server.terminate()
        server.wait()


def wait_for(address: str) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/health", timeout=2)  # noqa: S310 - our own server
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise TimeoutError(address)


def test_parent_shows_the_answer_and_its_runs(page: str, tmp_path: Path) -> None:
    """The sweep's page, after its scripts have run, shows the answer, the table and the runs."""
    client = connect(locate(None))
    experiment = client.get_experiment_by_name("tiny")
    assert experiment is not None
    parent = find_parent(client, "tiny")
    text = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--window-size=1600,1000",
            "--virtual-time-budget=20000",
            "--dump-dom",
            f"{page}/#/experiments/{experiment.experiment_id}/runs/{parent}",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout

    assert "sweep tiny" in text
    assert "2 pairs are too few" in text
    assert "weights.style=10 | c0 × s0, seed 0" in text
