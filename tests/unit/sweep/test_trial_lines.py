"""What MLflow's page says of the trials of a study, a line a variant."""

import json

import pytest

from harness.sweep.mlflow_page import trial_lines
from harness.sweep.search.records import Importances, State, TrialRecord
from harness.sweep.study.study_record import study_record
from harness.sweep.study.trial_file import TrialFile
from harness.sweep.tracking.variant_lines import VariantLine
from harness.sweep.tracking.views import sweep_views
from metrics.catalog import Direction
from reports.study import StudyRecord


def _line(name: str) -> VariantLine:
    return VariantLine(
        name=name, variant=name, verdict="better", parameters={}, metrics={}, note=""
    )


@pytest.fixture
def study() -> StudyRecord:
    """Three trials: the baseline, a pruned one, and the best."""
    states = (State.FINISHED, State.PRUNED, State.FINISHED)
    values = (0.2, 0.1, 0.5)
    return study_record(
        TrialFile(
            method="tpe",
            budget=3,
            metrics={"balance": Direction.MAX},
            parameters=(),
            is_halved=False,
            importances=Importances(reason="too few"),
            variants={0: "base", 1: "given up", 2: "winner"},
            trials=tuple(
                TrialRecord(number=at, state=state, point={}, values=(value,))
                for at, (state, value) in enumerate(zip(states, values, strict=True))
            ),
        )
    )


def test_the_best_comes_first_and_is_marked(study: StudyRecord) -> None:
    """By its name and by a tag to search by; then the baseline."""
    lines = trial_lines([_line("base"), _line("given up"), _line("winner")], study, "base")

    assert ["best: winner", "base", "given up"] == [line.name for line in lines]
    assert ["true", None, None] == [line.tags.get("harness.best") for line in lines]


def test_every_line_tells_its_trial(study: StudyRecord) -> None:
    """Its number and what became of it."""
    lines = trial_lines([_line("given up")], study, "base")

    assert {"harness.trial": "1", "harness.state": "pruned"} == lines[0].tags


def test_pictures_made_elsewhere_are_no_trial(study: StudyRecord) -> None:
    """Their line stays as it was."""
    line = _line("made elsewhere")

    assert [line] == trial_lines([line], study, "base")


@pytest.mark.parametrize("is_study", [True, False])
def test_the_view_of_variants_has_the_trial_of_a_study(is_study: bool) -> None:
    """As its first word; a grid has no such column."""
    views = sweep_views(["start"], pictures=[], last_step=1, is_study=is_study)
    columns = json.dumps(dict(views[0].state))

    assert is_study == ("tags.`harness.trial`" in columns)
