"""Memory of a worker: what it keeps from run to run, and what a run was foretold to need."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.spec.settings import Settings
from harness.spec.sweep_spec import load_sweep
from harness.sweep.memory import needed_bytes

MakeSweep = Callable[..., Path]

pytestmark = pytest.mark.slow

WARM, LAST = 20, 200
GROWTH_MAX = 1.05
LEAST, MOST = 0.9, 2.0
LARGE_PX = 512
# What varies in a sweep varies here: pictures and their shapes, trunks, sizes, optimisers.
MANY_RUNS = """\
cases:
  content: [c0.png, c1.png, c2.png, c3.png, c4.png]
  style: [s0.png, s1.png, s2.png, s3.png, s4.png]
base:
  pretrained: kmeans
  precision: float32
  iterations: 2
  style_layers: [rgb, relu1_1]
parameters:
  content_layers: {values: [relu1_1, relu3_1]}
  image_size: {values: [64, 96]}
  optimizer: {values: [adam, lbfgs]}
evaluation: {size: 64, snapshots: [1]}
"""
ONE_LARGE_RUN = """\
cases: {content: c0.png, style: s0.png}
base:
  pretrained: kmeans
  image_size: 512
  iterations: 2
  content_layers: relu4_2
  style_layers: [rgb, relu1_1, relu2_1, relu3_1, relu4_1, relu5_1]
"""
# As a Dask worker does it: in a thread of its own, with the bundle's bytes alone.
WORKER = """
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.plan import bundles
from harness.sweep.preview import prepare
from harness.sweep.worker import Worker

spec, pictures = load_with_pictures(Path(sys.argv[1]), sys.argv[2:])
plan = prepare(spec, pictures, Options(device="cpu"), {})
worker, process = Worker(), psutil.Process()


def perform(bundle):
    return list(worker.perform(bundle, on_start=lambda _: None, on_step=lambda *_: None))


with ThreadPoolExecutor(1) as thread:
    for bundle in bundles(plan, list(plan.runs), size=1):
        (record,) = thread.submit(perform, bundle).result()
        assert record.status == "FINISHED", record.reason
        print(json.dumps([process.memory_info().rss, record.peak_memory_bytes]))
"""


def measured(path: Path, *overrides: str) -> list[tuple[int, int]]:
    """Perform every run of a sweep in one worker; return (resident, peak) bytes after each."""
    words = [sys.executable, "-c", WORKER, str(path), *overrides]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def draw(path: Path, seed: int, *, size: tuple[int, int]) -> None:
    """Draw a picture with something on it."""
    pixels = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(path)


def test_worker_does_not_grow(make_sweep: MakeSweep) -> None:
    """After 200 runs a worker holds at most 5 % more than after 20."""
    path = make_sweep(text=MANY_RUNS)
    for number in range(5):
        draw(Path(f"c{number}.png"), number, size=(80 + 20 * number, 120))
        draw(Path(f"s{number}.png"), number + 5, size=(150, 90 + 15 * number))

    resident = [after for after, _ in measured(path)]

    assert LAST == len(resident)
    assert GROWTH_MAX * resident[WARM - 1] >= resident[-1]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_needed_memory(make_sweep: MakeSweep, precision: str) -> None:
    """A run of 512 pixels needs what was foretold: not much more, and at least half of it."""
    path = make_sweep(text=ONE_LARGE_RUN)
    for name, seed in (("c0.png", 0), ("s0.png", 1)):
        draw(Path(name), seed, size=(LARGE_PX, LARGE_PX))
    settings: Settings = load_sweep(path, [f"precision={precision}"]).variants[0].settings

    ((_, peak),) = measured(path, f"precision={precision}")

    estimate = needed_bytes(settings, LARGE_PX**2)
    assert LEAST * peak <= estimate <= MOST * peak
