"""The database of a study: opened, refused, and its failures turned into our messages."""

import contextlib
import re
import warnings
from collections.abc import Iterator

import optuna
from alembic.util.exc import CommandError
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from harness.errors import HarnessError, InputError, StoreError

__all__ = ["check_address", "close_storage", "open_storage", "work_on"]

PATIENCE_S = 20  # for another writer, or for a server to answer
TABLES = frozenset({"studies", "trials", "version_info"})
# Those that Optuna makes first, one by one: a process that dies meanwhile leaves some of them.
FIRST_TABLES = frozenset(
    {
        "studies",
        "version_info",
        "study_directions",
        "study_system_attributes",
        "study_user_attributes",
    }
)
EXAMPLES = "sqlite:////folder/study.db or postgresql://user:password@host/database"


@contextlib.contextmanager
def work_on(place: str) -> Iterator[None]:
    """Silence Optuna, and say in our words what goes wrong with a database.

    Args:
        place: The database for people: no password.

    Raises:
        StoreError: The database failed.
    """
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (StorageInternalError, SQLAlchemyError) as error:
        raise _explained(error, place) from error
    finally:
        optuna.logging.set_verbosity(verbosity)


def open_storage(address: str) -> tuple[RDBStorage, str]:
    """Open the database of studies, making its tables where there are none.

    Args:
        address: As SQLAlchemy writes it: ``sqlite:////absolute/file.db``, or
            ``postgresql://user:password@host/database``.

    Returns:
        The storage, and its place for people: a file's path, or an address without a password.

    Raises:
        InputError: The address is none, or its database, user or password is refused.
        StoreError: The database cannot be used, or belongs to another program.
    """
    url = _url_of(address)
    place = _place(url)
    with work_on(place):
        options = {"connect_args": _patience(url), "pool_pre_ping": True}  # servers restart
        try:
            _refuse_foreign(url, place)
            storage = RDBStorage(url.render_as_string(hide_password=False), engine_kwargs=options)
        except ImportError as error:
            raise InputError(_missing_driver(url)) from error
        except (RuntimeError, CommandError) as error:
            raise _other_version(error, place) from error
    return storage, place


def check_address(address: str) -> None:
    """Refuse what is no address of a database; connects to nothing.

    Raises:
        InputError: It is none, or its driver is not installed.
    """
    _url_of(address)


def close_storage(storage: RDBStorage) -> None:
    """Let go of a database."""
    storage.remove_session()
    storage.engine.dispose()


def _url_of(address: str) -> URL:
    """Parse an address; psycopg is the driver of PostgreSQL unless another is named."""
    try:
        url = make_url(address)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError):
        # the address itself may hold a password, so it is not repeated
        message = f"the address of the study's database is none; write it like {EXAMPLES}"
        raise InputError(message) from None
    except ImportError as error:
        raise InputError(_missing_driver(make_url(address))) from error
    if url.drivername == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    return url


def _place(url: URL) -> str:
    """Return where a database is, without its password or options."""
    if url.get_backend_name() == "sqlite":
        return url.database or ":memory:"
    kind = url.get_backend_name()
    return str(
        URL.create(
            kind, username=url.username, host=url.host, port=url.port, database=url.database
        )
    )


def _patience(url: URL) -> dict[str, int]:
    """Return the driver's option for how long to wait."""
    option = {"sqlite": "timeout"}.get(url.get_backend_name(), "connect_timeout")
    return {option: PATIENCE_S}


def _missing_driver(url: URL) -> str:
    """Return what to do about a driver that is not installed."""
    if url.get_backend_name() == "postgresql":
        return (
            "studies on PostgreSQL need psycopg, which is not installed: "
            "pip install 'style-harness[postgresql]'"
        )
    return f"the driver of {url.drivername} is not installed"


def _refuse_foreign(url: URL, place: str) -> None:
    """Stop before Optuna puts its tables among those of another program.

    MLflow's and Optuna's tables cannot share a database: each notes the version of its own tables
    in one called ``alembic_version``.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args=_patience(url))
    try:
        tables = set(inspect(engine).get_table_names())
    finally:
        engine.dispose()
    if not (tables >= TABLES or tables <= FIRST_TABLES):
        found = ", ".join(sorted(tables)[:3])
        raise StoreError(
            f"{place} belongs to another program (it has the tables {found}, …) and was left "
            "alone. A study needs a database of its own: name another one."
        )


def _other_version(error: Exception, place: str) -> StoreError:
    """Return what is said about tables of an Optuna that is not the installed one."""
    made_by = re.search(r"set up by optuna ([\w.]+)", str(error))
    version = f"Optuna {made_by[1]}" if made_by else "another version of Optuna"
    return StoreError(
        f"{place} was written by {version}; Optuna {optuna.__version__} is installed and cannot "
        "use it. Copy it, then run `optuna storage upgrade --storage ADDRESS`, or install the "
        "version that wrote it."
    )


def _explained(error: Exception, place: str) -> HarnessError:
    """Return a database's failure in words that say what to do."""
    cause = error if isinstance(error, SQLAlchemyError) else error.__cause__
    told = str(getattr(cause, "orig", None) or cause or error).strip()
    for sign, kind, advice in _ADVICE:
        if sign in told:
            return kind(f"{place}: {advice}")
    first = told.splitlines()[0] if told else type(error).__name__
    return StoreError(f"the study's database {place} failed: {first}")


_ADVICE: tuple[tuple[str, type[HarnessError], str], ...] = (
    (
        "database is locked",
        StoreError,
        f"another program has held the study's file for {PATIENCE_S} s; end that program "
        "(a SQLite browser, another harness), then start again",
    ),
    (
        "file is not a database",
        StoreError,
        "is no SQLite database; it was left alone. Name another file, or move this one away",
    ),
    (
        "malformed",
        StoreError,
        "the study's file is damaged. Move it away: what its runs found is in the store, and the "
        "study is made again from it",
    ),
    (
        "unable to open database file",
        StoreError,
        "cannot be opened: its folder is missing, or you may not write there",
    ),
    (
        "readonly database",
        StoreError,
        "may not be written; give yourself the right to, or name another file",
    ),
    (
        "authentication failed",
        InputError,
        "the server refused the user or the password; correct the address",
    ),
    (
        "no password supplied",
        InputError,
        "the server asks for a password; write it into the address, or into ~/.pgpass",
    ),
    (
        "does not exist",
        InputError,
        "the server has no such database or user; make it (createdb NAME), or correct the address",
    ),
    (
        "permission denied",
        InputError,
        "the user may not make tables in this database; grant it, or name another database",
    ),
    (
        "onnection refused",
        StoreError,
        "no server answers there; start it, or correct the host and the port",
    ),
    (
        "resolve host",
        StoreError,
        "no such host is known; correct the address, or try again when the network is back",
    ),
    (
        "timeout",
        StoreError,
        f"the server did not answer within {PATIENCE_S} s; see whether it runs and can be reached",
    ),
)
