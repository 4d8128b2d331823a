"""Several workers: none waits for another's variant, and failures end one variant only."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from harness.cli.performing import exit_code
from harness.sweep.record import RunTask

Bench = Any  # see conftest.py
Pretend = Callable[..., Any]

CASES = 2


def judge(task: RunTask) -> dict[str, float]:
    """Return scores that depend on the weight."""
    return {"content/score": 1 / (1 + abs(task.settings.weights.style - 60))}


@pytest.mark.slow
@pytest.mark.parametrize(
    "search",
    [{}, {"prune": False}, {"halving": {"iterations": 1, "keep": 0.5}}],
    ids=["prune", "full", "halving"],
)
def test_no_worker_waits_while_there_is_budget(
    bench: Bench, pretend: Pretend, search: dict[str, Any]
) -> None:
    """As long as there is work, four bundles are out, whichever comes back first."""
    chance = random.Random(0)
    executor = pretend(judge, held=4, pick=chance.randrange)

    outcome = bench.run(bench.write(limits={"max_variants": 12}, search=search), executor=executor)

    trials = bench.trials()
    assert [*range(12)] == sorted(one["number"] for one in trials)
    assert {"finished", "pruned"} >= {one["state"] for one in trials}
    assert 0 == outcome.missing
    done = [one.fingerprint for one in executor.performed]
    assert len(set(done)) == len(done)
    # Only what ends the study, the last variants' runs, is waited for.
    busy = executor.out[: -2 * CASES * 4]
    assert busy
    assert {4} == set(busy)


def test_results_in_another_order_are_told_right(bench: Bench, pretend: Pretend) -> None:
    """Every trial has the value of its own runs, however they came back."""
    executor = pretend(judge, held=5, pick=lambda count: count - 1)

    bench.run(bench.write(limits={"max_variants": 7}), executor=executor)

    for trial in bench.trials():
        weight = trial["point"]["weights.style"]
        assert [1 / (1 + abs(weight - 60))] == pytest.approx(trial["values"])


def test_a_failed_run_fails_its_trial_only(
    bench: Bench, pretend: Pretend, capsys: pytest.CaptureFixture[str]
) -> None:
    """The trial says which case and why, the budget counts it, and the exit code is 1."""

    def failing(task: RunTask) -> dict[str, float] | str:
        return "NaN at iteration 2" if executor.index(task) == 1 else judge(task)

    executor = pretend(failing)

    outcome = bench.run(bench.write(), executor=executor)

    trials = bench.trials()
    assert ["finished", "failed", "finished", "finished", "finished"] == [
        one["state"] for one in trials
    ]
    assert trials[1]["reason"].endswith(": NaN at iteration 2")
    assert trials[1]["reason"].startswith(("c0 × s0", "c1 × s1"))
    assert [] == trials[1]["values"]
    assert 4 * CASES == len(bench.finished())  # of the failed one, no second case is tried
    assert 1 == outcome.failed
    assert 1 == exit_code(outcome)
    assert "1 runs failed" in capsys.readouterr().err
    assert "study by tpe: 5 variants tried, of these 1 failed" in bench.notes()


def test_a_failed_baseline_stays_the_baseline(bench: Bench, pretend: Pretend) -> None:
    """Without runs of its own it keeps its row, also for who begins again."""

    def failing(task: RunTask) -> dict[str, float] | str:
        return "out of paint" if executor.index(task) == 0 else judge(task)

    executor = pretend(failing)
    path = bench.write(limits={"max_variants": 3})

    for _ in range(2):
        outcome = bench.run(path, executor=executor)

        assert "weights.style=10, pooling=avg" == outcome.answer.material.baseline
        assert 3 == outcome.answer.material.runs["variant"].nunique()
    assert ["failed", "finished", "finished"] == [one["state"] for one in bench.trials()]


@pytest.mark.slow
def test_real_workers(bench: Bench) -> None:
    """Two processes: every trial is told, every run finished once."""
    path = bench.write(limits={"max_variants": 4})

    outcome = bench.run(path, workers=2)

    assert ["finished"] * 4 == [one["state"] for one in bench.trials()]
    done = bench.finished()
    assert 4 * CASES == len(done) == len(set(done))
    assert (0, 0) == (outcome.failed, outcome.missing)
