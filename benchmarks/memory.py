"""How much memory does a run need, beside a textbook PyTorch loop?

Every run has a process of its own: a square picture with VGG19, five style taps and one content
tap, a few iterations. Told is the peak of the resident memory above what it is once the libraries
are imported, and that of the whole process. On a CPU; on Linux exactly, elsewhere what is in use
at the end.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.command import Benchmark, positive, say
from benchmarks.tables import Table

WHO = ("textbook", "float32", "bfloat16")
LIMIT_GIB, LIMITED_PX = 4.0, 1024
MEBI, GIBI = 1024**2, 1024**3
ROOT = Path(__file__).parents[1]

Peaks = Mapping[str, Mapping[str, int]]


def measure(who: str, size_px: int, iterations: int) -> dict[str, int]:
    """Return the bytes before a run and at its peak."""
    say(f"{who}, {size_px} px")
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.memory_child", who, str(size_px), str(iterations)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{who}, {size_px} px, ended with {done.returncode}:\n{done.stderr}")
    found: dict[str, int] = json.loads(done.stdout)
    return found


def memory_table(peaks: Peaks, sizes: Sequence[int]) -> Table:
    """Set the memory of ours beside the textbook loop's.

    Args:
        peaks: ``who, size`` to the bytes ``before`` the run and at its ``peak``.
        sizes: In the order of the rows.
    """
    rows = []
    for size in sizes:
        theirs = peaks[f"textbook, {size} px"]
        baseline = theirs["peak"] - theirs["before"]
        for who in WHO:
            found = peaks[f"{who}, {size} px"]
            above, whole = found["peak"] - found["before"], found["peak"] / GIBI
            is_limited = size == LIMITED_PX and who != "textbook"
            rows.append(
                {
                    "what": f"{size} px, {who if who == 'textbook' else f'ours, {who}'}",
                    "above import, MiB": above / MEBI,
                    "of textbook": above / baseline,
                    "whole process, GiB": whole,
                    "at most": LIMIT_GIB if is_limited else None,
                    "met": whole <= LIMIT_GIB if is_limited else None,
                }
            )
    columns = {"what": "", "above import, MiB": ".0f", "of textbook": ".2f"}
    return Table(
        title="Peak memory of a run",
        columns=columns | {"whole process, GiB": ".2f", "at most": "g", "met": ""},
        rows=rows,
    )


def main() -> None:
    """Measure one process after the other, print, write."""
    benchmark = Benchmark("memory", __doc__)
    add = benchmark.parser.add_argument
    add("--sizes", type=positive, nargs="+", default=[256, 512, 1024], help="sides in pixels")
    add("--iterations", type=positive, default=3)
    options = benchmark.arguments()
    peaks = {
        f"{who}, {size} px": measure(who, size, options.iterations)
        for size in options.sizes
        for who in WHO
    }
    benchmark.publish([memory_table(peaks, options.sizes)], {"bytes": peaks})


if __name__ == "__main__":
    main()
