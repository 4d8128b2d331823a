"""Disks that refuse: the results folder is checked before the work, and refusals are explained."""

import contextlib
import errno
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness.errors import StoreError

__all__ = ["FULL_CODES", "SAFE", "check_writable", "explained", "no_space"]

FULL_CODES = (errno.ENOSPC, errno.EDQUOT)
SAFE = "what was finished is safe, and the same command goes on"
TRIAL = bytes(1 << 16)  # an empty file can be made on a full disk


def check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written, or cannot be made; makes nothing.

    Raises:
        StoreError: with what to do.
    """
    existing = folder.absolute()
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        raise StoreError(f"{existing} is a file, so no results can be kept in {folder}; see --out")
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(TRIAL)
    except OSError as error:
        if error.errno in FULL_CODES:
            raise StoreError(
                f"no space is left on the disk of {existing}; free some, or name another folder "
                "with --out"
            ) from error
        raise StoreError(
            f"{existing} cannot be written ({error.strerror}); make it writable, or name another "
            "folder with --out"
        ) from error


@contextlib.contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what a disk refuses while files are written to a folder into ``StoreError``.

    Raises:
        StoreError: with what to do.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL_CODES:
            raise StoreError(no_space(str(folder))) from error
        raise StoreError(
            f"{error.filename or folder} cannot be written ({error.strerror or error}). Make it "
            f"writable; {SAFE}."
        ) from error


def no_space(place: str) -> str:
    """Say that a disk is full, and what to do."""
    return f"no space is left on the disk of {place}. Free some; {SAFE}."
