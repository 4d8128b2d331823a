"""How fast is one iteration, beside a textbook PyTorch loop and beside its convolutions alone?

All optimise the same square picture with VGG19, five style taps and one content tap (ours the
colours too), in alternation in one process; the figures are medians over all iterations but the
first of each turn. The textbook loop is float32. The convolutions alone (forward pass and input
gradient, at the same shapes, each in its faster layout) are what nobody can do without. In lanes
several runs are one batch; their time is that of a picture.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from benchmarks.alternation import Loops, alternated
from benchmarks.command import Benchmark, positive
from benchmarks.iterations import milliseconds, ours, square_task, theirs
from benchmarks.kernels import Kernels
from benchmarks.lane_runs import in_lanes
from benchmarks.machine import has_amx
from benchmarks.pairs import square
from benchmarks.tables import Speed, Table, speed_table
from harness.transfer.precision import dtype_of
from harness.transfer.pretrained.parameters import Parameters, load_parameters

PRECISIONS = ("float32", "bfloat16")
PROMISED_PX = (256, 512)
FLOOR, AIM = 4.5, 6.0  # times the textbook loop, with a matrix unit for bfloat16
FLOOR_WITHOUT = 1.3  # in float32, without one
KERNELS_FLOOR, KERNELS_AIM = 2.0, 1.5  # times the convolutions alone, at most
LANES_FLOOR = 1.5  # times as fast a picture as in one lane
ALONE = "no lanes"

Times = Mapping[str, Sequence[float]]


def loops(
    parameters: Parameters, size_px: int, precisions: Sequence[str], iterations: int
) -> Loops:
    """Return what is measured at one size; every loop leaves its first iteration out."""
    content, style = (square(name, size_px) for name in ("chelsea", "strokes"))
    task = square_task(size_px, iterations)
    found: dict[str, Callable[[], Sequence[float]]] = {
        f"textbook, {size_px} px": partial(theirs, parameters, content, style, iterations)
    }
    for precision in precisions:
        kernels = Kernels(parameters, size_px=size_px, dtype=dtype_of(precision))
        found[f"kernels, {precision}, {size_px} px"] = partial(_kernels, kernels, iterations)
        found[f"ours, {precision}, {size_px} px"] = partial(ours, parameters, task, precision)
    return found


def _kernels(kernels: Kernels, iterations: int) -> list[float]:
    return [kernels.seconds() for _ in range(iterations)][1:]


def lane_loops(
    parameters: Parameters, size_px: int, precision: str, lanes: Sequence[int], iterations: int
) -> Loops:
    """Return what is measured of lanes: seconds of an iteration of one picture of the batch."""
    task = square_task(size_px, iterations)
    found: dict[str, Callable[[], Sequence[float]]] = {
        lanes_name(count): partial(in_lanes, parameters, [task] * count, precision)
        for count in sorted({1, *lanes})
    }
    return found | {ALONE: partial(ours, parameters, task, precision)}


def lanes_name(count: int) -> str:
    """Return what so many lanes are called."""
    return f"{count} lanes" if count > 1 else "1 lane"


def textbook_table(times: Times, sizes: Sequence[int], precisions: Sequence[str]) -> Table:
    """Set an iteration of ours beside one of the textbook loop."""
    lines = [
        Speed(
            what=f"{size} px, {precision}",
            baseline=milliseconds(times[f"textbook, {size} px"]),
            ours=milliseconds(times[f"ours, {precision}, {size} px"]),
            floor=goals[0],
            aim=goals[1],
        )
        for size in sizes
        for precision in precisions
        for goals in [promised(size, precision)]
    ]
    return speed_table("One iteration", lines, unit="ms", baseline="textbook")


def promised(size_px: int, precision: str) -> tuple[float | None, float | None]:
    """Return floor and aim of an iteration on this processor, None where there is none."""
    if size_px not in PROMISED_PX:
        return None, None
    if has_amx():
        return (FLOOR, AIM) if precision == "bfloat16" else (None, None)
    return (FLOOR_WITHOUT, None) if precision == "float32" else (None, None)


def kernels_table(times: Times, sizes: Sequence[int], precisions: Sequence[str]) -> Table:
    """Set an iteration of ours beside the convolutions that it cannot do without."""
    rows = []
    for size, precision in ((size, precision) for size in sizes for precision in precisions):
        least = milliseconds(times[f"kernels, {precision}, {size} px"])
        taken = milliseconds(times[f"ours, {precision}, {size} px"])
        is_promised = size in PROMISED_PX
        rows.append(
            {
                "what": f"{size} px, {precision}",
                "kernels, ms": least,
                "ours, ms": taken,
                "ours / kernels": taken / least,
                "at most": KERNELS_FLOOR if is_promised else None,
                "aim": KERNELS_AIM if is_promised else None,
                "met": _within(taken / least) if is_promised else None,
            }
        )
    columns = {"what": "", "kernels, ms": ".1f", "ours, ms": ".1f", "ours / kernels": ".2f"}
    return Table(
        title="One iteration beside its convolutions alone",
        columns=columns | {"at most": "g", "aim": "g", "met": ""},
        rows=rows,
    )


def _within(ratio: float) -> str:
    if ratio <= KERNELS_AIM:
        return "aim"
    return "at most" if ratio <= KERNELS_FLOOR else "no"


def lanes_table(times: Times, lanes: Sequence[int], size_px: int, precision: str) -> Table:
    """Set a picture in lanes, and one of a run without lanes, beside a batch of one."""
    lines = [
        Speed(
            what=lanes_name(count),
            baseline=milliseconds(times[lanes_name(1)]),
            ours=milliseconds(times[lanes_name(count)]),
            floor=LANES_FLOOR,
        )
        for count in lanes
    ]
    single = [milliseconds(times[name]) for name in (lanes_name(1), ALONE)]
    lines.append(Speed(what=ALONE, baseline=single[0], ours=single[1]))
    title = f"One iteration of a picture in lanes, {size_px} px, {precision}"
    return speed_table(title, lines, unit="ms", digits=2, baseline="1 lane")


def tables(options: argparse.Namespace, times: dict[str, list[float]]) -> Iterator[Table]:
    """Measure everything, into ``times``, and tell it."""
    parameters = load_parameters("kmeans", "vgg19")
    sizes, precisions = options.sizes, options.precisions
    for size in sizes:
        here = loops(parameters, size, precisions, options.iterations)
        times |= alternated(here, options.rounds)
    if sizes:
        yield textbook_table(times, sizes, precisions)
        yield kernels_table(times, sizes, precisions)
    for precision in precisions if options.lanes else ():
        here = lane_loops(
            parameters, options.lanes_size, precision, options.lanes, options.iterations
        )
        found = alternated(here, options.rounds)
        times |= {f"{name}, {precision}": values for name, values in found.items()}
        yield lanes_table(found, options.lanes, options.lanes_size, precision)


def main() -> None:
    """Alternate the loops and print the medians."""
    benchmark = Benchmark("engine", __doc__)
    add = benchmark.parser.add_argument
    add("--sizes", type=positive, nargs="*", default=[128, 256, 512], help="sides in pixels")
    add("--precisions", nargs="+", choices=PRECISIONS, default=[*PRECISIONS])
    add("--lanes", type=positive, nargs="*", default=[4, 8], help="set beside one lane")
    add("--lanes-size", type=positive, default=128, help="side in pixels of pictures in lanes")
    add("--rounds", type=positive, default=3, help="turns of every loop")
    add("--iterations", type=positive, default=6, help="of a turn; the first is left out")
    options = benchmark.arguments()
    if options.iterations < 2:  # noqa: PLR2004 - the first is left out
        benchmark.parser.error("--iterations: found 1; allowed: 2 or more, the first is left out")
    times: dict[str, list[float]] = {}
    found = list(tables(options, times))
    benchmark.publish(found, {"seconds": times})


if __name__ == "__main__":
    main()
