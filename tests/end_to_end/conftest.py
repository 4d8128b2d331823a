"""A tiny sweep on made-up pictures: two variants, two pairs, seconds to run."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from harness.sweep.tracking.store import connect, locate
from reports import Drawings

BASE = """\
base:
  pretrained: kmeans
  precision: float32
  image_size: 32
  iterations: 4
  content_layers: relu1_1
  style_layers: [rgb, relu1_1]
"""
"""Settings of a run that takes a moment."""

SWEEP = f"""\
question: Does the style weight matter?
cases:
  content: [c0.png, c1.png]
  style: [s0.png, s1.png]
  pairing: zip
{BASE}parameters:
  weights.style: {{values: [1, 10]}}
evaluation: {{size: 64, snapshots: [2]}}
"""

MakeSweep = Callable[..., Path]
CHROMIUM = os.environ.get("HARNESS_CHROMIUM") or shutil.which("chromium") or "chromium"


def draw(path: Path, seed: int) -> None:
    """Draw a picture with edges and gradients, so that every metric has something to see."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:60, 0:80]
    colours = generator.integers(0, 256, (2, 3))
    mask = (rows // generator.integers(4, 12) + columns // generator.integers(4, 12)) % 2
    pixels = colours[mask] * 0.7 + (columns[..., None] * generator.random(3)) * 0.8
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)


def draw_four(folder: Path) -> None:
    """Draw two contents, ``c0.png`` and ``c1.png``, and two styles into a folder."""
    for seed, name in enumerate(("c0", "c1", "s0", "s1")):
        draw(folder / f"{name}.png", seed)


@pytest.fixture(scope="session")
def draw_inputs() -> Callable[[Path], None]:
    """Return what draws two contents and two styles into a folder."""
    return draw_four


@pytest.fixture(autouse=True)
def _pages_without_figures(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leave figures out: to draw them takes longer than a tiny sweep. The mark has them."""
    if request.node.get_closest_marker("figures") is None:
        none = Drawings(figures=(), files=())
        monkeypatch.setattr("harness.sweep.answer.draw_figures", lambda *_: none)


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
    draw_four(tmp_path)

    def write(name: str = "tiny", text: str = SWEEP) -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        return path

    return write


@dataclass(kw_only=True)  # not frozen, no slots: Playwright keeps its own things on listeners
class Browser:
    """Chromium without a window, and what its pages complained of and asked for.

    ``errors`` are uncaught exceptions and what was written to the console as an error;
    ``requests`` are the addresses of everything that was loaded, data URIs left out.
    """

    context: BrowserContext
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, address: str, *, width: int = 1400, height: int = 1000) -> Page:
        """Open an address in a page of its own and wait until it is loaded."""
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._see)
        page.goto(address)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _see(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.requests.append(request.url)


@pytest.fixture(scope="module")
def _chromium() -> Iterator[Chromium]:
    """Start the Chromium of this machine, once for a file; tests that use it are slow ones."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def browser(_chromium: Chromium) -> Iterator[Browser]:
    """Open Chromium with nothing stored: what a page keeps is gone after the test."""
    context = _chromium.new_context(accept_downloads=True)
    yield Browser(context=context)
    context.close()
