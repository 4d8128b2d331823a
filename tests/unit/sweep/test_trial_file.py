"""The list of a study's trials in MLflow: nothing of it is lost, and its report reads it."""

import json
import math
from datetime import datetime

import pandas as pd
import pytest

from harness.errors import StoreError
from harness.sweep.search.records import Importances, State, TrialRecord
from harness.sweep.study.study_record import study_record
from harness.sweep.study.trial_file import TrialFile
from metrics.catalog import Direction
from reports.study import Parameter

NASTY = '<b>"layers"</b> \u2028 \\ 漢'
FINISHED = TrialRecord(
    number=0,
    state=State.FINISHED,
    point={"weight": 2.5, NASTY: "a"},
    values=(0.4,),
    constraints={"content/score >= 0.4": -0.1},
    intermediate={0: 0.3, 1: 0.5},
    begun=datetime(2026, 1, 1, 12, 0, 0, 123456),  # noqa: DTZ001 - as Optuna keeps it
    ended=datetime(2026, 1, 1, 12, 1),  # noqa: DTZ001
)
PRUNED = TrialRecord(
    number=1,
    state=State.PRUNED,
    point={"weight": 3.0, NASTY: "b"},
    values=(0.2,),
    constraints={"content/score >= 0.4": 0.2},
    reason="worse",
)
FAILED = TrialRecord(number=2, state=State.FAILED, point={NASTY: "b"}, reason=f"of {NASTY}")
REPEATED = TrialRecord(number=3, state=State.REPEATED, point={NASTY: "a"}, repeats=0)
OPEN = TrialRecord(number=4, state=State.OPEN, point={"weight": 1.0, NASTY: "a"})

FILE = TrialFile(
    method="tpe",
    budget=None,
    metrics={"balance": Direction.MAX},
    parameters=(
        Parameter(name="weight", low=1.0, high=100.0, is_log=True),
        Parameter(name=NASTY, labels=("a", "b")),
    ),
    is_halved=True,
    importances=Importances(shares={"weight": 0.75, NASTY: 0.25}),
    variants={0: "weight=2.5", 2: NASTY},
    trials=(FINISHED, PRUNED, FAILED, REPEATED, OPEN),
)


def test_trials_come_back_as_they_were() -> None:
    """A lost study is rebuilt from them: every field, in every state."""
    assert FILE.trials == TrialFile.parse(FILE.dumps()).trials


def test_what_was_searched_comes_back_too() -> None:
    """What the report says of the search, besides its trials."""
    found = TrialFile.parse(FILE.dumps())

    assert (FILE.method, FILE.budget, FILE.metrics) == (found.method, found.budget, found.metrics)
    assert FILE.importances == found.importances
    assert FILE.variants == found.variants
    assert found.is_halved
    assert FILE.parameters[0] == found.parameters[0]
    assert FILE.parameters[1].labels == found.parameters[1].labels


def test_it_is_strict_json() -> None:
    """Other programs may read it: it has no NaN."""

    def refuse(word: str) -> float:
        raise AssertionError(word)

    json.loads(FILE.dumps(), parse_constant=refuse)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        FILE.dumps()[:-20],
        FILE.dumps().replace('"schema_version": 1', '"schema_version": 2'),
        FILE.dumps().replace('"state": "pruned"', '"state": "eaten"'),
        FILE.dumps().replace('"max"', '"up"'),
    ],
)
def test_a_damaged_list_is_refused(text: str) -> None:
    """It does not pass for another study."""
    with pytest.raises(StoreError, match="the list of trials in the store cannot be read"):
        TrialFile.parse(text)


def test_the_report_has_a_row_for_every_trial() -> None:
    """With its values, how far it broke constraints, and its point."""
    found = study_record(FILE).trials

    assert ["finished", "pruned", "failed", "repeated", "open"] == list(found["state"])
    assert ["weight=2.5", "", NASTY, "", ""] == list(found["variant"])
    assert [0.4, 0.2] == list(found["metrics.balance"][:2])
    assert [True, False] == list(found["feasible"][:2])
    assert [-0.1, 0.2] == list(found["constraints.content/score >= 0.4"][:2])
    assert 0 == found["repeats"][3]


def test_what_does_not_apply_is_none_and_no_number() -> None:
    """A value that a trial lacks is NaN, a parameter that it lacks is None."""
    found = study_record(FILE).trials

    assert [2.5, 3.0, None, None, 1.0] == list(found["parameters.weight"])
    assert math.isnan(found["metrics.balance"][2])
    assert pd.isna(found["ended"][4])


def test_the_report_knows_the_direction_and_the_shares() -> None:
    """What is best needs no Optuna to say."""
    found = study_record(FILE)

    assert {"balance": "max"} == found.metrics
    assert (0,) == found.best()
    assert {"weight": 0.75, NASTY: 0.25} == found.shares
