"""Copies of the project to measure against: a folder, or a git revision unpacked for a while."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import harness
from harness.errors import InputError
from harness.spec.diagnosis import nearest
from harness.sweep.git import ask_git

__all__ = ["Source", "checkout", "this_copy"]

GIT_TIMEOUT_S = 120  # a checkout on a network drive takes its time
SHORT = 10  # digits of a commit that a reader is shown


class _GitError(InputError):
    """Git said no; the message is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A copy of the project.

    Attributes:
        path: The folder that holds the package ``harness``.
        title: What a reader calls it.
        commit: Its git commit; empty where that is not known, or the files differ from it.
    """

    path: Path
    title: str
    commit: str


def this_copy() -> Source:
    """Return the copy that is running."""
    root = _root()
    return Source(path=root, title="this copy", commit=_clean_commit(root))


@contextmanager
def checkout(against: str, *, root: Path | None = None) -> Iterator[Source]:
    """Yield another copy of the project.

    A revision is unpacked with ``git archive`` rather than into a work tree: that writes nothing
    into the repository, so nothing is left there even if this process is killed, and runs nobody's
    hooks.

    Args:
        against: A folder that holds the package ``harness``, or a git revision.
        root: The checkout that a revision is one of; by default that of the running package.

    Raises:
        InputError: It is neither; or git cannot say.
    """
    folder = Path(against).expanduser()
    if against and (folder / "harness" / "__init__.py").is_file():
        path = folder.resolve()
        yield Source(path=path, title=str(path), commit=_clean_commit(path))
        return
    root = root or _root()
    commit = _resolved(against, root)
    with tempfile.TemporaryDirectory(prefix="harness-against-") as name:
        path = Path(name).resolve() / "copy"
        _unpack(commit, root, path)
        if not (path / "harness" / "__init__.py").is_file():
            raise InputError(
                f"--against {against}: commit {commit[:SHORT]} holds no package harness; "
                "take a later revision"
            )
        yield Source(path=path, title=_title(against, commit), commit=commit)


def _root() -> Path:
    return Path(harness.__file__).resolve().parent.parent


def _title(against: str, commit: str) -> str:
    return against if commit.startswith(against) else f"{against} ({commit[:SHORT]})"


def _resolved(against: str, root: Path) -> str:
    """Return the commit that a revision names."""
    if not (root / ".git").exists():
        raise InputError(
            f"--against {against}: no folder with a package harness, and {root} is no git "
            "checkout that could have such a revision; give a folder that holds another copy"
        )
    # With what follows it, no text is an option.
    words = ("rev-parse", "--verify", f"{against}^{{commit}}")
    try:
        return _git(root, *words)
    except _GitError as error:
        raise InputError(
            f"--against {against}: found no such revision (git says: {error}); "
            f"{_advice(against, root)}"
        ) from error


def _advice(against: str, root: Path) -> str:
    allowed = (
        f"allowed: a git revision of {root}, or a folder that holds another copy of the project "
        "(harness/__init__.py)"
    )
    try:
        names = _git(root, "for-each-ref", "--format=%(refname:short)").splitlines()
        is_shallow = _git(root, "rev-parse", "--is-shallow-repository") == "true"
    except _GitError:  # whatever is wrong with the repository, git has said it already
        return allowed
    close = nearest(against, names)
    hint = f"did you mean {close}? " if close is not None else ""
    more = "; this clone is shallow: git fetch --unshallow brings older revisions"
    return f"{hint}{allowed}{more if is_shallow else ''}"


def _unpack(commit: str, root: Path, path: Path) -> None:
    archive = path.with_suffix(".zip")
    _git(root, "archive", "--format=zip", f"--output={archive}", commit)
    shutil.unpack_archive(archive, path)
    archive.unlink()


def _clean_commit(folder: Path) -> str:
    """Return the commit of a checkout whose files are those of the commit; else nothing."""
    if not (folder / ".git").exists():
        return ""
    try:
        changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
        return "" if changes else _git(folder, "rev-parse", "HEAD")
    except _GitError:  # no commit yet, or git is not installed: nobody asked for a revision
        return ""


def _git(root: Path, *arguments: str) -> str:
    """Return what git says.

    Raises:
        _GitError: with git's own words.
    """
    try:
        return ask_git(root, *arguments, timeout_s=GIT_TIMEOUT_S)
    except subprocess.CalledProcessError as error:
        raise _GitError(error.stderr.strip().removeprefix("fatal: ")) from error
    except subprocess.TimeoutExpired as error:
        raise _GitError(f"nothing within {GIT_TIMEOUT_S} s of {arguments[0]}") from error
    except OSError as error:
        raise _GitError(
            f"git cannot be started ({error.strerror}); give a folder that holds another copy"
        ) from error
