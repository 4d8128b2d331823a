"""Files that appear whole or not at all."""

import os
import tempfile
from pathlib import Path

__all__ = ["write_atomically"]


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file by way of a temporary one in the same folder, synced to disk, then renamed.

    Args:
        path: the file to create or replace; its folder must exist.
        content: the whole content.

    Raises:
        OSError: the disk refused; an earlier file at ``path`` is untouched then.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # mkstemp gives 0600: a report is for others to read
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
