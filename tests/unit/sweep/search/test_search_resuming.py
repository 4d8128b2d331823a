"""A study in two sessions, or made again from records, goes on as one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.sweep.search.records import State, Trial, TrialRecord
from harness.sweep.search.study import Search

Opener = Callable[..., Search]
GP = pytest.param("gp", marks=pytest.mark.slow)  # loads torch, and optimises at every point
METHODS = ["tpe", GP, "cmaes", "nsga2", "random", "qmc"]
POPULATIONS = ["cmaes", "nsga2"]  # what they learned is in the study's file only


def _taste(trial: Trial) -> float:
    """Value a point; the best is at weight 30 and 4 steps."""
    weight, steps = float(trial.point["weight"]), float(trial.point["steps"])
    return -(((weight - 30) / 30) ** 2) - ((steps - 4) / 4) ** 2


def _go(search: Search, count: int) -> list[Trial]:
    """Ask and tell."""
    asked = []
    for _ in range(count):
        trial = search.ask()
        assert isinstance(trial, Trial)
        search.tell(trial.number, [_taste(trial)])
        asked.append(trial)
    return asked


@pytest.fixture
def plain(make_space: Callable[..., Any]) -> Any:
    """Two ranges: a model follows after four points."""
    return make_space(
        weight={"low": 1, "high": 100, "is_log": True},
        steps={"low": 1, "high": 9, "step": 1, "is_whole": True},
    )


@pytest.mark.parametrize("method", METHODS)
def test_two_sessions_are_one(open_search: Opener, plain: Any, method: str) -> None:
    """With a restart in the middle of learning, the points are the same."""
    whole = _go(open_search(plain, method=method, name="whole", seed=5), 8)

    first = open_search(plain, method=method, seed=5)
    parts = _go(first, 7)
    first.close()
    parts += _go(open_search(plain, method=method, seed=5), 1)

    assert whole == parts
    assert 8 == len({str(trial.point) for trial in whole})


@pytest.mark.parametrize("method", METHODS)
def test_another_seed_gives_other_points(open_search: Opener, plain: Any, method: str) -> None:
    """The seed is what draws."""
    one = _go(open_search(plain, method=method, name="one", seed=1), 2)
    two = _go(open_search(plain, method=method, name="two", seed=2), 2)

    assert [trial.point for trial in one] != [trial.point for trial in two]


@pytest.mark.parametrize("method", METHODS)
def test_a_study_is_made_again_from_its_records(
    open_search: Opener, plain: Any, method: str, tmp_path: Path
) -> None:
    """All trials are back; the next point too, except where a population was lost."""
    lost = open_search(plain, method=method)
    _go(lost, 5)
    lost.ask()
    records = lost.records()

    found = open_search(plain, method=method, storage=f"sqlite:///{tmp_path / 'found.db'}")
    found.rebuild(records)

    assert records == found.records()
    assert lost.best() == found.best()
    if method not in POPULATIONS:
        assert lost.ask() == found.ask()
    else:
        assert isinstance(found.ask(), Trial)


def test_all_kinds_of_trials_come_back(open_search: Opener, plain: Any) -> None:
    """Failed, refused, pruned and repeated trials, constraints, cases: nothing is lost."""
    point = {"weight": 2.0, "steps": 3}
    kept = {"size": -0.5}
    records = [
        TrialRecord(
            number=0,
            state=State.FINISHED,
            point=point,
            values=(1.0,),
            constraints=kept,
            intermediate={0: 0.5, 3: 1.5},
        ),
        TrialRecord(
            number=2, state=State.FAILED, point=point | {"steps": 4}, reason="it diverged"
        ),
        TrialRecord(
            number=3,
            state=State.PRUNED,
            point=point | {"steps": 900},
            values=(0.5,),
            constraints=kept,
            intermediate={1: 0.5},
        ),
        TrialRecord(
            number=4,
            state=State.REPEATED,
            point=point,
            values=(1.0,),
            constraints=kept,
            repeats=0,
        ),
    ]
    search = open_search(plain, constraints=["size"])

    search.rebuild(records)

    found = search.records()
    facts = [(r.number, r.state, r.point, r.values, r.reason, r.repeats) for r in records]
    assert facts == [
        (r.number, r.state, r.point, r.values, r.reason, r.repeats) for r in found if r.number != 1
    ]
    assert (State.REFUSED, "it was not kept") == (found[1].state, found[1].reason)
    assert [0] == [record.number for record in search.best()]


def test_rebuilding_can_be_interrupted(open_search: Opener, plain: Any, tmp_path: Path) -> None:
    """What the study has stays; only what is missing is added."""
    lost = open_search(plain)
    _go(lost, 3)
    records = lost.records()
    found = open_search(plain, storage=f"sqlite:///{tmp_path / 'found.db'}")

    found.rebuild(records[:2])
    found.rebuild(records)
    found.rebuild(records)

    assert records == found.records()


def test_two_records_of_one_number_are_a_mistake(open_search: Opener, plain: Any) -> None:
    """Neither is taken."""
    record = TrialRecord(number=0, state=State.FAILED, point={"weight": 2.0, "steps": 3})
    search = open_search(plain)

    with pytest.raises(ValueError, match="two records have the same number"):
        search.rebuild([record, record])

    assert [] == search.records()


@pytest.mark.parametrize("method", ["tpe", GP, "random", "qmc"])
@pytest.mark.parametrize("high", [10, 1000], ids=["narrower", "wider"])
def test_a_study_goes_on_in_another_interval(
    open_search: Opener, make_space: Callable[..., Any], method: str, high: float
) -> None:
    """Points are chosen in the new interval; what was learned in the old one stays."""
    search = open_search(_ranges(make_space, 100), method=method)
    _go(search, 5)
    search.close()

    again = open_search(_ranges(make_space, high), method=method)
    weights = [float(trial.point["weight"]) for trial in _go(again, 2)]

    assert all(1 <= weight <= high for weight in weights)
    assert [State.FINISHED] * 7 == [one.state for one in again.records()]
    again.close()
    assert isinstance(open_search(_ranges(make_space, high), method=method).ask(), Trial)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"low": 0, "high": 1}, {"low": 0, "high": 1, "step": 0.25}),
        (
            {"low": 1, "high": 9, "step": 1, "is_whole": True},
            {"low": 2, "high": 8, "step": 2, "is_whole": True},
        ),
    ],
    ids=["numbers", "whole"],
)
def test_a_lost_study_goes_on_with_another_step(
    open_search: Opener, make_space: Callable[..., Any], tmp_path: Path, before: Any, after: Any
) -> None:
    """Values between the new steps come back as they were; new ones lie on them."""
    lost = open_search(make_space(weight=before, steps=before))
    _go(lost, 6)
    space = make_space(weight=after, steps=after)
    found = open_search(space, storage=f"sqlite:///{tmp_path / 'found.db'}")

    found.rebuild(lost.records())

    assert lost.records() == found.records()
    trial = found.ask()
    assert isinstance(trial, Trial)
    assert space.refusal(trial.point) is None
    assert {0} == {float(value) % after["step"] for value in trial.point.values()}


@pytest.mark.slow
def test_a_model_chooses_in_a_widened_interval(
    open_search: Opener, make_space: Callable[..., Any]
) -> None:
    """Optuna alone would draw such a dimension at random for good, as ``random`` does."""
    search = open_search(_ranges(make_space, 100), method="gp")
    _go(search, 5)
    search.close()
    drawn = _go(open_search(_ranges(make_space, 1000), name="drawn"), 7)[-1]

    chosen = _go(open_search(_ranges(make_space, 1000), method="gp"), 2)[-1]

    assert drawn.number == chosen.number
    assert drawn.point["weight"] != chosen.point["weight"]


def _ranges(make_space: Callable[..., Any], high: float) -> Any:
    """Two ranges, one of which ends where the test says."""
    return make_space(
        weight={"low": 1, "high": high, "is_log": True},
        steps={"low": 1, "high": 9, "step": 1, "is_whole": True},
    )
