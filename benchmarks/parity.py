"""Do bfloat16 and lanes make as good pictures as float32 and runs alone?

The house preset on six pairs that share no picture, each as it is and the other way; compared are
style gain and content score of the results by the evaluator that a sweep would take. Runs in
lanes have different weights of the style, and each is compared with its own alone, at every
precision. Differences count if they are larger than 0.05 nats of style gain or 0.02 of content
score.
"""

import argparse
from collections.abc import Mapping, Sequence
from statistics import fmean

from benchmarks.command import Benchmark, positive, say
from benchmarks.lane_runs import lane_results
from benchmarks.pairs import PAIRS
from benchmarks.quality_figures import MARGINS
from benchmarks.scored import SCORES, Judge, Pair, task_of
from benchmarks.tables import Table
from harness.transfer.engine import TransferResult, TransferTask, run_transfer
from harness.transfer.pretrained.parameters import Parameters, load_parameters

FORMATS = "bfloat16 beside float32"
STYLE_WEIGHTS = (1.0, 0.5, 2.0, 0.25, 4.0, 0.125, 8.0, 0.0625)  # factors of the preset's

Differences = dict[str, list[float]]
"""Score to one difference a picture."""


def tasks_of(
    pair: Pair, size_px: int, iterations: int, weights: Sequence[float]
) -> list[TransferTask]:
    """Return runs of a pair that differ in the weight of the style."""
    base = {"pretrained": "kmeans", "image_size": size_px, "iterations": iterations}
    house = task_of(pair, base, ()).settings.weights.style
    return [task_of(pair, base | {"weights": {"style": house * weight}}, ()) for weight in weights]


def alone(
    tasks: Sequence[TransferTask], parameters: Parameters, precision: str
) -> list[TransferResult]:
    """Do runs one after the other, on the CPU."""
    return [run_transfer(task, parameters, device="cpu", precision=precision) for task in tasks]


def add_differences(
    found: Differences,
    judge: Judge,
    pair: Pair,
    ours: Sequence[TransferResult],
    theirs: Sequence[TransferResult],
) -> None:
    """Note by how much the scores of results differ, one by one."""
    for one, other in zip(ours, theirs, strict=True):
        mine, its = judge(one.image, pair), judge(other.image, pair)
        for name in SCORES:
            found.setdefault(name, []).append(mine[name] - its[name])


def parity_table(found: Mapping[str, Differences]) -> Table:
    """Set differences beside what matters."""
    rows = [
        {
            "what": what,
            "score": name,
            "pictures": len(values),
            "mean": fmean(values),
            "mean size": fmean(map(abs, values)),
            "largest": max(map(abs, values)),
            "at most": MARGINS[name],
            "met": max(map(abs, values)) < MARGINS[name],
        }
        for what, differences in found.items()
        for name, values in differences.items()
    ]
    numbers = dict.fromkeys(("mean", "mean size", "largest"), ".4f")
    return Table(
        title="Differences of scores",
        columns={"what": "", "score": "", "pictures": "d", **numbers, "at most": "g", "met": ""},
        rows=rows,
    )


def measure(options: argparse.Namespace) -> tuple[str, dict[str, Differences]]:
    """Do all runs; return the evaluator, and what is compared to its differences."""
    parameters = load_parameters("kmeans", "vgg19")
    judge = Judge(parameters)
    found: dict[str, Differences] = {FORMATS: {}}
    weights = STYLE_WEIGHTS[: options.lanes]
    for pair in PAIRS[: options.pairs]:
        say(f"{' + '.join(pair)}: {FORMATS}")
        tasks = tasks_of(pair, options.size, options.iterations, [1.0])
        float32, bfloat16 = (alone(tasks, parameters, name) for name in ("float32", "bfloat16"))
        add_differences(found[FORMATS], judge, pair, bfloat16, float32)
        tasks = tasks_of(pair, options.lanes_size, options.iterations, weights)
        for precision in ("float32", "bfloat16") if len(tasks) > 1 else ():
            what = f"{len(tasks)} lanes beside alone, {precision}"
            say(f"{' + '.join(pair)}: {what}")
            together = lane_results(tasks, parameters, precision)
            singly = alone(tasks, parameters, precision)
            add_differences(found.setdefault(what, {}), judge, pair, together, singly)
    return judge.evaluator.id, found


def main() -> None:
    """Measure pair by pair, print, write."""
    benchmark = Benchmark("parity", __doc__)
    add = benchmark.parser.add_argument
    add("--size", type=positive, default=256, help="long side in pixels, of formats")
    add("--lanes-size", type=positive, default=128, help="long side in pixels, of lanes")
    add(
        "--lanes",
        type=int,
        choices=range(1, len(STYLE_WEIGHTS) + 1),
        default=4,
        help="runs in a batch; with 1 formats are compared only",
    )
    add("--iterations", type=positive, default=150)
    add("--pairs", type=positive, default=len(PAIRS), help=f"at most {len(PAIRS)}")
    options = benchmark.arguments()
    evaluator, found = measure(options)
    benchmark.publish([parity_table(found)], {"evaluator": evaluator, "differences": found})


if __name__ == "__main__":
    main()
