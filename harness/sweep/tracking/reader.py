"""Read finished runs back from MLflow, by fingerprint."""

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.sweep.tracking.names import File, Kind, Status, Tag
from harness.sweep.tracking.store import local_path, search_everywhere
from harness.sweep.tracking.stored import StoredRun, find_parent

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["finished_runs", "picture_path", "resolved_choices"]


def finished_runs(client: "MlflowClient", *, prefer: str) -> dict[str, StoredRun]:
    """Return every finished run by fingerprint; where two sweeps have one, that of ``prefer``."""
    text = f"attributes.status = '{Status.FINISHED}' AND tags.`{Tag.KIND}` = '{Kind.RUN}'"
    found: dict[str, StoredRun] = {}
    for run in search_everywhere(client, text):
        stored = StoredRun.of(run)
        if stored.fingerprint not in found or stored.occasion == prefer:
            found[stored.fingerprint] = stored
    return found


def resolved_choices(client: "MlflowClient", sweep: str) -> dict[str, str]:
    """Return what ``auto`` was resolved to when the sweep began; empty for a new sweep."""
    parent = find_parent(client, sweep)
    if parent is None:
        return {}
    text = client.get_run(parent).data.tags.get(Tag.RESOLVED, "{}")
    choices: dict[str, str] = json.loads(text)
    return choices


def picture_path(client: "MlflowClient", stored: StoredRun) -> Path:
    """Return a readable path of a run's result, fetched from a remote store if need be."""
    folder = local_path(stored.artifact_uri)
    if folder is not None:
        return folder / File.RESULT
    target = tempfile.mkdtemp(prefix="harness-")
    return Path(client.download_artifacts(stored.run_id, File.RESULT, target))
