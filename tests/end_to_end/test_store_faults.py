"""Disks that fill up, stores that are locked, read-only or another's: one message, then go on."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlflow.entities import Run

from harness.errors import StoreError
from harness.sweep.coordinator import Outcome
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.progress import Progress
from harness.sweep.run import run_sweep
from harness.sweep.tracking import patient
from harness.sweep.tracking.store import connect, locate

MakeSweep = Callable[..., Path]
Watch = Callable[[Progress], None]

MOUNT = "/bin/mount"
UNMOUNT = "/bin/umount"
RUNS = 4
STORE_FAILED = 4
DISK_BYTES = 8 << 20
BLOCK = bytes(4096)
LONG_ENOUGH = ("iterations=80", "image_size=64")
LOCK = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
"""


def mount(*arguments: str) -> None:
    """Mount something, or skip the test."""
    words = [MOUNT, *arguments]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"needs the right to mount: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a small disk."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder))
    yield folder
    subprocess.run([UNMOUNT, "--lazy", str(folder)], check=True)  # MLflow keeps files open


@pytest.fixture
def read_only() -> Iterator[Callable[[Path], None]]:
    """Return a function that makes a file or folder read-only, for root too."""
    with contextlib.ExitStack() as stack:

        def protect(path: Path) -> None:
            mount("--bind", str(path), str(path))
            unmount = [UNMOUNT, "--lazy", str(path)]
            stack.callback(subprocess.run, unmount, check=True)
            mount("-o", "remount,bind,ro", str(path))

        yield protect


def fill(disk: Path) -> Path:
    """Fill a disk up; return the file to delete afterwards."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(BLOCK)
    return ballast


def in_second_run(act: Callable[[], object]) -> Watch:
    """Return a watcher that acts once, when one run is done and the next is under way."""
    acted = []

    def watch(progress: Progress) -> None:
        steps = [run.step for run in progress.under_way.values() if run.step is not None]
        if progress.done and steps and not acted:
            acted.append(steps)
            act()

    return watch


def sweep(path: Path, *, watch: Watch | None = None, **options: object) -> Outcome:
    """Run the sweep in this process."""
    spec, pictures = load_with_pictures(path, LONG_ENOUGH)
    chosen = Options(workers=0, **options)  # type: ignore[arg-type]
    return run_sweep(spec, pictures, chosen, watch=watch)


def command(path: Path, *options: str) -> list[str]:
    """Return the command that a user would give."""
    overrides = [word for text in LONG_ENOUGH for word in ("--set", text)]
    words = [sys.executable, "-m", "harness", "sweep", str(path), "--workers", "0"]
    return [*words, *overrides, *options]


def harness(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Give the command and wait."""
    return subprocess.run(command(path, *options), capture_output=True, text=True, check=False)


def start(path: Path, *options: str) -> subprocess.Popen[str]:
    """Give the command, and return once its first run is done."""
    process = subprocess.Popen(
        command(path, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if f"[1/{RUNS}" in line:
            return process
    raise AssertionError(process.communicate())


@contextlib.contextmanager
def locked(database: Path, seconds: float) -> Iterator[None]:
    """Have another process lock a database, for some seconds or until the context ends."""
    words = [sys.executable, "-c", LOCK, str(database), str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "locked\n" == process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


def runs(kind: str = "run", uri: str | None = None) -> list[Run]:
    """Return every run of the sweep in the store."""
    client = connect(locate(uri))
    found = client.get_experiment_by_name("tiny")
    if found is None:
        return []
    return list(client.search_runs([found.experiment_id], f"tags.`harness.kind` = '{kind}'"))


def assert_complete(uri: str | None = None) -> None:
    """Assert that all is done, once, and nothing is left open."""
    finished = Counter(
        run.data.tags["harness.fingerprint"]
        for run in runs(uri=uri)
        if run.info.status == "FINISHED"
    )
    assert [1] * RUNS == list(finished.values())
    assert "RUNNING" not in {run.info.status for run in runs(uri=uri)}
    assert ["FINISHED"] == [run.info.status for run in runs("sweep", uri)]


def assert_kind(message: str) -> None:
    """Assert that a message says what is the matter and what to do, in words."""
    assert "no space is left" in message
    assert "Free some" in message
    assert "the same command goes on" in message
    assert "Traceback" not in message


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_full_disk(make_sweep: MakeSweep, disk: Path) -> None:
    """The command says that the disk is full and exits with 4; with space it goes on."""
    path = make_sweep()
    shutil.copy("mlflow.db", disk)
    uri = f"sqlite:///{disk}/mlflow.db"
    process = start(path, "--tracking-uri", uri)
    ballast = fill(disk)
    _, message = process.communicate()

    assert STORE_FAILED == process.returncode, message
    assert_kind(message)
    assert str(disk) in message
    ballast.unlink()
    again = harness(path, "--tracking-uri", uri)
    assert 0 == again.returncode, again.stderr
    assert "done already" in again.stderr
    assert_complete(uri)


@pytest.mark.slow
@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("where", ["database", "pictures", "results", "temporary files"])
def test_full_disk_under(
    make_sweep: MakeSweep, disk: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Whichever folder is on the full disk, the message names it and nothing finished is lost."""
    path = make_sweep()
    options: dict[str, object] = {}
    if where == "database":
        shutil.copy("mlflow.db", disk)
        options["tracking_uri"] = f"sqlite:///{disk}/mlflow.db"
        Path("elsewhere").mkdir()
        (disk / "mlruns").symlink_to(Path("elsewhere").resolve())
    elif where == "pictures":
        Path("mlruns").symlink_to(disk)
    elif where == "results":
        options["out"] = disk / "results"
    else:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))

    with pytest.raises(StoreError) as raised:
        sweep(path, watch=in_second_run(lambda: fill(disk)), **options)

    assert_kind(str(raised.value))
    assert str(Path("mlruns").absolute() if where == "pictures" else disk) in str(raised.value)
    (disk / "ballast").unlink()
    outcome = sweep(path, **options)
    assert (0, 0) == (outcome.failed, outcome.missing)
    assert_complete(str(options["tracking_uri"]) if where == "database" else None)


@pytest.mark.usefixtures("store")
def test_results_on_a_full_disk(make_sweep: MakeSweep, disk: Path) -> None:
    """Where no results could be kept nothing is begun."""
    path = make_sweep()
    fill(disk)

    with pytest.raises(StoreError, match=r"no space is left .* --out"):
        sweep(path, out=disk / "results")

    assert [] == runs()


def test_new_store_on_a_full_disk(make_sweep: MakeSweep, disk: Path) -> None:
    """A store that could not be made leaves nothing that a later one would stumble over."""
    path = make_sweep()
    uri = f"sqlite:///{disk}/mlflow.db"
    ballast = fill(disk)

    with pytest.raises(StoreError) as raised:
        sweep(path, tracking_uri=uri)

    assert_kind(str(raised.value))
    assert {"ballast", "mlflow.db.lock"} >= {file.name for file in disk.iterdir()}
    ballast.unlink()
    connect(locate(uri))


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_lock_is_waited_for(
    make_sweep: MakeSweep, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A database that another process locks for some seconds is waited for, and it is said."""
    monkeypatch.setattr(patient, "SILENCE_S", 1.0)
    with contextlib.ExitStack() as stack, caplog.at_level("WARNING", logger="harness"):
        lock = in_second_run(lambda: stack.enter_context(locked(Path("mlflow.db"), 3)))

        outcome = sweep(make_sweep(), watch=lock)

    assert (0, 0) == (outcome.failed, outcome.missing)
    assert "mlflow.db has not answered for 1 s: another process has locked it" in caplog.text
    assert_complete()


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_lock_that_stays(make_sweep: MakeSweep, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that stays locked ends the sweep, once; afterwards the same call goes on."""
    monkeypatch.setattr(patient, "LOCKED_S", 1.0)  # SQLite itself waits for 20 s
    path = make_sweep()
    with contextlib.ExitStack() as stack:
        lock = in_second_run(lambda: stack.enter_context(locked(Path("mlflow.db"), 600)))

        with pytest.raises(StoreError, match=r"locked by another process.*End that process"):
            sweep(path, watch=lock)

    assert "RUNNING" in {run.info.status for run in runs()}  # it could not be closed
    assert 0 == sweep(path).missing
    assert_complete()


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_second_sweep_on_a_store(make_sweep: MakeSweep) -> None:
    """While a sweep writes to a store a second one is refused, and the first does not notice."""
    path = make_sweep()
    first = start(path)
    second = harness(make_sweep("other"))
    _, message = first.communicate()

    assert STORE_FAILED == second.returncode, second.stderr
    assert "another harness is writing" in second.stderr
    assert "Wait for it to end" in second.stderr
    assert 0 == first.returncode, message
    assert_complete()


@pytest.mark.usefixtures("store")
def test_read_only_results(make_sweep: MakeSweep, read_only: Callable[[Path], None]) -> None:
    """Where no results may be written nothing is begun."""
    path = make_sweep()
    Path("results").mkdir()
    read_only(Path("results").resolve())

    with pytest.raises(StoreError, match=r"results cannot be written .* --out"):
        sweep(path)

    assert [] == runs()


def test_read_only_folder_of_the_store(
    make_sweep: MakeSweep, read_only: Callable[[Path], None]
) -> None:
    """A store that cannot be made is an error before anything is run."""
    path = make_sweep()
    folder = Path("shelf").resolve()
    folder.mkdir()
    read_only(folder)

    with pytest.raises(StoreError, match=r"cannot be written\. Make it writable"):
        sweep(path, tracking_uri=f"sqlite:///{folder}/mlflow.db")

    assert [] == list(folder.iterdir())
    assert not Path("results").exists()


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("name", ["mlflow.db", "mlruns"])
def test_read_only_store(
    make_sweep: MakeSweep, read_only: Callable[[Path], None], name: str
) -> None:
    """A database or a folder of pictures that may not be written is told before the first run."""
    path = make_sweep()
    Path("mlruns").mkdir()
    read_only(Path(name).resolve())

    with pytest.raises(StoreError, match=r"cannot be written\. Make it writable"):
        sweep(path)

    assert [] == runs()
