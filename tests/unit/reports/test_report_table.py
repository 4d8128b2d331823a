import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from metrics.catalog import CATALOG
from reports.display import display_table
from reports.footnotes import table_footnotes
from reports.table import summarize

MakeRuns = Callable[..., pd.DataFrame]

BASE = (1.00, 1.10, 0.90, 1.20, 1.05, 0.95)
CONTENT = (0.70, 0.72, 0.68, 0.71, 0.69, 0.75)
HIGHER = (1.32, 1.37, 1.21, 1.53, 1.33, 1.24)
LOWER_CONTENT = (0.60, 0.61, 0.59, 0.60, 0.60, 0.66)
SCORES = {"base": (BASE, CONTENT), "strong": (HIGHER, LOWER_CONTENT)}


def _row(table: pd.DataFrame, variant: str) -> dict[object, object]:
    return table[table["variant"] == variant].to_dict("records")[0]


def test_summary_has_means_differences_and_verdict(make_runs: MakeRuns) -> None:
    """A variant's row holds its mean, its difference from the baseline, and the verdict."""
    row = _row(summarize(make_runs(SCORES), "base"), "strong")

    assert row["style/gain"] == pytest.approx(np.mean(HIGHER))
    assert row["style/gain/difference"] == pytest.approx(np.mean(HIGHER) - np.mean(BASE))
    assert row["content/score/significance"] == -1
    assert row["verdict"] == "trade-off"


def test_baseline_row_has_the_interval_of_its_own_mean(make_runs: MakeRuns) -> None:
    """In the baseline's row the interval is that of its mean over the pairs (scipy, by hand)."""
    row = _row(summarize(make_runs(SCORES), "base"), "base")

    # t(0.975, 5) = 2.5706 from a table; sd of BASE = 0.1080; times sd / sqrt(6).
    assert row["style/gain/interval"] == pytest.approx(
        2.5706 * np.std(BASE, ddof=1) / 6**0.5, 1e-4
    )
    assert math.isnan(float(str(row["style/gain/difference"])))
    assert row["verdict"] == "baseline"


def test_rows_follow_the_sweep(make_runs: MakeRuns) -> None:
    """Rows are ordered by the variants' index, whatever the order of the frame."""
    runs = make_runs(SCORES).iloc[::-1]

    assert summarize(runs, "strong")["variant"].tolist() == ["base", "strong"]


def test_runs_are_counted_by_how_they_ended(make_runs: MakeRuns) -> None:
    """Failed and killed runs count as failed, missing ones as missing."""
    runs = make_runs(SCORES)
    strong = runs.index[runs["variant"] == "strong"]
    runs.loc[strong[:3], "status"] = ["FAILED", "KILLED", "MISSING"]

    row = _row(summarize(runs, "base"), "strong")

    counts = {key: row[key] for key in ("runs", "finished", "failed", "missing", "pairs")}
    assert counts == {"runs": 6, "finished": 3, "failed": 2, "missing": 1, "pairs": 3}


def test_repeated_runs_are_counted_once(make_runs: MakeRuns) -> None:
    """Three seeds of a variant that draws no random numbers are one run a pair."""
    runs = make_runs(SCORES, seeds=3)
    runs["fingerprint"] = runs["variant"] + runs["pair"]

    assert _row(summarize(runs, "base"), "base")["runs"] == 6


def test_loss_is_not_comparable_across_other_weights(make_runs: MakeRuns) -> None:
    """A total loss is a number only where its key equals the baseline's."""
    runs = make_runs({**SCORES, "same": (BASE, CONTENT)})
    runs.loc[runs["variant"] == "strong", "loss_key"] = "other weights"

    losses = summarize(runs, "base").set_index("variant")["loss/total"].to_dict()

    assert losses == {"base": 10.0, "strong": "not comparable", "same": 12.0}


def test_times_of_other_conditions_are_marked(make_runs: MakeRuns) -> None:
    """Times compare only where both variants ran under one and the same condition."""
    runs = make_runs({**SCORES, "same": (BASE, CONTENT)})
    runs.loc[runs["variant"] == "strong", "timing_key"] = "other host"

    marked = summarize(runs, "base").set_index("variant")["times_comparable"].to_dict()

    assert marked == {"base": True, "strong": False, "same": True}


@pytest.mark.parametrize(
    ("columns", "baseline", "message"),
    [
        ({"evaluator_id": ["a", "b"] * 6}, "base", "different evaluators .* found a, b"),
        ({}, "bse", "baseline 'bse' is not among the variants: base, strong"),
        ({"variant": "base"}, "base", "one label each; used twice: base"),
    ],
)
def test_frames_without_an_honest_table_are_refused(
    make_runs: MakeRuns, columns: dict[str, str | list[str]], baseline: str, message: str
) -> None:
    """Mixed evaluators, an unknown baseline and shared labels raise with what was found."""
    runs = make_runs(SCORES, **columns)

    with pytest.raises(ValueError, match=message):
        summarize(runs, baseline)


def test_missing_columns_are_named(make_runs: MakeRuns) -> None:
    """A frame without a column of the contract is refused by the column's name."""
    runs = make_runs(SCORES).drop(columns=["pair", "status"])

    with pytest.raises(ValueError, match="runs lacks the columns pair, status"):
        summarize(runs, "base")


def test_evaluators_of_unfinished_runs_are_not_asked(make_runs: MakeRuns) -> None:
    """Runs that never were scored have no evaluator and do not make the table mixed."""
    runs = make_runs(SCORES)
    runs.loc[0, "status"] = "MISSING"
    runs.loc[0, "evaluator_id"] = ""
    runs.loc[0, "style/gain"] = math.nan

    assert _row(summarize(runs, "base"), "base")["style/gain/pairs"] == 5


def test_an_empty_sweep_has_an_empty_table(make_runs: MakeRuns) -> None:
    """Before anything has finished the table stands, without numbers or warnings."""
    columns = [name for name in CATALOG if not name.startswith("second")]
    runs = make_runs(SCORES, status="MISSING").drop(columns=columns, errors="ignore")

    display = display_table(summarize(runs, "base"))

    assert display["style gain ↑"].tolist() == ["—", "—"]
    assert display["seconds"].tolist() == ["—", "—"]
    assert display["verdict"].tolist() == ["baseline", "cannot tell (needs 6 pairs)"]


def test_display_has_eight_columns_of_text(make_runs: MakeRuns) -> None:
    """The short table has the columns the issue names, at most eight."""
    display = display_table(summarize(make_runs(SCORES), "base"))

    assert display.columns.tolist() == [
        "variant",
        "front",
        "style gain ↑",
        "content ↑",
        "LPIPS ↓",
        "seconds",
        "s/iteration",
        "verdict",
    ]
    # Differences of HIGHER: mean 0.30, sd 0.0237: 2.5706 x 0.0237 / sqrt(6) = 0.0248.
    assert display.iloc[1].tolist() == [
        "strong",
        "● 100 %",
        "1.33 (+0.30 ± 0.02)",
        "0.61 (−0.10 ± 0.01)",
        "0.250",
        "31.0",
        "0.200",
        "trade-off",
    ]
    assert display.iloc[0]["style gain ↑"] == "1.03 ± 0.11"


def test_few_pairs_show_their_spread(make_runs: MakeRuns) -> None:
    """Below six pairs the brackets hold the smallest and largest difference."""
    runs = make_runs({name: (style[:3], content[:3]) for name, (style, content) in SCORES.items()})

    display = display_table(summarize(runs, "base"))

    assert display["style gain ↑"].tolist() == ["1.00 (0.90 … 1.10)", "1.30 (+0.27 … +0.32)"]
    assert display["verdict"].tolist() == ["baseline", "cannot tell (needs 6 pairs)"]


def test_one_pair_shows_one_difference(make_runs: MakeRuns) -> None:
    """A single pair has one difference, not a spread from it to itself."""
    display = display_table(
        summarize(make_runs({"base": ([1], [0.5]), "b": ([2], [0.5])}), "base")
    )

    assert display["style gain ↑"].tolist() == ["1.00 (1.00)", "2.00 (+1.00)"]


def test_narrow_intervals_get_their_digits(make_runs: MakeRuns) -> None:
    """All cells of a score column have the decimals that its smallest interval needs."""
    steady = [score + 0.004 + 0.001 * (-1) ** at for at, score in enumerate(CONTENT)]
    runs = make_runs({"base": (BASE, CONTENT), "steady": (BASE, steady)})

    display = display_table(summarize(runs, "base"))

    assert display["content ↑"].tolist() == ["0.708 ± 0.026", "0.712 (+0.004 ± 0.001)"]


def test_one_style_has_no_verdict_and_no_interval(make_runs: MakeRuns) -> None:
    """Pairs that share too few pictures show their spread, and the footnote says why."""
    runs = make_runs(SCORES, style="one style")

    display = display_table(summarize(runs, "base"))
    lines = table_footnotes(runs, "base", absent={}, notes=[])

    assert display["verdict"].tolist() == ["baseline", "no verdict"]
    assert display["style gain ↑"].tolist() == ["1.03 (0.90 … 1.20)", "1.33 (+0.27 … +0.33)"]
    assert lines[:2] == [
        "In brackets: range of the paired differences from the baseline (pairs: 6).",
        "No verdict: 6 pairs made of 6 contents and 1 style; at least 4 of each are needed where "
        "pairs share them. `pairing: zip` makes independent pairs.",
    ]


def test_a_product_says_that_its_pairs_are_not_independent(make_runs: MakeRuns) -> None:
    """The first footnote says what the pairs share and that the interval respects it."""
    base = list(np.linspace(0.5, 1.5, 16))
    tried = [value + 0.02 * (-1) ** (at // 4) for at, value in enumerate(base)]
    runs = make_runs({"base": (base, base), "tried": (tried, base)})
    pair = runs["content"].str[1:].astype(int)
    crossed = runs.assign(content=(pair // 4).astype(str), style=(pair % 4).astype(str))

    lines = table_footnotes(crossed, "base", absent={}, notes=[])

    assert lines[0].endswith(
        " 16 pairs made of 4 contents and 4 styles are not independent: interval and test are "
        "wider for it, and `pairing: zip` would make independent ones."
    )


def test_the_front_and_its_certainty_are_shown(make_runs: MakeRuns) -> None:
    """Members have a dot; from six pairs on everyone has a probability, never rounded to 0."""
    beaten = ([value - 0.1 for value in BASE], [value - 0.1 for value in CONTENT])
    near = ([*HIGHER[:5], HIGHER[5] - 0.6], LOWER_CONTENT)
    runs = make_runs({**SCORES, "beaten": beaten, "near": near})
    few = runs[runs["style"] < "s5"]

    summary = summarize(runs, "base")
    without = display_table(summarize(few, "base"))["front"].tolist()

    assert summary["front"].tolist() == [True, True, False, False]
    assert display_table(summary)["front"].tolist()[:3] == ["● 100 %", "● 100 %", "0 %"]
    # ``near`` is beaten only where its last pair is drawn: 1 - (5/6)^6 = 67 %.
    assert summary["front/probability"][3] == pytest.approx((5 / 6) ** 6, abs=0.04)
    assert without[:3] == ["●", "●", ""]


def test_the_certainty_of_the_front_is_not_rounded_to_certainty(make_runs: MakeRuns) -> None:
    """A share just above 0 or below 1 is written as such."""
    summary = summarize(make_runs(SCORES), "base")
    summary["front/probability"] = [0.999, 0.001]

    assert display_table(summary)["front"].tolist() == ["● >99 %", "● <1 %"]


def test_flagged_results_are_counted(make_runs: MakeRuns) -> None:
    """Grey, flat and untouched results are told per variant, each run once."""
    runs = make_runs(SCORES)
    runs["flags"] = ["grey;flat", "", "grey", *[""] * 3, "untouched", *[None] * 5]

    lines = table_footnotes(runs, "base", absent={}, notes=[])

    assert (
        "Look at these results, they are flagged: `base` 1 flat, 2 grey; `strong` 1 untouched."
    ) in lines


def test_regret_is_a_column_and_a_line(make_runs: MakeRuns) -> None:
    """Every variant has its loss to the best of each pair, and the footnotes an answer."""
    runs = make_runs(SCORES)

    lines = table_footnotes(runs, "base", absent={}, notes=[])

    assert summarize(runs, "base")["regret"].tolist() == pytest.approx(
        [np.mean(HIGHER) - np.mean(BASE), 0.0]
    )
    assert (
        "Tuning for each pair: no need, `strong` has the best style gain on every one of 6."
    ) in lines


def test_a_missing_lpips_stays_as_an_empty_column(make_runs: MakeRuns) -> None:
    """Without LPIPS the column stands, empty, and a footnote gives the reason."""
    runs = make_runs(SCORES).drop(columns="content/lpips")

    display = display_table(summarize(runs, "base"))
    lines = table_footnotes(runs, "base", absent={"content/lpips": "not downloaded"}, notes=[])

    assert display["LPIPS ↓"].tolist() == ["—", "—"]
    assert "LPIPS: no values: not downloaded." in lines


def test_footnotes_of_a_clean_sweep(make_runs: MakeRuns) -> None:
    """A sweep without anything odd is explained, credited and annotated, nothing more."""
    lines = table_footnotes(make_runs(SCORES), "base", absent={}, notes=["A note."])

    assert lines == [
        "In brackets: paired difference from the baseline ± its 95 % t interval (pairs: 6); the "
        "baseline's own row: mean ± interval. Verdicts: paired t test at 5 %, Holm-adjusted over "
        "the variants for each score.",
        "front ●: no other variant has more of one score and as much of the other; in percent, "
        "how often that holds when the pairs are drawn anew.",
        "Tuning for each pair: no need, `strong` has the best style gain on every one of 6.",
        "Scored by alexnet@256.",
        "A note.",
    ]


def test_footnotes_tell_what_is_not_as_it_should_be(make_runs: MakeRuns) -> None:
    """Failed runs, partial scores, mixed times and mixed numerics are each said."""
    runs = make_runs(SCORES)
    strong = runs.index[runs["variant"] == "strong"]
    runs.loc[strong[0], ["status", "error"]] = ["FAILED", "the loss\nbecame NaN"]
    runs.loc[strong[1], "status"] = "MISSING"
    runs.loc[strong[2], "content/lpips"] = math.nan
    runs.loc[strong[3:], ["numerics_key", "timing_key"]] = ["cuda bfloat16", "there"]

    lines = table_footnotes(runs, "base", absent={}, notes=[])

    assert [line for line in lines if not line.startswith(("In br", "front", "Tuning"))][:4] == [
        "`strong`: of 6 runs, 1 failed, 1 missing (the loss became NaN).",
        "LPIPS: 1 of 10 runs have none.",
        "Seconds were taken under 2 different conditions (host, device, workers, threads, lanes): "
        "shown, not to be compared.",
        "Runs of 2 numerics are mixed; last digits may differ: cpu float32; cuda bfloat16.",
    ]


def test_the_second_evaluator_is_heard(make_runs: MakeRuns) -> None:
    """Significant differences that the second evaluator sees the other way round are named."""
    runs = make_runs(SCORES)
    runs["second/style/gain"] = runs["style/gain"]
    runs["second/content/score"] = -runs["content/score"]

    lines = table_footnotes(runs, "base", absent={}, notes=[])

    assert (
        "The second evaluator, which uses no network, confirms 1 of 2 significant differences and "
        "contradicts 1 (content score of `strong`)."
    ) in lines
