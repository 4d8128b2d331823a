"""Operands read off a made-up sweep: labels, seeds, iterations, regret, and what is missing."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from reports.claims.operands import UPPER_BOUND, measure
from reports.material import Material

from .made_up import BASE, CHROMA, NOISE, curves, of, sweep

GAIN = "style/gain"


def two(**changes: object) -> Material:
    """Two labels; the second has one more."""
    return sweep({"low": BASE, "high": [value + 1 for value in BASE]}, **changes)  # type: ignore[arg-type]


def test_a_label_gives_one_value_per_pair() -> None:
    """In the order of the pairs, by their names."""
    found = measure(of("high"), two(), CHROMA)

    assert {f"c{at} × s{at}": value + 1 for at, value in enumerate(BASE)} == dict(found.by_pair)
    assert ("layers=high",) == found.variants
    assert not found.lacking


def test_all_variants_and_seeds_are_averaged() -> None:
    """Without a label the mean of both; seeds are averaged first."""
    material = two(seeds=2)
    runs = material.runs
    shifted = runs[CHROMA] + (runs["seed"] == 1) * 2.0
    material = replace(material, runs=runs.assign(**{CHROMA: shifted}))

    found = measure(of(), material, CHROMA)

    assert [value + 0.5 + 1 for value in BASE] == pytest.approx(found.by_pair.to_list())
    assert ("layers=low", "layers=high") == found.variants


def test_the_whole_name_of_a_variant_can_be_meant() -> None:
    """``variant`` is no axis."""
    material = two()

    named = measure(replace(of(), where={"variant": "layers=high"}), material, CHROMA)

    assert named.by_pair.equals(measure(of("high"), material, CHROMA).by_pair)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"layer": "low"}, "no swept axis 'layer'; did you mean 'layers'; there are: layers, var"),
        (
            {"layers": "hihg"},
            "no label of 'layers' 'hihg'; did you mean 'high'; there are: low, h",
        ),
        ({"variant": "x"}, "no label of 'variant' 'x'; there are: layers=low, layers=high"),
        ({"layers": "low", "variant": "layers=high"}, "no variant .* has layers=low, variant="),
    ],
)
def test_what_the_sweep_lacks_is_an_error(where: Mapping[str, str], message: str) -> None:
    """The message says what there is, and the nearest."""
    with pytest.raises(ValueError, match=message):
        measure(replace(of(), where=where), two(), CHROMA)


def test_an_unknown_metric_is_an_error() -> None:
    """A misspelt name is no measurement that is missing."""
    with pytest.raises(ValueError, match="no metric 'picture/chrom'; did you mean 'picture/chrom"):
        measure(of("low"), two(), "picture/chrom")


def test_a_metric_without_values_says_why() -> None:
    """Nothing is raised where only the parameters were missing."""
    material = two(absent={"content/lpips": "no parameters"})
    runs = material.runs.assign(**{"content/lpips": np.nan})

    found = measure(of("low"), replace(material, runs=runs), "content/lpips")

    assert "`content/lpips` was not measured: no parameters" == found.lacking


def test_runs_that_are_missing_are_counted() -> None:
    """Failed and unfinished runs of the operand's own variants; their pairs have no value."""
    material = two()
    status = material.runs["status"].to_list()
    status[0], status[1], status[9] = "FAILED", "MISSING", "FAILED"
    material = replace(material, runs=material.runs.assign(status=status))

    found = measure(of("low"), material, CHROMA)

    assert "1 failed and 1 not done of 8 runs" == found.lacking
    assert 6 == found.by_pair.notna().sum()


def test_no_run_at_all_is_no_error() -> None:
    """Even for an iteration, which nothing can have."""
    material = two()
    material = replace(material, runs=material.runs.assign(status="FAILED"))

    found = measure(of("low", iteration=40), material, GAIN)

    assert "8 failed of 8 runs" == found.lacking
    assert found.by_pair.isna().all()


def test_a_mean_over_fewer_variants_is_no_value() -> None:
    """A pair on which one of the averaged variants has no value has none."""
    material = two()
    values = material.runs[CHROMA].to_list()
    values[0] = float("nan")

    found = measure(of(), replace(material, runs=material.runs.assign(**{CHROMA: values})), CHROMA)

    assert [True] + [False] * 7 == found.by_pair.isna().to_list()


def test_scores_and_losses_are_read_at_an_iteration() -> None:
    """From the curves of exactly that iteration."""
    material = two()
    material = replace(material, curves=curves(material, "loss/total", {0: 8.0, 3: 4.0, 6: 2.0}))

    found = measure(of("low", iteration=3), material, "loss/total")

    assert [4 + at / 100 for at in range(8)] == pytest.approx(found.by_pair.to_list())


def test_the_last_iteration_is_that_of_the_result() -> None:
    """Whatever was measured on the result is known after its last iteration."""
    material = two()
    material = replace(material, runs=material.runs.assign(iterations=120))

    found = measure(of("low", iteration=120), material, CHROMA)

    assert BASE == found.by_pair.to_list()


def test_an_iteration_that_was_not_kept_is_an_error() -> None:
    """The message says which were."""
    material = two()
    material = replace(material, curves=curves(material, GAIN, {40: 1.0, 80: 2.0}))

    with pytest.raises(
        ValueError, match="no value of 'style/gain' after 50 iterations; there are"
    ):
        measure(of("low", iteration=50), material, GAIN)
    with pytest.raises(ValueError, match="on the way there are values of: style/gain"):
        measure(of("low", iteration=40), material, "content/edge_f1")


def test_many_iterations_are_named_in_short() -> None:
    """A thinned trace of a hundred points is not listed."""
    material = two()
    points = dict.fromkeys(range(0, 200, 2), 1.0)
    material = replace(material, curves=curves(material, "loss/total", points))

    with pytest.raises(ValueError, match=r"there are 0, 2, 4, 6, 8, 10, … 198 \(100 points, thin"):
        measure(of("low", iteration=3), material, "loss/total")


@pytest.mark.parametrize(("metric", "best"), [(GAIN, 3.0), ("loss/total", 1.0)])
def test_the_best_on_the_way(metric: str, best: float) -> None:
    """Largest gain, smallest loss."""
    material = two()
    material = replace(material, curves=curves(material, metric, {40: 1.0, 80: 3.0, 120: 2.0}))

    found = measure(of("low", iteration="best"), material, metric)

    assert [best + at / 100 for at in range(8)] == pytest.approx(found.by_pair.to_list())


def test_there_is_no_best_without_a_direction() -> None:
    """Chroma is neither better large nor small."""
    material = two()
    material = replace(material, curves=curves(material, CHROMA, {40: 1.0}))

    with pytest.raises(ValueError, match="no best of 'picture/chroma'"):
        measure(of("low", iteration="best"), material, CHROMA)


def test_regret_is_chosen_on_the_other_pairs() -> None:
    """By hand: on the first pair ``high`` is far better, on the others ``low`` by a little."""
    low = [1.0, 1.2, 1.2, 1.2]
    high = [3.0, 1.0, 1.0, 1.0]
    material = sweep({"low": low, "high": high}, metric=GAIN)

    found = measure(of(regret=True), material, GAIN)

    # Without the first pair ``low`` is chosen, and loses 2 there; else ``high``, losing 0.2.
    assert [2.0, 0.2, 0.2, 0.2] == pytest.approx(found.by_pair.to_list())
    assert found.is_upper_bound
    assert (UPPER_BOUND,) == found.notes


def test_two_seeds_part_choice_and_value() -> None:
    """Luck alone gives no regret on average, and it is no upper bound."""
    generator = np.random.default_rng(3)
    labels = {str(at): [0.0] * 8 for at in range(6)}
    material = sweep(labels, metric=GAIN, seeds=2)
    noisy = generator.normal(0, 1, len(material.runs))

    found = measure(
        of(regret=True), replace(material, runs=material.runs.assign(**{GAIN: noisy})), GAIN
    )

    assert not found.is_upper_bound
    assert abs(found.by_pair.mean()) < 0.7  # the largest of six is 1.27 deviations above the mean


def test_regret_needs_variants_to_choose_from() -> None:
    """One variant has none, and that is said."""
    found = measure(of("low", regret=True), sweep({"low": NOISE}, metric=GAIN), GAIN)

    assert "regret needs two variants and two pairs with values" == found.lacking
