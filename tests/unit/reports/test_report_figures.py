"""Figures of a sweep: the numbers that are drawn, and what is drawn at all."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from PIL import Image
from scipy import stats

from reports.figures import draw_figures
from reports.figures.curves import curve_table, draw_losses, draw_parts, draw_scores
from reports.figures.differences import draw_differences
from reports.figures.drawing import Drawn, drawing
from reports.figures.effects import draw_effects, measure_effect
from reports.figures.estimates import estimate_mean
from reports.figures.front import draw_front, find_spots
from reports.figures.pictures import draw_by_iteration, draw_by_settings
from reports.findings import Findings
from reports.material import CURVE_COLUMNS, Material
from reports.verdict import CONTENT, STYLE

MakeRuns = Callable[..., pd.DataFrame]
Scores = Mapping[str, tuple[Sequence[float], Sequence[float]]]

PAIRS = 8
BASE = np.array([2.0, 2.4, 1.8, 2.2, 2.6, 1.9, 2.1, 2.5])
NOISE = np.array([0.02, -0.05, 0.04, 0.01, -0.03, 0.05, -0.02, 0.03])
KEPT = np.array([0.50, 0.40, 0.45, 0.55, 0.35, 0.52, 0.48, 0.44])
HOSTILE = 'a</svg><script>alert(1)</script>$x_1$ & "q" \x00\x1b 漢'


def _grid() -> dict[str, tuple[list[float], list[float]]]:
    """Two axes: ``layers`` adds 0.5 of style, ``weight`` 10 adds 0.3 and costs 0.1 of content."""
    shifts = itertools.product((("low", 0.0), ("high", 0.5)), (("1", 0.0), ("10", 0.3)))
    return {
        f"layers={layers}, weight={weight}": (
            (BASE + up + more + NOISE * (1 + at)).tolist(),
            (KEPT - more / 3 - NOISE[::-1] * at / 2).tolist(),
        )
        for at, ((layers, up), (weight, more)) in enumerate(shifts)
    }


def _material(runs: pd.DataFrame, **changes: object) -> Material:
    """A report's material of these runs, with nothing to draw but them."""
    variants = list(dict.fromkeys(runs["variant"]))
    plain = Material(
        sweep="made up",
        question="",
        baseline=variants[0],
        runs=runs,
        curves=pd.DataFrame([], columns=list(CURVE_COLUMNS)),
        axes={
            name: dict(part.split("=") for part in name.split(", ")) if "=" in name else {}
            for name in variants
        },
        layout={"rows": "pair", "columns": "variant"},
        contents={},
        styles={},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def _findings(material: Material) -> Findings:
    return Findings.of(material.runs, material.baseline, absent={}, notes=())


def _drawn(draw: Callable[[Material, Findings], Drawn | None], material: Material) -> Drawn | None:
    with drawing():
        return draw(material, _findings(material))


def _axes(drawn: Drawn | None) -> list[Axes]:
    assert drawn is not None

    return drawn.canvas.axes


def _curves(runs: pd.DataFrame, name: str, values: Mapping[int, float]) -> pd.DataFrame:
    """The same curve for every run, times 1, 2, … in the order of the runs."""
    rows = [
        (fingerprint, name, iteration, value * factor)
        for factor, fingerprint in enumerate(runs["fingerprint"], start=1)
        for iteration, value in values.items()
    ]
    return pd.DataFrame(rows, columns=list(CURVE_COLUMNS))


@pytest.fixture
def grid(make_runs: MakeRuns) -> Material:
    """A full grid of two axes with two values each on eight independent pairs."""
    return _material(make_runs(_grid()))


def test_front_has_means_and_t_intervals_over_pairs(grid: Material) -> None:
    """A point of the front is the mean over the pairs, its bars the 95 % t intervals."""
    spot = find_spots(grid, _findings(grid))[3]
    style, content = (np.array(values) for values in _grid()[spot.variant])
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
    material = _material(
        make_runs({"a": ([1, 2, 4], [0.1, 0.2, 0.3]), "b": ([2, 3, 4], [0.1] * 3)})
    )
    spot = find_spots(material, _findings(material))[0]

    assert (1.0, 4.0, False) == (spot.style.low, spot.style.high, spot.style.is_interval)


def test_front_draws_its_members_joined_by_steps(make_runs: MakeRuns) -> None:
    """The step line runs through the members from the least content to the most."""
    scores = {
        "kept": ([1.0] * 6, [0.9] * 6),
        "middle": ([2.0] * 6, [0.5] * 6),
        "beaten": ([1.0] * 6, [0.4] * 6),
        "styled": ([3.0] * 6, [0.2] * 6),
    }
    axes = _axes(_drawn(draw_front, _material(make_runs(scores))))[0]
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
    drawn = _drawn(draw_front, _material(runs))
    line = next(line for line in _axes(drawn)[0].lines if line.get_gid() == "front")

    assert 2 == len(np.asarray(line.get_xdata()))
    assert drawn is not None
    assert "1 variant with other pairs than the rest" in drawn.caption


def test_differences_are_those_of_the_table(grid: Material) -> None:
    """A bar is drawn at the paired difference plus and minus its interval, both scores."""
    panels = _axes(_drawn(draw_differences, grid))
    ours, theirs = (np.array(_grid()[name][0]) for name in (list(_grid())[3], grid.baseline))
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
    texts = [text.get_text() for text in _axes(_drawn(draw_differences, grid))[1].texts]

    assert ["trade-off", "better", "trade-off"] == [text.partition("\n")[0] for text in texts]


def test_effects_average_over_the_other_axis(grid: Material) -> None:
    """A value's mean is over the other axis first, then over the pairs; its bar is paired."""
    effect = measure_effect(grid, "weight", STYLE)
    assert effect is not None
    scores = {name: np.array(style) for name, (style, _) in _grid().items()}
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
    scores = _grid()
    del scores["layers=high, weight=10"]
    drawn = _drawn(draw_effects, _material(make_runs(scores)))
    effect = measure_effect(_material(make_runs(scores)), "layers", STYLE)
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
    effect = measure_effect(_material(runs), "layers", STYLE)

    assert effect is not None
    assert 5 == effect.means["high"].n_pairs
    assert pytest.approx(2.0) == effect.means["high"].mean


def test_effects_leave_out_variants_without_axes(make_runs: MakeRuns) -> None:
    """A picture made elsewhere has no place on an axis; the caption says so."""
    drawn = _drawn(draw_effects, _material(make_runs({**_grid(), "theirs": ([9.0], [0.9])})))

    assert drawn is not None
    assert "1 variant without a place on any axis left out" in drawn.caption


def test_effects_sort_numbers_and_keep_the_order_of_labels(make_runs: MakeRuns) -> None:
    """Values that are numbers stand by size."""
    scores = {f"weight={value}": ([1.0] * 6, [0.5] * 6) for value in ("100", "9", "30")}
    effect = measure_effect(_material(make_runs(scores)), "weight", STYLE)

    assert effect is not None
    assert ["9", "30", "100"] == list(effect.means)


def test_curves_are_means_over_pairs(make_runs: MakeRuns) -> None:
    """Seeds are averaged inside the pair, pairs in the figure; the band holds all pairs."""
    runs = make_runs({"a": ([1.0, 1.0], [0.5, 0.5])}, seeds=2)
    material = _material(runs, curves=_curves(runs, "loss/total", {0: 8.0, 10: 2.0}))
    table = curve_table(material, "a", "loss/total")
    line = _axes(_drawn(draw_parts, material))[0].lines[0]

    assert [12.0, 28.0] == table.loc[0].tolist()
    assert [20.0, 5.0] == np.asarray(line.get_ydata()).tolist()


def test_curves_of_runs_that_stopped_keep_their_last_value(make_runs: MakeRuns) -> None:
    """A mean over fewer and fewer runs would jump where one stops."""
    runs = make_runs({"a": ([1.0, 1.0], [0.5, 0.5])})
    curves = _curves(runs, "loss/total", {0: 4.0, 5: 2.0, 10: 1.0})
    stopped = (curves["fingerprint"] == runs["fingerprint"].iloc[1]) & (curves["iteration"] == 10)
    table = curve_table(_material(runs, curves=curves[~stopped]), "a", "loss/total")

    assert [1.0, 4.0] == table.loc[10].tolist()


def test_losses_stand_in_one_panel_only_where_they_are_comparable(make_runs: MakeRuns) -> None:
    """Two variants share a loss, one has another: one panel with two lines."""
    runs = make_runs({name: ([1.0] * 2, [0.5] * 2) for name in "abc"})
    runs["loss_key"] = runs["variant"].map({"a": "one", "b": "one", "c": "other"})
    material = _material(runs, curves=_curves(runs, "loss/total", {0: 4.0, 9: 1.0}))
    panels = _axes(_drawn(draw_losses, material))

    assert [2] == [len(axes.lines) for axes in panels]
    assert ["log"] == [axes.get_yscale() for axes in panels]
    assert ["a", "b"] == [text.get_text() for text in panels[0].texts]


def test_scores_by_iteration_need_pictures_on_the_way(make_runs: MakeRuns) -> None:
    """The result alone makes no curve."""
    runs = make_runs({"a": ([1.0] * 2, [0.5] * 2)})
    alone = _material(runs, curves=_curves(runs, STYLE, {9: 1.0}))
    on_the_way = _material(runs, curves=_curves(runs, STYLE, {4: 0.5, 9: 1.0}))

    assert _drawn(draw_scores, alone) is None
    style = _axes(_drawn(draw_scores, on_the_way))[0]
    assert [0.75, 1.5] == np.asarray(style.lines[0].get_ydata()).tolist()
    assert "style gain (nats) ↑" == style.get_ylabel()


def _picture(path: Path) -> Path:
    Image.new("RGB", (24, 16), (200, 80, 40)).save(path)
    return path


def test_pictures_by_iteration_have_a_column_for_each(make_runs: MakeRuns, tmp_path: Path) -> None:
    """One page per pair: the variants' snapshots in order, the result last, with its scores."""
    runs = make_runs({"a": ([1.0, 2.0], [0.5, 0.6]), "b": ([1.5, 2.5], [0.4, 0.3])})
    runs["picture"] = [_picture(tmp_path / f"{at}.png") for at in range(len(runs))]
    curves = _curves(runs, "loss/total", {0: 4.0, 100: 1.0})
    snapshots = {
        name: {at: _picture(tmp_path / f"s{at}.png") for at in (20, 9)}
        for name in runs["fingerprint"]
    }
    material = _material(runs, curves=curves, snapshots=snapshots)
    with drawing():
        pages = list(draw_by_iteration(material, _findings(material)))
    words = [text.get_text() for text in pages[0].canvas.axes[0].texts]

    assert ["iterations-1", "iterations-2"] == [page.name for page in pages]
    assert 6 == len(pages[0].canvas.axes[0].images)
    assert ["9", "20", "100"] == [word for word in words if word.isdecimal()]
    assert "S 1.50  K 0.40" in words


def test_pictures_by_settings_have_the_axes_as_rows_and_columns(
    grid: Material, tmp_path: Path
) -> None:
    """One page per pair, three at most, and the caption tells how many there are."""
    runs = grid.runs.assign(picture=_picture(tmp_path / "one.png"))
    material = replace(grid, runs=runs)
    with drawing():
        pages = list(draw_by_settings(material, _findings(material)))
    words = [text.get_text() for text in pages[0].canvas.axes[0].texts]

    assert 3 == len(pages)
    assert 4 == len(pages[0].canvas.axes[0].images)
    assert {"low", "high", "1", "10"} <= set(words)
    assert "The first 3 of 8 pages." in pages[0].caption


def test_pictures_of_settings_drawn_at_random_make_no_grid(
    make_runs: MakeRuns, tmp_path: Path
) -> None:
    """A grid with most of its places empty shows nothing."""
    scores = {f"layers={at}, weight={at}": ([1.0], [0.5]) for at in range(5)}
    runs = make_runs(scores).assign(picture=_picture(tmp_path / "one.png"))
    material = _material(runs)
    with drawing():
        pages = list(draw_by_settings(material, _findings(material)))

    assert [] == pages


@pytest.mark.slow
def test_files_are_written_and_are_the_same_again(grid: Material, tmp_path: Path) -> None:
    """PNG, SVG and PDF of each figure, with equal bytes for equal material."""
    once, again = (
        draw_figures(grid, _findings(grid), tmp_path / name) for name in ("once", "again")
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
    material = _material(make_runs(scores))

    assert ((), ()) == (
        (found := draw_figures(material, _findings(material), tmp_path)).figures,
        found.files,
    )


def test_no_finished_run_is_no_error(make_runs: MakeRuns, tmp_path: Path) -> None:
    """All runs failed: nothing is drawn."""
    failed = make_runs(_grid(), status="FAILED", evaluator_id="")
    failed[[STYLE, CONTENT]] = math.nan
    material = _material(failed)

    assert () == draw_figures(material, _findings(material), tmp_path).figures


@pytest.mark.slow
def test_a_page_alone_writes_nothing_and_an_older_report_leaves_nothing(
    make_runs: MakeRuns, tmp_path: Path
) -> None:
    """Without a folder no file is written; with one, only today's and others' stay."""
    material = _material(make_runs(_grid()))
    for name in ("pictures-9.png", "mine.png"):
        (tmp_path / name).touch()

    alone = draw_figures(material, _findings(material), None)
    written = draw_figures(material, _findings(material), tmp_path)

    assert alone.figures == written.figures
    assert () == alone.files
    assert {"mine.png", *(path.name for path in written.files)} == {
        path.name for path in tmp_path.iterdir()
    }


@pytest.mark.slow
def test_hostile_names_stay_text(make_runs: MakeRuns, tmp_path: Path) -> None:
    """Names from files are letters in every figure: no markup, no mathematics, no control code."""
    runs = make_runs({f"{HOSTILE}={at}": ([1.0 + at] * 6, [0.5] * 6) for at in range(2)})
    material = _material(runs)
    figures = draw_figures(material, _findings(material), tmp_path).figures
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
