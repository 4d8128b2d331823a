"""What a study hands out, and what it is told."""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import optuna
import pytest

from harness.errors import InputError
from harness.sweep.search.records import Exhausted, Importances, State, Trial
from harness.sweep.search.study import Search
from metrics.catalog import Direction

Opener = Callable[..., Search]
SpaceMaker = Callable[..., Any]


def _ask(search: Search) -> Trial:
    """Ask for a trial that must be there."""
    asked = search.ask()
    assert isinstance(asked, Trial)
    return asked


def _open(search: Search) -> list[Trial]:
    """Return what was asked and not told."""
    return [
        Trial(number=one.number, point=one.point)
        for one in search.records()
        if one.state is State.OPEN
    ]


def test_a_point_has_the_dimensions_that_apply(open_search: Opener, space: Any) -> None:
    """A dimension with a condition is in a point exactly where the condition holds."""
    search = open_search(space)

    points = [_ask(search).point for _ in range(12)]

    with_smoothing = ["layer", "weight", "steps", "smoothing"]
    for point in points:
        expected = with_smoothing if point["layer"] == "low" else with_smoothing[:3]
        assert expected == list(point)
        assert isinstance(point["steps"], int)
    assert {"low", "middle", "high"} == {point["layer"] for point in points}


def test_a_logarithmic_range_with_a_step_gives_allowed_numbers(
    open_search: Opener, make_space: SpaceMaker
) -> None:
    """Optuna knows no such range; the points are on the step all the same."""
    space = make_space(weight={"low": 2, "high": 32, "is_log": True, "step": 2})

    search = open_search(space)

    assert {0.0} == {float(_ask(search).point["weight"]) % 2 for _ in range(5)}


def test_first_points_come_first_and_once(open_search: Opener, space: Any) -> None:
    """Baseline and first points are asked before any other, also across sessions."""
    first = [
        {"layer": "high", "weight": 2.0, "steps": 3},
        {"layer": "low", "weight": 5.0, "steps": 1, "smoothing": 0.5},
    ]
    search = open_search(space, first=first)
    asked = [_ask(search).point]
    search.close()

    again = open_search(space, first=first)
    asked += [_ask(again).point, _ask(again).point]

    assert first == asked[:2]
    assert asked[2] not in first


def test_refused_points_are_not_handed_out(open_search: Opener, make_space: SpaceMaker) -> None:
    """What the space refuses is told to Optuna with the reason, and another point is asked."""
    space = make_space(
        layer=["a", "b", "c", "d"],
        weight={"low": 0, "high": 1},
        refused=lambda point: None if point["layer"] == "d" else "it does not fit",
    )
    search = open_search(space)

    asked = [_ask(search).point["layer"] for _ in range(3)]

    refused = [one for one in search.records() if one.state is State.REFUSED]
    assert ["d"] * 3 == asked
    assert {"it does not fit"} == {one.reason for one in refused}
    assert {State.REFUSED, State.OPEN} == {one.state for one in search.records()}


@pytest.mark.slow
def test_tpe_learns_what_is_refused(open_search: Opener, make_space: SpaceMaker) -> None:
    """Where the best lies beside what is refused, few points are chosen in vain."""
    space = make_space(
        layer=["a", "b"],
        weight={"low": 0, "high": 100},
        refused=lambda point: "too heavy" if point["weight"] > 50 else None,
    )
    search = open_search(space, method="tpe")
    for _ in range(14):
        trial = _ask(search)
        search.tell(trial.number, [float(trial.point["weight"])])

    refused = sum(one.state is State.REFUSED for one in search.records())

    assert refused <= 10


def test_a_space_that_refuses_everything_ends(open_search: Opener, make_space: SpaceMaker) -> None:
    """Asking stops after some tries, and says the last reason."""
    space = make_space(weight={"low": 0, "high": 1}, refused=lambda _: "nothing fits")

    asked = open_search(space).ask()

    expected = "20 points in a row could not be tried, the last because nothing fits"
    assert Exhausted(reason=expected) == asked


@pytest.mark.parametrize("method", ["random", "tpe", "qmc"])
def test_a_finite_space_is_tried_once_and_ends(
    open_search: Opener, make_space: SpaceMaker, method: str
) -> None:
    """Every combination is handed out once, however often the method proposes it."""
    space = make_space(
        layer=["a", "b"],
        weight={"low": 1, "high": 2, "step": 1, "is_whole": True},
        smoothing={"labels": ["on", "off"], "when": {"layer": "b"}},
        refused=lambda point: "no" if point == {"layer": "a", "weight": 2} else None,
    )
    search = open_search(space, method=method)
    points = []
    while isinstance(trial := search.ask(), Trial):
        points.append(tuple(trial.point.values()))
        search.tell(trial.number, [1.0])

    expected = [("a", 1), ("b", 1, "off"), ("b", 1, "on"), ("b", 2, "off"), ("b", 2, "on")]
    assert expected == sorted(points, key=str)
    assert Exhausted(reason="every combination has been tried") == trial
    assert 5 == Counter(one.state for one in search.records())[State.FINISHED]


def test_a_repeat_is_told_what_the_first_was_told(
    open_search: Opener, make_space: SpaceMaker
) -> None:
    """A point proposed again costs nothing: Optuna learns the known values, cases too."""
    search = open_search(make_space(layer=list("abcdef")), constraints=["size"])
    while isinstance(trial := search.ask(), Trial):
        search.report(trial.number, 0, 3.5)
        search.tell(trial.number, [3.5], constraints={"size": -1.0})

    repeats = [one for one in search.records() if one.state is State.REPEATED]

    assert repeats
    for one in repeats:
        assert ((3.5,), {0: 3.5}, {"size": -1.0}) == (
            one.values,
            one.intermediate,
            one.constraints,
        )
        assert f"it is the same as trial {one.repeats}" == one.reason
    assert 6 == Counter(one.state for one in search.records())[State.FINISHED]


def test_points_being_tried_are_not_handed_out_again(
    open_search: Opener, make_space: SpaceMaker
) -> None:
    """Two workers never get the same point, and the end comes while both work."""
    search = open_search(make_space(layer=["a", "b", "c"]))

    layers = {_ask(search).point["layer"] for _ in range(3)}

    assert {"a", "b", "c"} == layers
    assert isinstance(search.ask(), Exhausted)


@pytest.mark.parametrize("values", [None, [None], [math.nan], [math.inf], [-math.inf]])
def test_a_value_that_is_no_finite_number_is_a_failure(
    open_search: Opener, space: Any, values: list[float | None] | None
) -> None:
    """Such a trial has failed, with a reason; Optuna itself would take inf for a result."""
    search = open_search(space)

    told = search.tell(_ask(search).number, values)

    assert (State.FAILED, ()) == (told.state, told.values)
    assert told.reason
    assert [State.FAILED] == [one.state for one in search.records()]
    assert [] == search.best()


def test_a_given_reason_is_kept(open_search: Opener, space: Any) -> None:
    """The caller knows best why a trial failed."""
    search = open_search(space)

    search.tell(_ask(search).number, None, reason="the losses diverged")

    assert "the losses diverged" == search.records()[0].reason


def test_what_was_told_first_stands(open_search: Opener, space: Any) -> None:
    """Telling a trial twice, as after a crash, changes nothing."""
    search = open_search(space)
    number = _ask(search).number

    search.tell(number, [1.0])
    again = search.tell(number, None)

    assert (State.FINISHED, (1.0,)) == (again.state, again.values)


def test_callers_that_tell_the_wrong_things_are_stopped(open_search: Opener, space: Any) -> None:
    """A wrong number of values, a missing constraint and an unknown trial are mistakes."""
    search = open_search(space, constraints=["content/score at least 0.4"])
    number = _ask(search).number

    with pytest.raises(ValueError, match="2 values for 1 metrics"):
        search.tell(number, [1.0, 2.0])
    with pytest.raises(ValueError, match="constraints"):
        search.tell(number, [1.0])
    with pytest.raises(ValueError, match="there is no trial 9"):
        search.tell(9, None)


def test_the_best_keeps_the_constraints(open_search: Opener, space: Any) -> None:
    """A better value does not help a trial that breaks a constraint; 0 keeps it."""
    search = open_search(space, constraints=["size"])
    for value, excess in [(1.0, -1.0), (2.0, 0.0), (9.0, 0.1)]:
        search.tell(_ask(search).number, [value], constraints={"size": excess})

    best = search.best()

    assert [(1, (2.0,), {"size": 0.0})] == [(r.number, r.values, r.constraints) for r in best]
    assert [True, True, False] == [record.is_feasible for record in search.records()]


@pytest.mark.parametrize(("direction", "expected"), [(Direction.MAX, 1), (Direction.MIN, 0)])
def test_the_best_follows_the_direction(
    open_search: Opener, space: Any, direction: Direction, expected: int
) -> None:
    """The largest or the smallest, as the metric wants it."""
    search = open_search(space, metrics={"one": direction})
    for value in (1.0, 3.0, 2.0):
        search.tell(_ask(search).number, [value])

    assert [expected] == [record.number for record in search.best()]


def test_several_metrics_have_a_front(open_search: Opener, space: Any) -> None:
    """The best of several metrics are those that no other one beats in all."""
    search = open_search(space, metrics={"gain": Direction.MAX, "distance": Direction.MIN})
    for values in [(1.0, 1.0), (2.0, 2.0), (1.0, 3.0), (0.5, 0.5)]:
        search.tell(_ask(search).number, values)

    assert [0, 1, 3] == [record.number for record in search.best()]


def test_open_trials_survive_a_crash(open_search: Opener, space: Any) -> None:
    """What was asked and not told is there again, and is told as if nothing had happened."""
    search = open_search(space)
    search.tell(_ask(search).number, [1.0])
    asked = [_ask(search), _ask(search)]
    search.close()

    again = open_search(space)

    assert asked == _open(again)
    again.tell(asked[0].number, [2.0])
    assert asked[1:] == _open(again)
    assert 3 == _ask(again).number


def test_a_crash_while_a_point_is_chosen_leaves_no_gap(
    open_search: Opener, space: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trial that was being chosen is chosen to its end, under its number."""
    search = open_search(space)
    asked = _ask(search)
    with monkeypatch.context() as patch:
        patch.setattr(optuna.Trial, "suggest_int", _power_cut)
        with pytest.raises(KeyboardInterrupt):
            search.ask()
    search.close()

    again = open_search(space)

    assert [asked] == _open(again) == [Trial(number=0, point=asked.point)]
    assert [0] == [record.number for record in again.records()]
    assert 1 == _ask(again).number
    assert 2 == _ask(again).number


def _power_cut(*_: Any, **__: Any) -> int:
    """Stand for a process that dies in the middle."""
    raise KeyboardInterrupt


def test_importances_wait_for_enough_results(open_search: Opener, make_space: SpaceMaker) -> None:
    """Few or equal results have no importances, and the reason says so."""
    search = open_search(make_space(weight={"low": 0, "high": 1}, idle={"low": 0, "high": 1}))
    few = search.importances()
    for _ in range(12):
        trial = _ask(search)
        search.tell(trial.number, [float(trial.point["weight"])])

    enough = search.importances()

    assert Importances(reason="0 results; 10 are needed to say it") == few
    assert ["weight", "idle"] == list(enough.shares)
    assert math.isclose(1.0, sum(enough.shares.values()))


def test_case_orders_differ_by_trial_and_not_by_session(open_search: Opener, space: Any) -> None:
    """Each trial takes its cases in an order of its own, the same one after a restart."""
    first, second = open_search(space, name="a"), open_search(space, name="b")

    orders = [first.case_order(number, 6) for number in range(4)]

    assert orders == [second.case_order(number, 6) for number in range(4)]
    assert 4 == len(set(orders))
    assert all(list(range(6)) == sorted(order) for order in orders)


@pytest.mark.parametrize(
    ("method", "axes", "metrics", "message"),
    [
        ("tree", {"a": ["x", "y"]}, 1, "'tree' is none of tpe, gp, cmaes, nsga2, random, qmc"),
        ("cmaes", {"a": {"low": 0, "high": 1}}, 2, "cmaes handles one metric, and there are 2"),
        ("cmaes", {"a": ["x", "y"]}, 1, "cmaes moves through ranges"),
    ],
)
def test_a_method_that_does_not_suit_is_refused(
    open_search: Opener,
    make_space: SpaceMaker,
    method: str,
    axes: Any,
    metrics: int,
    message: str,
) -> None:
    """Before anything is written."""
    wanted = {f"metric {number}": Direction.MAX for number in range(metrics)}

    with pytest.raises(InputError, match=message):
        open_search(make_space(**axes), method=method, metrics=wanted)


def test_a_method_says_what_it_draws_at_random(open_search: Opener, space: Any) -> None:
    """Nothing is silent: choices and conditions that a method does not learn are named."""
    notes = open_search(space, method="cmaes").notes

    expected = (
        "cmaes learns from ranges only; drawn at random: layer",
        "cmaes does not learn parameters with `when`; drawn at random: smoothing",
    )
    assert expected == notes
    assert () == open_search(space, name="other", method="tpe").notes
