"""A trial as Optuna keeps it, and as plain data; each made from the other."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from harness.sweep.search.points import Dimension, Point, Space
from harness.sweep.search.records import State, TrialRecord
from harness.sweep.search.samplers import distribution_of

__all__ = [
    "Note",
    "chosen_point",
    "frozen_of",
    "is_asked",
    "is_begun",
    "record_of",
    "state_without_values",
]


class Note(StrEnum):
    """What we keep beside a trial (its user attributes)."""

    POINT = "point"
    STATE = "outcome"
    REASON = "reason"
    REPEATS = "repeats"
    CONSTRAINTS = "constraints"  # for people: optuna-dashboard 0.21 does not show Optuna 5's own


def is_asked(trial: FrozenTrial) -> bool:
    """Whether a trial was handed out, whatever became of it."""
    return State(trial.user_attrs.get(Note.STATE, State.REFUSED)) not in {
        State.REFUSED,
        State.REPEATED,
    }


def is_begun(trial: FrozenTrial) -> bool:
    """Whether a trial was left while its point was being chosen or refused."""
    return trial.state is TrialState.RUNNING and not is_asked(trial)


def state_without_values(state: State, *, is_whole: bool) -> TrialState:
    """Return Optuna's word for a trial without a result.

    A refused point counts as pruned before its first case: TPE learns to keep away from it, while
    it forgets failures. (In a space that refused half of its points, 20 trials took 6 to 12
    refusals so, and 56 to 71 as failures.)

    Args:
        state: What became of it.
        is_whole: Whether its point was chosen to the end.
    """
    return TrialState.PRUNED if state is State.REFUSED and is_whole else TrialState.FAIL


def chosen_point(trial: Trial, space: Space) -> Point:
    """Let Optuna choose a point, dimension by dimension.

    Raises:
        ValueError: Somebody put a choice into the queue that the space does not have.
    """
    point: dict[str, str | int | float] = {}
    while (dimension := space.next_dimension(point)) is not None:
        value = _suggested(trial, dimension.name, distribution_of(dimension))
        if dimension.interval is not None and not isinstance(value, str):
            value = dimension.interval.nearest(value)
        point[dimension.name] = value
    return point


def _suggested(trial: Trial, name: str, distribution: BaseDistribution) -> str | int | float:
    """Return Optuna's choice for one dimension."""
    match distribution:
        case IntDistribution(low=low, high=high, step=step, log=log):
            return trial.suggest_int(name, low, high, step=step, log=log)
        case FloatDistribution(low=low, high=high, step=step, log=log):
            return trial.suggest_float(name, low, high, step=step, log=log)
        case CategoricalDistribution(choices=choices):
            return str(trial.suggest_categorical(name, choices))
        case _:
            raise TypeError(f"no dimension is made of {distribution}")


def record_of(trial: FrozenTrial) -> TrialRecord:
    """Return a trial as plain data."""
    notes = trial.user_attrs
    is_open = trial.state is TrialState.RUNNING
    return TrialRecord(
        number=trial.number,
        state=State.OPEN if is_open else State(notes.get(Note.STATE, State.REFUSED)),
        point=dict(notes.get(Note.POINT, {})),
        values=tuple(trial.values or ()),
        constraints=dict(trial.constraints),
        reason=str(notes.get(Note.REASON, "")),
        intermediate=dict(trial.intermediate_values),
        repeats=notes.get(Note.REPEATS),
        begun=trial.datetime_start,
        ended=trial.datetime_complete,
    )


def frozen_of(record: TrialRecord, dimensions: Sequence[Dimension]) -> FrozenTrial:
    """Return plain data as a trial that can be added to a study.

    A value outside of today's interval, or between its steps, keeps an interval that holds it.
    """
    known = {one.name: one for one in dimensions}
    notes: dict[Note, Any] = {
        Note.POINT: dict(record.point),
        Note.STATE: record.state,
        Note.REASON: record.reason,
        Note.REPEATS: record.repeats,
        Note.CONSTRAINTS: dict(record.constraints),
    }
    trial = create_trial(
        state=_state_of(record),
        values=list(record.values) or None,
        params=dict(record.point),
        distributions={name: _holding(known[name], value) for name, value in record.point.items()},
        user_attrs={
            note.value: fact for note, fact in notes.items() if fact not in ("", None, {})
        },
        intermediate_values=dict(record.intermediate),
        constraints=dict(record.constraints),
    )
    trial.datetime_start = record.begun or trial.datetime_start
    if trial.state.is_finished():
        trial.datetime_complete = record.ended or trial.datetime_complete
    return trial


def _state_of(record: TrialRecord) -> TrialState:
    """Return Optuna's word for what became of a trial.

    A pruned one counts as complete with an estimated value: Optuna's own advice for this pruner,
    since most samplers learn nothing from its PRUNED.
    """
    if record.state is State.OPEN:
        return TrialState.RUNNING
    if record.values:
        return TrialState.COMPLETE
    return state_without_values(record.state, is_whole=bool(record.point))


def _holding(dimension: Dimension, value: str | float) -> BaseDistribution:
    """Return a dimension's distribution; one without steps, and wider, where it lacks a value."""
    distribution, interval = distribution_of(dimension), dimension.interval
    if interval is None or isinstance(value, str) or interval.nearest(value) == value:
        return distribution
    low, high = min(interval.low, value), max(interval.high, value)
    if isinstance(distribution, IntDistribution):
        return IntDistribution(int(low), int(high), log=interval.is_log)
    return FloatDistribution(low, high, log=interval.is_log)
