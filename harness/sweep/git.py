"""Ask git about a checkout."""

import os
import subprocess
from pathlib import Path

__all__ = ["ask_git"]


def ask_git(root: Path, *arguments: str, timeout_s: float) -> str:
    """Return what git says of a checkout, without the white space around it.

    Args:
        root: The checkout.
        arguments: A command that changes nothing there, and its options.
        timeout_s: Seconds after which there will be no answer.

    Raises:
        OSError: git cannot be started.
        subprocess.CalledProcessError: git said no; its own words are in ``stderr``.
        subprocess.TimeoutExpired: git has not answered.
    """
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}  # a status must not write the index
    done = subprocess.run(  # noqa: S603 - no shell; callers let no text of a user be an option
        ["git", "-C", str(root), *arguments],  # noqa: S607 - whichever git the user has
        capture_output=True,
        text=True,
        check=True,
        timeout=timeout_s,
        env=environment,
    )
    return done.stdout.strip()
