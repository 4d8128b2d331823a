"""Small pictures, and plans of sweep files made of text."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.scoring.evaluators import choose_evaluator
from harness.sweep.choices import Choices
from harness.sweep.pictures import load_with_pictures
from harness.sweep.plan import Plan, make_plan


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
