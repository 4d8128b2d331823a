"""How many seconds to the quality of the baseline, for Adam, L-BFGS, pyramids and plateau stop?

The baseline is the house preset with Adam, to the last of its iterations. Its style gain and
content score, by the evaluator that a sweep would take, are the goal of its pair; a way has
reached it with the first picture that lies no more than 0.05 nats of style gain and 0.02 of
content score below. Pictures are kept every few iterations, which costs a run less than 1 %;
scores are taken after it and not timed. The plateau stop decides itself when it is done. All are
set beside the textbook loop doing as many iterations as the baseline, which is timed at each
pair's sizes before and after ours. Six pairs that share no picture; a pyramid has as many
iterations in all as the baseline.
"""

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from benchmarks.command import Benchmark, positive, say
from benchmarks.iterations import Timed, theirs, timed_run
from benchmarks.pairs import PAIRS
from benchmarks.quality_figures import Moment, first_reached, line_of
from benchmarks.scored import Judge, Pair, task_of
from benchmarks.tables import Table
from harness.images.prepare import prepare_pictures
from harness.spec.schedule import scales_of, total_iterations
from harness.spec.settings import Settings
from harness.transfer.pretrained.parameters import Parameters, load_parameters

TEXTBOOK, BASELINE, PLATEAU = "textbook loop, all iterations", "Adam", "plateau stop"
TEXTBOOK_STEPS = 4  # at a time; the first is left out
# The step of relative_step and its history are the defaults; an average of its few large steps
# would lag behind them.
LBFGS = {"optimizer": "lbfgs", "lr": 1.0, "averaging": 0.0}

Changes = dict[str, object]
Seconds = dict[str, float | None]
"""Line of the table to the seconds that one pair took; None where the goal was not reached."""


def ways(options: argparse.Namespace) -> dict[str, Changes]:
    """Return the settings of every way to a picture."""
    base: Changes = {"pretrained": "kmeans", "image_size": options.size}
    base["iterations"] = options.iterations
    plateau = {"stop_plateau": options.plateau, "stop_window": options.window}
    found = {BASELINE: base, "L-BFGS": base | LBFGS}
    for kind in ("octave", "sqrt2"):
        pyramid = base | {"pyramid": kind, "pyramid_min": max(options.size // 2, 16)}
        scales = len(scales_of(Settings.model_validate(pyramid)))
        pyramid["iterations"] = max(options.iterations // scales, 1)
        found[f"{kind} pyramid"] = pyramid
        found[f"{kind} pyramid, Adam anew at each scale"] = pyramid | {"pyramid_carry": False}
    return found | {PLATEAU: base | plateau}


def kept_at(changes: Changes, every: int) -> tuple[int, ...]:
    """Return the iterations whose pictures are kept: every so many, and the last."""
    last = total_iterations(Settings.model_validate(changes))
    return tuple(sorted({*range(every, last + 1, every), last}))


def moments(run: Timed, judge: Judge, pair: Pair) -> Iterator[Moment]:
    """Score the pictures that a run kept, one after the other, as far as it came."""
    done = run.result.iterations
    for at, picture in sorted(run.result.snapshots.items()):
        if at <= done:
            yield Moment(iteration=at, seconds=run.ends_s[at], scores=judge(picture, pair))


def textbook_step_s(parameters: Parameters, pair: Pair, changes: Changes) -> list[float]:
    """Return seconds of some iterations of the textbook loop at the sizes of a pair."""
    task = task_of(pair, changes, ())
    pictures = prepare_pictures(task.settings, content=task.content, styles=[task.style])
    return theirs(parameters, pictures.content, pictures.styles[0], TEXTBOOK_STEPS)


def goal_reached(
    name: str, run: Timed, judge: Judge, pair: Pair, goal: Mapping[str, float]
) -> Moment | None:
    """Return when a run reached the goal; a plateau stop does so at its end or never."""
    if name != PLATEAU:
        return first_reached(moments(run, judge, pair), goal)
    last = judge(run.result.image, pair)
    end = Moment(iteration=run.result.iterations, seconds=run.ends_s[-1], scores=last)
    return first_reached([end], goal)


def measure_pair(
    pair: Pair, options: argparse.Namespace, parameters: Parameters, judge: Judge
) -> Seconds:
    """Go every way with a pair; return the seconds to the goal by line of the table."""
    found: Seconds = {}
    goal: Mapping[str, float] = {}
    all_ways = ways(options)
    step_s = textbook_step_s(parameters, pair, all_ways[BASELINE])
    for name, changes in all_ways.items():
        task = task_of(pair, changes, kept_at(changes, options.every))
        run = timed_run(task, parameters, options.precision)
        if name == BASELINE:  # the first of all
            goal = judge(run.result.image, pair)
            found[f"{name}, all iterations"] = run.ends_s[-1]
        there = goal_reached(name, run, judge, pair, goal)
        line = name if name == PLATEAU else f"{name}, until there"
        found[line] = there.seconds if there else None
        when = f"there at iteration {there.iteration}" if there else "never there"
        say(f"{' + '.join(pair)}: {name}: {when} of {run.result.iterations}")
    step_s += textbook_step_s(parameters, pair, all_ways[BASELINE])
    return {TEXTBOOK: median(step_s) * options.iterations, **found}


def main() -> None:
    """Measure pair by pair, print, write."""
    benchmark = Benchmark("quality", __doc__)
    add = benchmark.parser.add_argument
    add("--size", type=positive, default=256, help="long side in pixels")
    add("--iterations", type=positive, default=150, help="of the baseline")
    add("--every", type=positive, default=5, help="iterations from one kept picture to the next")
    add("--pairs", type=positive, default=len(PAIRS), help=f"at most {len(PAIRS)}")
    add("--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="of ours")
    add("--plateau", type=float, default=0.1, help="share that the loss falls by at least …")
    add("--window", type=positive, default=20, help="… over so many iterations, or it ends")
    options = benchmark.arguments()
    parameters = load_parameters("kmeans", "vgg19")
    judge = Judge(parameters)
    pairs = {
        " + ".join(pair): measure_pair(pair, options, parameters, judge)
        for pair in PAIRS[: options.pairs]
    }
    benchmark.publish(
        [quality_table([*pairs.values()])], {"evaluator": judge.evaluator.id, "seconds": pairs}
    )


def quality_table(pairs: Sequence[Seconds]) -> Table:
    """Sum every way up over the pairs."""
    textbook_s = [one[TEXTBOOK] or math.nan for one in pairs]
    return Table(
        title="Seconds to the baseline's style gain and content score",
        columns={"what": "", "reached": "", "median s": ".1f"}
        | {"ratio": ".2f", "from": ".2f", "to": ".2f"},
        rows=[line_of(name, [one[name] for one in pairs], textbook_s) for name in pairs[0]],
    )


if __name__ == "__main__":
    main()
