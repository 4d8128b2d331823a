"""The arithmetic of the benchmark of samplers; never times, nor which method wins."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from benchmarks.replay import BALANCE, Replay, pruned, searched, study_of
from benchmarks.response_table import AXES, LEVELLED, MEASURED, Table, read_table, table_of
from benchmarks.sampler_figures import (
    BETTER,
    UNDECIDED,
    WORSE,
    compared,
    hypervolume,
    regrets,
)
from benchmarks.sampler_lines import regret_lines, verdict_text
from benchmarks.sampler_questions import BUDGETS
from benchmarks.samplers import jobs_of

LEVELS = ("1", "10", "100")
PAIRS = tuple(f"pair {number}" for number in range(6))


def row_of(labels: tuple[str, ...], pair: str) -> dict[str, str]:
    """Make up a run: weight 10 is best, and a start from noise costs content."""
    distance = 0.2 + 0.1 * abs(math.log10(float(labels[0])) - 1) + 0.01 * PAIRS.index(pair)
    content = 0.1 if labels[-1] == "noise" else 0.5
    numbers = dict(zip(MEASURED, (1 / distance, content, distance, 0.8, 1.0), strict=True))
    named = dict(zip(AXES, labels, strict=True))
    return named | {"pair": pair} | {name: str(value) for name, value in numbers.items()}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """A small table, made up: 72 variants on six pairs."""
    labels = product(
        LEVELS,
        ("blocks 1-2", "blocks 1-3", "blocks 1-5"),
        ("relu2_2", "relu4_2"),
        ("avg", "max"),
        ("content", "noise"),
    )
    return [row_of(one, pair) for one in labels for pair in PAIRS]


@pytest.fixture(scope="module")
def table(rows: list[dict[str, str]]) -> Table:
    """The same as a table."""
    return table_of(rows)


def test_regret_is_what_the_best_so_far_lacks() -> None:
    """A worse trial changes nothing; a trial that was given up never counts."""
    assert [0.5, 0.5, 0.25, 0.25] == regrets([0.5, 0.25, 0.75, -math.inf], 1.0).tolist()


def test_the_paired_difference_is_method_less_random() -> None:
    """Ten seeds that all agree: a sign flip has p = 2 / 2^10, Holm doubles the smaller one."""
    random = [0.1 * seed for seed in range(10)]
    found = compared({"less": [one - 0.05 for one in random], "same": random}, random)
    assert pytest.approx(-0.05) == found["less"].mean
    assert pytest.approx(0.0, abs=1e-12) == found["less"].half_width
    assert pytest.approx(2 * 2 / 2**10) == found["less"].p
    assert (0.0, 1.0, UNDECIDED) == (found["same"].mean, found["same"].p, found["same"].verdict)


def test_verdicts_follow_sign_and_significance() -> None:
    """Less regret beats random, more is worse, and three seeds decide nothing."""
    random = [1.0] * 10
    assert BETTER == compared({"tpe": [0.5] * 10}, random)["tpe"].verdict
    assert WORSE == compared({"tpe": [1.5] * 10}, random)["tpe"].verdict
    assert UNDECIDED == compared({"tpe": [0.5] * 3}, random[:3])["tpe"].verdict


def test_verdicts_are_summed_up_by_budget() -> None:
    """Each verdict is said once, with the budgets it holds for."""
    text = verdict_text({10: UNDECIDED, 20: BETTER, 40: BETTER})
    assert f"{UNDECIDED} with 10 variants; {BETTER} with 20, 40 variants" == text


def test_the_page_says_where_none_beats_random() -> None:
    """Only at the largest budget is tpe better with every seed; at the others it says so."""
    random = {str(budget): 0.5 for budget in BUDGETS}
    better = random | {str(BUDGETS[-1]): 0.25}
    answers = {("all", "random"): [random] * 10, ("all", "tpe"): [better] * 10}
    lines = regret_lines(answers)
    said = [f"with {budget} variants none beats random search" for budget in BUDGETS]
    assert said[:-1] == [line for line in said if line in lines]


def test_random_search_is_always_replayed() -> None:
    """Nothing is compared without it, and pruning is compared with a search that does not."""
    assert [("front", "random", 3), ("front", "tpe", 3)] == jobs_of(
        ["front"], ["tpe"], range(3, 4)
    )
    questions = {question for question, _, _ in jobs_of(["pruning"], ["tpe"], range(1))}
    assert {"all", "pruning"} == questions


@pytest.mark.parametrize(
    ("points", "area"),
    [
        ([[2, 1]], 2.0),
        ([[1, 2], [2, 1]], 3.0),  # two overlapping rectangles: 2 + 2 - 1
        ([[1, 2], [2, 1], [1, 1], [2, 1]], 3.0),  # dominated and equal points add nothing
        ([[3, -1], [-1, 3]], 0.0),  # outside the reference on one side
        ([[1, 3], [2, 2], [3, 1]], 6.0),  # a staircase: 3 + 2 + 1
    ],
)
def test_hypervolume_by_hand(points: list[list[int]], area: float) -> None:
    """Areas that a square grid shows."""
    assert pytest.approx(area) == hypervolume(np.array(points, dtype=float), (0.0, 0.0))


def test_hypervolume_counts_from_the_reference() -> None:
    """The same points, moved with their reference, have the same area."""
    points = np.array([[11.0, 22.0], [12.0, 21.0]])
    assert pytest.approx(3.0) == hypervolume(points, (10.0, 20.0))


def test_the_balance_of_the_table_is_that_of_the_reports(table: Table) -> None:
    """0.6 of the way to the style and 0.4 of the content: 0.6 * (1 - 0.2 / 0.8) + 0.4 * 0.5."""
    best = table.variants.index(("10", "blocks 1-2", "relu2_2", "avg", "content"))
    assert pytest.approx(0.65) == table.numbers[BALANCE][best, 0]
    assert table.numbers[BALANCE].mean(axis=1).max() == table.numbers[BALANCE][best].mean()


def test_a_point_has_the_row_of_the_nearest_level(table: Table) -> None:
    """Nearest in the logarithm: 3.1 belongs to 1, 3.2 to 10; the ends are half a step further."""
    labels = {"style_layers": "blocks 1-3", "content_layers": "relu4_2", "pooling": "max"}
    levels = [
        table.variants[table.row({LEVELLED: weight, "start": "noise", **labels})][0]
        for weight in (0.4, 3.1, 3.2, 31, 32, 300)
    ]
    assert ["1", "1", "10", "10", "100", "100"] == levels
    assert pytest.approx((10**-0.5, 10**2.5)) == table.ends


def test_an_unfinished_table_is_refused(rows: list[dict[str, str]]) -> None:
    """A missing or a second run of a cell would shift every mean."""
    with pytest.raises(ValueError, match="431 rows for 72 variants on 6 pairs"):
        table_of(rows[1:])
    with pytest.raises(ValueError, match="433 rows"):
        table_of([*rows, rows[0]])


def test_the_header_of_a_table_is_kept(rows: list[dict[str, str]], tmp_path: Path) -> None:
    """Lines that say what a table is come back without their mark."""
    path = tmp_path / "responses.csv"
    lines = ["# real runs", "# one a row", ",".join(rows[0])]
    path.write_text("\n".join([*lines, *(",".join(row.values()) for row in rows)]) + "\n")
    found = read_table(path)
    assert ("real runs", "one a row") == found.header
    assert (72, 6) == found.numbers[BALANCE].shape


def test_the_table_that_is_shipped_is_whole() -> None:
    """At least 200 variants on six pairs, every number finite."""
    found = read_table()
    assert len(found.variants) >= 200
    assert 6 == len(found.pairs)
    assert all(np.isfinite(numbers).all() for numbers in found.numbers.values())


def test_a_replay_begins_with_the_baseline_and_keeps_its_budget(table: Table) -> None:
    """Every trial costs the runs of all pairs."""
    means = table.numbers[BALANCE].mean(axis=1)
    study = study_of(table, "random", [BALANCE], budget=4)
    replay = searched(study, means[:, None], table, seed=1, budget=4)
    assert table.row(study.points[0]) == replay.tried[0]
    assert [6, 12, 18, 24] == replay.runs
    assert means[replay.tried].tolist() == replay.values(means)


def test_pruning_never_gives_the_baseline_up_and_counts_runs(table: Table) -> None:
    """A trial that was given up took four or five runs: the test says nothing before."""
    study = study_of(table, "tpe", [BALANCE], budget=40)
    replay = pruned(study, table, seed=0, runs=90)
    costs = np.diff([0, *replay.runs])
    given_up = ~np.array(replay.finished)
    assert replay.finished[0]
    assert set(costs[given_up]) <= {4, 5}
    assert set(costs[~given_up]) == {6}
    assert given_up.any()


def test_a_trial_that_was_given_up_has_no_value() -> None:
    """It cannot be the best."""
    replay = Replay(tried=[1, 0], finished=[True, False], runs=[6, 10])
    assert [0.5, -math.inf] == replay.values(np.array([0.9, 0.5]))
