"""The part of a sweep's page that tells of its study."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from reports.figures.figure import Figure
from reports.findings import Findings
from reports.material import Material
from reports.page import render_page
from reports.page.search import search_part
from reports.study import PARAMETER, Parameter, StudyRecord

MakeRuns = Callable[..., pd.DataFrame]
MakeStudy = Callable[..., StudyRecord]
MakeMaterial = Callable[..., Material]

NASTY = '</script><img src=x onerror="alert(1)">`&'
SCORES = ([1.0, 1.1], [0.5, 0.4])
PICTURE = np.zeros((8, 8, 3), np.uint8)
ROW = re.compile(r'<tr class="(?P<kind>\w*)" data-order="\d+">\n<th scope="row" class="number"')


@pytest.fixture
def material(make_runs: MakeRuns, make_material: MakeMaterial) -> Material:
    """A sweep of one variant, without a study."""
    runs = make_runs({"v0": SCORES})
    return make_material(
        runs,
        contents=dict.fromkeys(runs["content"], PICTURE),
        styles=dict.fromkeys(runs["style"], PICTURE),
    )


def _page(material: Material, *names: str) -> str:
    findings = Findings.of(material.runs, "v0", absent={}, notes=())
    figures = [
        Figure(name=name, title=name, caption="", svg='<svg viewBox="0 0 9 9"/>') for name in names
    ]
    return render_page(material, findings, figures)


def test_a_grid_has_no_such_part(material: Material) -> None:
    """Nor a link to it."""
    page = _page(material, "front")

    assert search_part(material, ()) is None
    assert 'id="search"' not in page
    assert "#search" not in page


def test_it_stands_between_the_table_and_the_pictures(
    material: Material, make_study: MakeStudy
) -> None:
    """With the study's own figures; the others stay where they were."""
    page = _page(replace(material, study=make_study(0.1, 0.2)), "front", "history")
    parts = ['id="table"', 'id="search"', 'id="figure-history"', 'id="pictures"', 'id="figures"']

    places = [page.index(part) for part in [*parts, 'id="figure-front"']]

    assert sorted(places) == places
    assert 1 == page.count('id="figure-history"')


def test_every_trial_has_a_row(material: Material, make_study: MakeStudy) -> None:
    """The best and the baseline are marked."""
    study = make_study(0.1, None, 0.9, 0.2)

    rows = [found["kind"] for found in ROW.finditer(_page(replace(material, study=study)))]

    assert ["baseline", "", "best", ""] == rows


def test_it_says_how_it_was_searched(material: Material, make_study: MakeStudy) -> None:
    """Method, budget, and what became of the trials."""
    study = make_study(0.1, None, 0.9, budget=5)

    part = search_part(replace(material, study=study), ())

    assert part is not None
    assert ["method `tpe`", "budget: 5 variants", "3 trials: 2 finished, 1 failed"] == part.facts
    assert "Best: trial 2, balance 0.9: `weight=100, start=content`." == part.best
    assert ["How much each parameter mattered is not known: too few results."] == part.absences


def test_a_study_limited_by_time_says_so(material: Material, make_study: MakeStudy) -> None:
    """There is no number of variants to tell then."""
    part = search_part(replace(material, study=make_study(0.1, budget=None)), ())

    assert part is not None
    assert "budget: no limit but time" in part.facts


def test_a_front_names_its_members(material: Material, make_study: MakeStudy) -> None:
    """And the point of the one that is best by the first metric."""
    metrics = {"style/gain": "max", "content/score": "max"}
    study = make_study((0.1, 0.9), (0.8, 0.3), metrics=metrics)

    part = search_part(replace(material, study=study), ())

    assert part is not None
    assert part.best.startswith("On the front: trials 1, 0. Trial 1 has the most style gain: `")


@pytest.mark.parametrize(
    ("infeasible", "said"),
    [((), "No trial finished."), ((0,), "No trial finished and keeps all constraints.")],
)
def test_a_study_without_a_best_says_why(
    material: Material, make_study: MakeStudy, infeasible: tuple[int, ...], said: str
) -> None:
    """Everything failed, or broke a constraint."""
    study = make_study(0.5 if infeasible else None, None, infeasible=infeasible)

    part = search_part(replace(material, study=study), ())

    assert part is not None
    assert said == part.best


def test_cells_say_what_is_not_there(material: Material, make_study: MakeStudy) -> None:
    """No value of a failed trial, no value of a parameter that does not apply; sorted last."""
    part = search_part(replace(material, study=make_study(0.1234567, None)), ())

    assert part is not None
    cells = {column.key: column.entries for column in part.columns}
    assert [("0.1235", 0.1234567), ("—", None)] == [
        (one.text, one.sort) for one in cells["metrics.balance"]
    ]
    assert ["—", "5"] == [one.text for one in cells["parameters.tv"]]
    assert ["", "it broke"] == [one.text for one in cells["reason"]]


def test_texts_from_outside_are_only_texts(material: Material, make_study: MakeStudy) -> None:
    """Names of parameters and choices, reasons and methods cannot become elements."""
    study = make_study(0.1, None, method=NASTY, no_shares_because=NASTY)
    study = replace(
        study,
        parameters=(Parameter(name=NASTY, labels=(NASTY,)),),
        trials=study.trials.assign(**{PARAMETER + NASTY: NASTY, "reason": NASTY}),
    )

    page = _page(replace(material, study=study))

    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=" in page
