"""``harness list`` and ``harness remove`` on an MLflow server, a real one."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mlflow.entities import ViewType

from harness.cli.doctor import command as doctor
from harness.cli.list import command as list_command
from harness.cli.remove import command as remove_command
from harness.errors import InputError

StoredSweep = Callable[..., Any]

pytestmark = pytest.mark.slow

PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a server with a store of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    arguments = ["--backend-store-uri", "sqlite:///mlflow.db", "--artifacts-destination", "files"]
    command = [sys.executable, "-m", "mlflow", "server", *arguments, "--workers", "1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + PATIENCE_S
    while not answers(address):
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.5)
    yield address
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def answers(address: str) -> bool:
    """Whether the server has started."""
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5):  # noqa: S310 - our own
            return True
    except urllib.error.URLError:
        return False


@pytest.fixture(autouse=True)
def use_server(server: str, monkeypatch: pytest.MonkeyPatch, store: None) -> None:
    """Name the server in the environment; the file in the working directory is not used."""
    del store
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)


def call(command: Any, *arguments: str) -> str:
    """Run a command; return all that it said."""
    done = CliRunner().invoke(command, list(arguments))
    if done.exception is not None:
        raise done.exception
    return done.output


def test_list_reads_the_servers_files(stored_sweep: StoredSweep) -> None:
    """The list of a sweep's runs is fetched from the server."""
    sweep = stored_sweep("listed")
    sweep.end("FAILED", a=sweep.add("a"), b=None)

    assert "listed  1 of 2  incomplete" in call(list_command)
    assert "v        1 of 2" in call(list_command, "listed")


def test_removed_sweep_is_in_the_servers_trash(stored_sweep: StoredSweep) -> None:
    """Runs are marked deleted, results here are gone, the name is free, and the rest is told."""
    sweep = stored_sweep("gone")
    run_id = sweep.add("a")
    sweep.end(a=run_id)

    said = call(remove_command, "gone", "--yes")

    assert "1 run marked deleted on the server" in said
    assert f"`mlflow gc --experiment-ids {sweep.experiment}`" in said
    assert "deleted" == sweep.client.get_run(run_id).info.lifecycle_stage
    assert not Path("results/gone").exists()
    with pytest.raises(InputError, match="gone"):
        call(remove_command, "gone", "--yes")
    stored_sweep("gone")


def test_shared_runs_stay_on_the_server(stored_sweep: StoredSweep) -> None:
    """Runs that another sweep uses are not marked deleted, however often it is asked."""
    first, second = stored_sweep("first"), stored_sweep("second")
    used = first.add("a")
    first.end(a=used, b=first.add("b"))
    second.end(a=used)

    assert "1 run that second uses" in call(remove_command, "first", "--yes")
    assert "nothing was removed" in call(remove_command, "first", "--yes")

    found = first.client.search_runs([first.experiment], run_view_type=ViewType.ACTIVE_ONLY)
    assert [used] == [run.info.run_id for run in found]


def test_doctor_asks_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    """A server that answers is well."""
    assert 0 == doctor.main([], standalone_mode=False)
    assert "ok       store       the server" in capsys.readouterr().out
