"""A run for each variant of a sweep, beside the runs themselves: one line with its mean scores.

MLflow lists runs; a reader wants variants. What else was tried is said in ``views``. A line has
the kind ``variant``, so nothing that reads runs takes it for one. It has no parent: its sweep's
page would show it between the runs, and MLflow's table would fold it away with them.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.sweep.tracking.line_pictures import link_pictures
from harness.sweep.tracking.names import File, Kind, Status, Tag
from harness.sweep.tracking.store import local_path, search

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["LinePicture", "VariantLine", "write_lines"]

COLOUR = "mlflow.runColor"
SHOWN = 10  # MLflow's charts and grids show the first ten of the list, the last of them first
NAME_LIMIT, TAG_LIMIT = 250, 8000  # MLflow's


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePicture:
    """Where the pictures of a run are that a line shows under a key of its own."""

    key: str
    run_id: str
    artifact_uri: str
    last_step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantLine:
    """What a line says; ``pictures`` are those of the variant's runs, ``colour`` may be empty.

    ``tags`` are further ones, such as a study's trial.
    """

    name: str
    variant: str
    verdict: str
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    note: str
    colour: str = ""
    pictures: tuple[LinePicture, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


def write_lines(
    client: "MlflowClient",
    experiment_id: str,
    sweep: str,
    best_first: Sequence[VariantLine],
    *,
    last_step: int,
) -> bool:
    """Put the lines of a sweep in place of its earlier ones; return whether they differed.

    Args:
        client: The store, with its writer lock held.
        experiment_id: The sweep's experiment.
        sweep: The sweep's name.
        best_first: The lines.
        last_step: The step under which the last picture of every run is to be found.
    """
    digest = _digest(best_first, last_step)
    earlier = _lines(client, experiment_id)
    same = [run.data.tags.get(Tag.FINGERPRINT) == digest for run in earlier]
    if len(earlier) == len(best_first) and all(same):
        return False
    _remove(client, earlier)
    now = int(time.time() * 1000)
    listed = [*reversed(best_first[:SHOWN]), *best_first[SHOWN:]]
    for place, line in enumerate(listed):  # MLflow lists what began last first
        _write(client, experiment_id, sweep, line, digest, now - place, last_step)
    return True


def _lines(client: "MlflowClient", experiment_id: str) -> "list[Run]":
    return list(search(client, [experiment_id], f"tags.`{Tag.KIND}` = '{Kind.VARIANT}'"))


def _remove(client: "MlflowClient", lines: "list[Run]") -> None:
    """Move lines to MLflow's trash, without their pictures."""
    for run in lines:
        client.delete_run(run.info.run_id)
        folder = local_path(run.info.artifact_uri)
        if folder is not None:
            shutil.rmtree(folder / File.IMAGES, ignore_errors=True)


def _digest(lines: Sequence[VariantLine], last_step: int) -> str:
    text = json.dumps([last_step, *map(asdict, lines)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _write(
    client: "MlflowClient",
    experiment_id: str,
    sweep: str,
    line: VariantLine,
    digest: str,
    begun: int,
    last_step: int,
) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415 - see store.connect

    tags: dict[str, str] = {
        Tag.KIND: Kind.VARIANT,
        Tag.OCCASION: sweep,
        Tag.VARIANT: line.variant,
        Tag.VERDICT: line.verdict,
        Tag.NOTE: line.note,
        Tag.FINGERPRINT: digest,
    }
    colour = {COLOUR: line.colour} if line.colour else {}
    images = {"mlflow.loggedImages": "True"} if line.pictures else {}
    run = client.create_run(
        experiment_id,
        start_time=begun,
        run_name=line.name[:NAME_LIMIT],
        tags={
            str(key): str(text)[:TAG_LIMIT]
            for key, text in (tags | dict(line.tags) | colour | images).items()
        },
    )
    run_id = str(run.info.run_id)
    folder = local_path(run.info.artifact_uri)
    if folder is not None:
        for picture in line.pictures:
            source = local_path(picture.artifact_uri)
            if source is not None:
                link_pictures(
                    source / File.IMAGES,
                    Path(folder / File.IMAGES),
                    key=picture.key,
                    last_step=picture.last_step,
                    shown_last=last_step,
                )
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, begun, 0) for name, value in line.metrics.items()],
        params=[Param(name, value) for name, value in line.parameters.items()],
    )
    client.set_terminated(run_id, Status.FINISHED, end_time=begun)
