"""Read finished runs back from MLflow, by fingerprint."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import StoreError
from harness.sweep.tracking.artifacts import stored_file
from harness.sweep.tracking.names import File, Kind, Status, Tag
from harness.sweep.tracking.store import search
from harness.sweep.tracking.stored import StoredRun, find_parent

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["finished_runs", "picture_path", "resolved_choices"]


def finished_runs(
    client: "MlflowClient",
    *,
    prefer: str,
    only_own: bool = False,
    wanted: Collection[str] | None = None,
) -> dict[str, StoredRun]:
    """Return finished runs by fingerprint; where two sweeps have one, that of ``prefer``.

    The experiment of ``prefer`` is read first, and the others only as far as it takes to find
    what is wanted: MLflow returns whole runs, 400 a second, however little of them is used.

    Args:
        client: The store.
        prefer: Name of the sweep whose runs are taken first.
        only_own: Leave out the runs of other sweeps.
        wanted: Fingerprints that are asked for (others may come along); None for every run.
    """
    text = f"attributes.status = '{Status.FINISHED}' AND tags.`{Tag.KIND}` = '{Kind.RUN}'"
    others = {one.name: one.experiment_id for one in client.search_experiments()}
    own = [others.pop(prefer)] if prefer in others else []
    found: dict[str, StoredRun] = {}
    for stored in map(StoredRun.of, search(client, own, text)):
        if stored.occasion == prefer:
            found[stored.fingerprint] = stored
        elif not only_own:
            found.setdefault(stored.fingerprint, stored)
    if not only_own:
        runs = map(StoredRun.of, search(client, list(others.values()), text))
        _add_others(found, runs, wanted)
    return found


def _add_others(
    found: dict[str, StoredRun], runs: Iterator[StoredRun], wanted: Collection[str] | None
) -> None:
    """Add runs of other sweeps, no further than nothing wanted is lacking."""
    lacking = None if wanted is None else set(wanted) - found.keys()
    while lacking is None or lacking:
        stored = next(runs, None)
        if stored is None:
            return
        found.setdefault(stored.fingerprint, stored)
        if lacking is not None:
            lacking.discard(stored.fingerprint)


def resolved_choices(client: "MlflowClient", sweep: str) -> dict[str, str]:
    """Return what ``auto`` was resolved to when the sweep began; empty for a new sweep."""
    parent = find_parent(client, sweep)
    if parent is None:
        return {}
    text = client.get_run(parent).data.tags.get(Tag.RESOLVED, "{}")
    choices: dict[str, str] = json.loads(text)
    return choices


def picture_path(client: "MlflowClient", stored: StoredRun) -> Path:
    """Return a readable path of a run's result, fetched from a remote store if need be.

    Raises:
        StoreError: The result is gone.
    """
    path = stored_file(client, stored, File.RESULT)
    if path is None:
        raise StoreError(
            f"the picture of the run {stored.run_id} is gone from the store; "
            "`harness sweep FILE --fresh` does the runs anew"
        )
    return path
