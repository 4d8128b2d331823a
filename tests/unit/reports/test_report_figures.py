"""Figures of a sweep: the numbers that are drawn, and what is drawn at all."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.figures import draw_figures
from reports.figures.differences import draw_differences
from reports.figures.effects import draw_effects, measure_effect
from reports.figures.estimates import estimate_mean
from reports.figures.front import draw_front, find_spots
from reports.material import Material
from reports.verdict import CONTENT, STYLE

from .figure_parts import PAIRS, axes_of, drawn_of, findings_of, grid_scores, material_of

MakeRuns = Callable[..., pd.DataFrame]
Scores = Mapping[str, tuple[Sequence[float], Sequence[float]]]

HOSTILE = 'a</svg><script>alert(1)</script>$x_1$ & "q" \x00\x1b 漢'


@pytest.fixture
def grid(make_runs: MakeRuns) -> Material:
    """A full grid of two axes with two values each on eight independent pairs."""
    return material_of(make_runs(grid_scores()))


def test_front_has_means_and_t_intervals_over_pairs(grid: Material) -> None:
    """A point of the front is the mean over the pairs, its bars the 95 % t intervals."""
    spot = find_spots(grid, findings_of(grid))[3]
    style, content = (np.array(values) for values in grid_scores()[spot.variant])
    factor = stats.t.ppf(0.975, PAIRS - 1) / math.sqrt(PAIRS)

    assert pytest.approx(float(style.mean()), rel=1e-12) == spot.style.mean
    assert pytest.approx(float(content.mean()), rel=1e-12) == spot.content.mean
    assert (
        pytest.approx(float(style.mean() - factor * style.std(ddof=1)), rel=1e-12)
        == spot.style.low
    )
    assert (
        pytest.approx(float(content.mean() + factor * content.std(ddof=1)), rel=1e-12)
        == spot.content.high
    )
    assert spot.content.is_interval


def test_front_has_ranges_where_no_interval_may_be_given(make_runs: MakeRuns) -> None:
    """Below six pairs the bars are the smallest and the largest pair."""
    material = material_of(
        make_runs({"a": ([1, 2, 4], [0.1, 0.2, 0.3]), "b": ([2, 3, 4], [0.1] * 3)})
    )
    spot = find_spots(material, findings_of(material))[0]

    assert (1.0, 4.0, False) == (spot.style.low, spot.style.high, spot.style.is_interval)


def test_front_draws_its_members_joined_by_steps(make_runs: MakeRuns) -> None:
    """The step line runs through the members from the least content to the most."""
    scores = {
        "kept": ([1.0] * 6, [0.9] * 6),
        "middle": ([2.0] * 6, [0.5] * 6),
        "beaten": ([1.0] * 6, [0.4] * 6),
        "styled": ([3.0] * 6, [0.2] * 6),
    }
    axes = axes_of(drawn_of(draw_front, material_of(make_runs(scores))))[0]
    line = next(line for line in axes.lines if line.get_gid() == "front")

    assert "steps-pre" == line.get_drawstyle()
    assert [0.2, 0.5, 0.9] == pytest.approx(list(np.asarray(line.get_xdata())))
    assert [3.0, 2.0, 1.0] == pytest.approx(list(np.asarray(line.get_ydata())))


def test_front_does_not_join_variants_of_other_pairs(make_runs: MakeRuns) -> None:
    """A variant that has some of the pairs only stands at their mean and is told, not joined."""
    runs = make_runs(
        {name: ([1.0 + at] * 6, [0.5 - at / 10] * 6) for at, name in enumerate("abc")}
    )
    runs = runs[(runs["variant"] != "c") | (runs["pair"] == "c0 × s0")]
    drawn = drawn_of(draw_front, material_of(runs))
    line = next(line for line in axes_of(drawn)[0].lines if line.get_gid() == "front")

    assert 2 == len(np.asarray(line.get_xdata()))
    assert drawn is not None
    assert "1 variant with other pairs than the rest" in drawn.caption


def test_differences_are_those_of_the_table(grid: Material) -> None:
    """A bar is drawn at the paired difference plus and minus its interval, both scores."""
    panels = axes_of(drawn_of(draw_differences, grid))
    ours, theirs = (
        np.array(grid_scores()[name][0]) for name in (list(grid_scores())[3], grid.baseline)
    )
    change = ours - theirs
    half = stats.t.ppf(0.975, PAIRS - 1) * change.std(ddof=1) / math.sqrt(PAIRS)
    bar, point = panels[0].lines[-2:]

    assert [change.mean() - half, change.mean() + half] == pytest.approx(
        np.asarray(bar.get_xdata()).tolist()
    )
    assert [change.mean()] == pytest.approx(np.asarray(point.get_xdata()).tolist())
    assert "^" == point.get_marker()
    assert "difference in style gain, nats  ↑" == panels[0].get_xlabel()


def test_differences_name_the_verdict(grid: Material) -> None:
    """The verdict of every variant stands beside its bars, in the words of the table."""
    texts = [text.get_text() for text in axes_of(drawn_of(draw_differences, grid))[1].texts]

    assert ["trade-off", "better", "trade-off"] == [text.partition("\n")[0] for text in texts]


def test_effects_average_over_the_other_axis(grid: Material) -> None:
    """A value's mean is over the other axis first, then over the pairs; its bar is paired."""
    effect = measure_effect(grid, "weight", STYLE)
    assert effect is not None
    scores = {name: np.array(style) for name, (style, _) in grid_scores().items()}
    one = (scores["layers=low, weight=1"] + scores["layers=high, weight=1"]) / 2
    ten = (scores["layers=low, weight=10"] + scores["layers=high, weight=10"]) / 2
    change = ten - one
    half = stats.t.ppf(0.975, PAIRS - 1) * change.std(ddof=1) / math.sqrt(PAIRS)

    assert "1" == effect.reference
    assert pytest.approx(float(one.mean())) == effect.means["1"].mean
    assert pytest.approx(float(ten.mean())) == effect.means["10"].mean
    assert pytest.approx(float(change.mean() - half)) == effect.differences["10"].low
    assert pytest.approx(float(change.mean() + half)) == effect.differences["10"].high


def test_effects_compare_values_on_the_same_settings_only(make_runs: MakeRuns) -> None:
    """In a grid with a hole, a setting not tried with every value would bend the means."""
    scores = grid_scores()
    del scores["layers=high, weight=10"]
    drawn = drawn_of(draw_effects, material_of(make_runs(scores)))
    effect = measure_effect(material_of(make_runs(scores)), "layers", STYLE)
    assert effect is not None
    assert drawn is not None
    low, high = (np.array(scores[f"layers={name}, weight=1"][0]) for name in ("low", "high"))

    assert pytest.approx(float((high - low).mean())) == effect.differences["high"].mean
    assert "layers: averaged over the 1 of 2 settings" in drawn.caption


def test_effects_use_only_pairs_that_every_value_finished(make_runs: MakeRuns) -> None:
    """A pair that failed with one value counts for none, on that setting of the other axes."""
    scores = {"layers=low": ([1.0] * 6, [0.5] * 6), "layers=high": ([2.0] * 6, [0.4] * 6)}
    runs = make_runs(scores)
    runs.loc[(runs["variant"] == "layers=low") & (runs["pair"] == "c0 × s0"), STYLE] = math.nan
    runs.loc[(runs["variant"] == "layers=high") & (runs["pair"] == "c0 × s0"), STYLE] = 100.0
    effect = measure_effect(material_of(runs), "layers", STYLE)

    assert effect is not None
    assert 5 == effect.means["high"].n_pairs
    assert pytest.approx(2.0) == effect.means["high"].mean


def test_effects_leave_out_variants_without_axes(make_runs: MakeRuns) -> None:
    """A picture made elsewhere has no place on an axis; the caption says so."""
    drawn = drawn_of(
        draw_effects, material_of(make_runs({**grid_scores(), "theirs": ([9.0], [0.9])}))
    )

    assert drawn is not None
    assert "1 variant without a place on any axis left out" in drawn.caption


def test_effects_sort_numbers_and_keep_the_order_of_labels(make_runs: MakeRuns) -> None:
    """Values that are numbers stand by size."""
    scores = {f"weight={value}": ([1.0] * 6, [0.5] * 6) for value in ("100", "9", "30")}
    effect = measure_effect(material_of(make_runs(scores)), "weight", STYLE)

    assert effect is not None
    assert ["9", "30", "100"] == list(effect.means)


@pytest.mark.slow
def test_files_are_written_and_are_the_same_again(grid: Material, tmp_path: Path) -> None:
    """PNG, SVG and PDF of each figure, with equal bytes for equal material."""
    once, again = (
        draw_figures(grid, findings_of(grid), tmp_path / name) for name in ("once", "again")
    )

    assert ["front", "differences", "effects"] == [figure.name for figure in once.figures]
    assert {"front.png", "front.pdf", "front.svg", "captions.txt"} <= {
        path.name for path in once.files
    }
    assert [path.read_bytes() for path in once.files] == [
        path.read_bytes() for path in again.files
    ]
    assert {path.name for path in once.files} == {
        path.name for path in (tmp_path / "once").iterdir()
    }


@pytest.mark.parametrize(
    "scores",
    [
        pytest.param({"a": ([1.0], [0.5])}, id="one variant, one pair"),
        pytest.param({"a": ([math.nan], [math.nan]), "b": ([math.nan], [0.5])}, id="no score"),
    ],
)
def test_nothing_to_show_is_no_error(make_runs: MakeRuns, tmp_path: Path, scores: Scores) -> None:
    """A sweep of one run has no figure."""
    material = material_of(make_runs(scores))

    assert ((), ()) == (
        (found := draw_figures(material, findings_of(material), tmp_path)).figures,
        found.files,
    )


def test_no_finished_run_is_no_error(make_runs: MakeRuns, tmp_path: Path) -> None:
    """All runs failed: nothing is drawn."""
    failed = make_runs(grid_scores(), status="FAILED", evaluator_id="")
    failed[[STYLE, CONTENT]] = math.nan
    material = material_of(failed)

    assert () == draw_figures(material, findings_of(material), tmp_path).figures


@pytest.mark.slow
def test_a_page_alone_writes_nothing_and_an_older_report_leaves_nothing(
    make_runs: MakeRuns, tmp_path: Path
) -> None:
    """Without a folder no file is written; with one, only today's and others' stay."""
    material = material_of(make_runs(grid_scores()))
    for name in ("pictures-9.png", "mine.png"):
        (tmp_path / name).touch()

    alone = draw_figures(material, findings_of(material), None)
    written = draw_figures(material, findings_of(material), tmp_path)

    assert alone.figures == written.figures
    assert () == alone.files
    assert {"mine.png", *(path.name for path in written.files)} == {
        path.name for path in tmp_path.iterdir()
    }


@pytest.mark.slow
def test_hostile_names_stay_text(make_runs: MakeRuns, tmp_path: Path) -> None:
    """Names from files are letters in every figure: no markup, no mathematics, no control code."""
    runs = make_runs({f"{HOSTILE}={at}": ([1.0 + at] * 6, [0.5] * 6) for at in range(2)})
    material = material_of(runs)
    figures = draw_figures(material, findings_of(material), tmp_path).figures
    svg = "".join(figure.svg for figure in figures)

    assert 3 == len(figures)
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg
    assert "$x_1$" in svg
    assert "\x00" not in svg


@pytest.mark.parametrize("contents", [3, 4])
def test_pairs_that_share_pictures_widen_intervals_or_refuse_them(contents: int) -> None:
    """Four contents by four styles have a clustered interval; three by four only a range."""
    pictures = {f"{c}{s}": (f"c{c}", f"s{s}") for c in range(contents) for s in range(4)}
    values = pd.Series(
        [1.0 + c + 0.1 * s for c in range(contents) for s in range(4)], index=list(pictures)
    )
    found = estimate_mean(values, pictures)
    error = np.arange(4).std(ddof=1) / 2  # of the contents' means: the styles differ less

    assert (contents == 4) == found.is_interval
    if found.is_interval:
        assert pytest.approx(stats.t.ppf(0.975, 3) * error) == found.high - found.mean
    else:
        assert (1.0, 3.3) == (found.low, pytest.approx(found.high))
