"""A client of MLflow that waits for a locked database and says plainly what else is wrong."""

import errno
import functools
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from harness.errors import StoreError

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["patient"]

logger = logging.getLogger(__name__)

LOCKED_S = 60.0
PAUSE_S = 1.0
LOCKED = ("database is locked", "database table is locked")
FULL = ("database or disk is full", "no space left on device", "disk quota exceeded")
READ_ONLY = ("readonly database", "read-only file system")
FULL_CODES = (errno.ENOSPC, errno.EDQUOT)


def patient(client: "MlflowClient", place: str) -> "MlflowClient":
    """Return the client with every method's failures turned into ``StoreError``.

    A method whose database another process has locked is tried again for a minute: what SQLite
    refuses for a lock has not been written.

    Args:
        client: The client.
        place: Where the store is, for messages.
    """
    return cast("MlflowClient", _Patient(client, place))


class _Patient:
    def __init__(self, client: "MlflowClient", place: str) -> None:
        self._client = client
        self._place = place

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return self._patiently(found) if callable(found) else found

    def _patiently(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(*arguments: Any, **options: Any) -> Any:
            from mlflow.exceptions import MlflowException  # noqa: PLC0415 - see store.connect
            from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

            deadline = time.monotonic() + LOCKED_S
            warned = False
            while True:
                try:
                    return method(*arguments, **options)
                except (MlflowException, SQLAlchemyError, OSError) as error:
                    text = _text(error)
                    if not _says(text, LOCKED) or time.monotonic() > deadline:
                        raise StoreError(self._explain(error, text)) from error
                if not warned:
                    logger.warning("%s is locked by another process; waiting …", self._place)
                    warned = True
                time.sleep(PAUSE_S)

        return call

    def _explain(self, error: Exception, text: str) -> str:
        go_on = "what was finished is safe, and the same command goes on"
        if _says(text, LOCKED):
            return (
                f"the store {self._place} has been locked by another process for "
                f"{LOCKED_S:g} s. End that process (`fuser` names it); {go_on}."
            )
        if _says(text, FULL) or getattr(error, "errno", None) in FULL_CODES:
            return f"no space is left for the store {self._place}. Free some; {go_on}."
        if _says(text, READ_ONLY) or isinstance(error, PermissionError):
            return f"the store {self._place} cannot be written. Make it writable; {go_on}."
        first = next((line for line in text.splitlines() if line.strip()), type(error).__name__)
        return f"the store {self._place} failed: {first}. When it works again, {go_on}."


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
