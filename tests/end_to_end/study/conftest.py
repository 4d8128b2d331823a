"""Studies on made-up pictures, performed for real or by an executor that makes scores up."""

import io
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from mlflow.entities import Run
from PIL import Image

from harness.sweep.coordinator import Outcome
from harness.sweep.executor import Executor, OnStart, OnStep, Records
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.record import Bundle, RunRecord, RunTask
from harness.sweep.run import run_sweep
from harness.sweep.tracking.store import connect, locate
from harness.sweep.work_queue import WorkQueue

MakeSweep = Callable[..., Path]
Judge = Callable[[RunTask], Mapping[str, float] | str]

FILE: dict[str, Any] = {
    "question": "Which weight of the style is best?",
    "method": "tpe",
    "metric": "content/score",
    "cases": {"content": ["c0.png", "c1.png"], "style": ["s0.png", "s1.png"], "pairing": "zip"},
    "base": {
        "pretrained": "kmeans",
        "precision": "float32",
        "image_size": 32,
        "iterations": 3,
        "content_layers": "relu1_1",
        "style_layers": ["rgb", "relu1_1"],
    },
    "parameters": {
        "weights.style": {"min": 1, "max": 300, "distribution": "log_uniform_values"},
        "pooling": {"values": ["avg", "max"]},
    },
    "baseline": {"weights.style": 10, "pooling": "avg"},
    "limits": {"max_variants": 5},
    "evaluation": {"size": 64},
}


class Pretending:
    """Performs no runs: each has the scores that a function says, or fails with its reason.

    ``held`` bundles are out at a time, and come back in the order that ``pick`` chooses.
    ``log`` tells how many were out whenever one came back.
    """

    workers = 0

    def __init__(
        self,
        judge: Judge,
        *,
        held: int = 1,
        pick: Callable[[int], int] = lambda _count: 0,
        stop_after: int | None = None,
    ) -> None:
        self._judge = judge
        self._held = held
        self._pick = pick
        self._stop_after = stop_after
        self.performed: list[RunTask] = []
        self.out: list[int] = []

    def index(self, task: RunTask) -> int:
        """Return which variant a task belongs to, counted in the order of the first runs."""
        known = [one.settings for one in self.performed]
        return list(dict.fromkeys(map(str, known))).index(str(task.settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was started."""

    def warm(self) -> None:
        """There is nothing to make ready."""

    def resolve(self, device: str) -> None:
        """Leave it to this process."""

    def run(self, queue: WorkQueue, *, on_start: OnStart, on_step: OnStep) -> Records:
        """Hold several bundles out; return one of them, then take again as far as there is room.

        As Dask's do, it takes the next bundle before it hands over the record; if it holds only
        one, it does as the executor in this process.
        """
        del on_step
        out: list[Bundle] = []
        self._fill(out, queue)
        while out:
            self.out.append(len(out))
            bundle = out.pop(self._pick(len(out)))
            if self._held > 1:
                self._fill(out, queue)
            (task,) = bundle.tasks
            on_start(task.fingerprint)
            if self._stop_after is not None and len(self.performed) >= self._stop_after:
                raise KeyboardInterrupt
            self.performed.append(task)
            yield _record(task, self._judge(task))
            self._fill(out, queue)

    def _fill(self, out: list[Bundle], queue: WorkQueue) -> None:
        while len(out) < self._held and (bundle := queue.take()) is not None:
            out.append(bundle)


def _record(task: RunTask, judged: Mapping[str, float] | str) -> RunRecord:
    """Return what a worker would return: without NaN scores; a text is why the run failed."""
    if isinstance(judged, str):
        return RunRecord(fingerprint=task.fingerprint, status="FAILED", reason=judged)
    scores = {"style/gain": 0.5, "content/score": 0.5}
    scores |= {name: value for name, value in judged.items() if name != "seconds"}
    scores = {name: value for name, value in scores.items() if math.isfinite(value)}
    last = task.settings.iterations
    picture = io.BytesIO()
    Image.new("RGB", (32, 24), (90, 120, 30)).save(picture, "PNG")
    gain = scores.get("style/gain", 0.5)
    return RunRecord(
        fingerprint=task.fingerprint,
        status="FINISHED",
        reason="iterations",
        picture_png=picture.getvalue(),
        trace={"total": (1.0,) * last},
        iterations=last,
        seconds=judged.get("seconds", 1.0),
        seconds_per_iteration=1.0,
        distances={last: {"style/gram": math.exp(-gain)}},
        scores={last: scores},
        anchors={"style/gram": 1.0},
        numerics={"device": "cpu"},
    )


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Writes study files, runs them in the working directory and reads what the store has."""

    make_sweep: MakeSweep
    last: dict[str, Outcome] = field(default_factory=dict)

    @property
    def base(self) -> dict[str, Any]:
        """The base settings of the studies."""
        return dict(FILE["base"])

    def write(self, name: str = "study", **changes: Any) -> Path:
        """Write a study with other top-level keys; None leaves one out."""
        content = {key: value for key, value in (FILE | changes).items() if value is not None}
        return self.make_sweep(name, json.dumps(content))

    def run(
        self, path: Path, *overrides: str, executor: Executor | None = None, **options: Any
    ) -> Outcome:
        """Run a file, in this process."""
        spec, pictures = load_with_pictures(path, overrides)
        return run_sweep(spec, pictures, Options(**options), executor=executor)

    def runs(self, sweep: str = "study", kind: str = "run") -> list[Run]:
        """Return the runs of a sweep that are not in the trash, oldest first."""
        client = connect(locate(None))
        found = client.get_experiment_by_name(sweep)
        if found is None:
            return []
        text = f"tags.`harness.kind` = '{kind}'"
        order = ["attributes.start_time ASC"]
        return list(client.search_runs([found.experiment_id], text, order_by=order))

    def finished(self, sweep: str = "study") -> list[str]:
        """Return the fingerprints of a sweep's finished runs, sorted."""
        runs = [run for run in self.runs(sweep) if run.info.status == "FINISHED"]
        return sorted(run.data.tags["harness.fingerprint"] for run in runs)

    def notes(self, sweep: str = "study") -> list[str]:
        """Return what stands under the sweep's table."""
        (parent,) = self.runs(sweep, "sweep")
        notes: list[str] = json.loads(parent.data.tags["harness.notes"])
        return notes

    def trials(self, sweep: str = "study") -> list[dict[str, Any]]:
        """Return the trials that the store keeps, without refused and repeated ones."""
        (parent,) = self.runs(sweep, "sweep")
        folder = Path(parent.info.artifact_uri.removeprefix("file://"))
        trials: list[dict[str, Any]] = json.loads((folder / "trials.json").read_text())["trials"]
        return [one for one in trials if one["state"] not in ("refused", "repeated")]

    def points(self, sweep: str = "study") -> list[dict[str, Any]]:
        """Return what was tried, in the order of asking."""
        return [one["point"] for one in self.trials(sweep)]


@pytest.fixture
def bench(make_sweep: MakeSweep, store: None) -> Bench:
    """Return a bench on an empty store in the working directory."""
    del store
    return Bench(make_sweep=make_sweep)


@pytest.fixture
def pretend() -> type[Pretending]:
    """Return the executor that performs nothing."""
    return Pretending


@pytest.fixture
def bench_file() -> Callable[..., str]:
    """Return a function that returns the study's text with other top-level keys."""

    def text(**changes: Any) -> str:
        return json.dumps({key: one for key, one in (FILE | changes).items() if one is not None})

    return text
