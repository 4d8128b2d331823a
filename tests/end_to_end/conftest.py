"""A tiny sweep on made-up pictures: two variants, two pairs, seconds to run."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.sweep.tracking.store import connect, locate

SWEEP = """\
question: Does the style weight matter?
cases:
  content: [c0.png, c1.png]
  style: [s0.png, s1.png]
  pairing: zip
base:
  pretrained: kmeans
  precision: float32
  image_size: 32
  iterations: 4
  content_layers: relu1_1
  style_layers: [rgb, relu1_1]
parameters:
  weights.style: {values: [1, 10]}
evaluation: {size: 64, snapshots: [2]}
"""

MakeSweep = Callable[..., Path]


def draw(path: Path, seed: int) -> None:
    """Draw a picture with edges and gradients, so that every metric has something to see."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:60, 0:80]
    colours = generator.integers(0, 256, (2, 3))
    mask = (rows // generator.integers(4, 12) + columns // generator.integers(4, 12)) % 2
    pixels = colours[mask] * 0.7 + (columns[..., None] * generator.random(3)) * 0.8
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an MLflow database without runs; making one takes seconds, copying does not."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    connect(locate(f"sqlite:///{path}"))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def store(empty_store: Path, make_sweep: MakeSweep, tmp_path: Path) -> None:
    """Put an empty store into the working directory."""
    del make_sweep
    shutil.copy(empty_store, tmp_path / "mlflow.db")


@pytest.fixture
def make_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeSweep:
    """Return a function that writes a sweep file and its pictures into a folder of its own."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("c0", "c1", "s0", "s1")):
        draw(tmp_path / f"{name}.png", number)

    def write(name: str = "tiny", text: str = SWEEP) -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        return path

    return write
