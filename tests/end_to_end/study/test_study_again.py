"""A study that is begun again: extended, interrupted, rebuilt, repeated, begun anew."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.sweep.record import RunTask

pytestmark = pytest.mark.slow

Bench = Any  # see conftest.py
Pretend = Callable[..., Any]

CASES = 2
CONFIRM = {"content": ["c0.png", "c1.png"], "style": ["s1.png", "s0.png"], "pairing": "zip"}
HALVING = {"halving": {"iterations": 1, "keep": 0.34}}


def judge(task: RunTask) -> dict[str, float]:
    """Return scores that a search can learn from: best near a weight of 60."""
    bonus = 0.1 if task.settings.pooling == "max" else 0.0
    of_case = int(task.content_sha256, 16) % 7 / 99
    return {
        "content/score": 1 / (1 + abs(task.settings.weights.style - 60) / 30) + bonus + of_case
    }


def set_budget(bench: Bench, budget: int, **changes: Any) -> Path:
    """Write the study with a budget."""
    path: Path = bench.write(limits={"max_variants": budget}, **changes)
    return path


def test_a_larger_budget_runs_only_what_is_new(bench: Bench, pretend: Pretend) -> None:
    """More variants are tried after those that were; the same budget again runs nothing."""
    bench.run(set_budget(bench, 3), executor=pretend(judge))
    before = bench.trials()
    more, same = pretend(judge), pretend(judge)

    extended = bench.run(set_budget(bench, 5), executor=more)
    again = bench.run(set_budget(bench, 5), executor=same)

    assert 2 * CASES == len(more.performed)
    assert [] == same.performed
    assert before == bench.trials()[:3]
    assert 5 == len(bench.trials())
    for outcome in (extended, again):
        assert (0, 0, "") == (outcome.failed, outcome.missing, outcome.stopped)
        assert 5 == outcome.answer.material.runs["variant"].nunique()
    assert 5 * CASES == len(bench.finished())
    assert "FINISHED" == bench.runs(kind="sweep")[0].info.status


@pytest.mark.parametrize("method", ["tpe", "random"])
@pytest.mark.parametrize("search", [{}, HALVING], ids=["full", "halving"])
def test_interrupted_anywhere_it_tries_the_same(
    bench: Bench,
    pretend: Pretend,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    search: dict[str, Any],
) -> None:
    """Cut off after any run and begun again, it tries the same points as in one go."""
    path = set_budget(bench, 8, method=method, search=search)
    for name in ("one", "cut"):
        folder = tmp_path / name
        folder.mkdir()
        for file in [*tmp_path.glob("*.png"), path, tmp_path / "mlflow.db"]:
            shutil.copy(file, folder)
    monkeypatch.chdir(tmp_path / "one")
    whole = pretend(judge)
    bench.run(Path(path.name), executor=whole)
    expected, variants = bench.points(), [one["variant"] for one in bench.trials()]
    states = [one["state"] for one in bench.trials()]
    monkeypatch.chdir(tmp_path / "cut")
    performed = []

    for stop_after in (0, 3, 1, 4, 0):
        part = pretend(judge, stop_after=stop_after)
        outcome = bench.run(Path(path.name), executor=part)
        performed += part.performed
        assert isinstance(outcome.interruption, KeyboardInterrupt)
    rest = pretend(judge)
    outcome = bench.run(Path(path.name), executor=rest)

    performed += rest.performed
    assert 8 == len(expected)
    assert expected == bench.points()
    assert variants == [one["variant"] for one in bench.trials()]
    assert states == [one["state"] for one in bench.trials()]
    assert [one.fingerprint for one in whole.performed] == [one.fingerprint for one in performed]
    assert (0, 0) == (outcome.failed, outcome.missing)


def test_a_lost_file_is_rebuilt_from_the_store(bench: Bench, pretend: Pretend) -> None:
    """Without study.db, in the middle of the study, nothing is run twice and nothing lost."""
    first, rest = pretend(judge, stop_after=5), pretend(judge)
    path = set_budget(bench, 6, search=HALVING)
    bench.run(path, executor=first)
    before = [one for one in bench.trials() if one["state"] != "open"]
    assert before
    Path("study.db").unlink()

    outcome = bench.run(path, executor=rest)

    done = [one.fingerprint for one in first.performed + rest.performed]
    assert len(set(done)) == len(done)
    trials = bench.trials()
    assert before == trials[: len(before)]
    assert [*range(6)] == [one["number"] for one in trials]
    assert not [one for one in trials if one["state"] == "open"]
    assert 0 == outcome.missing


def test_a_finished_study_is_rebuilt_whole(bench: Bench, pretend: Pretend) -> None:
    """Without study.db, a finished study is extended as if the file were there."""
    bench.run(set_budget(bench, 4), executor=pretend(judge))
    before = bench.trials()
    shutil.copy("study.db", "kept.db")
    with_file = pretend(judge, stop_after=2)
    bench.run(set_budget(bench, 5), executor=with_file)
    Path("study.db").unlink()
    without = pretend(judge)

    bench.run(set_budget(bench, 5), executor=without)

    assert [] == without.performed
    assert before == bench.trials()[:4]
    assert "finished" == bench.trials()[4]["state"]


def test_a_time_limit_ends_and_the_same_call_goes_on(
    bench: Bench, pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of time, what was done stands; the next call has its own time."""
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr("harness.sweep.work_queue.time", clock)

    def slow(task: RunTask) -> dict[str, float]:
        now[0] += 10
        return judge(task)

    path = bench.write(limits={"max_variants": 4, "time": 25})

    outcome = bench.run(path, executor=pretend(slow))

    assert (0, 0) == (outcome.failed, outcome.missing)
    assert 3 == len(bench.finished())
    assert "finished" == bench.trials()[0]["state"]
    for _ in range(2):
        outcome = bench.run(path, executor=pretend(slow))
    assert 4 * CASES == len(bench.finished())
    assert ["finished"] * 4 == [one["state"] for one in bench.trials()]


def test_time_alone_may_be_the_budget(
    bench: Bench, pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without max_variants, variants are tried as long as there is time."""
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr("harness.sweep.work_queue.time", clock)

    def slow(task: RunTask) -> dict[str, float]:
        now[0] += 10
        return judge(task)

    path = bench.write(limits={"time": 55})

    bench.run(path, executor=pretend(slow))

    assert 6 == len(bench.finished())
    assert 3 == sum(one["state"] == "finished" for one in bench.trials())
    bench.run(path, executor=pretend(slow))
    assert 12 == len(bench.finished())


def test_a_finite_space_ends_before_its_budget(bench: Bench, pretend: Pretend) -> None:
    """When every combination was tried the study is done, and says why."""
    path = bench.write(parameters={"pooling": {"values": ["avg", "max"]}}, baseline=None)

    for _ in range(2):
        outcome = bench.run(path, executor=pretend(judge))

        assert (0, 0) == (outcome.failed, outcome.missing)
        assert 2 * CASES == len(bench.finished())
        assert (
            "the search ended before its budget: every combination has been tried" in bench.notes()
        )


def test_fresh_forgets_trials_and_sets_runs_aside(bench: Bench, pretend: Pretend) -> None:
    """--fresh tries the same points anew: runs go to the trash, trials begin with 0."""
    path = set_budget(bench, 3)
    bench.run(path, executor=pretend(judge))
    before = bench.trials()
    anew = pretend(judge)

    bench.run(path, executor=anew, fresh=True)

    assert 3 * CASES == len(anew.performed)
    assert 3 * CASES == len(bench.finished())
    assert [one["point"] for one in before] == bench.points()
    assert before[0]["begun"] < bench.trials()[0]["begun"]
    last = pretend(judge)
    bench.run(path, executor=last)
    assert [] == last.performed


def test_fresh_that_is_cut_off_stays_fresh(bench: Bench, pretend: Pretend) -> None:
    """After a --fresh that ended at once, nothing of what was forgotten comes back."""
    path = set_budget(bench, 3)
    bench.run(path, executor=pretend(judge))
    bench.run(path, executor=pretend(judge, stop_after=0), fresh=True)
    Path("study.db").unlink()
    rest = pretend(judge)

    outcome = bench.run(path, executor=rest)

    assert 3 * CASES == len(rest.performed)
    assert (0, 0) == (outcome.failed, outcome.missing)


def test_the_best_is_confirmed_on_other_cases(bench: Bench, pretend: Pretend) -> None:
    """The confirming sweep has the baseline and the best on its own cases, and goes on too."""
    path = set_budget(bench, 6, confirm=CONFIRM)

    outcome = bench.run(path, executor=pretend(judge))

    assert outcome.confirmed is not None
    runs = outcome.confirmed.answer.material.runs
    trials = bench.trials()
    best = max(trials, key=lambda one: one["values"][0])
    assert [trials[0]["variant"], best["variant"]] == list(runs["variant"].unique())
    assert {"c0 × s1", "c1 × s0"} == set(runs["pair"])
    assert 2 * CASES == len(bench.finished("study-confirm"))
    again = pretend(judge)
    confirmed = bench.run(path, executor=again).confirmed
    assert [] == again.performed
    assert confirmed is not None
    assert (0, 0) == (confirmed.failed, confirmed.missing)


def test_nothing_is_confirmed_where_the_baseline_is_best(bench: Bench, pretend: Pretend) -> None:
    """There is no winner to judge then."""

    def flat(task: RunTask) -> dict[str, float]:
        return {"content/score": 0.9 if task.settings.weights.style == 10 else 0.5}

    outcome = bench.run(set_budget(bench, 4, confirm=CONFIRM), executor=pretend(flat))

    assert outcome.confirmed is None
    assert [] == bench.runs("study-confirm", "sweep")


def test_an_interrupted_study_is_not_confirmed(bench: Bench, pretend: Pretend) -> None:
    """What is not complete has no winner yet."""
    path = set_budget(bench, 4, confirm=CONFIRM)

    outcome = bench.run(path, executor=pretend(judge, stop_after=5))

    assert outcome.confirmed is None
    assert [] == bench.runs("study-confirm", "sweep")


def test_a_narrower_range_keeps_what_was_tried(bench: Bench, pretend: Pretend) -> None:
    """Trials outside of today's range count, and the study goes on inside of it."""
    bench.run(set_budget(bench, 4, confirm=CONFIRM), executor=pretend(judge))
    tried = bench.points()
    narrow = {"weights.style": {"min": 5, "max": 12, "distribution": "log_uniform_values"}}
    narrow["pooling"] = {"values": ["avg", "max"]}

    outcome = bench.run(set_budget(bench, 6, parameters=narrow), executor=pretend(judge))

    assert tried == bench.points()[:4]
    assert 6 == len(bench.points())
    assert all(5 <= one["weights.style"] <= 12 for one in bench.points()[4:])
    inside = [one for one in bench.points() if 5 <= one["weights.style"] <= 12]
    assert len(inside) == outcome.answer.material.runs["variant"].nunique()
