"""Git repositories of a test's own."""

import subprocess
from pathlib import Path

__all__ = ["commit_all", "git"]


def git(folder: Path, *words: str) -> str:
    """Run git in a folder as a person without any configuration."""
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words],  # noqa: S607 - whichever git there is
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def commit_all(folder: Path) -> str:
    """Make a folder a repository of one commit; return the commit."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=all")
    return git(folder, "rev-parse", "HEAD")
