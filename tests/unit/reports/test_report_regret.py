from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from reports.regret import measure_regret, regret_line

MakeRuns = Callable[..., pd.DataFrame]

FLAT = [0.5] * 8


def _noisy(make_runs: MakeRuns, *, seeds: int, true: float = 0.0) -> pd.DataFrame:
    """Five variants that are equally good but for noise; ``true`` favours each on some pairs."""
    generator = np.random.default_rng(8)
    runs = make_runs({f"v{at}": (FLAT, FLAT) for at in range(5)}, seeds=seeds)
    pair = runs["content"].str[1:].astype(int)
    favoured = (pair % 5 == runs["variant_index"]) * true
    return runs.assign(**{"style/gain": favoured + generator.normal(0, 0.1, len(runs))})


def test_regret_is_the_mean_loss_to_the_best_of_each_pair(make_runs: MakeRuns) -> None:
    """By hand: the best are 3, 2, 2, 4; each variant's mean loss follows."""
    runs = make_runs({"a": ([3, 1, 2, 4], FLAT), "b": ([1, 2, 2, 3], FLAT)})

    found = measure_regret(runs)

    assert found is not None
    assert found.by_variant == {"a": 0.25, "b": 0.75}
    assert (found.single, found.n_best, found.n_pairs, found.spread) == ("a", 3, 4, 0.5)
    assert (found.half_width, found.is_corrected) == (None, False)


def test_smaller_is_better_where_the_catalogue_says_so(make_runs: MakeRuns) -> None:
    """The best LPIPS of a pair is the smallest."""
    runs = make_runs({"a": ([1, 1], FLAT), "b": ([1, 1], FLAT)})
    runs["content/lpips"] = [0.2, 0.3, 0.4, 0.1]

    found = measure_regret(runs, "content/lpips")

    assert found is not None
    assert found.by_variant == pytest.approx({"a": 0.1, "b": 0.1})


def test_balance_is_what_counts_where_there_is_one(make_runs: MakeRuns) -> None:
    """Style gain is only the default of frames that have no balance."""
    runs = make_runs({"a": ([1, 1], FLAT), "b": ([1, 2], FLAT)})

    without, balanced = (
        measure_regret(frame) for frame in (runs, runs.assign(balance=[0.4, 0.3, 0.3, 0.4]))
    )

    assert without is not None
    assert balanced is not None
    assert (without.metric, balanced.metric) == ("style/gain", "balance")
    assert regret_line(balanced) == (
        "Tuning for each pair: the best setting of each would gain at most 0.05 of balance "
        "(chosen and valued on the same runs) over `a` for all, which is best on 1 of 2; best and "
        "worst single setting differ by 0.00."
    )


def test_a_variant_of_fewer_pairs_is_not_the_single_one(make_runs: MakeRuns) -> None:
    """A variant that failed where all are bad cannot stand for all pairs."""
    runs = make_runs({"a": ([3, 1, 2], FLAT), "b": ([2, 2, 2], FLAT), "c": ([3, 2, 2], FLAT)})
    runs.loc[(runs["variant"] == "c") & (runs["style"] == "s2"), "status"] = "FAILED"

    found = measure_regret(runs)

    assert found is not None
    assert found.single in {"a", "b"}
    assert found.by_variant["c"] == 0


@pytest.mark.parametrize("scores", [{"a": ([1, 2], FLAT)}, {"a": ([1], FLAT), "b": ([2], FLAT)}])
def test_one_variant_or_pair_has_no_regret(
    make_runs: MakeRuns, scores: dict[str, tuple[list[float], list[float]]]
) -> None:
    """There is nothing to choose between, or nothing to tune for."""
    assert measure_regret(make_runs(scores)) is None


def test_luck_alone_is_corrected_away(make_runs: MakeRuns) -> None:
    """With two seeds, variants that differ by noise only have no regret; with one they seem to."""
    naive, corrected = (measure_regret(_noisy(make_runs, seeds=seeds)) for seeds in (1, 2))

    assert naive is not None
    assert corrected is not None
    assert (naive.is_corrected, corrected.is_corrected) == (False, True)
    # The largest of five normals is 1.16 deviations above their mean.
    assert np.mean(list(naive.by_variant.values())) > 0.08
    assert abs(np.mean(list(corrected.by_variant.values()))) < 0.05


def test_a_true_need_to_tune_survives_the_correction(make_runs: MakeRuns) -> None:
    """Where each pair has a favourite of its own by far, the regret says so."""
    found = measure_regret(_noisy(make_runs, seeds=2, true=1.0))

    assert found is not None
    # A single variant is the favourite of two pairs of eight at most.
    assert found.of_single == pytest.approx(0.75, abs=0.15)
    assert found.half_width is not None
    assert regret_line(found).startswith("Tuning for each pair pays: the best setting of each")


def test_a_variant_without_random_numbers_needs_no_second_seed(make_runs: MakeRuns) -> None:
    """Runs repeated for their seeds have no luck in them: their regret is what it is."""
    runs = make_runs({"a": ([3, 1, 2, 4], FLAT), "b": ([1, 2, 2, 3], FLAT)}, seeds=2)
    runs["fingerprint"] = runs["variant"] + runs["pair"]

    found = measure_regret(runs)

    assert found is not None
    assert found.is_corrected
    assert found.by_variant == {"a": 0.25, "b": 0.75}


def test_a_lost_seed_makes_it_an_upper_bound(make_runs: MakeRuns) -> None:
    """If one run of a half is missing, choice and value cannot be parted everywhere."""
    runs = _noisy(make_runs, seeds=2)
    runs.loc[3, "status"] = "FAILED"

    found = measure_regret(runs)

    assert found is not None
    assert not found.is_corrected


def test_the_line_of_an_upper_bound_says_so(make_runs: MakeRuns) -> None:
    """One seed a pair gives "at most", and no claim that tuning pays."""
    found = measure_regret(make_runs({"a": ([3, 1, 2, 4], FLAT), "b": ([1, 2, 2, 3], FLAT)}))

    assert found is not None
    assert regret_line(found) == (
        "Tuning for each pair: the best setting of each would gain at most 0.25 nats of style "
        "gain (chosen and valued on the same runs) over `a` for all, which is best on 3 of 4; "
        "best and worst single setting differ by 0.50."
    )


def test_the_line_of_one_best_everywhere(make_runs: MakeRuns) -> None:
    """Where one variant is the best on every pair nothing has to be tuned."""
    found = measure_regret(make_runs({"a": ([3, 2, 2], FLAT), "b": ([1, 2, 1], FLAT)}))

    assert found is not None
    assert regret_line(found) == (
        "Tuning for each pair: no need, `a` has the best style gain on every one of 3."
    )
