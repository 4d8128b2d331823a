"""Files that are no store of this MLflow are refused in one message, and stay as they are."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import StoreError
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep
from harness.sweep.tracking.store import connect, locate

MakeSweep = Callable[..., Path]


def other_program(path: Path) -> None:
    """Make the database of another program."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE experiments (dish TEXT)")


def text(path: Path) -> None:
    """Make a file that is no database."""
    path.write_text("a diary")


def newer(path: Path) -> None:
    """Turn a store into one that a later MLflow made."""
    _set_schema(path, "ffffffffffff")


def older(path: Path) -> None:
    """Turn a store into one that an earlier MLflow made."""
    _set_schema(path, "451aebb31d03")  # the first of MLflow's migrations
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE trace_info")  # so that MLflow would set about migrating


def damaged(path: Path) -> None:
    """Overwrite the pages that hold a store's list of tables."""
    content = bytearray(path.read_bytes())
    content[100:8192] = bytes(range(256)) * 31 + bytes(156)
    path.write_bytes(content)


def _set_schema(path: Path, revision: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (other_program, "belongs to another program"),
        (text, "belongs to another program"),
        (newer, "newer MLflow .* Install that MLflow"),
        (older, "older MLflow .* `mlflow db upgrade sqlite:///"),
        (damaged, "damaged. Put back a copy"),
    ],
)
def test_unusable_database(
    make_sweep: MakeSweep,
    empty_store: Path,
    capfd: pytest.CaptureFixture[str],
    make: Callable[[Path], None],
    words: str,
) -> None:
    """A file that is not a store of this MLflow is refused in one message and left as it is."""
    path = make_sweep()
    database = Path("mlflow.db")
    if make in (newer, older, damaged):
        shutil.copy(empty_store, database)
    make(database)
    checkpoint(database)
    before = database.read_bytes()

    with pytest.raises(StoreError, match=words) as raised:
        run_sweep(*load_with_pictures(path), Options(workers=0))

    assert "--tracking-uri" in str(raised.value)
    assert before == database.read_bytes()
    assert "Traceback" not in "".join(capfd.readouterr())
    assert not Path("results").exists()


def checkpoint(database: Path) -> None:
    """Have SQLite write everything to the file itself, where it is SQLite's."""
    with (
        contextlib.suppress(sqlite3.DatabaseError),
        contextlib.closing(sqlite3.connect(database)) as connection,
    ):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.usefixtures("store")
def test_opening_a_store_again_keeps_its_locks() -> None:
    """What another process writes is seen, however often this one has opened the store.

    Were the file opened and closed but by SQLite, the locks of the open connections would be
    lost; the other process would then remove the log that they still read from.
    """
    write = "import sqlite3, sys; connection = sqlite3.connect('mlflow.db'); "
    write += "connection.execute('INSERT INTO experiment_tags VALUES (?, ?, 0)', sys.argv[1:]); "
    write += "connection.commit(); connection.close()"
    for number in range(3):
        client = connect(locate(None))
        subprocess.run([sys.executable, "-c", write, str(number), "written"], check=True)

        assert number + 1 == len(client.get_experiment("0").tags)
