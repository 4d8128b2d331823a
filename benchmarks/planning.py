"""How long before and after the work: planning a large sweep, going on with a finished one?

Run: python -m benchmarks.planning [--rounds 3] [--variants 125]

Planning: a file of 500 variants and 20 cases is read, expanded, planned and bundled, 10,000 runs,
in this process, libraries imported. Going on: the whole command ``harness sweep FILE`` on a sweep
of 8 cases (1,000 runs with 125 variants) that is finished: it reads the store, and writes tables
and contact sheet again, in a process of its own. Its runs are made up, a minute or more for
1,000: the coordinator logs records that no optimisation made, with every number and file of a
real run. All of it in a temporary folder.
"""

import argparse
import logging
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np

from benchmarks.alternation import stopwatched
from benchmarks.machine import machine_lines
from benchmarks.pairs import CONTENTS, STYLES
from benchmarks.workplace import in_new_folder
from harness.images.resize import encode_png
from harness.scoring.score import GAINS
from harness.sweep.executor import OnStart, OnStep
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.plan import bundles
from harness.sweep.preview import prepare
from harness.sweep.record import RunRecord, RunTask
from harness.sweep.run import run_sweep
from harness.sweep.work_queue import WorkQueue
from harness.transfer.precision import numerics
from metrics.catalog import CATALOG, Need

LEARNING_RATES = 5
IMPORTS = "import harness.sweep.coordinator, harness.sweep.answer, mlflow"

SWEEP = """\
cases: {{content: [{contents}], style: [{styles}], pairing: {pairing}}}
base: {{image_size: 64, iterations: 100, pretrained: kmeans, precision: float32}}
parameters:
  weights.style: {{min: 1, max: 100, distribution: log_uniform_values, count: {weights}}}
  lr: {{min: 0.01, max: 0.1, distribution: log_uniform_values, count: {rates}}}
evaluation: {{evaluator: kmeans}}
"""


def write_sweep(
    path: Path, contents: tuple[str, ...], styles: tuple[str, ...], *, pairing: str, weights: int
) -> Path:
    """Write a sweep of ``weights`` × 5 variants on built-in pictures."""
    lists = {"contents": contents, "styles": styles}
    texts = {name: ", ".join(f"builtin:{one}" for one in names) for name, names in lists.items()}
    path.write_text(SWEEP.format(**texts, pairing=pairing, weights=weights, rates=LEARNING_RATES))
    return path


class MadeUp:
    """An executor that makes results up, as many numbers and files as a real run has."""

    workers = 0

    def __init__(self) -> None:
        self._generator = np.random.default_rng(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was started."""

    def warm(self) -> None:
        """There is nothing to make ready."""

    def resolve(self, _device: str) -> None:
        """Leave ``auto`` to this process."""

    def run(self, queue: WorkQueue, *, on_start: OnStart, on_step: OnStep) -> Iterator[RunRecord]:
        """Return a record for every run of every bundle."""
        del on_step
        while (bundle := queue.take()) is not None:
            for task in bundle.tasks:
                on_start(task.fingerprint)
                yield self._record(task)

    def _record(self, task: RunTask) -> RunRecord:
        iterations = task.settings.iterations
        layers = [f"style/{tap}" for tap in task.settings.style_layers]
        scores = ("style/gain", "content/score", "second/style/gain", "second/content/score")
        taps = [f"style/gram/{tap}" for tap in task.evaluator.style_taps]
        absent = {Need.LPIPS_PARAMETERS, Need.SEEDS, Need.START}
        measured = [
            *(
                name
                for name, entry in CATALOG.items()
                if entry.needs and not entry.needs & absent and name not in (*scores, "balance")
            ),
            *taps,
        ]
        anchored = [name for name in measured if name.startswith(("style/", "content/"))]
        size = task.settings.image_size
        return RunRecord(
            fingerprint=task.fingerprint,
            status="FINISHED",
            reason="iterations",
            picture_png=encode_png(self._generator.integers(0, 256, (size, size, 3), np.uint8)),
            trace={name: self._curve(iterations) for name in ("content", "style", *layers, "tv")}
            | {"total": self._curve(iterations)},
            iterations=iterations,
            function_evaluations=iterations,
            seconds=5.0,
            seconds_per_iteration=0.05,
            scoring_seconds=0.5,
            peak_memory_bytes=2**30,
            distances={iterations: self._values(*measured)},
            scores={iterations: self._values(*scores)},
            anchors=self._values(*anchored, *(f"epsilon/{name}" for name in GAINS)),
            numerics=numerics(task.device, task.settings.precision),
        )

    def _curve(self, length: int) -> tuple[float, ...]:
        return tuple(map(float, self._generator.random(length)))

    def _values(self, *names: str) -> dict[str, float]:
        return dict(zip(names, self._curve(len(names)), strict=True))


def plan_seconds(path: Path) -> tuple[float, int]:
    """Read, plan and bundle a sweep; return the seconds, and how many runs it has."""
    begun = time.perf_counter()
    spec, pictures = load_with_pictures(path)
    plan = prepare(spec, pictures, Options(device="cpu"), {})
    count = sum(len(bundle.tasks) for bundle in bundles(plan, list(plan.runs), size=1))
    return time.perf_counter() - begun, count


def command(*arguments: str) -> None:
    """Run this Python in a process of its own, silently."""
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)  # noqa: S603


def measure(rounds: int, variants: int) -> None:
    """Measure in the working folder, and print."""
    large = write_sweep(
        Path("large.yaml"), CONTENTS[:5], STYLES[:4], pairing="product", weights=100
    )
    planned = [plan_seconds(large) for _ in range(rounds)]
    median = statistics.median(seconds for seconds, _ in planned)
    print(f"{f'planning {planned[0][1]} runs':<34}{median:8.2f} s")

    done = write_sweep(
        Path("done.yaml"), CONTENTS, STYLES, pairing="zip", weights=variants // LEARNING_RATES
    )
    spec, pictures = load_with_pictures(done)
    runs = len(spec.variants) * len(spec.cases)
    how = Options(device="cpu", tracking_uri="sqlite:///mlflow.db")
    made = stopwatched(lambda: run_sweep(spec, pictures, how, executor=MadeUp()))
    print(f"{f'making {runs} finished runs up':<34}{made:8.2f} s (once)")

    actions = {
        "a process that only imports": ("-c", IMPORTS),
        f"harness sweep, all {runs} done": (
            *("-m", "harness", "sweep", str(done)),
            *("--device", "cpu", "--tracking-uri", "sqlite:///mlflow.db"),
        ),
    }
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, arguments in actions.items():
            times[name].append(stopwatched(lambda given=arguments: command(*given)))
    for name, values in times.items():
        print(f"{name:<34}{statistics.median(values):8.2f} s")


def main() -> None:
    """Measure in a temporary folder, so that nothing of the user's is read or written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--variants", type=int, default=125, help="of the finished sweep")
    options = parser.parse_args()
    logging.getLogger("harness").setLevel(logging.ERROR)  # its notes would stand between figures
    print("\n".join([*machine_lines(), f"medians of {options.rounds}"]))
    with in_new_folder():
        measure(options.rounds, options.variants)


if __name__ == "__main__":
    main()
