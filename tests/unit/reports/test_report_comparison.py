import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.comparison import compare, pair_means, shared_pictures

MakeRuns = Callable[..., pd.DataFrame]

BASE = (1.00, 1.10, 0.90, 1.20, 1.05, 0.95)
HIGHER = (1.22, 1.27, 1.11, 1.43, 1.23, 1.14)  # about 0.2 more on every pair
CONTENT = (0.70, 0.72, 0.68, 0.71, 0.69, 0.75)


def test_comparison_states_variant_minus_baseline(make_runs: MakeRuns) -> None:
    """Difference, interval and p are those of scipy on variant minus baseline by pair."""
    runs = make_runs({"base": (BASE, CONTENT), "higher": (HIGHER, CONTENT)})

    found = compare(runs, "style/gain", "base")["higher"]
    test = stats.ttest_rel(HIGHER, BASE)
    interval = test.confidence_interval(0.95)

    assert np.mean(HIGHER) - np.mean(BASE) == pytest.approx(found.difference)
    assert (interval.high - interval.low) / 2 == pytest.approx(found.half_width)
    assert test.pvalue == pytest.approx(found.p)
    assert (np.mean(HIGHER), np.mean(BASE)) == pytest.approx(
        (found.variant_mean, found.baseline_mean)
    )
    assert found.p_sign_flip == 2 / 2**6
    assert (found.n_pairs, found.significance) == (6, 1)


def test_smaller_is_better_where_the_catalogue_says_so(make_runs: MakeRuns) -> None:
    """A rise of LPIPS, whose direction is down, is significance -1."""
    runs = make_runs({"base": (BASE, CONTENT), "higher": (HIGHER, CONTENT)})
    runs["content/lpips"] = runs["style/gain"]

    found = compare(runs, "content/lpips", "base")["higher"]

    assert found.difference > 0
    assert found.significance == -1


def test_order_of_rows_and_variants_does_not_matter(make_runs: MakeRuns) -> None:
    """Pairs are matched by name, not by their place in the frame."""
    runs = make_runs({"base": (BASE, CONTENT), "higher": (HIGHER, CONTENT)})
    shuffled = runs.sample(frac=1, random_state=3)

    assert compare(runs, "style/gain", "base") == compare(shuffled, "style/gain", "base")


def test_seeds_are_averaged_inside_the_pair(make_runs: MakeRuns) -> None:
    """Three seeds that scatter around the pair's value count as one pair with their mean."""
    runs = make_runs({"base": (BASE, CONTENT), "higher": (HIGHER, CONTENT)}, seeds=3)
    scattered = runs.assign(**{"style/gain": runs["style/gain"] + (runs["seed"] - 1) * 0.4})
    single = runs[runs["seed"] == 1]

    found = compare(scattered, "style/gain", "base")["higher"]
    expected = compare(single, "style/gain", "base")["higher"]

    assert expected.n_pairs == found.n_pairs == 6
    assert (expected.difference, expected.p) == pytest.approx((found.difference, found.p))


def test_a_run_repeated_for_its_seeds_counts_once(make_runs: MakeRuns) -> None:
    """Rows of one pair with one fingerprint weigh as one run beside a run of its own."""
    runs = make_runs({"base": ([1.0], [0.5])}, seeds=3)
    runs["style/gain"] = [1.0, 1.0, 4.0]
    runs["fingerprint"] = ["same", "same", "other"]

    means = pair_means(runs, "style/gain")

    assert means.to_numpy().tolist() == [[2.5]]


def test_only_pairs_finished_in_both_are_compared(make_runs: MakeRuns) -> None:
    """A pair that failed in the variant is left out of the baseline's mean too."""
    runs = make_runs({"base": (BASE, CONTENT), "higher": (HIGHER, CONTENT)})
    failed = (runs["variant"] == "higher") & (runs["style"] == "s3")
    runs.loc[failed, "status"] = "FAILED"

    found = compare(runs, "style/gain", "base")["higher"]
    kept = [0, 1, 2, 4, 5]

    assert len(kept) == found.n_pairs
    assert np.mean([BASE[pair] for pair in kept]) == pytest.approx(found.baseline_mean)


def test_values_that_are_not_finite_are_absent(make_runs: MakeRuns) -> None:
    """A NaN or an infinite score takes its pair out of the comparison."""
    runs = make_runs({"base": (BASE, CONTENT), "higher": (HIGHER, CONTENT)})
    runs.loc[[0, 7], "style/gain"] = [math.nan, math.inf]

    assert compare(runs, "style/gain", "base")["higher"].n_pairs == 4


def test_below_six_pairs_nothing_is_inferred(make_runs: MakeRuns) -> None:
    """Five pairs have a spread and a number of pairs needed, but neither interval nor p."""
    runs = make_runs({"base": (BASE[:5], CONTENT), "higher": (HIGHER[:5], CONTENT)})

    found = compare(runs, "style/gain", "base")["higher"]

    assert (
        found.half_width,
        found.p,
        found.p_holm,
        found.significance,
    ) == (None, None, None, 0)
    assert pytest.approx((found.low, found.high)) == (0.17, 0.23)
    assert found.pairs_needed == 6


def test_one_pair_has_its_difference_only(make_runs: MakeRuns) -> None:
    """A single pair gives a difference, and six pairs are needed at least."""
    runs = make_runs({"base": ([1.0], [0.5]), "higher": ([1.3], [0.5])})

    found = compare(runs, "style/gain", "base")["higher"]

    assert pytest.approx(found.difference) == 0.3
    assert (found.n_pairs, found.half_width, found.pairs_needed) == (1, None, 6)


def test_pairs_of_a_product_are_not_tested(make_runs: MakeRuns) -> None:
    """Six pairs made of two contents and three styles have a reason instead of a p."""
    runs = make_runs({"base": (BASE, CONTENT), "higher": (HIGHER, CONTENT)})
    pair = runs["content"].str[1:].astype(int)
    product = runs.assign(
        content="c" + (pair % 2).astype(str), style="s" + (pair // 2).astype(str)
    )

    found = compare(product, "style/gain", "base")["higher"]

    assert found.dependence == "6 pairs made of 2 contents and 3 styles are not independent"
    assert (
        found.half_width,
        found.p_holm,
        found.pairs_needed,
        found.significance,
    ) == (None, None, None, 0)


def test_one_style_shared_by_two_pairs_is_dependence() -> None:
    """Pairs are dependent as soon as two of them share one picture."""
    pictures = [("cat", "waves"), ("cup", "mosaic"), ("face", "waves")]

    assert (
        shared_pictures(pictures) == "3 pairs made of 3 contents and 2 styles are not independent"
    )
    assert shared_pictures(pictures[:2]) == ""


def test_differences_of_round_off_are_zero(make_runs: MakeRuns) -> None:
    """Equal scores that differ in their last bit are no difference, let alone significant."""
    runs = make_runs({"base": (BASE, CONTENT), "same": (np.nextafter(BASE, 2.0), CONTENT)})

    found = compare(runs, "style/gain", "base")["same"]

    assert (found.difference, found.half_width, found.p, found.significance) == (0.0, 0.0, 1.0, 0)


def test_adjustment_counts_the_variants_of_the_sweep(make_runs: MakeRuns) -> None:
    """Holm multiplies the smallest p by the number of variants that were tested."""
    near = tuple(value + 0.01 * (-1) ** place for place, value in enumerate(BASE))
    scores = {"base": (BASE, CONTENT), "higher": (HIGHER, CONTENT), "near": (near, CONTENT)}

    found = compare(make_runs(scores), "style/gain", "base")

    assert found["higher"].p is not None
    assert 2 * found["higher"].p == pytest.approx(found["higher"].p_holm)
    assert found["near"].p == pytest.approx(found["near"].p_holm)


def test_nothing_finished_compares_no_pairs(make_runs: MakeRuns) -> None:
    """A sweep of missing runs has comparisons of no pairs, without warnings."""
    runs = make_runs({"base": (BASE, CONTENT), "higher": (HIGHER, CONTENT)}, status="MISSING")

    found = compare(runs.drop(columns="style/gain"), "style/gain", "base")["higher"]

    assert found.n_pairs == 0
    assert math.isnan(found.difference)
    assert not found.is_tested
