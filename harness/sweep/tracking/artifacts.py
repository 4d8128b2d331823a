"""Files of a run, from the disk or from a server."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from harness.sweep.tracking.store import local_path

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

    from harness.sweep.tracking.stored import StoredRun

__all__ = ["artifact_file", "artifact_text", "stored_file", "stored_folder"]


def artifact_text(client: "MlflowClient", run: "Run", name: str) -> str | None:
    """Return the text of a run's file; None if it has no such file.

    Raises:
        OSError: The file is there, and cannot be read.
        ValueError: It is not UTF-8.
    """
    path = artifact_file(client, run, name)
    return path.read_text(encoding="utf-8") if path is not None else None


def artifact_file(client: "MlflowClient", run: "Run", name: str) -> Path | None:
    """Return a readable path of a run's file; None if it has no such file."""
    path = _fetched(client, run.info.run_id, run.info.artifact_uri, name)
    return path if path is not None and path.is_file() else None


def stored_file(client: "MlflowClient", run: "StoredRun", name: str) -> Path | None:
    """Return a readable path of a finished run's file; None if it has no such file."""
    path = _fetched(client, run.run_id, run.artifact_uri, name)
    return path if path is not None and path.is_file() else None


def stored_folder(client: "MlflowClient", run: "StoredRun", name: str) -> Path | None:
    """Return a readable path of a folder of a finished run's files; None if it has none."""
    path = _fetched(client, run.run_id, run.artifact_uri, name)
    return path if path is not None and path.is_dir() else None


def _fetched(client: "MlflowClient", run_id: str, artifact_uri: str, name: str) -> Path | None:
    """Return the path of a file or folder, fetched from a remote store if need be."""
    local = local_path(artifact_uri)
    if local is not None:
        return local / name
    folder = str(PurePosixPath(name).parent)
    listed = client.list_artifacts(run_id, None if folder == "." else folder)
    if name not in {str(one.path) for one in listed}:
        return None
    return Path(client.download_artifacts(run_id, name, tempfile.mkdtemp(dir=_downloads())))


@functools.cache
def _downloads() -> str:
    """Make the folder of everything fetched; it goes with the process."""
    folder = tempfile.mkdtemp(prefix="harness-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
