"""Calls of a store that wait for a locked database and say plainly what else is wrong."""

import functools
import logging
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from harness.errors import StoreError
from harness.sweep.output import FULL_CODES, SAFE, no_space

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["Patience"]

logger = logging.getLogger(__name__)

LOCKED_S = 60.0
PAUSE_S = 1.0
SILENCE_S = 5.0
FULL_BYTES = 1 << 20  # a disk with less than this free counts as the full one
LOCKED = ("database is locked", "database table is locked")
FULL = ("database or disk is full", "no space left on device", "disk quota exceeded")
DAMAGED = ("malformed", "not a database")
READ_ONLY = ("readonly database", "read-only file system")

P = ParamSpec("P")
T = TypeVar("T")


class Patience:
    """How a store is called: locks are waited for, failures become ``StoreError``.

    What SQLite refuses for a lock has not been written, so it is tried again for a minute. Once
    that was in vain no further call is waited for.

    Args:
        place: Where the store is, for messages.
        folders: Where it writes, to find out which disk is full.
    """

    def __init__(self, place: str, folders: Iterable[Path] = ()) -> None:
        self._place = place
        self._folders = tuple(folders)
        self._given_up: StoreError | None = None

    def client(self, client: "MlflowClient") -> "MlflowClient":
        """Return a client whose every method is called with this patience."""
        return cast("MlflowClient", _PatientClient(client, self))

    def call(self, method: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Call something that uses the store.

        Raises:
            StoreError: It stayed locked, or failed otherwise.
        """
        # What may fail is known only once MLflow is in use, which store.connect imports.
        from mlflow.exceptions import MlflowException  # noqa: PLC0415
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

        if self._given_up is not None:
            raise StoreError(str(self._given_up))
        deadline = time.monotonic() + LOCKED_S
        with self._saying_so():
            while True:
                try:
                    return method(*arguments, **options)
                except (MlflowException, SQLAlchemyError, sqlite3.Error, OSError) as error:
                    explained = StoreError(self.explain(error) or self._failed(error))
                    if not _says(_text(error), LOCKED):
                        raise explained from error
                    if time.monotonic() > deadline:
                        self._given_up = explained
                        raise explained from error
                time.sleep(PAUSE_S)

    @contextmanager
    def _saying_so(self) -> Iterator[None]:
        """Tell a person who waits what for: SQLite itself waits without a word."""
        words = (
            "%s has not answered for %g s: another process has locked it, or it is slow; waiting …"
        )
        reminder = threading.Timer(SILENCE_S, logger.warning, (words, self._place, SILENCE_S))
        reminder.daemon = True
        reminder.start()
        try:
            yield
        finally:
            reminder.cancel()

    def explain(self, error: Exception) -> str:
        """Say what an error of the store means, and what to do; empty if that is not known."""
        text = _text(error)
        if _says(text, LOCKED):
            return (
                f"the store {self._place} has been locked by another process for "
                f"{LOCKED_S:g} s. End that process (`fuser` names it); {SAFE}."
            )
        if _says(text, FULL) or getattr(error, "errno", None) in FULL_CODES:
            return no_space(self._full_place())
        if _says(text, READ_ONLY) or isinstance(error, PermissionError):
            return f"the store {self._place} cannot be written. Make it writable; {SAFE}."
        if _says(text, DAMAGED):
            return (
                f"the database {self._place} is damaged. Put back a copy of it, or name another "
                "store with --tracking-uri."
            )
        return ""

    def _failed(self, error: Exception) -> str:
        lines = _text(error).splitlines()
        first = next((line for line in lines if line.strip()), type(error).__name__)
        return f"the store {self._place} failed: {first}. When it works again, {SAFE}."

    def _full_place(self) -> str:
        """Return which folder in use is on a full disk; the store, if none seems to be."""
        for folder in (*self._folders, Path(tempfile.gettempdir())):
            try:
                if shutil.disk_usage(folder).free < FULL_BYTES:
                    return str(folder)
            except OSError:  # not made yet
                continue
        return self._place


class _PatientClient:
    def __init__(self, client: "MlflowClient", patience: Patience) -> None:
        self._client = client
        self._patience = patience

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return functools.partial(self._patience.call, found) if callable(found) else found


def _text(error: Exception) -> str:
    """Return what an error says, with its causes: MLflow wraps what SQLite said."""
    said = [str(error)]
    cause = error.__cause__ or error.__context__
    while cause is not None:
        said.append(str(cause))
        cause = cause.__cause__ or cause.__context__
    return "\n".join(said)


def _says(text: str, words: tuple[str, ...]) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in words)
