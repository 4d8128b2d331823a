"""The folder that results are written to, checked before the work and not after it."""

import tempfile
from pathlib import Path

from harness.errors import StoreError

__all__ = ["check_writable"]


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
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise StoreError(
            f"{existing} cannot be written ({error.strerror}); make it writable, or name another "
            "folder with --out"
        ) from error
