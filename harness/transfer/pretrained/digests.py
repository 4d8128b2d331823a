"""Hash parameter files: each once in a process, as long as it stays as it is."""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from harness.errors import ParametersError

__all__ = ["file_sha256", "remembered_sha256"]

_SETTLED_NS = 2_000_000_000
"""Two seconds: no file system counts times of change in longer steps."""


def file_sha256(path: Path) -> str:
    """Hash a file, without holding it in memory.

    Returns:
        64 hexadecimal digits.

    Raises:
        ParametersError: if it cannot be read.
    """
    with _explained(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def remembered_sha256(path: Path) -> str:
    """Hash a file that may have been hashed before; one that has changed is hashed again.

    A file that was written or moved just now is not remembered: it may change once more without a
    new time of change.

    Returns:
        64 hexadecimal digits.

    Raises:
        ParametersError: if it cannot be read.
    """
    with _explained(path):
        found = path.stat()
    if time.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) < _SETTLED_NS:
        return file_sha256(path)
    return _version_sha256(path, _version(found))


def _version(found: os.stat_result) -> tuple[int, ...]:
    """Return what is another one after every change, also where a copy keeps its times."""
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@lru_cache(maxsize=64)
def _version_sha256(path: Path, _version: tuple[int, ...]) -> str:
    return file_sha256(path)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ParametersError(f"{path.absolute()} cannot be read: {error.strerror}") from error
