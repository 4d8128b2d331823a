"""What a study leaves out: cases of worse variants, and full sizes of unpromising ones."""

from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from harness.sweep.record import RunTask

pytestmark = pytest.mark.slow

Bench = Any  # see conftest.py
Pretend = Callable[..., Any]

CASES = 8
EIGHT = {
    "content": ["c0.png", "c1.png"],
    "style": ["s0.png", "s1.png"],
    "pairing": "product",
    "seeds": [0, 1],
}
FOUR = EIGHT | {"seeds": [0]}
CONFIRM = {"content": ["s0.png"], "style": ["c1.png"]}


def noisy_base(bench: Bench) -> dict[str, Any]:
    """Return base settings for which seeds matter."""
    return {**bench.base, "start": "noise"}


def test_a_worse_variant_loses_its_remaining_cases(bench: Bench, pretend: Pretend) -> None:
    """It is pruned with what it had; the baseline, as bad, is not, nor what is named in first."""

    def judge(task: RunTask) -> dict[str, float]:
        bonus = 0.01 * task.seed + 0.02 * (int(task.content_sha256, 16) % 5)
        good = 40 <= task.settings.weights.style <= 60
        return {"content/score": (0.8 if good else 0.3) + bonus}

    path = bench.write(
        method="random",
        cases=EIGHT,
        base=noisy_base(bench),
        search={"first": [{"weights.style": 50}, {"weights.style": 200}]},
        limits={"max_variants": 6},
    )
    executor = pretend(judge)

    outcome = bench.run(path, executor=executor)

    trials = bench.trials()
    assert ["finished"] * 3 + ["pruned"] * 3 == [one["state"] for one in trials]
    assert 3 * CASES < len(executor.performed) <= 3 * CASES + 3 * 5
    for one in trials[3:]:
        assert 4 <= len(one["intermediate"]) < CASES
        assert fmean(one["intermediate"].values()) == pytest.approx(one["values"][0])
        assert one["reason"].startswith("worse than the best")
    assert (0, 0) == (outcome.failed, outcome.missing)
    assert [trials[1]["number"]] == [one["number"] for one in trials if one["values"][0] > 0.7]


def test_nothing_is_pruned_where_the_file_says_so(bench: Bench, pretend: Pretend) -> None:
    """prune: false, and several metrics, try every variant on every case."""

    def judge(task: RunTask) -> dict[str, float]:
        good = task.settings.weights.style == 10
        return {"content/score": 0.9 if good else 0.1, "style/gain": 0.9 if good else 0.1}

    files = {
        "whole": {"search": {"prune": False}},
        "front": {"metric": ["content/score", "style/gain"]},
    }
    for name, changes in files.items():
        path = bench.write(
            name, cases=EIGHT, base=noisy_base(bench), limits={"max_variants": 3}, **changes
        )

        bench.run(path, executor=pretend(judge), fresh=True)

        assert ["finished"] * 3 == [one["state"] for one in bench.trials(name)]
        assert 3 * CASES == len(bench.finished(name))


LIFT = -0.4  # of the score, from small to full size: as content/score with more iterations


def by_weight(task: RunTask) -> dict[str, float]:
    """Score the lower the heavier; small runs score higher, and take a tenth of the time."""
    is_small = task.settings.iterations == 1
    value = 0.9 - task.settings.weights.style / 1000
    return {
        "content/score": value if is_small else value + LIFT,
        "seconds": 1.0 if is_small else 10.0,
    }


def test_only_promising_variants_are_tried_in_full(bench: Bench, pretend: Pretend) -> None:
    """Small runs first, the best share again; told and noted is what can be worked out by hand."""
    path = bench.write(
        method="random",
        cases=FOUR,
        baseline={"weights.style": 100, "pooling": "avg"},
        search={
            "prune": False,
            "halving": {"iterations": 1, "keep": 0.5},
            "first": [{"weights.style": 290}],
        },
        limits={"max_variants": 14},
        confirm=CONFIRM,
    )

    outcome = bench.run(path, executor=pretend(by_weight))

    trials = bench.trials()
    small: dict[int, float] = {}
    kept: list[int] = []
    for one in trials[2:]:  # asynchronous successive halving, by hand
        weight = one["point"]["weights.style"]
        small[one["number"]] = weight
        rank = sorted(small.values()).index(weight)
        if rank < -(-len(small) // 2):
            kept.append(one["number"])
    assert 12 == len(small)
    assert 3 <= len(kept) < 12
    levels: dict[int, set[str]] = {number: set() for number in range(14)}
    for run in bench.runs():
        tags = run.data.tags
        levels[int(tags["harness.trial"])].add(tags["harness.level"])
    assert {"full"} == levels[0] == levels[1]
    assert {number: {"small", "full"} if number in kept else {"small"} for number in small} == {
        number: levels[number] for number in small
    }
    states = {one["number"]: one["state"] for one in trials}
    assert all(states[number] == "finished" for number in (0, 1, *kept))
    assert all(states[number] == "pruned" for number in small if number not in kept)
    rows = list(outcome.answer.material.runs["variant"].unique())
    assert [one["variant"] for one in trials if one["state"] == "finished"] == rows
    assert {3} == set(outcome.answer.material.runs["iterations"])
    saved = (12 - len(kept)) * 4 * 10 - 12 * 4 * 1
    note = (
        f"halving: 12 variants tried small, {len(kept)} of them in full "
        f"(rank correlation of both levels 1.00); that saved about {saved / 60:.1f} min of runs"
    )
    assert note in bench.notes()


def test_small_values_do_not_pass_for_full_ones(bench: Bench, pretend: Pretend) -> None:
    """Small runs may score higher: what is told of them is at the level of full size."""
    path = bench.write(
        method="random",
        search={"halving": {"iterations": 1, "keep": 0.3}},
        limits={"max_variants": 8},
        confirm=CONFIRM,
    )

    outcome = bench.run(path, executor=pretend(by_weight))

    trials = bench.trials()
    for one in trials:
        assert 0.9 - one["point"]["weights.style"] / 1000 + LIFT == pytest.approx(one["values"][0])
    assert {"pruned", "finished"} == {one["state"] for one in trials}
    best = max((one for one in trials if one["state"] == "finished"), key=lambda x: x["values"])
    assert best["number"] != 0
    assert outcome.confirmed is not None
    assert best["variant"] == outcome.confirmed.answer.material.runs["variant"].iloc[-1]


def test_what_was_saved_is_the_same_for_who_begins_again(bench: Bench, pretend: Pretend) -> None:
    """The note of a study is worked out of the store, pruned and failed variants included."""

    def judge(task: RunTask) -> dict[str, float] | str:
        if task.settings.iterations == 1 and 100 < task.settings.weights.style < 150:
            return "out of paint"
        return by_weight(task)

    path = bench.write(
        method="random",
        search={"halving": {"iterations": 1, "keep": 0.4}},
        limits={"max_variants": 14},
    )
    bench.run(path, executor=pretend(judge))
    before = bench.notes()
    assert "failed" in {one["state"] for one in bench.trials()}

    bench.run(path, executor=pretend(judge))

    assert before == bench.notes()
    assert any(one.startswith("halving:") for one in before)


def test_what_keeps_the_constraints_is_promising(bench: Bench, pretend: Pretend) -> None:
    """Variants that break a bound when small do not take the places of those that keep it."""

    def judge(task: RunTask) -> dict[str, float]:
        weight = task.settings.weights.style
        return {"style/gain": weight / 300, "content/score": 0.9 if weight < 60 else 0.1}

    path = bench.write(
        method="random",
        metric="style/gain",
        search={
            "halving": {"iterations": 1, "keep": 0.34},
            "constraints": {"content/score": {"min": 0.5}},
        },
        limits={"max_variants": 12},
    )

    bench.run(path, executor=pretend(judge))

    finished = [one for one in bench.trials()[1:] if one["state"] == "finished"]
    kept = [one["point"]["weights.style"] for one in finished]
    tried = [point["weights.style"] for point in bench.points()[1:]]
    assert any(weight < 60 for weight in tried)
    first_good = next(at for at, weight in enumerate(tried) if weight < 60)
    assert tried[first_good] in kept
    assert not [one for one in kept if one >= 60 and tried.index(one) > first_good + 2]


def test_small_runs_without_a_value_fail_the_trial(bench: Bench, pretend: Pretend) -> None:
    """Nothing is promising that has no number."""

    def judge(task: RunTask) -> dict[str, float]:
        is_bad = task.settings.iterations == 1 and task.settings.weights.style > 50
        return {"content/score": float("nan") if is_bad else 0.5}

    path = bench.write(
        method="random",
        search={"halving": {"iterations": 1, "keep": 0.5}},
        limits={"max_variants": 8},
    )

    bench.run(path, executor=pretend(judge))

    states = {one["point"]["weights.style"] > 50: one["state"] for one in bench.trials()}
    assert "failed" == states[True]
    assert Path("results/study/table.csv").exists()
