"""Two sides compared: paired differences, the verdict, and words that only the sure get."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metrics.catalog import CATALOG
from reports.versus.changes import Change
from reports.versus.comparison import Versus, compare_sides
from reports.versus.quantities import PLANNED, Group, Quantity
from reports.versus.sides import UNKNOWN_SEED
from reports.versus.table import verdict_of
from reports.versus.words import TOTAL_LOSS, WORDS

MakeRuns = Callable[..., pd.DataFrame]

PAIRS = 8
NOISE = np.random.default_rng(3).normal(size=PAIRS)


def two_sides(
    make_runs: MakeRuns, *, style: float = 1.0, content: float = -0.2, **columns: Sequence[float]
) -> pd.DataFrame:
    """Return ``base`` and ``final``, which differ by that much in style gain and content score."""
    base = 1 + 0.1 * NOISE, 0.5 + 0.02 * NOISE
    final = base[0] + style + 0.05 * NOISE[::-1], base[1] + content + 0.01 * NOISE[::-1]
    return make_runs({"base": base, "final": final}, **columns)


def row(found: Versus, name: str) -> Quantity:
    """Return the row of one quantity."""
    return next(one for one in found.quantities if one.name == name)


def test_difference_and_interval_are_those_of_a_paired_t_test(make_runs: MakeRuns) -> None:
    """Means, difference, interval and p agree with SciPy's paired t test in float64."""
    runs = two_sides(make_runs)
    ours, theirs = (
        runs.loc[runs["variant"] == name, "style/gain"].to_numpy() for name in ("final", "base")
    )
    expected = stats.ttest_rel(ours, theirs)
    interval = expected.confidence_interval(0.95)

    found = row(compare_sides(runs, "base"), "style/gain").found

    assert pytest.approx(float(np.mean(ours - theirs)), rel=1e-12) == found.difference
    assert found.half_width is not None
    assert pytest.approx(interval.low, rel=1e-9) == found.difference - found.half_width
    assert pytest.approx(interval.high, rel=1e-9) == found.difference + found.half_width
    assert pytest.approx(expected.pvalue, rel=1e-6) == found.p
    assert (PAIRS, float(np.mean(theirs))) == (found.n_pairs, pytest.approx(found.baseline_mean))


def test_headline_says_what_is_sure(make_runs: MakeRuns) -> None:
    """More of one score and less of the other is a trade-off; looks and time stand behind it."""
    runs = two_sides(make_runs)
    is_final = runs["variant"] == "final"
    runs["picture/chroma"] = np.where(is_final, 35.0, 30.0) + np.tile(NOISE, 2) / 10
    runs["seconds"] = np.where(is_final, 24.0, 120.0)
    runs["iterations"] = np.where(is_final, 200.0, 1000.0)
    runs["seconds_per_iteration"] = 0.11

    headline = compare_sides(runs, "base").headline

    assert headline.startswith("`final` against `base`: trade-off: more style (+")
    assert ", less content (\N{MINUS SIGN}0.2" in headline
    assert headline.endswith("; more saturated; 5.0× faster because of 5.0× fewer iterations.")


def test_the_sides_change_places(make_runs: MakeRuns) -> None:
    """With the other one as baseline every difference turns round, and so do the words."""
    runs = two_sides(make_runs)
    forth, back = (compare_sides(runs, name) for name in ("base", "final"))

    assert ("more style", "less style") == tuple(
        row(one, "style/gain").word for one in (forth, back)
    )
    assert row(forth, "style/gain").found.difference == pytest.approx(
        -row(back, "style/gain").found.difference
    )


def test_words_are_adjusted_together(make_runs: MakeRuns) -> None:
    """What is significant alone gets no word among many others; the adjustment is Holm's."""
    costs = ["seconds", "seconds_per_iteration", "loss/total", "content/lpips"]
    runs = two_sides(make_runs).drop(columns=costs)
    is_final = runs["variant"] == "final"
    differences = 1.0 + (NOISE - NOISE.mean()) / NOISE.std(ddof=1)
    runs["picture/warmth"] = np.where(is_final, np.tile(differences, 2), 0.0)
    alone = row(compare_sides(runs, "base"), "picture/warmth")
    runs[["picture/tv", "picture/noise", "picture/clipped", "picture/exposure"]] = 0.0
    among = row(compare_sides(runs, "base"), "picture/warmth")
    p = stats.ttest_1samp(differences, 0).pvalue

    assert 0.01 < p < 0.05
    assert (pytest.approx(p), pytest.approx(p), "warmer") == (
        alone.found.p,
        alone.p_holm,
        alone.word,
    )
    assert (pytest.approx(p), pytest.approx(5 * p), "") == (
        among.found.p,
        among.p_holm,
        among.word,
    )
    assert "not significant among 5" == verdict_of(among, None)


def test_the_planned_comparisons_stand_outside_the_adjustment(make_runs: MakeRuns) -> None:
    """Style gain and content score are tested by themselves, however much else is measured."""
    runs = two_sides(make_runs)
    for name in ("picture/tv", "picture/noise", "picture/clipped"):
        runs[name] = np.tile(NOISE, 2) + np.arange(2 * PAIRS)
    found = row(compare_sides(runs, "base"), "style/gain")

    assert found.p_holm == found.found.p


@pytest.mark.slow
def test_false_words_are_rare(make_runs: MakeRuns) -> None:
    """Where nothing differs, about 5 % of the tables have even one word, not most of them."""
    names = [name for name in WORDS if name in CATALOG and CATALOG[name].needs]
    others = [name for name in names if name not in PLANNED]
    generator = np.random.default_rng(5)
    with_word = 0
    for _ in range(20):
        runs = two_sides(make_runs).drop(columns=["seconds", "loss/total"])
        for name in others:
            runs[name] = generator.normal(size=2 * PAIRS)
        found = compare_sides(runs, "base")
        with_word += any(one.word for one in found.quantities if one.name in others)

    # 5 % of 20 is 1; without the adjustment 15 tables would have a word.
    assert with_word <= 5


@pytest.mark.parametrize("pairs", [1, 5])
def test_below_six_pairs_nothing_is_said(make_runs: MakeRuns, pairs: int) -> None:
    """Too few pairs: no word, no verdict, but the range and the reason."""
    runs = two_sides(make_runs)
    found = compare_sides(runs[runs["pair"].isin([f"c{i} × s{i}" for i in range(pairs)])], "base")

    assert [""] * len(found.quantities) == [one.word for one in found.quantities]
    assert "cannot tell" == found.judgement.verdict
    assert "6 needed" in found.headline
    assert "No word and no verdict: 6 pairs are needed" in found.notes[0]
    assert row(found, "style/gain").found.half_width is None


def test_dependent_pairs_give_no_word(make_runs: MakeRuns) -> None:
    """Nine pairs made of three contents and three styles are not nine witnesses."""
    grid = [(f"c{i}", f"s{j}") for i in range(3) for j in range(3)]
    scores = np.arange(9) / 100
    runs = make_runs({"base": (scores, scores), "final": (scores + 1, scores + 1)})
    for place, name in enumerate(("content", "style")):
        runs[name] = [pair[place] for pair in grid * 2]
    found = compare_sides(runs, "base")

    assert not any(one.word for one in found.quantities)
    assert found.judgement.verdict is None
    assert "9 pairs made of 3 contents and 3 styles" in found.headline
    assert "`pairing: zip`" in found.notes[0]


def test_seeds_are_averaged_in_the_pair_and_equal_ones_taken(make_runs: MakeRuns) -> None:
    """Of seeds 0 and 1 against 1 and 2 only seed 1 is compared, and a note says so."""
    runs = two_sides(make_runs)
    rows = []
    for shift, seeds in (("base", (0, 1)), ("final", (1, 2))):
        mine = runs[runs["variant"] == shift]
        rows += [
            mine.assign(
                seed=seed,
                fingerprint=mine["fingerprint"] + str(seed),
                **{"style/gain": mine["style/gain"] + 100 * (seed != 1)},
            )
            for seed in seeds
        ]
    found = compare_sides(pd.concat(rows, ignore_index=True), "base")
    expected = row(compare_sides(runs, "base"), "style/gain").found

    assert expected.difference == row(found, "style/gain").found.difference
    assert "On 8 pairs seeds that only one side has are left out." in found.notes


def test_without_a_common_seed_all_are_averaged(make_runs: MakeRuns) -> None:
    """Seeds 0 and 1 of one side stand against the other's 5 as their mean."""
    runs = two_sides(make_runs)
    base, final = (runs[runs["variant"] == name] for name in ("base", "final"))
    parts = [
        base.assign(fingerprint=base["fingerprint"] + "a", seed=0),
        base.assign(
            fingerprint=base["fingerprint"] + "b", seed=1, **{"style/gain": base["style/gain"] + 2}
        ),
        final.assign(seed=5),
    ]
    found = compare_sides(pd.concat(parts, ignore_index=True), "base")
    plain = row(compare_sides(runs, "base"), "style/gain").found

    assert pytest.approx(plain.difference - 1) == row(found, "style/gain").found.difference
    assert any("no seed in common" in note for note in found.notes)
    assert any("pictures shown are of the first" in note for note in found.notes)


def test_a_seed_that_is_not_known_goes_with_every_other(make_runs: MakeRuns) -> None:
    """Pictures made elsewhere have no seed; that is no remark about seeds."""
    runs = two_sides(make_runs)
    runs.loc[runs["variant"] == "final", "seed"] = UNKNOWN_SEED
    found = compare_sides(runs, "base")

    assert PAIRS == row(found, "style/gain").found.n_pairs
    assert not any("seed in common" in note or "left out" in note for note in found.notes)


def test_pairs_that_one_side_lacks_are_named(make_runs: MakeRuns) -> None:
    """A pair that only one side has, or that has not finished, is left out by name."""
    runs = two_sides(make_runs)
    is_final = runs["variant"] == "final"
    runs = runs[~(is_final & (runs["pair"] == "c3 × s3"))]
    runs.loc[is_final & (runs["pair"] == "c5 × s5"), "status"] = "FAILED"
    found = compare_sides(runs, "base")

    assert PAIRS - 2 == row(found, "style/gain").found.n_pairs
    assert "Only `base` has `c3 × s3`, `c5 × s5`: left out." in found.notes
    assert "`final`: 1 run of 7 not finished, left out." in found.notes


def test_no_pair_in_common(make_runs: MakeRuns) -> None:
    """Sides that share no pair can be told nothing about, which the headline says."""
    runs = two_sides(make_runs)
    is_final = runs["variant"] == "final"
    found = compare_sides(runs[is_final == (runs["pair"] < "c4")], "base")

    assert found.headline.startswith(
        "`final` against `base`: cannot tell: no pair has a style gain"
    )
    assert (4, 4, 0) == (
        len(found.sides.only_baseline),
        len(found.sides.only_other),
        len(found.sides.pairs),
    )


def test_losses_are_compared_only_where_they_are_the_same(make_runs: MakeRuns) -> None:
    """Equal loss keys: difference and word; else the values alone, and what settings differ."""
    runs = two_sides(make_runs)
    runs["loss/style"] = runs["loss/total"] / 2
    same = compare_sides(runs, "base")
    runs["loss_key"] = runs["variant"]
    change = Change(key="weights.style", before="1", after="10", in_loss=True)
    other = Change(key="lr", before="1", after="2")
    apart = compare_sides(runs, "base", changes=[other, change])

    assert "higher total loss" == row(same, TOTAL_LOSS).word
    assert [[TOTAL_LOSS, "loss/style"], [TOTAL_LOSS]] == [
        [one.name for one in found.quantities if one.group is Group.LOSS]
        for found in (same, apart)
    ]
    assert ("", None) == (row(apart, TOTAL_LOSS).word, row(apart, TOTAL_LOSS).p_holm)
    assert "different losses: weights.style" == row(apart, TOTAL_LOSS).reason
    assert 10 == row(apart, TOTAL_LOSS).found.baseline_mean
    assert "Losses are shown, not compared: different losses: weights.style." in apart.notes


def test_the_second_evaluator_is_heard(make_runs: MakeRuns) -> None:
    """A note says whether it confirms, does not see, or contradicts the planned differences."""
    runs = two_sides(make_runs)
    is_final = runs["variant"] == "final"
    noise = np.tile(NOISE, 2) / 10
    runs["second/style/gain"] = is_final * 1.0 + noise * np.where(is_final, 1, 2)
    runs["second/content/score"] = is_final * 1.0 + noise * np.where(is_final, 1, 2)
    found = compare_sides(runs, "base")

    assert (
        "The second evaluator, which uses no network, confirms the difference in style gain and "
        "contradicts the difference in content score."
    ) in found.notes


def test_not_two_variants_are_refused(make_runs: MakeRuns) -> None:
    """Three variants, or a baseline that is none of two, are a mistake of the caller."""
    three = make_runs({name: ([1.0], [1.0]) for name in "abc"})
    with pytest.raises(ValueError, match="two sides are compared"):
        compare_sides(three, "a")


def test_names_cannot_break_out_of_their_quotes(make_runs: MakeRuns) -> None:
    """Backticks, line breaks and escapes in a name do not reach the headline."""
    runs = two_sides(make_runs)
    runs["variant"] = runs["variant"].replace({"final": "a`b\n\x1b[31mc"})

    assert compare_sides(runs, "base").headline.startswith("`a'b [31mc` against `base`")


def test_every_word_belongs_to_one_quantity() -> None:
    """No word is said of two quantities, and every measurement of the catalogue has its own."""
    words = [word for pair in WORDS.values() for word in pair]
    measured = {name for name, entry in CATALOG.items() if entry.needs}

    assert len(words) == len(set(words))
    assert set(CATALOG) | {TOTAL_LOSS} == set(WORDS)
    assert measured <= set(WORDS)


def test_nothing_is_called_sharp() -> None:
    """No metric measures sharpness, so no word says that a picture is sharp or blurred."""
    assert not [
        word for pair in WORDS.values() for word in pair if "sharp" in word or "blur" in word
    ]
