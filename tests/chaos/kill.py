"""Kill a sweep again and again, and see that nothing finished is lost or done twice.

::

    python tests/chaos/kill.py --minutes 5 [--faults N] [--only KIND ...] [--seed N] [--folder DIR]

A sweep of 12 short runs on made-up pictures is given to ``harness sweep --workers 2``, a real
process. After a random while a random fault is done to it:

* ``kill-coordinator``, ``kill-worker``, ``kill-both``, ``kill-group``: SIGKILL to the coordinator,
  to one worker, to both at once, to the whole process group;
* ``stop-worker``: SIGSTOP to one worker, which is then silent for good; ``limits.time_per_run``
  must end it;
* ``sigterm``: SIGTERM to the coordinator; ``sigint``: SIGINT to the process group, as Ctrl-C.

What must hold after each: no run that was FINISHED is lost, none is FINISHED twice, each has its
picture, its trace and its numbers; no process outlives its coordinator by more than some seconds;
the exit code is the documented one; whatever is RUNNING belongs to the live coordinator. A fault
that hits a worker only must not end the sweep. When a sweep is complete (exit code 0, nothing
open, nothing failed) the next is another name, another store, or the same with ``--fresh``.

Prints a line for each fault, and a summary. Stops at the first violation, keeps the folder, and
exits with 1. The same seed chooses the same faults; when they hit is up to the machine.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from faults import FAULTS, Fault
from invariants import StoreWatch
from PIL import Image
from process import SweepProcess, wait_until

RUNS = 12
ITERATIONS = 60
IMAGE_PX = 64
HEIGHT, WIDTH = 60, 80
GONE_S = 15.0  # Dask's workers look for their nanny every few seconds
UP_S = 120.0
END_S = 600.0
WORKER_FAULTS = 3  # to one coordinator: as many as a run has retries
STARTING_S = 10.0
CLUSTER_FAILED = 4
SHOWN = 60  # characters of the last message
SPEC: dict[str, Any] = {
    "cases": {"content": ["c0.png", "c1.png"], "style": ["s0.png", "s1.png"], "pairing": "zip"},
    "base": {
        "pretrained": "kmeans",
        "precision": "float32",
        "image_size": IMAGE_PX,
        "iterations": ITERATIONS,
        "content_layers": "relu1_1",
        "style_layers": ["rgb", "relu1_1", "relu2_1"],
    },
    "parameters": {"weights.style": {"values": [1, 2, 5, 10, 20, 50]}},
    "evaluation": {"size": 64, "snapshots": [20]},
    "limits": {"retries": 3, "time_per_run": 20},
}


class Violation(Exception):  # noqa: N818 - that is what it is
    """Something that must hold does not."""


class Chaos:
    """Goes from sweep to sweep and from fault to fault."""

    def __init__(self, folder: Path, chance: random.Random, kinds: list[str]) -> None:
        self._folder = folder
        self._chance = chance
        self._kinds = kinds
        self._stores = 0
        self._sweeps = 0
        self._fresh = False
        self._setting_aside = False
        self.done: Counter[str] = Counter()
        self._new_store()

    def _new_store(self) -> None:
        self._stores += 1
        self._work = self._folder / f"store-{self._stores}"
        self._work.mkdir()
        generator = np.random.default_rng(self._stores)
        for name in ("c0", "c1", "s0", "s1"):
            pixels = generator.integers(0, 256, (HEIGHT // 10, WIDTH // 10, 3), dtype=np.uint8)
            image = Image.fromarray(pixels).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
            image.save(self._work / f"{name}.png")
        size = (IMAGE_PX * HEIGHT // WIDTH, IMAGE_PX)
        self._watch = StoreWatch(self._work / "mlflow.db", size=size, iterations=ITERATIONS)
        self._new_name()

    def _new_name(self) -> None:
        self._sweeps += 1
        self._name = f"chaos-{self._sweeps}"
        # Other settings, or the finished runs of the earlier sweep would be taken.
        spec = {**SPEC, "base": {**SPEC["base"], "lr": 0.02 + 0.0001 * self._sweeps}}
        (self._work / f"{self._name}.yaml").write_text(json.dumps(spec))

    def go(self) -> None:
        """Start the command, do faults to it until it ends, and look at what is left.

        Raises:
            Violation: Something that must hold does not.
        """
        words = [f"{self._name}.yaml", "--workers", "2"]
        if self._fresh:
            words.append("--fresh")
        self._setting_aside, self._fresh = self._fresh, False
        sweep = SweepProcess(self._work, words)
        try:
            self._disturb(sweep)
        finally:
            sweep.destroy()

    def _disturb(self, sweep: SweepProcess) -> None:
        was_hit_at_start = False
        for _ in range(WORKER_FAULTS):
            kind = self._chance.choice(self._kinds)
            fault = FAULTS[kind]
            self._wait_for_the_moment(sweep, fault)
            if not sweep.is_alive:
                break
            self._check("before a fault", live=sweep.pid if sweep.has_begun else None)
            self._announce(kind, sweep)
            victim = fault.do(sweep, self._chance)
            if fault.exits:
                self._ended(sweep, kind, fault.exits)
                return
            was_hit_at_start |= not sweep.runs_ended
            if victim is not None:
                self._must_go(sweep, kind, victim)
        if was_hit_at_start and self._could_not_start(sweep):
            return
        self._complete(sweep)

    def _announce(self, kind: str, sweep: SweepProcess) -> None:
        self.done[kind] += 1
        said = (sweep.messages.splitlines() or ["starting"])[-1]
        number = sum(self.done.values())
        say(f"{number:4} {self._work.name}/{self._name} {kind:<17}{said[:SHOWN]}")

    def _wait_for_the_moment(self, sweep: SweepProcess, fault: Fault) -> None:
        """Wait a little while, or until some runs have ended; then until the fault can be done."""
        if self._chance.random() < 1 / 3:
            time.sleep(self._chance.uniform(0, STARTING_S))
        else:
            wanted = sweep.runs_ended + self._chance.randint(1, RUNS // 2)
            wait_until(lambda: sweep.runs_ended >= wanted or not sweep.is_alive, UP_S)
            time.sleep(self._chance.uniform(0, 1))

        def is_ready() -> bool:
            return fault.can_be_done_to(sweep) or not sweep.is_alive

        if not wait_until(is_ready, UP_S):
            raise Violation(f"not up after {UP_S:g} s: {sweep.messages}")

    def _ended(self, sweep: SweepProcess, kind: str, exits: frozenset[int]) -> None:
        code = sweep.wait(END_S)
        if code is None:
            raise Violation(f"{kind}: still there after {END_S:g} s: {sweep.messages}")
        if code not in exits and not (code == 0 and self._is_complete):
            raise Violation(f"{kind}: exit code {code}, not {sorted(exits)}: {sweep.messages}")
        self._nobody_left(sweep, kind)
        self._check(kind, live=None)
        if code == 0:
            self._next()

    def _must_go(self, sweep: SweepProcess, kind: str, victim: int) -> None:
        if not wait_until(lambda: victim not in {one.pid for one in sweep.family()}, UP_S):
            raise Violation(f"{kind}: worker {victim} is still there after {UP_S:g} s")

    def _could_not_start(self, sweep: SweepProcess) -> bool:
        """Tell whether a sweep gave up, as documented, for lack of a worker killed early."""
        if sweep.wait(END_S) != CLUSTER_FAILED or "cannot start" not in sweep.messages:
            return False
        self._nobody_left(sweep, "a start that failed")
        self._check("a start that failed", live=None)
        return True

    def _complete(self, sweep: SweepProcess) -> None:
        """See a sweep end by itself."""
        code = sweep.wait(END_S)
        if code != 0:
            raise Violation(f"exit code {code}, not 0, of a sweep left alone: {sweep.messages}")
        self._nobody_left(sweep, "the end")
        self._check("the end", live=None)
        found = self._watch.unfinished(self._name)
        if not self._is_complete:
            found.append(f"{self._watch.finished(self._name)} runs are FINISHED, not {RUNS}")
        if found:
            raise Violation("; ".join(found))
        say(f"     {self._work.name}/{self._name} is complete")
        self._next()

    def _nobody_left(self, sweep: SweepProcess, after: str) -> None:
        if not wait_until(lambda: not sweep.family(), GONE_S):
            left = [(one.pid, one.name()) for one in sweep.family()]
            raise Violation(f"{after}: {GONE_S:g} s later there are still {left}")

    def _check(self, when: str, *, live: int | None) -> None:
        if self._setting_aside:
            self._watch.forget()
        found = self._watch.violations(live=live)
        if live is not None:
            self._setting_aside = False  # that came first
        if found:
            raise Violation(f"{when}: {'; '.join(found)}")

    @property
    def _is_complete(self) -> bool:
        return bool(self._watch.finished(self._name) == RUNS)

    def _next(self) -> None:
        chosen = self._chance.choice(("fresh", "name", "store"))
        if chosen == "fresh":
            self._fresh = True
        elif chosen == "name":
            self._new_name()
        else:
            self._new_store()


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run chaos for as long as it is told; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--faults", type=int, help="stop after so many, if that is earlier")
    parser.add_argument("--only", action="append", choices=sorted(FAULTS), metavar="KIND")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="default: a new temporary folder")
    chosen = parser.parse_args()
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="harness-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["HARNESS_CACHE"] = str(folder / "cache")
    chaos = Chaos(folder.resolve(), random.Random(chosen.seed), chosen.only or sorted(FAULTS))
    deadline = time.monotonic() + 60 * chosen.minutes
    violation = ""
    while time.monotonic() < deadline:
        if chosen.faults is not None and sum(chaos.done.values()) >= chosen.faults:
            break
        try:
            chaos.go()
        except Violation as found:
            violation = str(found)
            break
    counts = ", ".join(f"{kind} {count}" for kind, count in sorted(chaos.done.items()))
    say(f"{sum(chaos.done.values())} faults ({counts}); {1 if violation else 0} violations")
    if violation:
        say(f"VIOLATION (everything is in {folder}): {violation}")
        return 1
    if chosen.folder is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
