import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from metrics.catalog import CATALOG, Direction
from reports.comparison import compare, pair_means
from reports.statistics import pairs_needed, t_half_width

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


def test_a_small_product_is_not_tested(make_runs: MakeRuns) -> None:
    """Six pairs of two contents and three styles are too few of each: a reason, no p."""
    runs = make_runs({"base": (BASE, CONTENT), "higher": (HIGHER, CONTENT)})
    pair = runs["content"].str[1:].astype(int)
    product = runs.assign(
        content="c" + (pair % 2).astype(str), style="s" + (pair // 2).astype(str)
    )

    found = compare(product, "style/gain", "base")["higher"]

    assert found.dependence == (
        "6 pairs made of 2 contents and 3 styles; at least 4 of each are needed where pairs share "
        "them"
    )
    assert (
        found.half_width,
        found.p_holm,
        found.pairs_needed,
        found.significance,
    ) == (None, None, None, 0)


def _crossed(make_runs: MakeRuns, differences: NDArray[np.float64]) -> pd.DataFrame:
    """Two variants on every pair of contents (rows) and styles (columns)."""
    places = [(row, column) for row, column in np.ndindex(differences.shape)]
    base = np.linspace(0.5, 1.5, len(places))
    flat = [0.5] * len(places)
    runs = make_runs({"base": (base, flat), "tried": (base + differences.ravel(), flat)})
    return runs.assign(
        content=[f"c{row}" for row, _ in places] * 2,
        style=[f"s{column}" for _, column in places] * 2,
    )


def test_a_product_is_tested_with_what_it_shares(make_runs: MakeRuns) -> None:
    """Four contents by four styles have an interval that is wider than that of 16 pairs."""
    effects = np.array([0.1, 0.2, 0.3, 0.4])
    differences = np.add.outer(effects, effects[::-1])

    found = compare(_crossed(make_runs, differences), "style/gain", "base")["tried"]

    assert (found.n_pairs, found.dependence, found.significance) == (16, "", 1)
    assert found.sharing == "16 pairs made of 4 contents and 4 styles"
    assert found.half_width is not None
    assert found.half_width > 2 * t_half_width(differences.ravel())
    assert found.p_sign_flip is None


def test_a_product_needs_independent_pairs(make_runs: MakeRuns) -> None:
    """The pairs needed are counted as pairs that share nothing, from the whole spread."""
    effects = np.array([-0.3, 0.1, 0.2, 0.4])
    differences = np.add.outer(effects, effects)

    found = compare(_crossed(make_runs, differences), "style/gain", "base")["tried"]
    spread = math.sqrt(2 * np.var(effects, ddof=1))

    assert found.significance == 0
    # The variance by pair, which is subtracted, makes the last digit of the spread uncertain.
    assert pairs_needed(0.2, spread, tests=1) == pytest.approx(found.pairs_needed, abs=3)


def test_a_missing_cell_of_a_product_does_no_harm(make_runs: MakeRuns) -> None:
    """One failed run of sixteen leaves a verdict possible."""
    runs = _crossed(make_runs, np.full((4, 4), 0.3))
    runs.loc[3, "status"] = "FAILED"

    found = compare(runs, "style/gain", "base")["tried"]

    assert (found.n_pairs, found.significance) == (15, 1)


def test_improvement_is_the_share_of_pairs_that_are_better(make_runs: MakeRuns) -> None:
    """Three pairs higher, two lower and one equal: 3.5 of 6, or 2.5 where less is better."""
    mixed = [value + by for value, by in zip(BASE, (1, 1, 1, 0, -1, -1), strict=True)]
    runs = make_runs({"base": (BASE, CONTENT), "mixed": (mixed, CONTENT)})
    runs["content/lpips"] = runs["style/gain"]

    style, lpips = (
        compare(runs, metric, "base")["mixed"].improvement
        for metric in ("style/gain", "content/lpips")
    )

    assert (style, lpips) == pytest.approx((3.5 / 6, 2.5 / 6))


@pytest.mark.parametrize(
    "metric",
    [
        name
        for name, entry in CATALOG.items()
        if not entry.ranked and entry.needs and not name.startswith("second/")
    ],
)
def test_what_is_never_ranked_on_is_never_significant(make_runs: MakeRuns, metric: str) -> None:
    """A metric that the catalogue does not rank on keeps its p, but decides nothing."""
    runs = make_runs({"base": (BASE, CONTENT), "higher": (HIGHER, CONTENT)})
    runs[metric] = runs["style/gain"]

    found = compare(runs, metric, "base")["higher"]

    assert found.p_holm is not None
    assert found.p_holm < 0.05
    assert found.significance == 0


def test_without_a_better_direction_nothing_improves(make_runs: MakeRuns) -> None:
    """Where neither more nor less is better there is a difference, but no improvement."""
    neither = next(name for name, one in CATALOG.items() if one.direction is Direction.NONE)
    runs = make_runs({"base": (BASE, CONTENT), "higher": (HIGHER, CONTENT)})
    runs[neither] = runs["style/gain"]

    found = compare(runs, neither, "base")["higher"]

    assert math.isnan(found.improvement)
    assert (found.significance, found.difference > 0) == (0, True)


def test_from_twenty_pairs_there_is_a_bootstrap(make_runs: MakeRuns) -> None:
    """Twenty pairs have a bootstrap interval around their mean difference."""
    generator = np.random.default_rng(1)
    base, flat = generator.normal(1, 0.1, 20), [0.5] * 20
    runs = make_runs(
        {"base": (base, flat), "tried": (base + generator.normal(0.2, 0.1, 20), flat)}
    )

    found = compare(runs, "style/gain", "base")["tried"]

    assert found.bootstrap[0] < found.difference < found.bootstrap[1]


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
