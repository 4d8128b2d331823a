"""A store's file looked at without MLflow and without writing."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from harness.errors import StoreError
from harness.sweep.tracking.database import (
    Content,
    content_of,
    damage,
    is_locked,
    refuse_foreign,
    schema_revision,
    sweep_names,
)

TABLES = """
    CREATE TABLE alembic_version (version_num TEXT);
    CREATE TABLE experiments (experiment_id INTEGER, name TEXT, lifecycle_stage TEXT);
    CREATE TABLE runs (
        run_uuid TEXT, experiment_id INTEGER, lifecycle_stage TEXT, start_time INTEGER
    );
    CREATE TABLE tags (run_uuid TEXT, key TEXT, value TEXT);
    INSERT INTO alembic_version VALUES ('abc123');
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return a file with those of MLflow's tables that are read, in WAL mode."""
    path = tmp_path / "my store#1.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(TABLES)
    return path


@pytest.fixture
def writer(database: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that stays open, as a sweep's does."""
    connection = sqlite3.connect(database)
    yield connection
    connection.close()


def add_sweep(
    connection: sqlite3.Connection,
    number: int,
    name: str,
    *,
    kind: str = "sweep",
    stage: str = "active",
) -> None:
    """Write an experiment with one run."""
    connection.execute("INSERT INTO experiments VALUES (?, ?, ?)", (number, name, stage))
    connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", (name, number, stage, number))
    connection.execute("INSERT INTO tags VALUES (?, 'harness.kind', ?)", (name, kind))
    connection.commit()


def test_absent_and_empty_hold_nothing(tmp_path: Path) -> None:
    """No file, an empty one and a database without tables are all nothing yet."""
    empty, blank = tmp_path / "empty.db", tmp_path / "blank.db"
    empty.touch()
    with contextlib.closing(sqlite3.connect(blank)) as connection:
        connection.execute("PRAGMA user_version = 1")  # gives the file its header

    assert Content.NOTHING is content_of(tmp_path / "absent.db")
    assert Content.NOTHING is content_of(empty)
    assert Content.NOTHING is content_of(blank)


def test_mlflow_is_recognised(database: Path) -> None:
    """A file with MLflow's tables is MLflow's, and says its schema."""
    refuse_foreign(database)

    assert Content.MLFLOW is content_of(database)
    assert "abc123" == schema_revision(database)
    assert not damage(database)


def test_text_is_foreign(tmp_path: Path) -> None:
    """A file that is no database is another program's."""
    path = tmp_path / "diary.db"
    path.write_text("a diary of some length")

    assert Content.FOREIGN is content_of(path)
    with pytest.raises(StoreError, match="--tracking-uri"):
        refuse_foreign(path)


def test_other_database_is_foreign_and_left_alone(tmp_path: Path) -> None:
    """A database with another program's tables is refused, and not changed."""
    path = tmp_path / "contacts.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE people (name TEXT)")
    before = path.read_bytes()

    assert Content.FOREIGN is content_of(path)
    with pytest.raises(StoreError, match=r"contacts\.db is not MLflow's"):
        refuse_foreign(path)
    assert before == path.read_bytes()


def test_unreadable_is_a_store_error(tmp_path: Path) -> None:
    """A folder in place of the file is an error with a message."""
    with pytest.raises(StoreError, match="cannot read"):
        refuse_foreign(tmp_path)


def test_damaged_database_is_found(database: Path) -> None:
    """Pages overwritten with noise are noticed."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        for number in range(400):
            add_sweep(connection, number, f"sweep {number}")
    content = bytearray(database.read_bytes())
    content[8192:12288] = os.urandom(4096)
    database.write_bytes(content)

    try:
        found = damage(database)
    except sqlite3.DatabaseError:
        found = "not even readable"

    assert found


def test_names_are_those_of_sweeps(database: Path, writer: sqlite3.Connection) -> None:
    """Only experiments with a sweep's parent count, the newest first, deleted ones not at all."""
    add_sweep(writer, 1, "old")
    add_sweep(writer, 2, "new")
    add_sweep(writer, 3, "runs only", kind="run")
    add_sweep(writer, 4, "deleted", stage="deleted")

    assert ["new", "old"] == sweep_names(database)


def test_reads_what_a_writer_has_just_written(database: Path, writer: sqlite3.Connection) -> None:
    """Rows that are still in the log beside the file are read too."""
    assert [] == sweep_names(database)

    add_sweep(writer, 1, "running")

    assert database.with_name(f"{database.name}-wal").exists()
    assert ["running"] == sweep_names(database)


def test_reading_leaves_nothing_behind(database: Path) -> None:
    """Looking changes no file and makes none, although the database is in WAL mode."""
    before = {path: path.read_bytes() for path in database.parent.iterdir()}

    content_of(database)
    schema_revision(database)
    sweep_names(database)
    damage(database)
    is_locked(database)

    assert before == {path: path.read_bytes() for path in database.parent.iterdir()}


def test_lock_of_another_is_seen(database: Path) -> None:
    """The lock of a writer in another process is seen, and not taken away."""
    code = (
        "import sys; from filelock import FileLock\n"
        f"with FileLock({f'{database}.lock'!r}): print('held', flush=True); sys.stdin.read()"
    )
    assert not is_locked(database)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        seen = is_locked(database), is_locked(database)
        process.communicate()

    assert (True, True) == seen
    assert not is_locked(database)
    FileLock(f"{database}.lock").acquire(timeout=0).lock.release()
