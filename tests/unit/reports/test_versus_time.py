"""The running time of two sides: the ratio, and the factors that multiply to it."""

import json
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from reports.versus.comparison import compare_sides
from reports.versus.running_time import split_time
from reports.versus.sides import match_sides
from reports.versus.table import display_of

MakeRuns = Callable[..., pd.DataFrame]

PAIRS = 7


def timed(
    make_runs: MakeRuns,
    base: tuple[float, float, float],
    final: tuple[float, float, float],
    pairs: int = PAIRS,
) -> pd.DataFrame:
    """Return two sides with (seconds, iterations, seconds of one), a little apart by pair."""
    scores = np.arange(pairs) / 10
    runs = make_runs({"base": (scores, scores), "final": (scores, scores)})
    spread = 1 + np.tile(np.arange(pairs), 2) / 100
    for place, name in enumerate(("seconds", "iterations", "seconds_per_iteration")):
        value = np.where(runs["variant"] == "base", base[place], final[place])
        runs[name] = value if name == "iterations" else value * spread
    return runs


def test_report_e(make_runs: MakeRuns) -> None:
    """The fifth report's 111.73 and 23.38: the iterations explain all but 4 % of it."""
    runs = timed(make_runs, (111.73, 1000, 0.11173), (23.38, 200, 0.1169))
    found = split_time(match_sides(runs, "base"))

    assert found is not None
    assert pytest.approx(111.73 / 23.38) == found.ratio
    assert "4.8× faster = 5.0× fewer iterations × 0.96× for slower iterations" == found.sentence
    assert "4.8× faster because of 5.0× fewer iterations" == found.short


def test_logarithms_add_up(make_runs: MakeRuns) -> None:
    """Iterations, an iteration and the rest multiply to the ratio, whatever the pairs are."""
    generator = np.random.default_rng(0)
    runs = timed(make_runs, (1, 1, 1), (1, 1, 1))
    for name in ("seconds", "iterations", "seconds_per_iteration"):
        runs[name] = generator.uniform(1, 50, len(runs))
    found = split_time(match_sides(runs, "base"))
    by_pair = runs.pivot_table(index="pair", columns="variant", values="seconds")
    expected = np.log(by_pair["base"] / by_pair["final"]).mean()

    assert found is not None
    assert pytest.approx(expected, abs=1e-12) == found.log
    assert pytest.approx(found.log, abs=1e-12) == sum(one.log for one in found.factors)


def test_what_passes_outside_the_iterations_is_a_factor(make_runs: MakeRuns) -> None:
    """A start that takes as long as all iterations is told apart from them."""
    runs = timed(make_runs, (20, 100, 0.1), (10, 100, 0.1))
    found = split_time(match_sides(runs, "base"))

    assert found is not None
    assert "2.0× faster = 2.0× less time outside them" == found.sentence
    assert pytest.approx(math.log(2)) == found.factors[2].log


def test_slower(make_runs: MakeRuns) -> None:
    """The slower side is told in the same way, its factors turned round."""
    runs = timed(make_runs, (10, 100, 0.1), (30, 200, 0.15))
    found = split_time(match_sides(runs, "base"))

    assert found is not None
    assert "3.0× slower = 2.0× more iterations × 1.5× slower iterations" == found.sentence
    assert found.sentence == found.short


def test_as_fast(make_runs: MakeRuns) -> None:
    """Where two digits show no difference there is no ratio; factors that cancel are shown."""
    equal = split_time(match_sides(timed(make_runs, (10, 100, 0.1), (10, 100, 0.1)), "base"))
    cancelling = split_time(match_sides(timed(make_runs, (10, 100, 0.1), (10, 50, 0.2)), "base"))

    assert equal is not None
    assert cancelling is not None
    assert ("as fast", "as fast") == (equal.sentence, equal.short)
    assert "as fast = 2.0× fewer iterations × 0.50× for slower iterations" == cancelling.sentence


def test_other_conditions_are_not_compared(make_runs: MakeRuns) -> None:
    """Seconds of other hosts or threads are shown without a verdict, and the note says why."""
    runs = timed(make_runs, (10, 100, 0.1), (30, 200, 0.15))
    is_final = runs["variant"] == "final"
    keys = [json.dumps({"host": "a", "threads": count}) for count in ("1", "4")]
    runs["timing_key"] = np.where(is_final, keys[1], keys[0])
    found = compare_sides(runs, "base")
    shown = display_of(found).set_index("quantity").loc["seconds ↓, s"]

    assert found.time is None
    assert ("10.3", "\N{EM DASH}", "not comparable") == (
        shown["A"][:4],
        shown["B \N{MINUS SIGN} A"],
        shown["verdict"],
    )
    assert "slower" not in found.headline
    assert (
        "Running times are shown, not compared: taken under different conditions: threads."
    ) in found.notes


def test_few_pairs_are_measured_not_tested(make_runs: MakeRuns) -> None:
    """One pair has a ratio, which is told as what was measured."""
    runs = timed(make_runs, (111.73, 1000, 0.11173), (23.38, 200, 0.1169), pairs=1)

    assert compare_sides(runs, "base").headline.endswith(
        "4.8× faster because of 5.0× fewer iterations, as measured and not tested."
    )


def test_a_side_without_times(make_runs: MakeRuns) -> None:
    """A picture made elsewhere has no seconds: the baseline's stand alone."""
    runs = timed(make_runs, (10, 100, 0.1), (30, 200, 0.15))
    is_final = runs["variant"] == "final"
    runs.loc[is_final, ["seconds", "iterations", "seconds_per_iteration"]] = np.nan
    runs.loc[is_final, "timing_key"] = ""
    found = compare_sides(runs, "base")
    shown = display_of(found).set_index("quantity").loc["iterations"]

    assert ("100", "\N{EM DASH}") == (shown["A"], shown["B"])
    assert split_time(match_sides(runs, "base")) is None
