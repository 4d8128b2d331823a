"""What does a whole sweep take, beside the same runs by a textbook PyTorch loop?

Ours is the command ``harness sweep`` on the shipped layers.yaml, as a user gives it, in a new
folder with an empty cache: start of the program, plan, targets, iterations, scores, MLflow,
tables and pictures. The textbook loop does the iterations of the same runs and nothing else: it
scores nothing and writes nothing. Its time for an iteration is measured at every choice of layers
and every size, before the sweep and after it, and multiplied; with --full every run is really
done. Last, the share of a run that its scores take.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

import numpy as np

from benchmarks.alternation import stopwatched
from benchmarks.command import Benchmark, positive, say
from benchmarks.pairs import PAIRS
from benchmarks.tables import Speed, Table, speed_table
from benchmarks.textbook import textbook
from benchmarks.workplace import in_new_folder, perform_all
from harness.errors import HarnessError
from harness.images.decode import decode_picture
from harness.images.prepare import prepare_pictures
from harness.spec.schedule import total_iterations
from harness.spec.shipped import resolve_sweep_path
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.plan import Plan, bundles
from harness.sweep.preview import prepare
from harness.sweep.worker import Worker
from harness.transfer.pretrained.parameters import load_parameters

FLOOR, AIM = 4.0, 6.0
SCORING_MOST = 0.1
STEPS = 4  # of the textbook loop at a time; the first is left out
SCORED_RUNS = 3
SCORED_SWEEP = """\
cases: {{content: ['builtin:{content}'], style: ['builtin:{style}']}}
base: {{pretrained: kmeans, image_size: {size}, iterations: {iterations}}}
parameters: {{weights.style: {{values: {weights}}}}}
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextbookRun:
    """One run as the textbook loop does it."""

    content: np.ndarray
    style: np.ndarray
    content_layers: tuple[str, ...]
    style_layers: tuple[str, ...]
    iterations: int
    network: tuple[str, str]

    @property
    def kind(self) -> tuple[object, ...]:
        """What its time for an iteration depends on."""
        shapes = (self.content.shape, self.style.shape)
        return (*shapes, self.content_layers, self.style_layers, self.network)

    def seconds(self, steps: int) -> tuple[float, list[float]]:
        """Do some steps; return the seconds before the first, and of each."""
        done = textbook(
            load_parameters(*self.network),
            self.content,
            self.style,
            steps=steps,
            content_layers=self.content_layers,
            style_layers=self.style_layers,
        )
        return done.prepare_s, done.step_s


def textbook_runs(plan: Plan) -> list[TextbookRun]:
    """Return the runs of a plan as the textbook loop does them, in their order."""
    runs = []
    for run in plan.runs:
        task = run.task
        content, style = (
            decode_picture(plan.picture(sha256).data, name=sha256[:12])
            for sha256 in (task.content_sha256, task.style_sha256)
        )
        prepared = prepare_pictures(task.settings, content=content, styles=[style])
        runs.append(
            TextbookRun(
                content=prepared.content,
                style=prepared.styles[0],
                content_layers=tuple(task.settings.content_layers),
                style_layers=tuple(task.settings.style_layers),
                iterations=total_iterations(task.settings),
                network=(task.settings.pretrained, task.settings.backbone),
            )
        )
    return runs


def kinds_of(runs: Sequence[TextbookRun]) -> dict[tuple[object, ...], TextbookRun]:
    """Return one run of every kind."""
    return {run.kind: run for run in reversed(runs)}


class Estimate:
    """Seconds that the textbook loop would take for some runs, from a few iterations of each kind.

    Args:
        runs: All of them.
    """

    def __init__(self, runs: Sequence[TextbookRun]) -> None:
        self._runs = runs
        self._prepare: dict[object, list[float]] = {kind: [] for kind in kinds_of(runs)}
        self._step: dict[object, list[float]] = {kind: [] for kind in kinds_of(runs)}

    def measure(self) -> None:
        """Do a few iterations of each kind, once more."""
        for kind, run in kinds_of(self._runs).items():
            prepare_s, steps = run.seconds(STEPS)
            self._prepare[kind].append(prepare_s)
            self._step[kind] += steps[1:]

    @property
    def seconds(self) -> float:
        """Of all runs, one after the other."""
        return sum(
            median(self._prepare[run.kind]) + run.iterations * median(self._step[run.kind])
            for run in self._runs
        )


def sweep_seconds(overrides: Sequence[str], more: Sequence[str]) -> float:
    """Return the seconds of the command, in a new folder."""
    set_options = [word for one in overrides for word in ("--set", one)]
    command = ["sweep", str(resolve_sweep_path("layers")), *set_options, *more]
    with in_new_folder():
        begun = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "harness", *command, "--tracking-uri", "sqlite:///mlflow.db"],
            check=False,
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"harness sweep ended with {done.returncode}:\n{done.stderr}")
    return seconds


def planned(path: Path, overrides: Sequence[str] = ()) -> Plan:
    """Plan a sweep as the command would on the CPU."""
    spec, pictures = load_with_pictures(path, overrides)
    return prepare(spec, pictures, Options(device="cpu"), {})


def scoring_shares(size_px: int, iterations: int) -> list[float]:
    """Return the share that scores take of each of some runs of one pair, after a first one.

    The worker's first run, which loads libraries and parameters, is of another pair: the first
    share is that of a run which measures its pair's anchors too.
    """
    worker, shares = Worker(), []
    for (content, style), runs in ((PAIRS[1], 1), (PAIRS[0], SCORED_RUNS)):
        with in_new_folder() as folder:
            text = SCORED_SWEEP.format(
                content=content,
                style=style,
                size=size_px,
                iterations=iterations if runs > 1 else 2,
                weights=[1 + number / 10 for number in range(runs)],
            )
            path = folder / "scored.yaml"
            path.write_text(text)
            plan = planned(path)
            records = perform_all(worker, bundles(plan, list(plan.runs), size=1))
        shares = [record.scoring_seconds / record.busy_seconds for record in records]
    return shares


def scoring_table(shares: Sequence[float], size_px: int, iterations: int) -> Table:
    """Tell which share of a run its scores take."""
    rows = [
        {"what": what, "share, %": 100 * share, "at most": 100 * SCORING_MOST}
        | {"met": share <= SCORING_MOST}
        for what, share in (
            ("first run of a pair, with the pair's anchors", shares[0]),
            ("mean of the others", fmean(shares[1:])),
        )
    ]
    return Table(
        title=f"Scores as a share of a run of {iterations} iterations at {size_px} px",
        columns={"what": "", "share, %": ".1f", "at most": "g", "met": ""},
        rows=rows,
    )


def measure(options: argparse.Namespace) -> tuple[Table, dict[str, object]]:
    """Set the sweep beside the textbook loop; return the table and what it was made of."""
    runs = textbook_runs(planned(resolve_sweep_path("layers"), options.set))
    say(f"{len(runs)} runs of {len(kinds_of(runs))} kinds")
    estimate = Estimate(runs)
    if not options.full:
        say("textbook loop, before the sweep")
        estimate.measure()
    say("harness sweep")
    ours = sweep_seconds(options.set, options.more)
    say("textbook loop")
    if options.full:
        theirs = stopwatched(lambda: [run.seconds(run.iterations) for run in runs])
    else:
        estimate.measure()
        theirs = estimate.seconds
    what = f"layers.yaml, {len(runs)} runs" + ("" if options.full else " (textbook: estimated)")
    line = Speed(what=what, baseline=theirs, ours=ours, floor=FLOOR, aim=AIM)
    table = speed_table("A whole sweep", [line], unit="s", baseline="textbook")
    return table, {"textbook_s": theirs, "sweep_s": ours, "kinds": len(kinds_of(runs))}


def main() -> None:
    """Measure, print, write."""
    benchmark = Benchmark("sweep", __doc__)
    add = benchmark.parser.add_argument
    add("--full", action="store_true", help="do every run of the textbook loop (about 25 min)")
    add(
        *("--set", "-s"),
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change the sweep, both ways of running it (repeatable)",
    )
    add("--scored-size", type=positive, default=256, help="pixels of the runs that are scored")
    add("--scored-iterations", type=positive, default=200, help="of the runs that are scored")
    add("more", nargs="*", metavar="-- ARGUMENT", help="of harness sweep: -- --workers 2")
    options = benchmark.arguments()
    try:
        table, values = measure(options)
    except HarnessError as error:  # of what --set says
        benchmark.parser.error(str(error))
    say("share of scores")
    shares = scoring_shares(options.scored_size, options.scored_iterations)
    tables = [table, scoring_table(shares, options.scored_size, options.scored_iterations)]
    benchmark.publish(tables, values | {"scoring_shares": shares})


if __name__ == "__main__":
    main()
