"""A study as its report has it: what was best, in which order, and what a short table shows."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from reports.contact_sheet import make_contact_sheet
from reports.findings import Findings
from reports.material import Material
from reports.sheet.layout import cells_from_runs
from reports.shortlist import sheet_material, shorten, trials_csv
from reports.study import StudyRecord
from reports.writers import write_tables

MakeRuns = Callable[..., pd.DataFrame]
MakeStudy = Callable[..., StudyRecord]
MakeMaterial = Callable[..., Material]

SCORES = ([1.0, 1.1], [0.5, 0.4])
BOTH = {"style/gain": "max", "content/score": "max"}


def test_the_best_is_the_best_value_in_its_direction(make_study: MakeStudy) -> None:
    """The largest of a metric that is to be large, the smallest of one that is to be small."""
    falling = make_study(0.3, 0.1, 0.2, metrics={"content/lpips": "min"})

    assert (1,) == make_study(0.1, 0.3, 0.2).best()
    assert (1,) == falling.best()


def test_equal_trials_are_equally_good(make_study: MakeStudy) -> None:
    """Nothing puts one of them before the others."""
    assert (1, 2) == make_study(0.1, 0.3, 0.3).best()


@pytest.mark.parametrize(
    "changes", [{"infeasible": [1]}, {"states": {1: "pruned"}}], ids=["infeasible", "pruned"]
)
def test_only_sound_trials_are_best(make_study: MakeStudy, changes: dict[str, object]) -> None:
    """A trial that broke a constraint, or was given up, does not win by its value."""
    assert (2,) == make_study(0.1, 0.9, 0.2, **changes).best()


def test_several_metrics_have_a_front(make_study: MakeStudy) -> None:
    """Those that no other trial beats on both, the best by the first metric first."""
    study = make_study((0.1, 0.9), (0.5, 0.5), (0.4, 0.4), (0.9, 0.1), metrics=BOTH)

    assert (3, 1, 0) == study.best()


def test_a_study_without_trials_says_so(make_study: MakeStudy) -> None:
    """Nothing is best, and there is nothing to count."""
    study = make_study(None)

    assert () == study.best()
    assert {"failed": 1} == study.counts()


def test_states_are_counted_tried_ones_first(make_study: MakeStudy) -> None:
    """States that do not occur are left out."""
    study = make_study(None, None, 0.2, 0.3, states={0: "refused", 3: "pruned"})

    assert ["finished", "pruned", "failed", "refused"] == list(study.counts())


def test_a_short_list_begins_with_the_baseline(make_study: MakeStudy) -> None:
    """Then pictures made elsewhere, the best, the rest by value, and infeasible ones last."""
    study = make_study(0.1, 0.3, 0.5, 0.9, 0.4, infeasible=[3])
    variants = ["v0", "v1", "v2", "v3", "v4", "made elsewhere"]

    assert ["v0", "made elsewhere", "v2", "v4", "v1", "v3"] == study.ranked(variants, "v0")


def test_a_short_table_says_how_many_it_leaves_out(
    make_runs: MakeRuns, make_material: MakeMaterial, make_study: MakeStudy
) -> None:
    """It has the best first; the summary keeps every variant in the order of the study."""
    runs = make_runs({f"v{number}": SCORES for number in range(5)})
    material = make_material(runs, study=make_study(0.1, 0.2, 0.3, 0.4, 0.5))
    findings = Findings.of(runs, "v0", absent={}, notes=())

    short = shorten(findings, material, most=3)

    assert ["v0", "v4", "v3"] == list(short.display["variant"])
    assert "and 2 more variants in table.csv" == short.footnotes[0]
    assert [f"v{number}" for number in range(5)] == list(short.summary["variant"])


def test_footnotes_of_variants_that_are_not_shown_go_with_them(
    make_runs: MakeRuns, make_material: MakeMaterial, make_study: MakeStudy
) -> None:
    """A hundred failed variants would else have a hundred lines under a table of twenty."""
    runs = make_runs({f"v{number}": SCORES for number in range(4)})
    runs.loc[runs["variant"].isin(["v1", "v3"]), "status"] = "FAILED"
    findings = Findings.of(runs, "v0", absent={}, notes=())

    short = shorten(findings, make_material(runs, study=make_study(0.1, None, 0.3, None)), most=3)

    assert ["v0", "v2", "v1"] == list(short.display["variant"])
    assert any(line.startswith("`v3`: of 2 runs") for line in findings.footnotes)
    assert any(line.startswith("`v1`: of 2 runs") for line in short.footnotes)
    assert not any(line.startswith("`v3`") for line in short.footnotes)


def test_a_table_that_fits_leaves_nothing_out(
    make_runs: MakeRuns, make_material: MakeMaterial, make_study: MakeStudy
) -> None:
    """There is no line about more variants then."""
    runs = make_runs({"v0": SCORES, "v1": SCORES})
    findings = Findings.of(runs, "v0", absent={}, notes=())

    assert (
        findings.footnotes
        == shorten(findings, make_material(runs, study=make_study(1, 2))).footnotes
    )


def test_a_grid_is_shown_as_its_author_wrote_it(
    make_runs: MakeRuns, make_material: MakeMaterial
) -> None:
    """All of its variants, on the sheet too."""
    runs = make_runs({f"v{number}": SCORES for number in range(30)})
    findings = Findings.of(runs, "v0", absent={}, notes=())
    material = make_material(runs)

    assert findings is shorten(findings, material)
    assert (material, "") == sheet_material(material)
    assert "" == trials_csv(material)


def test_a_sheet_has_the_best_and_says_so(
    make_runs: MakeRuns, make_material: MakeMaterial, make_study: MakeStudy
) -> None:
    """In their order, with a line for the sheet's legend."""
    runs = make_runs({f"v{number}": SCORES for number in range(5)})

    shown, line = sheet_material(
        make_material(runs, study=make_study(0.5, 0.1, 0.2, 0.3, 0.4)), most=3
    )

    assert ["v0", "v4", "v3"] == list(shown.runs["variant"].unique())
    assert [0, 0, 1, 1, 2, 2] == list(shown.runs["variant_index"])
    assert (
        "The baseline and the best 2 of 5 variants by balance; the page has all of them." == line
    )


def test_the_line_stands_in_the_legend_of_the_sheet(make_runs: MakeRuns) -> None:
    """It takes room above the pictures; without one there is none."""
    cells = cells_from_runs(make_runs({"v0": SCORES}), "v0", {})
    plain, noted = (
        make_contact_sheet(cells, title="t", question="", contents={}, styles={}, note=note)
        for note in ("", "The best 2 of 5.")
    )

    assert noted.height > plain.height
    assert noted.width == plain.width


def test_readers_get_the_short_table_and_programs_the_whole(
    make_runs: MakeRuns, make_material: MakeMaterial, make_study: MakeStudy, tmp_path: Path
) -> None:
    """Markdown and LaTeX have room for some variants, CSV and JSON for all."""
    runs = make_runs({f"v{number}": SCORES for number in range(5)})
    findings = Findings.of(runs, "v0", absent={}, notes=())
    short = shorten(findings, make_material(runs, study=make_study(1, 2, 3, 4, 5)), most=2)

    tables = write_tables(findings, name="x", caption="", folder=tmp_path, shown=short)
    texts = {path.suffix: path.read_text(encoding="utf-8") for path in tables.paths}

    assert "- and 3 more variants in table.csv" in texts[".md"]
    assert {".md", ".tex"} == {suffix for suffix, text in texts.items() if "v2" not in text}
    assert "more variants" not in texts[".json"]


def test_every_trial_is_in_the_csv(
    make_runs: MakeRuns, make_material: MakeMaterial, make_study: MakeStudy
) -> None:
    """Also one that failed or does not know when it ended; the best is told."""
    study = make_study(0.1, None, 0.3, states={1: "open"})
    material = make_material(make_runs({"v0": SCORES}), study=study)

    rows = list(csv.DictReader(io.StringIO(trials_csv(material))))

    assert ["finished", "open", "finished"] == [row["state"] for row in rows]
    assert ["False", "False", "True"] == [row["best"] for row in rows]
    assert ["0.1", "", "0.3"] == [row["metrics.balance"] for row in rows]
    assert ["", "5", ""] == [row["parameters.tv"] for row in rows]
    assert ["2026-01-01T12:01:00", "", "2026-01-01T12:01:00"] == [row["ended"] for row in rows]


def test_two_trials_of_one_variant_are_one_row(
    make_runs: MakeRuns, make_material: MakeMaterial, make_study: MakeStudy
) -> None:
    """A name that is told of two trials does not double the table."""
    study = make_study(0.1, 0.2, 0.3)
    doubled = replace(study, trials=study.trials.assign(variant=["v0", "v1", "v1"]))
    runs = make_runs({"v0": SCORES, "v1": SCORES})
    findings = Findings.of(runs, "v0", absent={}, notes=())

    assert ["v0", "v1"] == list(
        shorten(findings, make_material(runs, study=doubled)).display["variant"]
    )
