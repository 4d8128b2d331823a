"""Giving up a trial that is worse than the best one, case by case."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from harness.sweep.search.records import State, Trial
from harness.sweep.search.study import Search
from metrics.catalog import Direction

Opener = Callable[..., Search]
BEST = [0.5, 0.9, 0.1, 0.7, 0.3, 0.8]  # cases differ more than variants do


def _run(search: Search, values: Sequence[float]) -> int | None:
    """Report case by case; return after how many the trial was given up."""
    trial = search.ask()
    assert isinstance(trial, Trial)
    order = search.case_order(trial.number, len(values))
    for done, case in enumerate(order, start=1):
        search.report(trial.number, case, values[case])
        if search.should_prune(trial.number):
            search.prune(trial.number, reason="worse on the cases so far")
            return done
    search.tell(trial.number, [sum(values) / len(values)])
    return None


@pytest.mark.parametrize(("direction", "sign"), [(Direction.MAX, 1), (Direction.MIN, -1)])
def test_a_worse_trial_is_given_up(
    open_search: Opener, space: Any, direction: Direction, sign: int
) -> None:
    """Worse on every case: given up at the fourth, the first at which the test can tell."""
    search = open_search(space, metrics={"metric": direction})
    best = [sign * value for value in BEST]
    assert None is _run(search, best)

    given_up = _run(search, [value - sign * 1.0 for value in best])

    record = search.records()[1]
    assert 4 == given_up
    assert State.PRUNED is record.state
    assert "worse on the cases so far" == record.reason
    assert (math.fsum(record.intermediate.values()) / 4,) == record.values
    assert [0] == [one.number for one in search.best()]
    assert [State.FINISHED, State.PRUNED] == [one.state for one in search.records()]


@pytest.mark.parametrize("shift", [0.0, 0.2], ids=["equal", "better"])
def test_a_trial_that_is_not_worse_goes_on(open_search: Opener, space: Any, shift: float) -> None:
    """An equal one and a better one get all their cases."""
    search = open_search(space)
    _run(search, BEST)

    assert None is _run(search, [value + shift for value in BEST])


def test_a_trial_that_is_worse_on_some_cases_goes_on(open_search: Opener, space: Any) -> None:
    """Worse in the mean only is no proof."""
    search = open_search(space)
    _run(search, BEST)

    mixed = [value + (0.05 if case % 2 else -0.06) for case, value in enumerate(BEST)]

    assert None is _run(search, mixed)


def test_the_first_trial_is_never_given_up(open_search: Opener, space: Any) -> None:
    """There is nothing to compare it with."""
    assert None is _run(open_search(space), [-100.0] * 6)


def test_a_trial_that_breaks_a_constraint_is_no_measure(open_search: Opener, space: Any) -> None:
    """Trials are compared with the best one that keeps the constraints."""
    search = open_search(space, constraints=["size"])
    trial = search.ask()
    assert isinstance(trial, Trial)
    for case, value in enumerate(BEST):
        search.report(trial.number, case, value)
    search.tell(trial.number, [0.55], constraints={"size": 1.0})
    other = search.ask()
    assert isinstance(other, Trial)

    for case, value in enumerate(BEST):
        search.report(other.number, case, value - 1)
        assert not search.should_prune(other.number)


def test_several_metrics_never_prune(open_search: Opener, space: Any) -> None:
    """The test knows one metric; reports are kept all the same."""
    search = open_search(space, metrics={"a": Direction.MAX, "b": Direction.MIN})
    trial = search.ask()
    assert isinstance(trial, Trial)

    search.report(trial.number, 0, 1.0)

    assert not search.should_prune(trial.number)


def test_nothing_finite_is_no_value_to_prune_by(open_search: Opener, space: Any) -> None:
    """A pruned trial needs at least one finite case; otherwise it has failed."""
    search = open_search(space)
    trial = search.ask()
    assert isinstance(trial, Trial)
    search.report(trial.number, 0, float("nan"))

    assert not search.should_prune(trial.number)
    with pytest.raises(ValueError, match="no finite values"):
        search.prune(trial.number)
