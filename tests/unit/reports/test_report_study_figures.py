"""Figures of a study: the numbers that are drawn, and when nothing is."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from reports.figures.drawing import VERMILION, drawing
from reports.figures.output import as_figure
from reports.figures.study import draw_history, draw_importances
from reports.figures.study_spaces import Scale, draw_parallel, draw_slices
from reports.material import Material
from reports.study import METRIC, PARAMETER, Parameter, StudyRecord

MakeStudy = Callable[..., StudyRecord]

HOSTILE = 'a</svg><script>alert(1)</script>$x_1$ & "q" \x00\x1b 漢'


@pytest.fixture(autouse=True)
def _one_at_a_time() -> Iterator[None]:
    with drawing():
        yield


def _draw(draw: Callable[..., Any], study: StudyRecord | None) -> Any:
    material = SimpleNamespace(study=study, baseline="v0")
    return draw(material, None)


@pytest.mark.parametrize("draw", [draw_history, draw_importances, draw_parallel, draw_slices])
def test_a_grid_has_none_of_them(draw: Callable[[Material, None], object]) -> None:
    """They tell of a search."""
    assert _draw(draw, None) is None


@pytest.mark.parametrize("draw", [draw_history, draw_importances, draw_parallel, draw_slices])
def test_a_study_without_results_has_none_of_them(
    draw: Callable[[Material, None], object], make_study: MakeStudy
) -> None:
    """There is nothing to draw of trials that failed."""
    assert _draw(draw, make_study(None, None)) is None


def test_the_line_of_the_history_is_the_best_so_far(make_study: MakeStudy) -> None:
    """Of finished trials that keep the constraints; it goes on to the last trial."""
    study = make_study(0.2, 0.9, 0.4, 0.8, 0.3, infeasible=[1], states={3: "pruned"})

    axes = _draw(draw_history, study).canvas.axes[0]
    steps = next(line for line in axes.lines if line.get_drawstyle() == "steps-post")

    assert [0, 2, 4, 4] == list(steps.get_xdata())
    assert [0.2, 0.4, 0.4, 0.4] == list(steps.get_ydata())


def test_the_best_so_far_falls_where_less_is_better(make_study: MakeStudy) -> None:
    """The line follows the metric's direction."""
    study = make_study(0.4, 0.5, 0.2, metrics={"content/lpips": "min"})

    axes = _draw(draw_history, study).canvas.axes[0]
    steps = next(line for line in axes.lines if line.get_drawstyle() == "steps-post")

    assert [0.4, 0.4, 0.2, 0.2] == list(steps.get_ydata())


def test_shapes_of_the_history_tell_what_became_of_a_trial(make_study: MakeStudy) -> None:
    """Open where a constraint is broken, a triangle, a cross, a star; the baseline a diamond."""
    study = make_study(0.5, 0.3, 0.9, 0.7, None, infeasible=[2], states={1: "pruned"})

    axes = _draw(draw_history, study).canvas.axes[0]
    found = {
        line.get_marker(): (list(line.get_xdata()), line.get_markerfacecolor())
        for line in axes.lines
        if len(line.get_xdata()) and line.get_marker() != "None"
    }

    assert [1] == found["v"][0]
    assert ([2], "none") == found["o"]
    assert ([3], VERMILION) == found["*"]
    assert [4] == found["x"][0]
    assert [0] == found["D"][0]


def test_a_repeated_trial_is_drawn_once(make_study: MakeStudy) -> None:
    """It has the value of the earlier one, and was not tried."""
    study = make_study(0.1, 0.5, 0.3, 0.3, states={3: "repeated"})

    axes = _draw(draw_history, study).canvas.axes[0]
    drawn = [at for line in axes.lines if line.get_marker() != "None" for at in line.get_xdata()]

    assert [0, 1, 2] == sorted(drawn)


def test_several_metrics_have_a_panel_each(make_study: MakeStudy) -> None:
    """Each with its own axis of values."""
    metrics = {"style/gain": "max", "content/score": "max"}

    drawn = _draw(draw_history, make_study((0.1, 0.9), (0.5, 0.5), metrics=metrics))

    assert ["style gain (nats) ↑", "content ↑"] == [a.get_ylabel() for a in drawn.canvas.axes]


def test_bars_are_as_long_as_their_shares(make_study: MakeStudy) -> None:
    """With the share beside each; a share that would be rounded to nothing says so."""
    study = make_study(0.1, 0.2, shares={"weight": 0.7, "start": 0.297, "tv": 0.003})

    axes = _draw(draw_importances, study).canvas.axes[0]

    assert [0.7, 0.297, 0.003] == [bar.get_width() for bar in axes.patches]
    assert ["70 %", "30 %", "below 1 %"] == [text.get_text() for text in axes.texts]


def test_a_place_on_an_axis_follows_its_scale() -> None:
    """Logarithms where the parameter is searched by them; choices at equal steps."""
    log = Scale(name="w", column="w", low=1, high=100, is_log=True)
    linear = Scale(name="w", column="w", low=0, high=10)
    choices = Scale(name="w", column="w", labels=("a", "b", "c"))

    assert pytest.approx(0.5) == log.place(10)
    assert 0.3 == linear.place(3)
    assert [0, 0.5, 1] == [choices.place(label) for label in "abc"]
    assert math.isnan(linear.place(None))
    assert math.isnan(choices.place(None))
    assert 0.5 == Scale(name="w", column="w", low=2, high=2).place(2)


def test_an_axis_holds_what_an_earlier_file_allowed(make_study: MakeStudy) -> None:
    """An interval may have been made narrower since; older trials stay on the paper."""
    study = make_study(0.1, 0.2, 0.3)  # their weights are 1, 10 and 100
    narrow = Parameter(name="weight", low=5, high=50, is_log=True)

    scale = Scale.of_parameter(narrow, study.trials)

    assert (1, 100) == (scale.low, scale.high)


def test_a_parameter_that_does_not_apply_leaves_a_gap(make_study: MakeStudy) -> None:
    """The line of a content start has no point on the axis of ``tv``."""
    axes = _draw(draw_parallel, make_study(0.5, 0.3)).canvas.axes[0]
    by_gap = {
        bool(np.isnan(np.asarray(line.get_ydata(), dtype=float)).any())
        for line in axes.lines
        if len(line.get_xdata()) == 4
    }

    assert {True, False} == by_gap


def test_a_point_between_gaps_is_a_dot(make_study: MakeStudy) -> None:
    """The value of a trial without ``tv`` has no neighbour to be joined to."""
    axes = _draw(draw_parallel, make_study(0.5, 0.3)).canvas.axes[0]

    dots = [list(line.get_xdata()) for line in axes.lines if line.get_marker() == "."]

    assert [3] in dots


def test_at_most_two_hundred_lines_are_drawn(make_study: MakeStudy) -> None:
    """The best ones, and the caption says so."""
    drawn = _draw(draw_parallel, make_study(*(0.001 * at for at in range(230))))
    axes = drawn.canvas.axes[0]
    lines = [line for line in axes.lines if len(line.get_xdata()) == 4]

    assert 200 == len(lines)
    assert "The 200 best of 230 finished trials." in drawn.caption


def test_slices_are_of_numbers_the_most_important_first(make_study: MakeStudy) -> None:
    """A parameter with labels has no axis to stand on."""
    study = make_study(0.1, 0.2, 0.3, shares={"tv": 0.9, "weight": 0.1})

    drawn = _draw(draw_slices, study)
    shown = [axes for axes in drawn.canvas.axes if axes.get_visible() and axes.get_xlabel()]

    assert ["tv", "weight"] == [axes.get_xlabel() for axes in shown]
    assert ["linear", "log"] == [axes.get_xscale() for axes in shown]


@pytest.mark.parametrize("draw", [draw_history, draw_importances, draw_parallel, draw_slices])
def test_names_of_a_sweep_file_are_only_text(
    draw: Callable[[Material, None], object], make_study: MakeStudy
) -> None:
    """Whatever a parameter, a choice or a variant is called, the figure is one SVG element."""
    study = make_study(0.1, 0.2, 0.3, shares={HOSTILE: 1.0})
    parameters = (
        replace(study.parameters[0], name=HOSTILE),
        Parameter(name="start", labels=(HOSTILE, "noise")),
    )
    trials = study.trials.rename(columns={f"{PARAMETER}weight": PARAMETER + HOSTILE})
    trials[f"{PARAMETER}start"] = HOSTILE

    figure = as_figure(_draw(draw, replace(study, parameters=parameters, trials=trials)))

    assert "{http://www.w3.org/2000/svg}svg" == ET.fromstring(figure.svg).tag  # noqa: S314
    assert "<script" not in figure.svg


def test_captions_say_what_was_left_out(make_study: MakeStudy) -> None:
    """Trials without a result, and constraints that were broken."""
    study = make_study(0.1, 0.2, None, states={2: "refused"}, infeasible=[1])

    caption = _draw(draw_history, study).caption

    assert "open where they break a constraint" in caption
    assert "Not drawn: 1 trial refused, repeated or still open." in caption
    assert METRIC not in caption
