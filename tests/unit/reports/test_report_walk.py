"""A walk of three stations: strides add up, verdicts are Holm-adjusted, words follow numbers."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.material import CURVE_COLUMNS, Material
from reports.verdict import CONTENT, STYLE, Verdict
from reports.walk.files import write_walk
from reports.walk.strides import measure_walk
from reports.walk.words import notes_of, sentence_of

MakeRuns = Callable[..., pd.DataFrame]

FIRST = [1.0, 1.2, 0.9, 1.1, 1.3, 0.8, 1.0, 1.1]
RISE = [0.21, 0.18, 0.25, 0.19, 0.22, 0.17, 0.2, 0.24]
NOISE = [0.01, -0.02, 0.015, -0.01, 0.005, 0.02, -0.015, -0.005]
STATIONS = ("base", "step=1", "step=2")
CHANGES = ("pooling max → avg", "iterations 1000 → 200")


def walk_runs(make_runs: MakeRuns) -> pd.DataFrame:
    """Eight pairs: the first change brings style and nothing else, the second only speed."""
    second = [value + rise for value, rise in zip(FIRST, RISE, strict=True)]
    third = [value + noise for value, noise in zip(second, NOISE, strict=True)]
    content = [0.5, 0.6, 0.4, 0.55, 0.45, 0.5, 0.52, 0.48]
    shifted = [value + noise for value, noise in zip(content, reversed(NOISE), strict=True)]
    runs = make_runs(
        dict(zip(STATIONS, ((FIRST, content), (second, shifted), (third, shifted)), strict=True))
    )
    iterations = {"base": 1000.0, "step=1": 1000.0, "step=2": 200.0}
    runs["iterations"] = runs["variant"].map(iterations)
    runs["seconds_per_iteration"] = 0.02
    runs["seconds"] = runs["iterations"] * runs["seconds_per_iteration"]
    return runs


def material(runs: pd.DataFrame) -> Material:
    """Return what a page needs of a made-up walk."""
    grey = np.full((8, 8, 3), 128, np.uint8)
    return Material(
        sweep="walk",
        question="",
        baseline="base",
        runs=runs,
        curves=pd.DataFrame(columns=list(CURVE_COLUMNS)),
        axes={},
        layout={},
        contents={f"c{pair}": grey for pair in range(8)},
        styles={f"s{pair}": grey for pair in range(8)},
    )


def test_strides_are_paired_t_tests_adjusted_together(make_runs: MakeRuns) -> None:
    """Each stride's p is scipy's, times two for the smaller of the two (Holm)."""
    walked = measure_walk(walk_runs(make_runs), STATIONS, CHANGES)

    first, second = (one.judgement.comparisons[STYLE] for one in walked.strides)
    p_first = stats.ttest_1samp(RISE, 0).pvalue
    p_second = stats.ttest_1samp(NOISE, 0).pvalue
    assert p_first == pytest.approx(first.p)
    assert 2 * p_first == pytest.approx(first.p_holm)
    assert p_second == pytest.approx(second.p_holm)
    assert [Verdict.BETTER, Verdict.CANNOT_TELL] == [
        one.judgement.verdict for one in walked.strides
    ]


def test_differences_add_up(make_runs: MakeRuns) -> None:
    """The strides' differences sum to the whole's, although one station lacks a pair."""
    runs = walk_runs(make_runs)
    runs.loc[(runs["variant"] == "step=1") & (runs["pair"] == "c0 × s0"), "status"] = "FAILED"

    walked = measure_walk(runs, STATIONS, CHANGES)

    assert 7 == len(walked.pairs)
    for metric in (STYLE, CONTENT):
        parts = [one.judgement.comparisons[metric].difference for one in walked.strides]
        whole = walked.whole.judgement.comparisons[metric].difference
        assert whole == pytest.approx(sum(parts), abs=1e-12)


def test_the_sentence_says_what_paid_and_what_was_faster(make_runs: MakeRuns) -> None:
    """One change paid, the other made it five times faster because of fewer iterations."""
    sentence = sentence_of(measure_walk(walk_runs(make_runs), STATIONS, CHANGES))

    assert sentence.startswith("Of 2 changes 1 paid: `pooling max → avg`, with more style (+0.21")
    assert "`iterations 1000 → 200` made it 5.0× faster" in sentence
    assert "fewer iterations" in sentence


def test_too_few_pairs_give_no_verdict(make_runs: MakeRuns) -> None:
    """Three pairs: nothing is claimed, and the notes say how many are needed."""
    runs = walk_runs(make_runs)
    few = runs[runs["pair"].isin(["c0 × s0", "c1 × s1", "c2 × s2"])]

    walked = measure_walk(few, STATIONS, CHANGES)

    assert "none made a significant difference" in sentence_of(walked)
    assert "at least 6 are needed" in notes_of(walked, ["judge"])[0]


def test_no_pair_everywhere_is_said(make_runs: MakeRuns) -> None:
    """A station without a finished run leaves nothing to compare, and no error."""
    runs = walk_runs(make_runs)
    runs.loc[runs["variant"] == "step=1", "status"] = "FAILED"

    walked = measure_walk(runs, STATIONS, CHANGES)

    assert sentence_of(walked).startswith("Cannot tell: no pair is finished at every station")
    assert 4 == len(walked.display)


def test_changes_lie_between_stations(make_runs: MakeRuns) -> None:
    """One change too few is a programming error."""
    with pytest.raises(ValueError, match="3 stations have 2 changes"):
        measure_walk(walk_runs(make_runs), STATIONS, CHANGES[:1])


def test_files_hold_the_walk_and_escape_what_is_hostile(
    make_runs: MakeRuns, tmp_path: Path
) -> None:
    """Five files; the page shows a hostile change as text, the JSON is strict."""
    runs = walk_runs(make_runs)
    walked = measure_walk(runs, STATIONS, ("<script>alert(1)</script> 1 → 2", CHANGES[1]))

    paths = write_walk(
        walked,
        material(runs),
        notes_of(walked, ["judge"]),
        tmp_path,
        title="From <b>a</b> to b",
        command="harness ablate a b",
        report="report.html",
    )

    assert {".md", ".tex", ".csv", ".json", ".html"} == paths.keys()
    page = paths[".html"].read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b>a</b>" not in page
    assert 16 == page.count("data:image/jpeg")  # contents and styles; no result has a file
    record = json.loads(paths[".json"].read_text(encoding="utf-8"))
    assert 4 == len(record["steps"])
    assert record["steps"][1]["style/gain/difference"] == pytest.approx(np.mean(RISE))
