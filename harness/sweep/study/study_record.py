"""A study for its report, read from MLflow alone."""

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from harness.sweep.search.records import TrialRecord
from harness.sweep.study.trial_file import TrialFile
from harness.sweep.tracking.artifacts import artifact_text
from harness.sweep.tracking.names import File
from reports.study import CONSTRAINT, METRIC, PARAMETER, StudyRecord

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["read_study", "study_record"]

FIRST = ("number", "state", "variant", "reason", "repeats", "feasible", "begun", "ended")


def read_study(client: "MlflowClient", parent: "Run") -> StudyRecord | None:
    """Return what a sweep's study tried; None for a sweep without one.

    Args:
        client: The store.
        parent: The sweep's parent run.

    Raises:
        StoreError: The list of trials cannot be read.
    """
    text = artifact_text(client, parent, File.TRIALS)
    return None if text is None else study_record(TrialFile.parse(text))


def study_record(file: TrialFile) -> StudyRecord:
    """Return a study as reports need it."""
    constraints = list(dict.fromkeys(name for one in file.trials for name in one.constraints))
    columns = [
        *FIRST,
        *(METRIC + name for name in file.metrics),
        *(CONSTRAINT + name for name in constraints),
        *(PARAMETER + one.name for one in file.parameters),
    ]
    rows = [_row(file, one, constraints) for one in file.trials]
    # As objects: a column of numbers would make NaN of None.
    trials = pd.DataFrame(rows, columns=columns, dtype=object)
    numbers = [name for name in columns if name.startswith((METRIC, CONSTRAINT))]
    kinds = dict.fromkeys(numbers, "float64")
    kinds |= {"number": "int64", "repeats": "Int64", "feasible": "bool"}
    kinds |= {"begun": "datetime64[us]", "ended": "datetime64[us]"}
    return StudyRecord(
        method=file.method,
        budget=file.budget,
        metrics={name: "max" if word == "max" else "min" for name, word in file.metrics.items()},
        parameters=file.parameters,
        is_halved=file.is_halved,
        trials=trials.astype(kinds),
        shares=file.importances.shares,
        no_shares_because=file.importances.reason,
    )


def _row(file: TrialFile, record: TrialRecord, constraints: list[str]) -> dict[str, Any]:
    values = dict(zip(file.metrics, record.values, strict=False))  # none for a failed trial
    return {
        "number": record.number,
        "state": str(record.state),
        "variant": file.variants.get(record.number, ""),
        "reason": record.reason,
        "repeats": record.repeats,
        "feasible": record.is_feasible,
        "begun": record.begun,
        "ended": record.ended,
        **{METRIC + name: values.get(name, math.nan) for name in file.metrics},
        **{CONSTRAINT + name: record.constraints.get(name, math.nan) for name in constraints},
        **{PARAMETER + one.name: record.point.get(one.name) for one in file.parameters},
    }
