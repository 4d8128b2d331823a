"""The pool: scores of the small panel, with and without faults, for many seeds.

Goes on where it was stopped: what the file holds is not measured again.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from benchmarks.faults import FAULTS, NO_CHANGE, WITHOUT_PICTURES, Fault, faulty_copy
from harness.spec.sweep_spec import load_sweep

__all__ = ["PANEL", "POOL", "measure_pool"]

HERE = Path(__file__).parent
PANEL = HERE / "regression_panel.yaml"
POOL = HERE / "regression_pool.csv"
CHILD = HERE / "pool_child.py"

COLUMNS = ("fault", "content", "style", "seed", "style/gain", "content/score")
SEEDS = 8  # of a fault, for each pair of the panel
SEEDS_UNCHANGED = 16
REFERENCE_SEEDS = 2  # for each further pair of the reference measurement
FURTHER = (  # with the panel's six the twelve pairs of the reference measurement
    ("builtin:chelsea", "builtin:dots"),
    ("builtin:coffee", "builtin:watercolor"),
    ("builtin:rocket", "builtin:strokes"),
    ("builtin:astronaut", "builtin:glass"),
    ("builtin:china", "builtin:wave"),
    ("builtin:flower", "builtin:ink"),
)
PROCESSES = 2
DIGITS = 6

Job = tuple[str, str, int]


def measure_pool(path: Path = POOL) -> None:
    """Measure what the pool lacks, and append it."""
    spec = load_sweep(PANEL)
    pairs = [(pair.content.text, pair.style.text) for pair in spec.pairs]
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        if new:
            writer.writeheader()
        for fault in FAULTS:
            if fault in WITHOUT_PICTURES:
                continue
            done = _done(path, fault)
            jobs = [job for job in _jobs(fault, pairs) if job not in done]
            print(f"{fault.name}: {len(jobs)} runs", flush=True)
            settings = spec.variants[0].settings.model_dump(mode="json")
            for row in _perform(fault, jobs, settings, spec.evaluation.size):
                scores = {name: round(row[name], DIGITS) for name in COLUMNS[-2:]}
                writer.writerow({"fault": fault.name} | row | scores)
                file.flush()


def _done(path: Path, fault: Fault) -> set[Job]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["fault"] == fault.name]
    return {(row["content"], row["style"], int(row["seed"])) for row in rows}


def _jobs(fault: Fault, pairs: list[tuple[str, str]]) -> Iterator[Job]:
    seeds = SEEDS_UNCHANGED if fault is NO_CHANGE else SEEDS
    for seed in range(seeds):
        yield from ((*pair, seed) for pair in pairs)
    for seed in range(REFERENCE_SEEDS):
        yield from ((*pair, seed) for pair in FURTHER)


def _perform(
    fault: Fault, jobs: list[Job], settings: dict[str, object], size: int
) -> Iterator[dict[str, object]]:
    """Yield the rows of some jobs as they come, from two processes."""
    rows: Queue[dict[str, object] | None] = Queue()
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(PROCESSES) as threads:
        copy = faulty_copy(fault, Path(name))

        def share(number: int) -> None:
            given = {"settings": settings, "size": size, "jobs": jobs[number::PROCESSES]}
            try:
                for row in _child(copy, json.dumps(given)):
                    rows.put(row)
            finally:
                rows.put(None)

        shares = [threads.submit(share, number) for number in range(PROCESSES)]
        for _ in shares:
            yield from iter(rows.get, None)
        for one in shares:
            one.result()  # raises what went wrong in it


def _child(copy: Path, given: str) -> Iterator[dict[str, object]]:
    environment = os.environ | {"PYTHONPATH": str(copy), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    ) as child:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("no pipes")
        child.stdin.write(given + "\n")
        child.stdin.close()
        yield from map(json.loads, child.stdout)
    if child.returncode:
        raise RuntimeError(f"{CHILD.name} ended with {child.returncode}")


if __name__ == "__main__":
    measure_pool()
