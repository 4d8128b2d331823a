"""The MLflow store: where it is, who may write, and what a dead process left behind."""

import contextlib
import logging
import os
import sqlite3
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from filelock import FileLock, Timeout

from harness.errors import StoreError
from harness.sweep.owner import Owner
from harness.sweep.tracking.names import Kind, Status, Tag
from harness.sweep.tracking.patient import patient

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = [
    "Location",
    "close_orphans",
    "connect",
    "local_path",
    "locate",
    "search",
    "search_everywhere",
    "writing",
]

logger = logging.getLogger(__name__)

SQLITE = "sqlite:///"
DEFAULT_DATABASE = "mlflow.db"
DEFAULT_ARTIFACTS = "mlruns"
PAGE = 1000
# A local-first tool sends no usage data, prints no banners and never cuts a value short.
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
    "MLFLOW_TRUNCATE_LONG_VALUES": "false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where a store is: an absolute URI and, for SQLite, the database file."""

    uri: str
    database: Path | None

    @property
    def artifacts(self) -> Path | None:
        """Folder of the artifacts beside a SQLite file; None where a server decides."""
        return self.database.parent / DEFAULT_ARTIFACTS if self.database is not None else None

    @property
    def exists(self) -> bool:
        """Whether there is something to read (a server is taken to exist)."""
        return self.database is None or self.database.exists()


def locate(option: str | None) -> Location:
    """Return the store: the option, else ``MLFLOW_TRACKING_URI``, else ``./mlflow.db``.

    Raises:
        StoreError: The URI is a plain folder, which MLflow no longer writes to.
    """
    uri = option or os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}{DEFAULT_DATABASE}"
    if uri.startswith("sqlite:"):
        database = Path(uri.removeprefix(SQLITE)).expanduser().resolve()
        return Location(uri=f"{SQLITE}{database}", database=database)
    if urlsplit(uri).scheme in ("", "file"):
        raise StoreError(
            f"{uri} is a folder; MLflow keeps runs in a database. "
            f"Use --tracking-uri sqlite:///{Path(uri) / DEFAULT_DATABASE} or a server's address."
        )
    return Location(uri=uri, database=None)


def connect(location: Location) -> "MlflowClient":
    """Return a client of the store, creating a SQLite database on first use.

    Raises:
        StoreError: The database cannot be created, opened or is not MLflow's.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations between MLflow and its own libraries
        from mlflow import MlflowClient  # noqa: PLC0415 - costs 2.6 s: not for --help

        for noisy in ("alembic", "mlflow.store.db.utils"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        fresh = location.database is not None and not location.database.exists()
        try:
            client = MlflowClient(tracking_uri=location.uri)
            client.search_experiments(max_results=1)
        except Exception as error:
            raise StoreError(_open_failed(location, error)) from error
    if fresh and location.database is not None:
        _use_write_ahead_log(location.database)
    return patient(client, str(location.database or location.uri))


def _open_failed(location: Location, error: Exception) -> str:
    first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
    return (
        f"cannot open the MLflow store {location.uri}: {first_line}. "
        "Check that the folder is writable and the file is MLflow's, or name another store "
        "with --tracking-uri."
    )


def _use_write_ahead_log(database: Path) -> None:
    """Let ``harness ui`` read while a sweep writes; the mode persists in the file."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


@contextlib.contextmanager
def writing(location: Location) -> Iterator["MlflowClient"]:
    """Hold the store's writer lock and yield a client.

    Raises:
        StoreError: Another harness writes to the same store, or it cannot be opened.
    """
    if location.database is None:
        yield connect(location)
        return
    lock = FileLock(f"{location.database}.lock")
    try:
        location.database.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StoreError(
            f"another harness is writing to {location.database}. Wait for it to end, or name "
            "another store with --tracking-uri; `harness ui` can read meanwhile."
        ) from error
    except OSError as error:
        raise StoreError(_open_failed(location, error)) from error
    try:
        yield connect(location)
    finally:
        lock.release()


def close_orphans(client: "MlflowClient") -> int:
    """Mark runs KILLED whose process on this host is gone; return how many there were."""
    closed = 0
    text = f"attributes.status = '{Status.RUNNING}' AND tags.`{Tag.OWNER}` IS NOT NULL"
    for run in search_everywhere(client, text):
        owner = Owner.parse(run.data.tags[Tag.OWNER])
        if not owner.is_gone():
            continue
        client.set_tag(run.info.run_id, Tag.REASON, "killed: its process ended before the run did")
        client.set_terminated(run.info.run_id, Status.KILLED)
        closed += run.data.tags.get(Tag.KIND) == Kind.RUN
    return closed


def search_everywhere(client: "MlflowClient", text: str) -> Iterator["Run"]:
    """Yield the runs of all experiments that match a filter."""
    experiments = [one.experiment_id for one in client.search_experiments()]
    yield from search(client, experiments, text)


def search(client: "MlflowClient", experiments: list[str], text: str) -> Iterator["Run"]:
    """Yield the runs of some experiments that match a filter, page by page."""
    token: str | None = None
    while experiments:
        page = client.search_runs(experiments, text, max_results=PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def local_path(uri: str) -> Path | None:
    """Return the folder behind an artifact URI on this machine; None for a remote one."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return Path(uri) if not parts.scheme else None
