"""Pages of pictures by iteration and by settings: what stands where."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from PIL import Image

from reports.figures.drawing import drawing
from reports.figures.pictures import draw_by_iteration, draw_by_settings

from .figure_parts import curves_of, findings_of, grid_scores, material_of

MakeRuns = Callable[..., pd.DataFrame]


def _picture(path: Path) -> Path:
    Image.new("RGB", (24, 16), (200, 80, 40)).save(path)
    return path


def test_pictures_by_iteration_have_a_column_for_each(make_runs: MakeRuns, tmp_path: Path) -> None:
    """One page per pair: the variants' snapshots in order, the result last, with its scores."""
    runs = make_runs({"a": ([1.0, 2.0], [0.5, 0.6]), "b": ([1.5, 2.5], [0.4, 0.3])})
    runs["picture"] = [_picture(tmp_path / f"{at}.png") for at in range(len(runs))]
    curves = curves_of(runs, "loss/total", {0: 4.0, 100: 1.0})
    snapshots = {
        name: {at: _picture(tmp_path / f"s{at}.png") for at in (20, 9)}
        for name in runs["fingerprint"]
    }
    material = material_of(runs, curves=curves, snapshots=snapshots)
    with drawing():
        pages = list(draw_by_iteration(material, findings_of(material)))
    words = [text.get_text() for text in pages[0].canvas.axes[0].texts]

    assert ["iterations-1", "iterations-2"] == [page.name for page in pages]
    assert 6 == len(pages[0].canvas.axes[0].images)
    assert ["9", "20", "100"] == [word for word in words if word.isdecimal()]
    assert "S 1.50  K 0.40" in words


def test_pictures_by_settings_have_the_axes_as_rows_and_columns(
    make_runs: MakeRuns, tmp_path: Path
) -> None:
    """One page per pair, three at most, and the caption tells how many there are."""
    runs = make_runs(grid_scores()).assign(picture=_picture(tmp_path / "one.png"))
    material = material_of(runs)
    with drawing():
        pages = list(draw_by_settings(material, findings_of(material)))
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
    material = material_of(runs)
    with drawing():
        pages = list(draw_by_settings(material, findings_of(material)))

    assert [] == pages
