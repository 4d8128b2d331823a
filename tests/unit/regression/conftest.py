"""A small panel and a baseline of it, without a run: plans, and numbers that are made up."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.regression.baseline_models import Baseline, Provenance
from harness.regression.baseline_values import make_baseline
from harness.scoring.evaluators import choose_evaluator
from harness.sweep.choices import Choices
from harness.sweep.pictures import load_with_pictures
from harness.sweep.plan import Plan, make_plan

Paint = Callable[[str, int], None]
MakePanel = Callable[..., Plan]
MakeAccepted = Callable[..., Baseline]

STARTS = ("content", "noise")

PANEL = """\
name: night
question: Is it as good as it was?
cases: {content: [a.png, b.png], style: [s.png], seeds: [0, 1]}
base: {image_size: 32, pretrained: kmeans, precision: float32}
parameters:
  start: {values: [content, noise]}
gate:
  margins: {style/gain: 0.05, content/score: 0.015}
"""

PROVENANCE = Provenance(
    commit="0123456789abcdef0123456789abcdef01234567",
    is_dirty=False,
    engine_revision=1,
    versions={"torch": "2.9.0", "numpy": "2.1.0"},
    numerics={"device": "cpu", "threads": "1", "torch": "2.9.0", "device_name": "A processor"},
    processor="A processor",
    system="Linux x86_64",
    host="workshop",
)


@pytest.fixture
def paint(tmp_path: Path) -> Paint:
    """Return a function that writes a picture of one colour into the panel's folder."""

    def write(name: str, shade: int) -> None:
        pixels = np.full((40, 40, 3), shade, np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")

    return write


@pytest.fixture
def make_panel(tmp_path: Path, paint: Paint) -> MakePanel:
    """Return a function that makes the plan of the panel, with parts of its text replaced."""
    for shade, name in enumerate("abcdefs"):
        paint(name, shade * 30)

    def make(*replacements: tuple[str, str], size_px: int = 64) -> Plan:
        text = PANEL
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "night.yaml").write_text(text)
        spec, pictures = load_with_pictures(tmp_path / "night.yaml")
        choices = Choices(
            device="cpu", precision="float32", pretrained="kmeans", evaluator="kmeans"
        )
        evaluator = choose_evaluator("kmeans", size_px=size_px, optimised=())
        return make_plan(spec, choices, evaluator, pictures)

    return make


def _scores_of(plan: Plan) -> dict[tuple[str, int], dict[str, float]]:
    return {
        (variant.name, case): {
            "style/gain": 1.23456789 + index + case / 7,
            "content/score": 0.5 + case / 11,
            "loss/total": 3.0,
            "picture/noise": float("nan"),
        }
        for index, variant in enumerate(plan.spec.variants)
        for case in range(len(plan.spec.cases))
    }


@pytest.fixture
def make_accepted(make_panel: MakePanel) -> MakeAccepted:
    """Return a function that makes a baseline of the panel, with parts of its text replaced."""

    def make(*replacements: tuple[str, str]) -> Baseline:
        plan = make_panel(*replacements)
        return make_baseline(plan, _scores_of(plan), reason="the first one", provenance=PROVENANCE)

    return make


@pytest.fixture
def pictures() -> dict[tuple[str, str], np.ndarray]:
    """Return a picture of each variant on each pair of the panel, no two alike."""
    keys = [(f"start={start}", f"{content} × s") for start in STARTS for content in "ab"]
    return {
        key: np.full((80, 320, 3), 50 + 40 * number, np.uint8) for number, key in enumerate(keys)
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the tests put a baseline; its folder is not there yet."""
    return tmp_path / "baselines" / "night.json"
