"""On a GPU: how fast is a picture, beside a textbook PyTorch loop, and is the device kept busy?

Lanes at 256x256 and one run at 512x512 with VGG19, five style taps and one content tap, beside
the textbook loop on the same device, in alternation in one process; medians over all iterations
but the first of each turn, for one picture. Busy is the share of the time of some iterations in
which the device worked on anything, by PyTorch's profiler. Needs a CUDA device; without one
nothing is measured and the exit code is 2.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import torch

from benchmarks.alternation import Loops, alternated
from benchmarks.command import Benchmark, positive
from benchmarks.iterations import milliseconds, ours, square_task, theirs
from benchmarks.lane_runs import in_lanes
from benchmarks.pairs import square
from benchmarks.tables import Speed, Table, speed_table
from harness.transfer.pretrained.parameters import Parameters, load_parameters

DEVICE = "cuda"
WORK = ((256, True, 8.0), (512, False, 4.0))
"""Side in pixels, whether in lanes, and how many times the textbook loop is promised."""

BUSY_LEAST = 0.8
WARM = 5  # iterations before the profiler looks
Interval = tuple[float, float]


def covered(intervals: Iterable[Interval]) -> float:
    """Return the length that intervals cover together; what they share counts once."""
    total, reached = 0.0, float("-inf")
    for begin, end in sorted(intervals):
        total += max(end - max(begin, reached), 0.0)
        reached = max(reached, end)
    return total


class BusyWatch:
    """Profiles the device from one iteration of a run to another.

    Args:
        last: The iteration that ends it; :data:`WARM` begins it.
    """

    def __init__(self, last: int) -> None:
        self._last, self._begun, self._seconds = last, 0.0, 0.0
        self._profiler = torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA])

    def __call__(self, iteration: int) -> None:
        """Take note that an iteration is done."""
        if iteration == WARM:
            torch.cuda.synchronize()
            self._profiler.start()
            self._begun = time.perf_counter()
        elif iteration == self._last:
            torch.cuda.synchronize()
            self._seconds = time.perf_counter() - self._begun
            self._profiler.stop()

    @property
    def share(self) -> float:
        """Of the time in which the device worked, 0 to 1."""
        intervals = [
            (event.time_range.start, event.time_range.end)
            for event in self._profiler.events() or ()  # type: ignore[no-untyped-call]
            if event.device_type.name == "CUDA"
        ]
        return covered(intervals) / 1e6 / self._seconds


def name_of(size_px: int, lanes: int) -> str:
    """Return what a piece of work is called."""
    return f"{size_px} px, {lanes} lanes" if lanes > 1 else f"{size_px} px, alone"


def loops(parameters: Parameters, size_px: int, lanes: int, options: argparse.Namespace) -> Loops:
    """Return the two loops that are set beside each other."""
    content, style = (square(name, size_px) for name in ("chelsea", "strokes"))
    steps = options.iterations
    return {
        f"textbook, {size_px} px": partial(
            theirs, parameters, content, style, steps, device=DEVICE
        ),
        name_of(size_px, lanes): our_loop(parameters, size_px, lanes, options),
    }


def our_loop(
    parameters: Parameters,
    size_px: int,
    lanes: int,
    options: argparse.Namespace,
    on_iteration: Callable[[int], None] | None = None,
) -> Callable[[], Sequence[float]]:
    """Return what does the work of ours and gives the seconds of an iteration of a picture."""
    task, given = square_task(size_px, options.iterations), options.precision
    if lanes == 1:
        alone = partial(ours, parameters, task, given, device=DEVICE)
        return partial(alone, on_iteration=on_iteration)
    together = partial(in_lanes, parameters, [task] * lanes, given, device=DEVICE)
    return partial(together, on_iteration=on_iteration)


def busy_table(shares: dict[str, float]) -> Table:
    """Tell which share of the time the device was busy."""
    rows = [
        {"what": name, "busy, %": 100 * share, "at least": 100 * BUSY_LEAST}
        | {"met": share >= BUSY_LEAST}
        for name, share in shares.items()
    ]
    columns = {"what": "", "busy, %": ".0f", "at least": "g", "met": ""}
    return Table(title="How busy the device is", columns=columns, rows=rows)


def main() -> None:
    """Measure where there is a device, print, write."""
    benchmark = Benchmark("gpu", __doc__)
    add = benchmark.parser.add_argument
    add("--lanes", type=positive, default=16, help="at 256 px")
    add("--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="of ours")
    add("--rounds", type=positive, default=3, help="turns of every loop")
    add("--iterations", type=positive, default=30, help="of a turn; the first is left out")
    options = benchmark.arguments()
    if not torch.cuda.is_available():
        print("PyTorch sees no CUDA device here: nothing was measured", file=sys.stderr)
        sys.exit(2)
    if options.iterations <= WARM:
        benchmark.parser.error(f"--iterations: allowed: more than {WARM}")
    parameters = load_parameters("kmeans", "vgg19")
    times: dict[str, list[float]] = {}
    lines, shares = [], {}
    for size, in_many, floor in WORK:
        lanes = options.lanes if in_many else 1
        name = name_of(size, lanes)
        times |= alternated(loops(parameters, size, lanes, options), options.rounds)
        lines.append(
            Speed(
                what=name,
                baseline=milliseconds(times[f"textbook, {size} px"]),
                ours=milliseconds(times[name]),
                floor=floor,
            )
        )
        watch = BusyWatch(options.iterations)
        our_loop(parameters, size, lanes, options, watch)()
        shares[name] = watch.share
    speeds = speed_table(
        "One iteration of a picture", lines, unit="ms", digits=2, baseline="textbook"
    )
    benchmark.publish([speeds, busy_table(shares)], {"seconds": times, "busy": shares})


if __name__ == "__main__":
    main()
