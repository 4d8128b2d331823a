"""What a search is told, from the numbers of runs."""

import math
from types import SimpleNamespace
from typing import Any

import pytest

from harness.spec.models import Bounds
from harness.sweep.study.objective import Objective

PAIRS = ("a", "a", "b")
CASES: Any = [
    SimpleNamespace(name=f"{pair} {at}", pair=SimpleNamespace(name=pair))
    for at, pair in enumerate(PAIRS)
]
RUNS = {
    2: {"style/gain": 0.5, "content/score": 0.2},
    0: {"style/gain": 0.1, "content/score": 0.4},
    1: {"style/gain": 0.3, "content/score": 0.9},
}


def objective(*metrics: str, **constraints: Bounds) -> Objective:
    """Return an objective over three cases of two pairs."""
    bounds = {name.replace("_", "/"): one for name, one in constraints.items()}
    return Objective(metrics=metrics, constraints=bounds, balance=0.25, cases=CASES)


def test_seeds_are_averaged_inside_the_pair() -> None:
    """A pair with two seeds weighs no more than one with one."""
    values = objective("style/gain", "content/score").values(RUNS)

    assert ((0.1 + 0.3) / 2 + 0.5) / 2 == values[0]
    assert ((0.4 + 0.9) / 2 + 0.2) / 2 == values[1]


def test_excess_of_both_bounds() -> None:
    """Above 0 where a bound is broken, by how much."""
    excesses = objective("style/gain", content_score=Bounds(min=0.5, max=0.6)).excesses(RUNS)

    assert {"content/score >= 0.5": 0.5 - 0.425, "content/score <= 0.6": 0.425 - 0.6} == (
        pytest.approx(excesses)
    )


def test_balance_by_hand() -> None:
    """W (1 - D / D0) + (1 - w) K."""
    run = {"style/gram": 0.6, "anchor/style/gram": 0.8, "content/score": 0.4}

    assert pytest.approx(0.25 * (1 - 0.6 / 0.8) + 0.75 * 0.4) == objective("balance").value(run)


def test_a_gap_names_case_and_metric() -> None:
    """Of metrics and of constraints; empty where all is there."""
    asked = objective("style/gain", content_score=Bounds(min=0.5))
    assert "" == asked.gap(RUNS)

    assert "b 2: its run has no value of content/score" == asked.gap(
        {**RUNS, 2: {"style/gain": 0.5}}
    )
    assert "a 0: its run has no value of style/gain" == asked.gap({0: {"style/gain": math.nan}})
