"""The MLflow store: where it is, who may write, and what a dead process left behind."""

import contextlib
import logging
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from filelock import FileLock, Timeout

from harness.errors import StoreError
from harness.sweep.owner import Owner
from harness.sweep.tracking.database import refuse_foreign, schema_revision
from harness.sweep.tracking.names import Kind, Status, Tag
from harness.sweep.tracking.patient import Patience

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = [
    "ACTIVE",
    "EVERY",
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
ACTIVE, EVERY = 1, 3  # mlflow.entities.ViewType: without and with what is deleted
NOT_MLFLOWS = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)  # no database; no such table
NEW = ".new-"  # after its name: the folder in which a database is made
NOISY = ("alembic", "mlflow.store.db.utils", "mlflow.store.tracking.sqlalchemy_store")
# A local-first tool sends no usage data, prints no banners and never cuts a value short.
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
    "MLFLOW_TRUNCATE_LONG_VALUES": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # of a server that is down; the default is minutes
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
    for noisy in NOISY:  # what goes wrong is said once, by our errors
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    patience = _patience(location)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations between MLflow and its own libraries
        try:
            if location.database is not None:
                _make_or_check(location.database, patience)
            return patience.client(_open(location.uri))
        except StoreError:
            raise
        except Exception as error:
            raise StoreError(_open_failed(location, error)) from error


def _patience(location: Location) -> Patience:
    if location.database is None or location.artifacts is None:
        return Patience(location.uri)
    return Patience(str(location.database), (location.database.parent, location.artifacts))


def _open(uri: str) -> "MlflowClient":
    from mlflow import MlflowClient  # noqa: PLC0415 - costs 2.6 s: not for --help

    client = MlflowClient(tracking_uri=uri)
    client.search_experiments(max_results=1)
    return client


def _make_or_check(database: Path, patience: Patience) -> None:
    """Make a database that is not there; refuse one that MLflow would change or cannot use."""
    if not database.exists() or not database.stat().st_size:
        _make(database)
    else:
        patience.call(_refuse_unusable, database)


def _make(database: Path) -> None:
    """Make an empty database, which appears whole or not at all.

    MLflow makes its tables in some seconds and many steps; what an interruption leaves of them
    could neither be used nor completed.
    """
    prefix = f"{database.name}{NEW}"
    for left in database.parent.glob(f"{prefix}*"):  # by a process that was killed here
        shutil.rmtree(left, ignore_errors=True)
    # Another folder each time: MLflow keeps a connection to whatever it failed to make.
    folder = Path(tempfile.mkdtemp(dir=database.parent, prefix=prefix))
    new = folder / database.name
    try:
        client = _open(f"{SQLITE}{new}")
        client._tracking_client.store.engine.dispose()  # noqa: SLF001 - else the file stays open
        with contextlib.closing(sqlite3.connect(new)) as connection:
            # Lets `harness ui` read while a sweep writes; the mode persists in the file.
            connection.execute("PRAGMA journal_mode=WAL")
        new.replace(database)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_unusable(database: Path) -> None:
    """Stop before MLflow migrates another version's database, or fails on it.

    Looks at it through SQLite alone: closing any other handle on the file would drop the locks
    that this process's open connections hold on it (sqlite.org/howtocorrupt.html, 2.2).

    Raises:
        StoreError: It is not MLflow's, or another version's; with what to do.
    """
    import mlflow  # noqa: PLC0415 - see _open
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - comes with MLflow

    scripts = ScriptDirectory(str(Path(mlflow.__file__).parent / "store" / "db_migrations"))
    try:
        found = schema_revision(database)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode not in NOT_MLFLOWS:
            raise
        refuse_foreign(database)
        return  # it has no tables at all
    if found in scripts.get_heads():
        return
    refuse_foreign(database)  # MLflow is not alone in keeping its revision there
    if found in {script.revision for script in scripts.walk_revisions()}:
        raise StoreError(
            f"{database} was made by an older MLflow (schema {found}) than {mlflow.__version__} "
            f"and was left as it is. Copy the file, then `mlflow db upgrade {SQLITE}{database}`, "
            "or name another store with --tracking-uri."
        )
    raise StoreError(
        f"{database} was made by a newer MLflow (schema {found}) than {mlflow.__version__} and "
        "was left as it is. Install that MLflow, or name another store with --tracking-uri."
    )


def _open_failed(location: Location, error: Exception) -> str:
    if explained := _patience(location).explain(error):
        return explained
    first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
    return (
        f"cannot open the MLflow store {location.uri}: {first_line}. "
        "Check that the folder is writable and the file is MLflow's, or name another store "
        "with --tracking-uri."
    )


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
        client = connect(location)
        _close_own(client)
        yield client
    finally:
        lock.release()


def close_orphans(client: "MlflowClient") -> int:
    """Mark runs KILLED whose process on this host is gone; return how many there were."""
    return _close(client, Owner.is_gone, "killed: its process ended before the run did")


def _close_own(client: "MlflowClient") -> None:
    """Mark runs KILLED that an earlier call in this process, a notebook's, could not close.

    Only for who holds the writer lock: then nothing of this process can be under way.
    """
    own = Owner.this_process()
    _close(client, lambda owner: owner == own, "killed: the sweep ended before the run did")


def _close(client: "MlflowClient", ended: Callable[[Owner], bool], reason: str) -> int:
    closed = 0
    text = f"attributes.status = '{Status.RUNNING}' AND tags.`{Tag.OWNER}` IS NOT NULL"
    for run in search_everywhere(client, text):
        if not ended(Owner.parse(run.data.tags[Tag.OWNER])):
            continue
        client.set_tag(run.info.run_id, Tag.REASON, reason)
        client.set_terminated(run.info.run_id, Status.KILLED)
        closed += run.data.tags.get(Tag.KIND) in (Kind.RUN, Kind.CHECK)
    return closed


def search_everywhere(client: "MlflowClient", text: str) -> Iterator["Run"]:
    """Yield the runs of all experiments that match a filter."""
    experiments = [one.experiment_id for one in client.search_experiments()]
    yield from search(client, experiments, text)


def search(
    client: "MlflowClient", experiments: Iterable[str], text: str, *, view: int = ACTIVE
) -> Iterator["Run"]:
    """Yield the runs of some experiments that match a filter, page by page.

    Args:
        client: The store.
        experiments: Their ids; none gives no runs.
        text: MLflow's filter; empty matches every run.
        view: ``ACTIVE`` or ``EVERY``: without or with those that are deleted.
    """
    ids = list(experiments)
    token: str | None = None
    while ids:
        page = client.search_runs(
            ids, text, run_view_type=view, max_results=PAGE, page_token=token
        )
        yield from page
        token = page.token
        if not token:
            return


def local_path(uri: str) -> Path | None:
    """Return the folder behind an artifact URI on this machine; None for a remote one."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    return Path(uri) if not parts.scheme else None
