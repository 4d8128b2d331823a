"""Text files of a run, from the disk or from a server."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.sweep.tracking.store import local_path

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["artifact_text"]


def artifact_text(client: "MlflowClient", run: "Run", name: str) -> str | None:
    """Return the text of a run's file; None if it has no such file.

    Raises:
        OSError: The file is there, and cannot be read.
        ValueError: It is not UTF-8.
    """
    folder = local_path(run.info.artifact_uri)
    if folder is not None:
        path = folder / name
        return path.read_text(encoding="utf-8") if path.is_file() else None
    if name not in {str(one.path) for one in client.list_artifacts(run.info.run_id)}:
        return None
    with tempfile.TemporaryDirectory(prefix="harness-") as target:
        fetched = client.download_artifacts(run.info.run_id, name, target)
        return Path(fetched).read_text(encoding="utf-8")
