"""Small pictures, plans of sweep files made of text, and single runs."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.scoring.evaluators import choose_evaluator
from harness.spec.settings import Settings
from harness.sweep.choices import Choices
from harness.sweep.pictures import load_with_pictures
from harness.sweep.plan import Plan, make_plan
from harness.sweep.record import RunTask

RUN = RunTask(
    fingerprint="",
    settings=Settings(),
    content_sha256="",
    style_sha256="",
    start_sha256=None,
    seed=0,
    parameters="",
    time_limit_s=None,
    snapshots=(),
    device="cpu",
    evaluator=choose_evaluator("kmeans", size_px=64, optimised=()),
)
"""A run on the CPU without pictures, parameters or name: tests replace what they need."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two contents and a style."""
    for shade, name in enumerate(("a", "b", "s")):
        pixels = np.full((40, 60, 3), shade * 60, np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    return tmp_path


def plan_of(folder: Path, text: str) -> Plan:
    """Plan a sweep of this text, whose pictures lie in the folder."""
    (folder / "sweep.yaml").write_text(text)
    spec, pictures = load_with_pictures(folder / "sweep.yaml")
    choices = Choices(device="cpu", precision="float32", pretrained="kmeans", evaluator="kmeans")
    evaluator = choose_evaluator("kmeans", size_px=64, optimised=())
    return make_plan(spec, choices, evaluator, pictures)
