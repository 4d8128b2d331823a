"""Write one sweep to MLflow: the parent, and a child for every run."""

import json
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from PIL import Image

from harness.errors import StoreError
from harness.images.decode import decode_picture
from harness.spec.flatten import flatten_settings
from harness.sweep.output import explained
from harness.sweep.owner import Owner
from harness.sweep.plan import PlannedRun
from harness.sweep.record import RunRecord
from harness.sweep.tracking.curve_points import curve_steps
from harness.sweep.tracking.names import (
    ANCHOR_PREFIX,
    BALANCED_WEIGHT,
    LOSS_PREFIX,
    TAG_LIMIT,
    File,
    Kind,
    Status,
    Tag,
)
from harness.sweep.tracking.store import Location, search
from harness.sweep.tracking.stored import StoredRun, find_parent

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param

__all__ = ["Occasion", "SweepLog"]

NAME_LIMIT = 250
CUT = "\n… (cut here; the whole is in the run's files)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Why runs are made: a sweep, or one scheduled regression.

    Attributes:
        name: Of the occasion; a fingerprint is FINISHED once in each.
        experiment: MLflow's experiment that its runs are in.
        title: Of the parent run.
        parent: What the parent run is.
        child: What the runs are; only those of sweeps are ever reused.
    """

    name: str
    experiment: str
    title: str
    parent: Kind
    child: Kind

    @classmethod
    def sweep(cls, name: str) -> Self:
        """Return the occasion of a sweep, which goes on whenever its command is repeated."""
        return cls(
            name=name,
            experiment=name,
            title=f"sweep {name}",
            parent=Kind.SWEEP,
            child=Kind.RUN,
        )


class SweepLog(AbstractContextManager["SweepLog"]):
    """The coordinator's pen: opens the parent, writes children, closes the parent.

    As a context it kills what is open when an error passes through.

    A child's status FINISHED is the last thing written, after its files and numbers; whatever
    is not FINISHED is done again.

    Attributes:
        location: The store.
        experiment: Id of the experiment that all these runs are in.
        only_own: Whether the sweep takes no runs from other sweeps.
        parent: Id of the parent run.
    """

    def __init__(
        self,
        client: "MlflowClient",
        location: Location,
        occasion: Occasion,
        *,
        parent_tags: Mapping[str, str],
    ) -> None:
        self._client = client
        self._occasion = occasion
        self._owner = str(Owner.this_process())
        self.location = location
        self.experiment = _experiment(client, location, occasion.experiment)
        self._open: dict[str, str] = {}
        self.only_own = False
        self.parent = self._open_parent(parent_tags)

    def _open_parent(self, tags: Mapping[str, str]) -> str:
        occasion = self._occasion
        own = {Tag.KIND: occasion.parent, Tag.OWNER: self._owner, Tag.OCCASION: occasion.name}
        tags = {**tags, **{str(name): str(value) for name, value in own.items()}}
        is_sweep = occasion.parent == Kind.SWEEP  # others happen once
        parent = find_parent(self._client, occasion.name) if is_sweep else None
        if parent is None:
            run = self._client.create_run(self.experiment, run_name=occasion.title, tags=tags)
            return str(run.info.run_id)
        self.only_own = bool(self._client.get_run(parent).data.tags.get(Tag.ONLY_OWN))
        self._client.update_run(parent, status=Status.RUNNING)
        _set_tags(self._client, parent, tags)
        return parent

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close what is still open: KILLED, unless ``close`` has said otherwise."""
        if exc is not None:
            self.kill_open(f"{type(exc).__name__}: {exc}")
            self.close(Status.FAILED)

    @property
    def open(self) -> tuple[str, ...]:
        """Fingerprints of the runs that have begun and not ended."""
        return tuple(self._open)

    def set_aside(self) -> int:
        """Move the sweep's finished runs to MLflow's trash; return how many there were.

        From now on the sweep takes no runs from other sweeps either.
        """
        _set_tags(self._client, self.parent, {Tag.ONLY_OWN: "true"})
        self.only_own = True
        own = f"tags.`{Tag.KIND}` = '{self._occasion.child}'"
        text = f"attributes.status = '{Status.FINISHED}' AND {own}"
        runs = list(search(self._client, [self.experiment], text))
        for run in runs:
            self._client.delete_run(run.info.run_id)
        return len(runs)

    def close(self, status: Status) -> None:
        """End the parent."""
        self._client.set_terminated(self.parent, status)

    def kill_open(self, reason: str) -> None:
        """End as KILLED whatever run is open."""
        for fingerprint in list(self._open):
            self._end(fingerprint, Status.KILLED, reason)

    def begin(self, planned: PlannedRun, tags: Mapping[str, str]) -> None:
        """Open a child run (RUNNING) with its settings as parameters and its provenance."""
        run = self._client.create_run(
            self.experiment,
            run_name=planned.title[:NAME_LIMIT],
            tags={
                **tags,
                Tag.KIND: self._occasion.child,
                Tag.OWNER: self._owner,
                Tag.OCCASION: self._occasion.name,
                Tag.PARENT: self.parent,
                Tag.FINGERPRINT: planned.task.fingerprint,
            },
        )
        run_id = str(run.info.run_id)
        self._open[planned.task.fingerprint] = run_id
        self._client.log_batch(run_id, params=_params(planned))

    def finish(
        self, planned: PlannedRun, record: RunRecord, tags: Mapping[str, str]
    ) -> StoredRun | None:
        """Write a record to its open child; return it as stored, or None if it failed."""
        run_id = self._open[record.fingerprint]
        _set_tags(self._client, run_id, tags)
        finished = record.status == Status.FINISHED
        if finished:
            self._log_files(run_id, planned, record)
            self._log_snapshots(run_id, record)
            self._client.log_batch(run_id, metrics=list(_metrics(record)))
        self._end(record.fingerprint, Status(record.status), record.reason)
        return StoredRun.of(self._client.get_run(run_id)) if finished else None

    def _end(self, fingerprint: str, status: Status, reason: str) -> None:
        run_id = self._open[fingerprint]
        _set_tags(self._client, run_id, {Tag.REASON: reason})
        self._client.set_terminated(run_id, status)
        del self._open[fingerprint]  # last: an interruption before this still ends the run

    def _log_files(self, run_id: str, planned: PlannedRun, record: RunRecord) -> None:
        with explained(Path(tempfile.gettempdir())), tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if record.picture_png is not None:
                (folder / File.RESULT).write_bytes(record.picture_png)
            (folder / File.TRACE).write_text(json.dumps(dict(record.trace), allow_nan=False))
            settings = planned.task.settings.model_dump_json(indent=2)
            (folder / File.SETTINGS).write_text(settings)
            self._client.log_artifacts(run_id, name)

    def _log_snapshots(self, run_id: str, record: RunRecord) -> None:
        pictures = dict(record.snapshots_png)
        if record.picture_png is not None:
            pictures[record.iterations] = record.picture_png
        for iteration, png in sorted(pictures.items()):
            image = Image.fromarray(decode_picture(png, name=f"iteration {iteration}"))
            self._client.log_image(run_id, image, key="picture", step=iteration)

    def tag_parent(self, tags: Mapping[str, str]) -> None:
        """Set tags of the parent."""
        _set_tags(self._client, self.parent, tags)

    def log_parent_text(self, name: str, text: str) -> None:
        """Attach a text file to the parent (replacing one of that name)."""
        self._client.log_text(self.parent, text, name)

    def log_parent_file(self, path: Path) -> None:
        """Attach a file to the parent (replacing one of that name)."""
        self._client.log_artifact(self.parent, str(path))


def _set_tags(client: "MlflowClient", run_id: str, tags: Mapping[str, str]) -> None:
    from mlflow.entities import RunTag  # noqa: PLC0415 - see store.connect

    kept = {str(name): _shortened(value) for name, value in tags.items()}
    client.log_batch(run_id, tags=[RunTag(name, value) for name, value in kept.items()])


def _shortened(text: str) -> str:
    """Cut what MLflow would refuse, visibly; whatever may be so long is also in a file."""
    return text if len(text) <= TAG_LIMIT else f"{text[: TAG_LIMIT - len(CUT)]}{CUT}"


def _experiment(client: "MlflowClient", location: Location, sweep: str) -> str:
    found = client.get_experiment_by_name(sweep)
    if found is not None and found.lifecycle_stage == "deleted":
        raise StoreError(
            f"the experiment {sweep!r} was deleted in MLflow. Restore it with "
            f"`mlflow experiments restore -x {found.experiment_id}`, or rename the sweep."
        )
    if found is not None:
        return str(found.experiment_id)
    # MLflow's own default depends on the working directory: say it once, absolutely.
    root = location.artifacts
    where = (root / quote(sweep, safe=" ")).as_uri() if root is not None else None
    kind = {"mlflow.experimentKind": "custom_model_development"}  # not the page for chat bots
    return str(client.create_experiment(sweep, artifact_location=where, tags=kind))


def _params(planned: PlannedRun) -> list["Param"]:
    from mlflow.entities import Param  # noqa: PLC0415 - see store.connect

    values = flatten_settings(planned.task.settings)
    return [Param(name, str(value)) for name, value in values.items()]


def _metrics(record: RunRecord) -> Iterable["Metric"]:
    from mlflow.entities import Metric  # noqa: PLC0415 - see store.connect

    now = int(time.time() * 1000)
    for name, values in record.trace.items():
        for step in curve_steps(len(values)):
            yield Metric(f"{LOSS_PREFIX}{name}", values[step], now, step)
    for by_iteration in (record.distances, record.scores):
        for iteration, measured in by_iteration.items():
            for name, value in measured.items():
                yield Metric(name, value, now, iteration)
    for name, value in record.anchors.items():
        yield Metric(f"{ANCHOR_PREFIX}{name}", value, now, 0)
    for name, value in record.canonical.items():
        yield Metric(name, value, now, record.iterations)
    if record.style_weight is not None:
        yield Metric(BALANCED_WEIGHT, record.style_weight, now, 0)
    for name in (
        "seconds",
        "seconds_per_iteration",
        "scoring_seconds",
        "peak_memory_bytes",
        "iterations",
        "function_evaluations",
    ):
        yield Metric(name, float(getattr(record, name)), now, 0)
