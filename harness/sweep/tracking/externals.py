"""Pictures made elsewhere, kept beside a sweep's runs: other tools stand in the same tables."""

import hashlib
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.sweep.output import explained
from harness.sweep.tracking.membership import MemberCase, Membership
from harness.sweep.tracking.names import ANCHOR_PREFIX, File, Kind, Status, Tag
from harness.sweep.tracking.store import search
from harness.sweep.tracking.stored import StoredRun, find_parent

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["External", "find_externals", "log_external"]


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """A picture made elsewhere; ``case`` is the index of the case that it was made for."""

    name: str
    case: int
    stored: StoredRun


def log_external(
    client: "MlflowClient",
    sweep: str,
    name: str,
    case: MemberCase,
    *,
    picture_png: bytes,
    source: str,
    metrics: Mapping[str, float],
    anchors: Mapping[str, float],
    tags: Mapping[str, str],
) -> str:
    """Write a picture as a finished run of a sweep's experiment; return the run's id.

    A picture that was logged for the same pair under the same name goes to MLflow's trash.

    Args:
        client: The store, with its writer lock held.
        sweep: The sweep's name.
        name: Of the tool or the setting that made the picture: a variant of the table.
        case: What it was made of.
        picture_png: The picture as a PNG file.
        source: Where it came from, for the reader.
        metrics: Distances and scores.
        anchors: Those of the pair.
        tags: Further tags: evaluators, flags.

    Raises:
        ValueError: There is no such sweep.
    """
    from mlflow.entities import Metric  # noqa: PLC0415 - see store.connect

    parent = find_parent(client, sweep)
    if parent is None:
        raise ValueError(f"there is no sweep {sweep!r}")
    experiment = client.get_run(parent).info.experiment_id
    for earlier in _runs(client, experiment):
        is_same_pair = _pair(earlier) == (case.content_sha256, case.style_sha256)
        if earlier.tags[Tag.VARIANT] == name and is_same_pair:
            client.delete_run(earlier.run_id)
    facts = "|".join((name, case.content_sha256, case.style_sha256, _sha256(picture_png)))
    own = {
        Tag.KIND: Kind.EXTERNAL,
        Tag.OCCASION: sweep,
        Tag.PARENT: parent,
        Tag.FINGERPRINT: _sha256(f"external|{facts}".encode()),
        Tag.VARIANT: name,
        Tag.CASE: case.pair,
        Tag.CONTENT: case.content,
        Tag.STYLE: case.style,
        Tag.CONTENT_SHA256: case.content_sha256,
        Tag.STYLE_SHA256: case.style_sha256,
        Tag.REASON: f"made elsewhere: {source}",
    }
    run = client.create_run(
        experiment,
        run_name=f"{name} | {case.pair}",
        tags={str(key): str(value) for key, value in (own | dict(tags)).items()},
    )
    run_id = str(run.info.run_id)
    with explained(Path(tempfile.gettempdir())), tempfile.TemporaryDirectory() as folder:
        path = Path(folder, File.RESULT)
        path.write_bytes(picture_png)
        client.log_artifact(run_id, str(path))
    named = dict(metrics) | {f"{ANCHOR_PREFIX}{key}": value for key, value in anchors.items()}
    now = int(time.time() * 1000)
    client.log_batch(run_id, metrics=[Metric(key, named[key], now, 0) for key in named])
    client.set_terminated(run_id, Status.FINISHED)
    return run_id


def find_externals(
    client: "MlflowClient", sweep: str, membership: Membership
) -> tuple[External, ...]:
    """Return the pictures made elsewhere for the pairs of a sweep, by name and case.

    A pair's picture stands for its first case: other tools have other seeds, or none.
    """
    experiment = client.get_experiment_by_name(sweep)
    if experiment is None:
        return ()
    first: dict[tuple[str, str], int] = {}
    for index, case in enumerate(membership.cases):
        first.setdefault((case.content_sha256, case.style_sha256), index)
    found = [
        External(name=stored.tags[Tag.VARIANT], case=first[_pair(stored)], stored=stored)
        for stored in _runs(client, experiment.experiment_id)
        if _pair(stored) in first
    ]
    return tuple(sorted(found, key=lambda one: (one.name, one.case)))


def _runs(client: "MlflowClient", experiment: str) -> list[StoredRun]:
    text = f"attributes.status = '{Status.FINISHED}' AND tags.`{Tag.KIND}` = '{Kind.EXTERNAL}'"
    return [StoredRun.of(run) for run in search(client, [experiment], text)]


def _pair(stored: StoredRun) -> tuple[str, str]:
    return stored.tags[Tag.CONTENT_SHA256], stored.tags[Tag.STYLE_SHA256]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
