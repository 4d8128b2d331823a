"""One regression of a panel at a time."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from harness.errors import StoreError
from harness.sweep.output import check_writable, explained

__all__ = ["alone"]

FOLDER = "regress"  # in the folder of the panel's results
NAME = ".lock"


@contextlib.contextmanager
def alone(out: Path, name: str) -> Iterator[Path]:
    """Hold the lock of a panel and yield the folder for its files.

    The lock goes with the process, also if that is killed.

    Args:
        out: Folder of all results.
        name: Name of the panel.

    Raises:
        StoreError: Another regression of the panel is at work here, or the disk refused.
    """
    folder = out / name / FOLDER
    check_writable(folder)
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / NAME)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StoreError(
            f"another regression of {name!r} is at work in {folder}. Wait for it to end, or give "
            "this one a folder of its own with --out."
        ) from error
    try:
        yield folder
    finally:
        lock.release()
