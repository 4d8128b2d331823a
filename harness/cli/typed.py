"""The command as it was typed, for those who want to give it again."""

import shlex
import sys
from collections.abc import Collection

__all__ = ["command_as_typed"]


def command_as_typed(*, without: Collection[str] = ()) -> str:
    """Return the command of this process, quoted for a shell.

    Args:
        without: Words that are left out.
    """
    return shlex.join(["harness", *(word for word in sys.argv[1:] if word not in without)])
