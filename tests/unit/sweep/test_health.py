"""What ``harness doctor`` finds, on healthy and on broken machines."""

import contextlib
import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from filelock import FileLock

from harness.cli.doctor import command
from harness.sweep import health
from harness.sweep.health import Finding, State, examine
from harness.sweep.rates import SCHEMA_VERSION
from harness.transfer.pretrained.published import published_file

GIBI = 1024**3

TABLES = """
    CREATE TABLE alembic_version (version_num TEXT);
    CREATE TABLE experiments (experiment_id INTEGER, name TEXT, lifecycle_stage TEXT);
    CREATE TABLE runs (
        run_uuid TEXT, experiment_id INTEGER, lifecycle_stage TEXT, start_time INTEGER
    );
    CREATE TABLE tags (run_uuid TEXT, key TEXT, value TEXT);
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of the test's own, on a machine with memory and without a container."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(health, "CPU_QUOTA", tmp_path / "no container")
    monkeypatch.setattr(health, "MEMORY_LIMIT", tmp_path / "no container")
    monkeypatch.setattr(health, "NVIDIA", tmp_path / "no driver")
    monkeypatch.setattr(health, "_expected_schema", lambda: "here")  # imports MLflow: seconds
    memory = SimpleNamespace(total=16 * GIBI, available=12 * GIBI)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)


def found(topic: str, *, uri: str | None = None) -> list[Finding]:
    """Return what is found on a topic."""
    every = examine(tracking_uri=uri, out=Path("results"))
    return [finding for finding in every if finding.topic == topic]


def states(topic: str, **options: Any) -> list[State]:
    """Return how findings on a topic bear on a sweep."""
    return [finding.state for finding in found(topic, **options)]


@contextlib.contextmanager
def database(name: str = "mlflow.db", revision: str = "here") -> Iterator[sqlite3.Connection]:
    """Make a store with those of MLflow's tables that are read."""
    with contextlib.closing(sqlite3.connect(name)) as connection:
        connection.executescript(TABLES)
        connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
        connection.commit()
        yield connection


def test_healthy_machine_has_no_problem(tmp_path: Path) -> None:
    """A bare machine can run a sweep, and looking leaves nothing behind."""
    every = list(examine(tracking_uri=None, out=Path("results")))

    assert [] == [finding for finding in every if finding.state is State.PROBLEM]
    topics = {"harness", "packages", "processor", "gpu", "precision", "memory", "parameters"}
    assert topics | {"store", "results", "cache", "torch cache"} == {one.topic for one in every}
    assert [] == list(tmp_path.iterdir())


def test_one_broken_part_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that fails itself is a problem with its reason, and the rest is looked at."""

    def broken() -> Iterator[Finding]:
        raise ImportError("libtorch.so: cannot open")

    monkeypatch.setattr(health, "_precision", broken)

    (precision,) = found("precision")
    assert State.PROBLEM is precision.state
    assert "libtorch.so" in precision.text
    assert [State.OK] == states("memory")


def test_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is not installed is named."""
    version = health.version

    def without_optuna(name: str) -> str:
        if name == "optuna":
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(health, "version", without_optuna)

    present, missing = found("packages")
    assert "torch" in present.text
    assert (State.PROBLEM, "not installed: optuna") == (missing.state, missing.text)


@pytest.mark.parametrize(("quota", "state"), [("max 100000", "ok"), ("50000 100000", "note")])
def test_container_with_less_time_than_cores(tmp_path: Path, quota: str, state: str) -> None:
    """A container's limit on processor time is pointed out, since cores do not show it."""
    (tmp_path / "no container").write_text(quota)

    (processor,) = found("processor")

    assert state == processor.state
    assert (state == "note") == ("the time of 0.5" in processor.text)


def test_driver_without_a_gpu_for_pytorch(tmp_path: Path) -> None:
    """Where NVIDIA's driver is but PyTorch sees no GPU, that is said."""
    (tmp_path / "no driver").mkdir()

    (gpu,) = found("gpu")

    assert State.NOTE is gpu.state
    assert "NVIDIA" in gpu.text


@pytest.mark.parametrize(("free", "state"), [(8.0, "ok"), (2.0, "note"), (0.5, "problem")])
def test_memory(monkeypatch: pytest.MonkeyPatch, free: float, state: str) -> None:
    """Little memory is a note; too little for one worker process is a problem."""
    memory = SimpleNamespace(total=16 * GIBI, available=free * GIBI)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)

    assert [state] == states("memory")


def test_memory_of_a_container(tmp_path: Path) -> None:
    """A container's limit counts, not the machine's memory."""
    (tmp_path / "no container").write_text(str(2 * GIBI))

    (memory,) = found("memory")

    assert "2.0 GiB, 2.0 GiB of it free" == memory.text


def test_parameters_that_are_not_there() -> None:
    """Missing parameters are notes that say how to get them, and how large they are."""
    findings = found("parameters")

    assert [State.NOTE] * 3 == [finding.state for finding in findings]
    assert "`harness fetch vgg19` downloads 548 MiB" == findings[0].advice
    assert "LPIPS" in findings[2].text


def test_damaged_parameters() -> None:
    """Parameters with another checksum would stop a sweep: a problem with the way out."""
    path = published_file("vgg19").path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half a download")

    vgg19, *_ = found("parameters")

    assert State.PROBLEM is vgg19.state
    assert "remove it" in vgg19.text


def test_store_to_come() -> None:
    """No store yet is as it should be."""
    store, _ = found("store")

    assert State.OK is store.state
    assert "the first sweep makes" in store.text


def test_store_with_a_sweep() -> None:
    """A store says how many sweeps it has, and that nobody writes."""
    with database() as connection:
        connection.execute("INSERT INTO experiments VALUES (1, 'tiny', 'active')")
        connection.execute("INSERT INTO runs VALUES ('p', 1, 'active', 1)")
        connection.execute("INSERT INTO tags VALUES ('p', 'harness.kind', 'sweep')")
        connection.commit()

    store, _ = found("store")

    assert State.OK is store.state
    assert "1 sweep, " in store.text


def test_damaged_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that SQLite finds wrong are a problem."""
    monkeypatch.setattr(health, "damage", lambda _: "row 7 missing from index runs_pk")
    with database():
        pass

    store, _ = found("store")

    assert State.PROBLEM is store.state
    assert "row 7" in store.text


def test_store_in_use() -> None:
    """A store that a sweep writes to is no problem, but another sweep would wait."""
    with database(), FileLock("mlflow.db.lock"):
        store, _ = found("store")

    assert State.NOTE is store.state
    assert "writes to it now" in store.text


def other_schema() -> None:
    """Make a store of another MLflow."""
    with database(revision="elsewhere"):
        pass


def other_program() -> None:
    """Make another program's database."""
    with contextlib.closing(sqlite3.connect("mlflow.db")) as connection:
        connection.execute("CREATE TABLE people (name TEXT)")


BROKEN_STORES: dict[str, tuple[Callable[[], object], str]] = {
    "text": (lambda: Path("mlflow.db").write_text("a diary of some length"), "another program"),
    "other program": (other_program, "another program"),
    "other schema": (other_schema, "elsewhere"),
    "folder": (lambda: Path("mlflow.db").mkdir(), "cannot be read"),
    "truncated": (lambda: Path("mlflow.db").write_bytes(b"SQLite format 3\0half"), "cannot be"),
}


@pytest.mark.parametrize("name", BROKEN_STORES)
def test_broken_store(name: str) -> None:
    """What cannot serve as a store is a problem with a reason, and is left as it is."""
    make, words = BROKEN_STORES[name]
    make()
    before = {path: path.is_dir() or path.read_bytes() for path in Path().iterdir()}

    store, _ = found("store")

    assert State.PROBLEM is store.state
    assert words in store.text
    assert store.advice
    assert before == {path: path.is_dir() or path.read_bytes() for path in Path().iterdir()}


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (None, "ok", "answers"),
        (urllib.error.URLError("refused"), "problem", "does not answer: refused"),
        (urllib.error.HTTPError("", 401, "Unauthorized", None, None), "note", "401"),  # type: ignore[arg-type]
        (urllib.error.HTTPError("", 502, "Bad Gateway", None, None), "problem", "502"),  # type: ignore[arg-type]
    ],
)
def test_server(
    monkeypatch: pytest.MonkeyPatch, answer: Exception | None, state: str, words: str
) -> None:
    """A server is asked whether it is well, for a few seconds at most."""

    def respond(address: str, *, timeout: float) -> contextlib.nullcontext[None]:
        assert ("http://store.invalid/health", True) == (address, timeout <= 10)
        if answer is not None:
            raise answer
        return contextlib.nullcontext()

    monkeypatch.setattr(urllib.request, "urlopen", respond)

    (store,) = found("store", uri="http://store.invalid/")

    assert state == store.state
    assert words in store.text


@pytest.mark.parametrize(("uri", "state"), [("./mlruns", "problem"), ("postgresql://x", "note")])
def test_other_addresses(uri: str, state: str) -> None:
    """A folder cannot be a store; another kind of database is not looked into."""
    assert [state] == states("store", uri=uri)


@pytest.mark.parametrize(("free", "state"), [(50.0, "ok"), (1.0, "note"), (0.01, "problem")])
def test_disk(monkeypatch: pytest.MonkeyPatch, free: float, state: str) -> None:
    """A disk that fills up is a note, a full one a problem; for a cache never more than a note."""
    usage = SimpleNamespace(free=free * GIBI)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)

    assert [state] == states("results")
    assert State.PROBLEM not in states("cache")


def test_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results that cannot be written are a problem, a cache only a note."""
    monkeypatch.setattr("os.access", lambda *_: False)

    assert [State.PROBLEM] == states("results")
    assert State.NOTE in states("cache")
    assert State.PROBLEM not in states("cache")


def test_file_in_place_of_results() -> None:
    """A file where the results belong is a problem."""
    Path("results").touch()

    (results,) = found("results")
    assert State.PROBLEM is results.state
    assert "is a file" in results.text


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (json.dumps({"schema_version": SCHEMA_VERSION, "rates": {"a machine": {}}}), "ok"),
        (json.dumps({"schema_version": SCHEMA_VERSION + 1, "rates": {}}), "note"),
        ("{", "note"),
        ("[]", "note"),
    ],
)
def test_measured_speeds(content: str, state: str) -> None:
    """A damaged cache of speeds is harmless, and safe to delete."""
    Path("cache").mkdir()
    Path("cache/rates.json").write_text(content)

    speeds = found("cache")[1]

    assert state == speeds.state
    assert (state == "note") == (speeds.advice == "safe to delete")


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_exit_code(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """The command ends with 0 where a sweep could run and with 1 where it could not."""
    well = command.main(arguments, standalone_mode=False)
    Path("mlflow.db").write_text("a diary of some length")
    capsys.readouterr()
    ill = command.main(arguments, standalone_mode=False)

    assert (0, 1) == (well, ill)
    printed = capsys.readouterr().out
    if arguments:
        assert "problem" in {finding["state"] for finding in json.loads(printed)}
    else:
        assert "problem  store" in printed
        assert "1 of these must be mended" in printed
