"""A SQLite store looked at without MLflow and without writing: what it is, what sweeps it has.

MLflow takes seconds to import, and opening a file with it may add MLflow's tables to it.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path

from filelock import FileLock, Timeout

from harness.errors import StoreError
from harness.sweep.tracking.names import Kind, Status, Tag

__all__ = [
    "Content",
    "content_of",
    "damage",
    "is_finished",
    "is_locked",
    "lock_file",
    "refuse_foreign",
    "schema_revision",
    "sweep_names",
]

PATIENCE_S = 2.0
SQLITE_HEADER = b"SQLite format 3\x00"
TABLES = frozenset({"alembic_version", "experiments", "runs", "tags"})


class Content(Enum):
    """What a store's file holds."""

    NOTHING = auto()  # no file, or an empty one, which MLflow makes its own
    MLFLOW = auto()
    FOREIGN = auto()


def content_of(database: Path) -> Content:
    """Return what a file holds, by its header and its tables.

    Args:
        database: The file; it need not exist.

    Raises:
        OSError: The file cannot be read.
        sqlite3.Error: It is a database that cannot be read.
    """
    if not database.exists():
        return Content.NOTHING
    with database.open("rb") as file:
        header = file.read(len(SQLITE_HEADER))
    if not header:
        return Content.NOTHING
    if header != SQLITE_HEADER:
        return Content.FOREIGN
    with _reading(database) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = {str(name) for (name,) in rows}
    if not tables:
        return Content.NOTHING
    return Content.MLFLOW if tables >= TABLES else Content.FOREIGN


def refuse_foreign(database: Path) -> None:
    """Stop before MLflow puts its tables into another program's file.

    Raises:
        StoreError: The file is no MLflow store, or cannot be read.
    """
    try:
        foreign = content_of(database) is Content.FOREIGN
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"cannot read {database}: {error}") from error
    if foreign:
        raise StoreError(
            f"{database} is not MLflow's: it belongs to another program and was left alone. "
            "Name another store with --tracking-uri sqlite:///PATH."
        )


def schema_revision(database: Path) -> str:
    """Return the version of MLflow's tables in a store, as MLflow names it.

    Raises:
        OSError: The file cannot be read.
        sqlite3.Error: The database cannot be read.
    """
    with _reading(database) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row is not None else ""


def sweep_names(database: Path) -> list[str]:
    """Return the names of a store's sweeps, the newest first.

    Raises:
        OSError: The file cannot be read.
        sqlite3.Error: The database cannot be read.
    """
    query = """
        SELECT experiments.name, max(runs.start_time) AS begun
        FROM experiments
        JOIN runs ON runs.experiment_id = experiments.experiment_id
        JOIN tags ON tags.run_uuid = runs.run_uuid
        WHERE tags.key = ? AND tags.value = ?
            AND runs.lifecycle_stage = 'active' AND experiments.lifecycle_stage = 'active'
        GROUP BY experiments.name
        ORDER BY begun DESC
    """
    with _reading(database) as connection:
        rows = connection.execute(query, (Tag.KIND, Kind.SWEEP)).fetchall()
    return [str(name) for name, _ in rows]


def is_finished(database: Path, sweep: str) -> bool:
    """Whether a sweep was finished when it was last run; a hint, since its file may have changed.

    Raises:
        OSError: The file cannot be read.
        sqlite3.Error: The database cannot be read.
    """
    query = """
        SELECT count(*)
        FROM experiments
        JOIN runs ON runs.experiment_id = experiments.experiment_id
        JOIN tags ON tags.run_uuid = runs.run_uuid
        WHERE tags.key = ? AND tags.value = ? AND experiments.name = ? AND runs.status = ?
            AND runs.lifecycle_stage = 'active'
    """
    with _reading(database) as connection:
        facts = (Tag.KIND, Kind.SWEEP, sweep, Status.FINISHED)
        (count,) = connection.execute(query, facts).fetchone()
    return bool(count)


def damage(database: Path) -> str:
    """Return what SQLite finds wrong with the pages of a database; empty if nothing.

    Reads the whole file.

    Raises:
        OSError: The file cannot be read.
        sqlite3.Error: It cannot be read far enough to be checked.
    """
    with _reading(database) as connection:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    return "" if found == "ok" else str(found)


@contextlib.contextmanager
def _reading(database: Path) -> Iterator[sqlite3.Connection]:
    """Open a database so that nothing is written, not even a file beside it.

    Where no log of recent writes lies beside it, the file is complete; then it is opened as one
    that does not change, since a reader of a database in WAL mode would leave two files behind.
    """
    logs = (database.with_name(f"{database.name}{suffix}") for suffix in ("-wal", "-journal"))
    mode = "mode=ro" if any(log.exists() for log in logs) else "immutable=1"
    address = f"{database.absolute().as_uri()}?{mode}"
    connection = sqlite3.connect(address, uri=True, timeout=PATIENCE_S)
    with contextlib.closing(connection):
        yield connection


def lock_file(database: Path) -> Path:
    """Return the file whose lock the writer of a store holds."""
    return database.with_name(f"{database.name}.lock")


def is_locked(database: Path) -> bool:
    """Whether a harness writes to the store now.

    Raises:
        OSError: The lock's file cannot be opened.
    """
    path = lock_file(database)
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False
