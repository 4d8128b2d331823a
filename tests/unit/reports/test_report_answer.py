from collections.abc import Callable

import pandas as pd
import pytest

from reports.answer import answer_question

MakeRuns = Callable[..., pd.DataFrame]

BASE = (1.00, 1.10, 0.90, 1.20, 1.05, 0.95)
CONTENT = (0.70, 0.72, 0.68, 0.71, 0.69, 0.75)
STEPS = (0.02, -0.03, 0.01, 0.03, -0.02, -0.01)
PLAIN = (BASE, CONTENT)
LONGEST_WORDS = 60


def _shifted(style: float, content: float, pairs: int = 6) -> tuple[list[float], list[float]]:
    """The baseline's scores, shifted, with the same small steps from pair to pair."""
    moved = (
        [value + shift + step for value, step in zip(values[:pairs], STEPS, strict=False)]
        for values, shift in ((BASE, style), (CONTENT, content))
    )
    return next(moved), next(moved)


def test_a_better_variant_wins(make_runs: MakeRuns) -> None:
    """The better variant is named with its means, difference, interval and pairs."""
    runs = make_runs({"base": PLAIN, "strong": _shifted(0.27, 0.0), "weak": _shifted(0.1, 0.0)})

    assert answer_question(runs, "base") == (
        "`strong` is better than the baseline `base`: style gain 1.30 against 1.03 "
        "(+0.27 ± 0.02 nats) over 6 pairs, with no significant difference in content score "
        "(0.00 ± 0.02); `weak` is better too."
    )


def test_a_variant_better_in_content_says_so(make_runs: MakeRuns) -> None:
    """Where only the content score differs, it is what the sentence begins with."""
    runs = make_runs({"base": PLAIN, "kept": _shifted(0.0, 0.1)})

    assert answer_question(runs, "base") == (
        "`kept` is better than the baseline `base`: content score 0.81 against 0.71 "
        "(+0.10 ± 0.02) over 6 pairs, with no significant difference in style gain "
        "(0.00 ± 0.02 nats)."
    )


def test_a_variant_better_in_both_says_both(make_runs: MakeRuns) -> None:
    """Where both scores rise significantly, both are told."""
    runs = make_runs({"base": PLAIN, "best": _shifted(0.2, 0.1)})

    assert answer_question(runs, "base") == (
        "`best` is better than the baseline `base`: style gain 1.23 against 1.03 "
        "(+0.20 ± 0.02 nats) over 6 pairs, and content score 0.81 against 0.71 (+0.10 ± 0.02)."
    )


def test_a_trade_off_is_called_one(make_runs: MakeRuns) -> None:
    """More style for less content is a trade-off; the one with the most style is told."""
    runs = make_runs({"base": PLAIN, "kept": _shifted(-0.2, 0.1), "strong": _shifted(0.27, -0.1)})

    assert answer_question(runs, "base") == (
        "`strong` gives more style than the baseline `base`, style gain 1.30 against 1.03 "
        "(+0.27 ± 0.02 nats) over 6 pairs, at a content score 0.10 ± 0.02 lower: a trade-off; "
        "`kept` is another trade-off."
    )


def test_a_trade_off_towards_content_is_told_from_that_side(make_runs: MakeRuns) -> None:
    """Where no trade-off gains style, the one that keeps most content is told."""
    runs = make_runs({"base": PLAIN, "kept": _shifted(-0.2, 0.1)})

    assert answer_question(runs, "base") == (
        "`kept` keeps more content than the baseline `base`, content score 0.81 against 0.71 "
        "(+0.10 ± 0.02) over 6 pairs, at a style gain 0.20 ± 0.02 lower: a trade-off."
    )


def test_the_baseline_wins_if_all_others_are_worse(make_runs: MakeRuns) -> None:
    """Only where every other variant is worse does the baseline win."""
    runs = make_runs({"base": PLAIN, "a": _shifted(-0.2, 0.0), "b": _shifted(-0.3, -0.1)})

    assert answer_question(runs, "base") == (
        "The baseline `base` wins: both other variants are worse, even `a`, the one with the most "
        "style, with style gain 0.83 against 1.03 (−0.20 ± 0.02 nats) over 6 pairs."
    )


def test_some_worse_and_some_unknown_has_no_winner(make_runs: MakeRuns) -> None:
    """Worse variants beside undecided ones make no winner."""
    runs = make_runs({"base": PLAIN, "a": _shifted(-0.2, 0.0), "b": _shifted(0.0, 0.0)})

    assert answer_question(runs, "base") == (
        "No variant is better than the baseline `base` over 6 pairs: 1 of 2 is worse and the rest "
        "cannot be told from it."
    )


def test_no_significant_difference_cannot_tell(make_runs: MakeRuns) -> None:
    """Differences that are not significant are no answer; the pairs needed are told."""
    runs = make_runs({"base": PLAIN, "a": _shifted(0.016, 0.0)})

    # Mean 0.016, deviation 0.0237: the same effect as 0.68, which needs 20 pairs for 80 % power.
    assert answer_question(runs, "base") == (
        "Cannot tell: no variant differs significantly from the baseline `base` over 6 pairs; "
        "about 20 would be needed for `a`."
    )


def test_few_pairs_cannot_tell(make_runs: MakeRuns) -> None:
    """Two pairs are too few, however large the difference."""
    runs = make_runs({"base": (BASE[:2], CONTENT[:2]), "a": _shifted(0.5, 0.0, pairs=2)})

    assert answer_question(runs, "base") == (
        "Cannot tell: 2 pairs are too few to tell any variant from the baseline `base`, at least "
        "6 are needed."
    )


def test_shared_pictures_have_no_verdict(make_runs: MakeRuns) -> None:
    """Pairs of one content get the reason instead of a winner."""
    runs = make_runs({"base": PLAIN, "a": _shifted(0.5, 0.0)}, content="one")

    assert answer_question(runs, "base") == (
        "No verdict against the baseline `base`: 6 pairs made of 1 content and 6 styles; at least "
        "4 of each are needed where pairs share them."
    )


def test_one_variant_without_a_verdict_does_not_silence_the_others(make_runs: MakeRuns) -> None:
    """Where only one variant lost too many pictures the sentence is about those tested."""
    base = [0.5 + at / 16 for at in range(16)]
    steps = [0.01 + 0.05 * (at // 4 - at % 4) for at in range(16)]
    moved = [value + step for value, step in zip(base, steps, strict=True)]
    runs = make_runs({"base": (base, base), "a": (moved, base), "b": (moved, base)})
    pair = runs["content"].str[1:].astype(int)
    runs = runs.assign(content=(pair // 4).astype(str), style=(pair % 4).astype(str))
    runs.loc[(runs["variant"] == "b") & (pair < 4), "status"] = "FAILED"

    sentence = answer_question(runs, "base")

    assert sentence.startswith(
        "Cannot tell: no variant differs significantly from the baseline `base` over 16 pairs; "
        "about "
    )
    assert sentence.endswith(
        " independent pairs would be needed for `a` (partial: 4 failed of 48 runs)."
    )


def test_a_partial_sweep_says_so(make_runs: MakeRuns) -> None:
    """Failed and missing runs stand at the end of the sentence."""
    runs = make_runs({"base": PLAIN, "a": _shifted(0.3, 0.0), "b": _shifted(0.0, 0.0)})
    of_b = runs.index[runs["variant"] == "b"]
    runs.loc[of_b[:3], "status"] = ["FAILED", "KILLED", "MISSING"]

    assert answer_question(runs, "base").endswith("(partial: 2 failed and 1 missing of 18 runs).")


@pytest.mark.parametrize(
    ("finished", "expected"),
    [
        ([], "Cannot tell: no run has finished (partial: 12 missing of 12 runs)."),
        (
            ["a"],
            "Cannot tell: the baseline `base` has no finished run to compare with "
            "(partial: 6 missing of 12 runs).",
        ),
        (
            ["base"],
            "Cannot tell: no pair is finished and scored in both `base` and another variant "
            "(partial: 6 missing of 12 runs).",
        ),
    ],
)
def test_nothing_to_compare_says_what_is_missing(
    make_runs: MakeRuns, finished: list[str], expected: str
) -> None:
    """Without a pair in common the sentence says what has not finished."""
    runs = make_runs({"base": PLAIN, "a": PLAIN})
    runs.loc[~runs["variant"].isin(finished), "status"] = "MISSING"

    assert expected == answer_question(runs, "base")


def test_one_setting_has_nothing_to_beat(make_runs: MakeRuns) -> None:
    """A sweep of one variant answers that there is nothing to compare."""
    assert answer_question(make_runs({"base": PLAIN}), "base") == (
        "Only one setting was tried, `base`, so there is nothing to compare."
    )


def test_more_winners_than_two_are_counted(make_runs: MakeRuns) -> None:
    """Beyond two further winners the sentence counts them and stays short."""
    others = {f"v{at}": _shifted(0.2 + at / 50, -0.1) for at in range(8)}

    sentence = answer_question(make_runs({"base": PLAIN, **others}), "base")

    assert sentence.endswith("; 7 more variants are trade-offs too.")
    assert len(sentence.split()) <= LONGEST_WORDS
