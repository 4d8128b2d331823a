"""Figures of losses and scores by iteration: the numbers that are drawn."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from reports.figures.curves import curve_table, draw_losses, draw_parts, draw_scores
from reports.verdict import STYLE

from .figure_parts import axes_of, curves_of, drawn_of, material_of

MakeRuns = Callable[..., pd.DataFrame]


def test_curves_are_means_over_pairs(make_runs: MakeRuns) -> None:
    """Seeds are averaged inside the pair, pairs in the figure; the band holds all pairs."""
    runs = make_runs({"a": ([1.0, 1.0], [0.5, 0.5])}, seeds=2)
    material = material_of(runs, curves=curves_of(runs, "loss/total", {0: 8.0, 10: 2.0}))
    table = curve_table(material, "a", "loss/total")
    line = axes_of(drawn_of(draw_parts, material))[0].lines[0]

    assert [12.0, 28.0] == table.loc[0].tolist()
    assert [20.0, 5.0] == np.asarray(line.get_ydata()).tolist()


def test_curves_of_runs_that_stopped_keep_their_last_value(make_runs: MakeRuns) -> None:
    """A mean over fewer and fewer runs would jump where one stops."""
    runs = make_runs({"a": ([1.0, 1.0], [0.5, 0.5])})
    curves = curves_of(runs, "loss/total", {0: 4.0, 5: 2.0, 10: 1.0})
    stopped = (curves["fingerprint"] == runs["fingerprint"].iloc[1]) & (curves["iteration"] == 10)
    table = curve_table(material_of(runs, curves=curves[~stopped]), "a", "loss/total")

    assert [1.0, 4.0] == table.loc[10].tolist()


def test_losses_stand_in_one_panel_only_where_they_are_comparable(make_runs: MakeRuns) -> None:
    """Two variants share a loss, one has another: one panel with two lines."""
    runs = make_runs({name: ([1.0] * 2, [0.5] * 2) for name in "abc"})
    runs["loss_key"] = runs["variant"].map({"a": "one", "b": "one", "c": "other"})
    material = material_of(runs, curves=curves_of(runs, "loss/total", {0: 4.0, 9: 1.0}))
    panels = axes_of(drawn_of(draw_losses, material))

    assert [2] == [len(axes.lines) for axes in panels]
    assert ["log"] == [axes.get_yscale() for axes in panels]
    assert ["a", "b"] == [text.get_text() for text in panels[0].texts]


def test_scores_by_iteration_need_pictures_on_the_way(make_runs: MakeRuns) -> None:
    """The result alone makes no curve."""
    runs = make_runs({"a": ([1.0] * 2, [0.5] * 2)})
    alone = material_of(runs, curves=curves_of(runs, STYLE, {9: 1.0}))
    on_the_way = material_of(runs, curves=curves_of(runs, STYLE, {4: 0.5, 9: 1.0}))

    assert drawn_of(draw_scores, alone) is None
    style = axes_of(drawn_of(draw_scores, on_the_way))[0]
    assert [0.75, 1.5] == np.asarray(style.lines[0].get_ydata()).tolist()
    assert "style gain (nats) ↑" == style.get_ylabel()
