"""The arithmetic of the benchmarks of speed, memory, parity and quality; never a time."""

import argparse
import importlib
import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import engine, gpu, quality
from benchmarks.alternation import alternated
from benchmarks.kernels import Kernels
from benchmarks.memory import GIBI, memory_table
from benchmarks.pairs import CONTENTS, PAIRS, square
from benchmarks.parity import parity_table
from benchmarks.quality_figures import Moment, first_reached, line_of
from benchmarks.sweep import SCORED_RUNS, Estimate, TextbookRun, kinds_of, scoring_table
from benchmarks.textbook import _Network, textbook
from harness.spec.schedule import total_iterations
from harness.spec.settings import Settings
from harness.transfer.pretrained.parameters import Parameters, load_parameters

README = Path(__file__).parents[3] / "benchmarks" / "README.md"
COMMANDS = ("engine", "sweep", "quality", "parity", "memory", "gpu")
OPTIONS = argparse.Namespace(size=64, iterations=12, plateau=0.1, window=4)


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    """The network of every benchmark of speed."""
    return load_parameters("kmeans", "vgg19")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question comes first; the README names the command and has a place for its tables."""
    module = importlib.import_module(f"benchmarks.{name}")
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit) as error:
        module.main()
    text = capsys.readouterr().out
    assert 0 == error.value.code
    assert f"usage: python -m benchmarks.{name}" in text
    assert (module.__doc__ or "?").splitlines()[0] in text
    assert f"benchmarks/measured/{name}.json" in text
    readme = README.read_text()
    assert f"| `python -m benchmarks.{name}` |" in readme
    assert f"<!-- measured: python -m benchmarks.{name} -->" in readme


def test_every_other_round_goes_backwards() -> None:
    """So a machine that warms up or slows down favours no loop."""
    order: list[str] = []
    loops = {name: lambda name=name: [order.append(name) or 1.0] for name in "abc"}
    times = alternated(loops, 2)
    assert ["a", "b", "c", "c", "b", "a"] == order
    assert {"a": [1.0, 1.0], "b": [1.0, 1.0], "c": [1.0, 1.0]} == times


def test_pairs_share_no_picture() -> None:
    """Six independent pairs, as statistics over pairs want them."""
    assert 12 == len({name for pair in PAIRS for name in pair})
    assert len(CONTENTS) == len(set(CONTENTS))


def test_the_textbook_network_goes_no_deeper_than_its_taps(parameters: Parameters) -> None:
    """It may be plain, but what it does not need it does not compute."""
    image = torch.rand(1, 3, 32, 32)
    assert {"rgb", "relu1_1", "relu1_2"} == _Network(parameters, {"relu1_2"}, "cpu")(image).keys()
    assert {"rgb"} == _Network(parameters, {"rgb"}, "cpu")(image).keys()
    found = _Network(parameters, {"rgb", "relu2_1"}, "cpu")(image)
    assert image is found["rgb"]
    assert (1, 128, 16, 16) == found["relu2_1"].shape


@pytest.mark.slow
def test_the_textbook_loop_times_every_step(parameters: Parameters) -> None:
    """Adam loads much of PyTorch when it is first made, before any step."""
    picture = square("chelsea", 32)
    done = textbook(parameters, picture, picture, steps=3, style_layers=["rgb", "relu1_1"])
    assert 3 == len(done.step_s)
    assert min(done.prepare_s, *done.step_s) > 0


def test_kernels_are_forward_and_backward_of_every_convolution(parameters: Parameters) -> None:
    """VGG19 has five up to conv3_1, and each has two."""
    kernels = Kernels(parameters, size_px=16, dtype=torch.float32, last="conv3_1")
    assert 2 * 5 == len(kernels._calls)
    assert kernels.seconds() > 0


@pytest.mark.parametrize(
    ("amx", "precision", "size", "goals"),
    [
        (True, "bfloat16", 256, (4.5, 6.0)),
        (True, "float32", 256, (None, None)),
        (False, "float32", 512, (1.3, None)),
        (False, "bfloat16", 512, (None, None)),
        (True, "bfloat16", 128, (None, None)),
    ],
)
def test_promises_depend_on_the_processor(
    monkeypatch: pytest.MonkeyPatch,
    amx: bool,
    precision: str,
    size: int,
    goals: tuple[float | None, float | None],
) -> None:
    """A matrix unit is promised more; other sizes are promised nothing."""
    monkeypatch.setattr(engine, "has_amx", lambda: amx)

    assert goals == engine.promised(size, precision)


@pytest.mark.parametrize(("taken", "met"), [(0.15, "aim"), (0.2, "at most"), (0.21, "no")])
def test_an_iteration_stands_beside_its_kernels(taken: float, met: str) -> None:
    """The ratio is ours over what is needed at least: smaller is better."""
    times = {"kernels, float32, 256 px": [0.1] * 3, "ours, float32, 256 px": [taken] * 3}
    (row,) = engine.kernels_table(times, [256], ["float32"]).rows
    assert pytest.approx(taken / 0.1) == row["ours / kernels"]
    assert met == row["met"]


def test_lanes_are_set_beside_one() -> None:
    """A picture in four lanes that takes half the time is twice as fast."""
    times = {"1 lane": [0.02], "4 lanes": [0.01], engine.ALONE: [0.016]}
    four, alone = engine.lanes_table(times, [4], 128, "float32").rows
    assert (2.0, "floor") == (four["ratio"], four["met"])
    assert (1.25, None) == (alone["ratio"], alone["met"])


def test_an_estimate_counts_every_run() -> None:
    """Runs of one kind share its time for an iteration, and each does its own iterations."""
    picture = np.zeros((4, 4, 3), np.uint8)

    class Made(TextbookRun):
        """A run whose steps take a second for each style layer, and its start ten."""

        def seconds(self, steps: int) -> tuple[float, list[float]]:
            """Make the seconds up; the first step is slow."""
            return 10.0, [99.0, *[float(len(self.style_layers))] * (steps - 1)]

    runs = [
        Made(
            content=picture,
            style=picture,
            content_layers=("relu1_1",),
            style_layers=layers,
            iterations=iterations,
            network=("kmeans", "vgg19"),
        )
        for layers, iterations in ((("rgb",), 5), (("rgb",), 7), (("rgb", "relu1_1"), 3))
    ]
    estimate = Estimate(runs)
    estimate.measure()
    assert 2 == len(kinds_of(runs))
    assert 3 * 10 + 5 + 7 + 2 * 3 == estimate.seconds


def test_scores_may_take_a_tenth() -> None:
    """The first run of a pair measures its anchors too and stands by itself."""
    first, others = scoring_table([0.2, *[0.05] * (SCORED_RUNS - 1)], 256, 200).rows
    assert (20.0, False) == (first["share, %"], first["met"])
    assert (pytest.approx(5.0), True) == (others["share, %"], others["met"])


def test_memory_is_counted_above_the_imports() -> None:
    """The limit is that of the whole process, at the largest size."""
    peaks = {
        "textbook, 1024 px": {"before": GIBI, "peak": 5 * GIBI},
        "float32, 1024 px": {"before": GIBI, "peak": 3 * GIBI},
        "bfloat16, 1024 px": {"before": 3 * GIBI, "peak": 5 * GIBI},
    }
    theirs, float32, bfloat16 = memory_table(peaks, [1024]).rows
    assert (1.0, None) == (theirs["of textbook"], theirs["met"])
    assert (0.5, 3.0, True) == tuple(
        float32[name] for name in ("of textbook", "whole process, GiB", "met")
    )
    assert (2048.0, False) == (bfloat16["above import, MiB"], bfloat16["met"])


def test_parity_looks_at_the_largest_difference() -> None:
    """One picture that differs by as much as matters is one too many, in either direction."""
    rows = parity_table({"x": {"style/gain": [0.01, -0.05], "content/score": [0.01, -0.01]}}).rows
    assert [False, True] == [row["met"] for row in rows]
    assert [0.05, 0.01] == [row["largest"] for row in rows]
    assert [pytest.approx(-0.02), 0.0] == [row["mean"] for row in rows]


def test_a_goal_is_reached_when_both_scores_are() -> None:
    """More style is not enough as long as content lacks more than its margin."""
    goal = {"style/gain": 1.0, "content/score": 0.5}
    moments = [
        Moment(iteration=5, seconds=1.0, scores={"style/gain": 0.94, "content/score": 0.9}),
        Moment(iteration=10, seconds=2.0, scores={"style/gain": 2.0, "content/score": 0.47}),
        Moment(iteration=15, seconds=3.0, scores={"style/gain": 0.96, "content/score": 0.49}),
    ]
    assert moments[2] == first_reached(moments, goal)
    assert first_reached(moments[:2], goal) is None


def test_a_way_is_summed_up_over_the_pairs_that_reached_the_goal() -> None:
    """Twice and eight times as fast is four times as fast; who never came there is counted."""
    line = line_of("x", [5.0, None, 2.0], [10.0, 10.0, 16.0])
    assert ("2 of 3", 3.5) == (line["reached"], line["median s"])
    assert pytest.approx(4.0) == line["ratio"]
    assert float(str(line["from"])) < 4 < float(str(line["to"]))
    assert {"what": "x", "reached": "0 of 1"} == line_of("x", [None], [10.0])


def test_every_way_is_one_of_the_settings() -> None:
    """Pyramids have as many iterations in all as the baseline; the other ways differ as named."""
    ways = {name: Settings.model_validate(one) for name, one in quality.ways(OPTIONS).items()}
    assert quality.BASELINE == next(iter(ways))
    assert [12, 12] == [total_iterations(ways[f"{name} pyramid"]) for name in ("octave", "sqrt2")]
    assert "lbfgs" == ways["L-BFGS"].optimizer
    assert (0.1, 4) == (ways[quality.PLATEAU].stop_plateau, ways[quality.PLATEAU].stop_window)
    assert (5, 10, 12) == quality.kept_at(quality.ways(OPTIONS)[quality.BASELINE], 5)


def test_busy_time_counts_once() -> None:
    """Two kernels at a time keep a device no busier than one."""
    assert 6.0 == gpu.covered([(5.0, 8.0), (0.0, 2.0), (1.0, 3.0), (6.0, 7.0)])
    assert 0.0 == gpu.covered([])
    assert not math.isnan(gpu.covered([(1.0, 1.0)]))


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_without_a_gpu_nothing_is_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command says so and ends with 2."""
    monkeypatch.setattr(sys, "argv", ["gpu"])
    with pytest.raises(SystemExit) as error:
        gpu.main()
    assert 2 == error.value.code
    assert "no CUDA device" in capsys.readouterr().err
