"""What a study tells its search: exactly what stands in the table."""

import math
from collections.abc import Callable
from statistics import fmean
from typing import Any

import pandas as pd
import pytest

from harness.sweep.coordinator import Outcome
from harness.sweep.record import RunTask

Bench = Any  # see conftest.py
Pretend = Callable[..., Any]

SEEDED = {
    "content": ["c0.png", "c1.png"],
    "style": ["s0.png", "s1.png"],
    "pairing": "zip",
    "seeds": [0, 1],
}
CONFIRM = {"content": ["c0.png", "c1.png"], "style": ["s1.png", "s0.png"], "pairing": "zip"}


def by_hand(outcome: Outcome, metric: str) -> dict[str, float]:
    """Return each variant's mean over pairs of the means over seeds, from the runs' table."""
    runs: pd.DataFrame = outcome.answer.material.runs
    means = {}
    for variant, of_variant in runs.groupby("variant"):
        pairs = [list(of_pair[metric]) for _, of_pair in of_variant.groupby("pair")]
        means[str(variant)] = math.fsum(math.fsum(one) / len(one) for one in pairs) / len(pairs)
    return means


@pytest.mark.slow
def test_every_trial_is_told_what_the_table_says(bench: Bench) -> None:
    """The values are the means of the runs' metric, bit by bit; the trial names its row."""
    path = bench.write(metric="style/gain", cases=SEEDED, base={**bench.base, "start": "noise"})

    outcome = bench.run(path)

    trials = bench.trials()
    assert ["finished"] * 5 == [one["state"] for one in trials]
    assert list(range(5)) == [one["number"] for one in trials]
    expected = by_hand(outcome, "style/gain")
    assert expected == {one["variant"]: one["values"][0] for one in trials}
    assert 5 * 4 == len(bench.finished())
    assert {"weights.style": 10, "pooling": "avg"} == trials[0]["point"]
    runs = {run.data.tags["harness.trial"]: run for run in bench.runs()}
    assert {str(number) for number in range(5)} == set(runs)
    for trial in trials:
        params = runs[str(trial["number"])].data.params
        assert trial["point"]["weights.style"] == float(params["weights.style"])
        assert trial["point"]["pooling"] == params["pooling"]


@pytest.mark.slow
def test_balance_is_weighed_as_the_file_says(bench: Bench) -> None:
    """The balance is that of the table, with the file's share of the style."""
    path = bench.write(metric="balance", evaluation={"size": 64, "balance": 0.8})

    outcome = bench.run(path)

    told = {one["variant"]: one["values"][0] for one in bench.trials()}
    assert by_hand(outcome, "balance") == told
    halved = bench.run(bench.write("even", metric="balance"))
    assert by_hand(halved, "balance").values() != by_hand(outcome, "balance").values()


def test_several_metrics_make_a_front(bench: Bench, pretend: Pretend) -> None:
    """Every metric is told in the file's order; confirmed is what nothing beats."""
    gains = [0.5, 0.6, 0.4, 0.7, 0.2]
    contents = [0.5, 0.4, 0.3, 0.6, 0.9]

    def judge(task: RunTask) -> dict[str, float]:
        at = executor.index(task)
        return {"style/gain": gains[at], "content/score": contents[at]}

    executor = pretend(judge)
    path = bench.write(metric=["style/gain", "content/score"], confirm=CONFIRM)

    outcome = bench.run(path, executor=executor)

    trials = bench.trials()
    assert [[a, b] for a, b in zip(gains, contents, strict=True)] == [
        one["values"] for one in trials
    ]
    assert outcome.confirmed is not None
    confirmed = list(outcome.confirmed.answer.material.runs["variant"].unique())
    names = [one["variant"] for one in trials]
    assert [names[0], names[3], names[4]] == confirmed


def test_constraints_decide_what_is_best(bench: Bench, pretend: Pretend) -> None:
    """A variant that breaks a bound is told by how much, and is not what is confirmed."""
    gains = [0.1, 0.9, 0.3, 0.2, 0.8]
    contents = [0.6, 0.3, 0.7, 0.8, 0.2]

    def judge(task: RunTask) -> dict[str, float]:
        at = executor.index(task)
        return {"style/gain": gains[at], "content/score": contents[at]}

    executor = pretend(judge)
    path = bench.write(
        metric="style/gain",
        search={"constraints": {"content/score": {"min": 0.4, "max": 0.75}}},
        confirm=CONFIRM,
    )

    outcome = bench.run(path, executor=executor)

    trials = bench.trials()
    assert [
        {"content/score >= 0.4": 0.4 - one, "content/score <= 0.75": one - 0.75}
        for one in contents
    ] == [one["constraints"] for one in trials]
    assert outcome.confirmed is not None
    confirmed = list(outcome.confirmed.answer.material.runs["variant"].unique())
    assert [trials[0]["variant"], trials[2]["variant"]] == confirmed


@pytest.mark.slow
def test_runs_of_a_grid_are_reused(bench: Bench) -> None:
    """What another sweep has finished is not run again, and counts as a trial all the same."""
    bench.run(
        bench.write(
            "grid",
            method="grid",
            parameters={"weights.style": {"values": [10, 20]}, "pooling": {"values": ["avg"]}},
            baseline=None,
            limits=None,
        )
    )
    path = bench.write(
        search={"first": [{"weights.style": 20}]},
        limits={"max_variants": 3},
    )

    outcome = bench.run(path)

    assert 4 == len(bench.finished("grid"))
    assert 2 == len(bench.finished())
    trials = bench.trials()
    assert [10, 20] == [one["point"]["weights.style"] for one in trials[:2]]
    assert by_hand(outcome, "content/score") == {
        one["variant"]: one["values"][0] for one in trials
    }
    assert (0, 0) == (outcome.failed, outcome.missing)


@pytest.mark.slow
def test_reused_runs_are_scored_by_the_studys_evaluator(bench: Bench) -> None:
    """A run that another evaluator scored is told by this study's, as in its table."""
    bench.run(
        bench.write(
            "grid",
            method="grid",
            parameters={"weights.style": {"values": [10]}, "pooling": {"values": ["avg"]}},
            baseline=None,
            limits=None,
            evaluation={"size": 48},
        )
    )

    outcome = bench.run(bench.write(limits={"max_variants": 2}))

    told = {one["variant"]: one["values"][0] for one in bench.trials()}
    assert by_hand(outcome, "content/score") == told
    assert 2 == len(bench.finished())


def test_a_metric_without_a_value_fails_the_trial(bench: Bench, pretend: Pretend) -> None:
    """A run that finished without a number is no result: the trial says so and others go on."""

    def judge(task: RunTask) -> dict[str, float]:
        is_bad = executor.index(task) == 2
        return {"content/score": math.nan if is_bad else 0.5}

    executor = pretend(judge)

    outcome = bench.run(bench.write(), executor=executor)

    trials = bench.trials()
    assert ["finished", "finished", "failed", "finished", "finished"] == [
        one["state"] for one in trials
    ]
    assert trials[2]["reason"].endswith("its run has no value of content/score")
    assert [] == trials[2]["values"]
    assert 0 == outcome.failed
    assert pytest.approx(0.5) == fmean(one["values"][0] for one in trials if one["values"])


def test_cases_that_are_one_run_are_run_once(bench: Bench, pretend: Pretend) -> None:
    """Seeds that change nothing make one run of two cases, also while it is out."""
    executor = pretend(lambda _: {}, held=4)

    outcome = bench.run(bench.write(cases=SEEDED, limits={"max_variants": 3}), executor=executor)

    assert 3 * 2 == len(executor.performed)
    assert ["finished"] * 3 == [one["state"] for one in bench.trials()]
    assert 3 * 4 == len(outcome.answer.material.runs)
