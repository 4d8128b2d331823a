"""One run in a process of its own, and the memory it took; started by ``benchmarks.memory``.

Run: python -m benchmarks.memory_child {textbook,float32,bfloat16} SIZE ITERATIONS
"""

import json
import sys

import psutil

from benchmarks.iterations import ours, square_task
from benchmarks.textbook import textbook
from harness.sweep.memory import PeakMemory
from harness.transfer.pretrained.parameters import load_parameters


def main(who: str, size_px: int, iterations: int) -> None:
    """Do the run; print the bytes before it and at its peak."""
    task = square_task(size_px, iterations)
    memory = PeakMemory()
    before = psutil.Process().memory_info().rss
    memory.start()
    parameters = load_parameters("kmeans", "vgg19")
    if who == "textbook":
        textbook(parameters, task.content, task.style, steps=iterations)
    else:
        ours(parameters, task, who)
    print(json.dumps({"before": before, "peak": memory.stop()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
