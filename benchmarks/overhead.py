"""What the harness adds to the engine: coordinator and logging per run, and the start.

Run: python -m benchmarks.overhead [--seconds 10] [--runs 4] [--rounds 2] [--workers 0 1 2]

For each number of workers the same runs are performed bare (the engine and its scores, in as many
plain processes, without coordinator or MLflow) and as a sweep, in alternation, each sweep with a
new store. Each worker's first run, which loads libraries, is left out of both: time counts from
the end of the first runs to the end of the last. The start is measured by itself: seconds from
the command to the first iteration, with a new store and with one that exists. Sweeps are of
built-in pictures, in a temporary folder.
"""

import argparse
import multiprocessing
import statistics
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch

from benchmarks.alternation import stopwatched
from benchmarks.machine import machine_lines
from benchmarks.workplace import in_new_folder, perform_all
from harness.sweep.crew import usable_cores
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.plan import bundles
from harness.sweep.preview import prepare
from harness.sweep.progress import Progress
from harness.sweep.record import Bundle
from harness.sweep.run import run_sweep
from harness.sweep.worker import Worker

SWEEP = """\
cases: {{content: ['builtin:chelsea'], style: ['builtin:strokes']}}
base: {{pretrained: kmeans, image_size: 160, iterations: {iterations}}}
parameters: {{weights.style: {{values: {values}}}}}
evaluation: {{snapshots: []}}
"""
PROBE_ITERATIONS = 20
START_ROUNDS = 3


class Stopwatch:
    """Watches a sweep: when its first runs were done, one a worker, and when its last was."""

    def __init__(self, first: int) -> None:
        self.begun: float | None = None
        self.ended = 0.0
        self._first = first

    def __call__(self, progress: Progress) -> None:
        """Take the time of a change."""
        self.ended = time.perf_counter()
        if self.begun is None and progress.done >= self._first:
            self.begun = self.ended

    @property
    def seconds(self) -> float:
        """From the end of the first runs to the end of the last."""
        return self.ended - (self.begun or self.ended)


def sweep_file(folder: Path, *, runs: int, iterations: int, name: str = "overhead") -> Path:
    """Write a sweep of so many runs."""
    values = [round(1 + number / 10, 1) for number in range(runs)]
    path = folder / f"{name}.yaml"
    path.write_text(SWEEP.format(iterations=iterations, values=values))
    return path


def as_sweep(path: Path, workers: int) -> float:
    """Return the seconds of the runs as a sweep but for the first ones, logging included."""
    spec, pictures = load_with_pictures(path)
    watch = Stopwatch(max(workers, 1))
    outcome = run_sweep(spec, pictures, Options(workers=workers), watch=watch)
    if outcome.failed:
        raise RuntimeError("a run failed; nothing was measured")
    return watch.seconds


def bare(path: Path, workers: int) -> float:
    """Return the seconds of the same runs in plain processes, nothing logged."""
    spec, pictures = load_with_pictures(path)
    plan = prepare(spec, pictures, Options(), {})
    first, *work = bundles(plan, list(plan.runs), size=1)
    if not workers:
        worker = Worker()
        perform_all(worker, [first])
        return stopwatched(lambda: perform_all(worker, work))
    context = multiprocessing.get_context("spawn")
    threads = max(usable_cores() // workers, 1)
    with ProcessPoolExecutor(workers, context, set_up, (threads,)) as pool:
        list(pool.map(perform_here, [first] * workers))  # imports and parameters
        return stopwatched(lambda: list(pool.map(perform_here, work)))


def set_up(threads: int) -> None:
    """Prepare a plain process."""
    torch.set_num_threads(threads)
    globals()["WORKER"] = Worker()


def perform_here(bundle: Bundle) -> None:
    """Perform a bundle in a plain process."""
    perform_all(globals()["WORKER"], [bundle])


def iterations_for(seconds: float) -> int:
    """Return the iterations that take so many seconds in this process."""
    with in_new_folder() as folder:
        path = sweep_file(folder, runs=2, iterations=PROBE_ITERATIONS)
        once = bare(path, 0)
    return max(round(PROBE_ITERATIONS * seconds / once), 1)


def first_iteration(folder: Path, name: str) -> float:
    """Return the seconds from a command to its first iteration."""
    # As many iterations as the name is long: the runs of another name are not taken for ours.
    path = sweep_file(folder, runs=2, iterations=PROBE_ITERATIONS + len(name), name=name)
    begun = time.perf_counter()
    command = [sys.executable, "-m", "harness", "-v", "sweep", str(path)]
    found = begun
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        for line in process.stderr or ():
            if found == begun and "first iteration" in line:
                found = time.perf_counter()
    if found == begun:
        raise RuntimeError("no iteration was seen")
    return found - begun


def main() -> None:
    """Alternate and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of one run")
    parser.add_argument("--runs", type=int, default=4, help="of a sweep, for each worker")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--workers", type=int, nargs="*", default=[0, 1, 2])
    options = parser.parse_args()
    print("\n".join(machine_lines()))
    iterations = iterations_for(options.seconds)
    print(f"runs of {iterations} iterations at 160 px")
    for workers in options.workers:
        times: dict[str, list[float]] = {"bare": [], "sweep": []}
        runs = options.runs * max(workers, 1)
        for _ in range(options.rounds):
            with in_new_folder() as folder:
                several = max(workers, 1)
                path = sweep_file(folder, runs=runs + 1, iterations=iterations)
                times["bare"].append(bare(path, workers))
                path = sweep_file(folder, runs=runs + several, iterations=iterations)
                times["sweep"].append(as_sweep(path, workers))
        plain, sweep = (statistics.median(values) for values in times.values())
        a_run = plain * max(workers, 1) / runs
        print(
            f"{workers} workers: {runs} runs of {a_run:.1f} s take {plain:.1f} s bare, "
            f"{sweep:.1f} s as a sweep: {100 * (sweep / plain - 1):+.1f} %, "
            f"{(sweep - plain) / runs:.2f} s a run"
        )
    new, existing = [], []
    for _ in range(START_ROUNDS):
        with in_new_folder() as folder:
            new.append(first_iteration(folder, "first"))
            existing.append(first_iteration(folder, "second"))
    for what, values in {"a new": new, "an existing": existing}.items():
        seconds = statistics.median(values)
        print(f"first iteration with {what} store: {seconds:.1f} s after the command")


if __name__ == "__main__":
    main()
