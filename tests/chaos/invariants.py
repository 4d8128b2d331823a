"""What must hold in a store, whatever was done to the processes that wrote it."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from harness.images.decode import decode_picture
from harness.sweep.owner import Owner
from harness.sweep.tracking.names import File, Kind, Status, Tag
from harness.sweep.tracking.store import connect, local_path, locate, search_everywhere

if TYPE_CHECKING:
    from mlflow.entities import Run

__all__ = ["StoreWatch"]

SCORES = {"style/gain", "content/score", "second/style/gain", "second/content/score"}
NUMBERS = {"seconds", "seconds_per_iteration", "scoring_seconds", "peak_memory_bytes"}
COUNTS = {"iterations", "function_evaluations"}


class StoreWatch:
    """Remembers what was finished, and says what is wrong with a store.

    Args:
        database: The MLflow database; it need not exist yet.
        size: Height and width that every result must have.
        iterations: Of every run.
    """

    def __init__(self, database: Path, *, size: tuple[int, int], iterations: int) -> None:
        self._database = database
        self._size = size
        self._iterations = iterations
        self._finished: set[str] = set()

    def forget(self) -> None:
        """Forget what was finished: ``--fresh`` sets it aside."""
        self._finished.clear()

    def violations(self, *, live: int | None) -> list[str]:
        """Return what is wrong, one line each.

        Args:
            live: Process id of the coordinator that is writing now, if any.
        """
        if not self._database.exists():
            return ["the store is gone"] if self._finished else []
        runs = self._runs(Kind.RUN)
        finished = [run for run in runs if run.info.status == Status.FINISHED]
        new = [run for run in finished if run.info.run_id not in self._finished]
        found = [*self._lost(finished), *self._twice(finished)]
        for run in new:
            found += [f"{run.info.run_id}: {fault}" for fault in self._faults(run)]
        if live is not None:
            found += self._foreign([*runs, *self._runs(Kind.SWEEP)], live)
        self._finished |= {run.info.run_id for run in finished}
        return found

    def finished(self, sweep: str) -> int:
        """Return how many runs of a sweep are finished."""
        if not self._database.exists():
            return 0
        return sum(
            run.info.status == Status.FINISHED and run.data.tags[Tag.OCCASION] == sweep
            for run in self._runs(Kind.RUN)
        )

    def unfinished(self, sweep: str) -> list[str]:
        """Return what a complete sweep must not have: open or failed runs, an open parent."""
        wrong = (Status.RUNNING, Status.FAILED)
        runs = [run for run in self._runs(Kind.RUN) if run.data.tags[Tag.OCCASION] == sweep]
        parents = [run for run in self._runs(Kind.SWEEP) if run.data.tags[Tag.OCCASION] == sweep]
        found = [
            f"{run.info.run_id} is {run.info.status}" for run in runs if run.info.status in wrong
        ]
        if [run.info.status for run in parents] != [Status.FINISHED]:
            found.append(f"parents of {sweep}: {[run.info.status for run in parents]}")
        return found

    def _runs(self, kind: Kind) -> list["Run"]:
        client = connect(locate(f"sqlite:///{self._database}"))
        return list(search_everywhere(client, f"tags.`{Tag.KIND}` = '{kind}'"))

    def _lost(self, finished: list["Run"]) -> list[str]:
        lost = self._finished - {run.info.run_id for run in finished}
        return [f"{run_id} was FINISHED and is not any more" for run_id in sorted(lost)]

    def _twice(self, finished: list["Run"]) -> list[str]:
        counted = Counter(
            (run.data.tags[Tag.OCCASION], run.data.tags[Tag.FINGERPRINT]) for run in finished
        )
        return [
            f"{occasion}: {fingerprint[:12]} is FINISHED {count} times"
            for (occasion, fingerprint), count in counted.items()
            if count > 1
        ]

    def _foreign(self, runs: list["Run"], live: int) -> list[str]:
        return [
            f"{run.info.run_id} is RUNNING, but its process {owner.pid} is not the live one"
            for run in runs
            if run.info.status == Status.RUNNING
            and (owner := Owner.parse(run.data.tags[Tag.OWNER])).pid != live
        ]

    def _faults(self, run: "Run") -> list[str]:
        """Return what a finished run lacks."""
        folder = local_path(run.info.artifact_uri)
        if folder is None or not folder.is_dir():
            return ["has no files"]
        try:
            picture = decode_picture((folder / File.RESULT).read_bytes(), name=File.RESULT)
            trace = json.loads((folder / File.TRACE).read_text())
            json.loads((folder / File.SETTINGS).read_text())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            return [f"{type(error).__name__}: {error}"]
        found = []
        if picture.shape != (*self._size, 3):
            found.append(f"{File.RESULT} is {picture.shape}, not {self._size}")
        lengths = {name: len(values) for name, values in trace.items()}
        if not lengths or set(lengths.values()) != {self._iterations}:
            found.append(f"{File.TRACE} has {lengths} values, not {self._iterations}")
        wanted = SCORES | NUMBERS | COUNTS | {f"loss/{name}" for name in trace}
        if lacking := wanted - run.data.metrics.keys():
            found.append(f"lacks the metrics {sorted(lacking)}")
        if run.data.metrics.get("iterations") != self._iterations:
            found.append(f"claims {run.data.metrics.get('iterations')} iterations")
        return found
