"""A style that is several pictures, from the sweep file to every page that shows it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import harness
from harness.cli.ablate import command as ablate
from harness.cli.compare import command as compare
from harness.cli.regress import command as regress
from harness.cli.report import command as report
from harness.cli.vote import command as vote
from harness.errors import InputError
from harness.images.decode import decode_picture, open_picture
from harness.images.strip import side_by_side
from harness.scoring.evaluators import choose_evaluator
from harness.scoring.score import PairScorer
from harness.spec.settings import Settings
from harness.sweep.options import Options
from harness.sweep.picture_file import embedded_texts
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep
from harness.sweep.tracking.lookup import stored_sweep
from harness.sweep.tracking.membership import Membership
from harness.sweep.tracking.reader import finished_runs, picture_path
from harness.sweep.tracking.store import connect, locate
from harness.sweep.tracking.stored import StoredRun

from .conftest import BASE

MakeSweep = Callable[..., Path]
SWEEP = f"""\
question: Does the style weight matter?
cases:
  content: c0.png
  style:
    - s0.png
    - {{s0 and s1: {{s1.png: 1, s0.png: 2}}}}
    - {{the same: {{s0.png: 0.4, s1.png: 0.2}}}}
{BASE}parameters:
  weights.style: {{values: [1, 10]}}
evaluation: {{size: 48}}
"""


SETTINGS = Settings.model_validate_json(
    """{"pretrained": "kmeans", "precision": "float32", "image_size": 32, "iterations": 4,
    "content_layers": {"relu1_1": 1}, "style_layers": {"rgb": 1, "relu1_1": 1},
    "weights": {"style": 1}}"""
)


def run(of: object, *words: str) -> Result:
    """Run a command in this process; its errors reach the test."""
    return CliRunner().invoke(of, words, catch_exceptions=False, standalone_mode=False)  # type: ignore[arg-type]


def pixels(path: Path) -> np.ndarray:
    """Return the pixels of a picture's file."""
    return decode_picture(open_picture(path).data, name=path.name)


def perform(make_sweep: MakeSweep, text: str = SWEEP) -> tuple[Membership, dict[str, StoredRun]]:
    """Run a sweep in this process; return what the store has of it."""
    run_sweep(*load_with_pictures(make_sweep("tiny", text)), Options(workers=0))
    client = connect(locate(None))
    _, membership = stored_sweep(client, "tiny")
    wanted = {one.fingerprint for one in membership.members}
    return membership, finished_runs(client, prefer="tiny", wanted=wanted)


@pytest.mark.usefixtures("store")
def test_several_pictures_are_one_style_everywhere(make_sweep: MakeSweep, tmp_path: Path) -> None:
    """Runs, scores and pages know it by its label; equal ratios of weights are one run."""
    membership, stored = perform(make_sweep)

    names = [case.style for case in membership.cases]
    assert ["s0", "s0 and s1", "the same"] == names
    fingerprints = [
        {one.fingerprint for one in membership.members if membership.cases[one.case].style == name}
        for name in names
    ]
    assert fingerprints[1] == fingerprints[2]
    assert fingerprints[0].isdisjoint(fingerprints[1])
    assert 4 == len(stored)

    first = next(one for one in membership.members if membership.cases[one.case].style == names[1])
    case, found = membership.cases[first.case], stored[first.fingerprint]
    digests = [open_picture(tmp_path / f"{name}.png").sha256 for name in ("s0", "s1")]
    assert ((digests[0], 2), (digests[1], 1)) == case.style_weights
    styles = [pixels(tmp_path / "s0.png"), pixels(tmp_path / "s1.png")]
    scorer = PairScorer(
        pixels(tmp_path / "c0.png"),
        list(zip(styles, (2, 1), strict=True)),
        choose_evaluator("kmeans", size_px=48, optimised=()),
    )
    picture = pixels(picture_path(connect(locate(None)), found))
    for name, value in scorer.measure(picture).scores.items():
        assert pytest.approx(value, abs=1e-6) == found.metrics[name], name

    styles_of_python = {tmp_path / "s1.png": 0.5, tmp_path / "s0.png": 1}
    again = harness.stylize(tmp_path / "c0.png", styles_of_python, settings=SETTINGS)
    assert found.fingerprint == again.fingerprint
    assert np.array_equal(picture, again.image)

    page = (tmp_path / "results" / "tiny" / "report.html").read_text()
    assert "count as one where pairs are compared: s0, s0 and s1, the same." in page


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_what_reads_the_store_shows_them_side_by_side(
    make_sweep: MakeSweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New scores, comparisons, votes and walks; nothing but the store is needed.

    Results are square: they are scored anew against the content stretched to a square.
    """
    _, stored = perform(make_sweep, SWEEP.replace("base:", "base:\n  size_of: square"))
    shown: list[int] = []

    def seen(pictures: list[np.ndarray]) -> np.ndarray:
        shown.append(len(pictures))
        return side_by_side(pictures)

    monkeypatch.setattr("harness.images.strip.side_by_side", seen)
    for path in tmp_path.glob("*.png"):
        path.unlink()

    both = ("tiny/weights.style=1", "tiny/weights.style=10")
    for command, words in (
        (report, ["tiny", "--size", "40"]),
        (compare, [*both, "--size", "40"]),
        (vote, ["tiny"]),
    ):
        shown.clear()
        run(command, *words)
        assert 2 in shown, words
    (again,) = (tmp_path / "results" / "tiny").glob("by kmeans@40px*/table.json")
    means = [row["content/score"] for row in json.loads(again.read_text())["variants"]]
    assert all(0 < one <= 1 for one in means), means

    run(ablate, *both, "--workers", "0")
    done = finished_runs(connect(locate(None)), prefer="ablate-tiny", wanted=stored.keys())
    assert stored.keys() == done.keys()
    assert {"tiny"} == {one.occasion for one in done.values()}  # the walk's are the same runs
    text = (tmp_path / "results" / "ablate-tiny" / "ablate-tiny.yaml").read_text()
    assert "s0 and s1:" in text


@pytest.mark.usefixtures("store")
def test_a_panel_takes_styles_of_one_picture(make_sweep: MakeSweep) -> None:
    """The refusal names the style and says what to do."""
    gate = "gate: {margins: {style/gain: 0.05}, confirm_seeds: [5]}\n"
    path = make_sweep("panel", SWEEP + gate)

    with pytest.raises(InputError, match="found 's0 and s1', a style of several pictures"):
        run(regress, str(path), "--dry-run")


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ({}, "found no picture; allowed: a picture, {picture: weight, …}"),
        ({"s0.png": 0}, "found the weight 0; allowed: a number above 0"),
        ([("s0.png", "2")], "found the weight '2'"),
        ([("s0.png", float("inf"))], "found the weight inf"),
        (["s0.png", "s1.png"], "found list; allowed"),
        ({"s0.png": 1, "lost.png": 1}, "lost.png"),
    ],
)
def test_wrong_styles_in_python(make_sweep: MakeSweep, style: Any, words: str) -> None:
    """Refused before anything is loaded, with what is allowed."""
    del make_sweep
    with pytest.raises(InputError, match=re.escape(words)):
        harness.stylize("c0.png", style, settings=SETTINGS)


def test_styles_in_python_may_be_arrays_and_say_what_they_were(
    make_sweep: MakeSweep, tmp_path: Path
) -> None:
    """The picture names every style with its weight; equal files are one."""
    del make_sweep
    arrays = [pixels(tmp_path / name) for name in ("s0.png", "s1.png")]
    quick = SETTINGS.model_copy(update={"iterations": 1})
    both = harness.stylize("c0.png", [(arrays[0], 1), (arrays[1], 3)], settings=quick)
    twice = harness.stylize("c0.png", [(arrays[0], 1), (arrays[0], 3)], settings=quick)

    assert harness.stylize("c0.png", arrays[0], settings=quick).fingerprint == twice.fingerprint
    assert both.fingerprint != twice.fingerprint
    both.save(tmp_path / "both.png")
    texts = embedded_texts((tmp_path / "both.png").read_bytes())
    assert texts is not None
    named = json.loads(texts["harness.style"])
    assert [("style 1", 1), ("style 2", 3)] == [(one["name"], one["weight"]) for one in named]
