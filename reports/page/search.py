"""The part of a page on a study: how it was searched, what was best, every trial."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from metrics.catalog import CATALOG
from reports.figures.figure import Figure
from reports.material import Material
from reports.numbers import ABSENT, counted
from reports.page.columns import Column, Entry
from reports.study import CONSTRAINT, METRIC, PARAMETER, Parameter, StudyRecord

__all__ = ["STUDY_FIGURES", "SearchPart", "search_part"]

STUDY_FIGURES = ("history", "importances", "parallel-coordinates", "slices")
DIGITS = 4
MOST_NAMED = 12  # trials of a front

Row = Mapping[Hashable, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPart:
    """What the page says of a study.

    Attributes:
        facts: Method, budget, counts by state; backticks around names.
        best: What was best, one sentence.
        absences: Why a figure is not there, one sentence each.
        columns: Of the table of trials, its first column left out.
        numbers: The first column: the trials' numbers.
        notable: For each trial "best" (of several metrics "front"), "baseline" or nothing.
        figures: Of the study.
    """

    facts: Sequence[str]
    best: str
    absences: Sequence[str]
    columns: Sequence[Column]
    numbers: Sequence[int]
    notable: Sequence[str]
    figures: Sequence[Figure]


def search_part(material: Material, figures: Sequence[Figure]) -> SearchPart | None:
    """Return what a page says of a study; None for a sweep without one.

    Args:
        material: The sweep.
        figures: All that were drawn of it.
    """
    study = material.study
    if study is None:
        return None
    rows = study.trials.to_dict("records")
    best = set(study.best())
    return SearchPart(
        facts=_facts(study),
        best=_best(study),
        absences=_absences(study),
        columns=[
            _column("state", "state", [_state(row) for row in rows], is_words=True),
            *(_metric(name, study, rows) for name in study.metrics),
            *(_parameter(one, rows) for one in study.parameters),
            *_constraints(study, rows),
            _column("reason", "why", [_reason(row) for row in rows], is_words=True),
        ],
        numbers=[int(row["number"]) for row in rows],
        notable=[_notable(row, best, study, material.baseline) for row in rows],
        figures=[one for one in figures if one.name in STUDY_FIGURES],
    )


def _facts(study: StudyRecord) -> list[str]:
    budget = "no limit but time" if study.budget is None else counted(study.budget, "variant")
    listed = [f"{count} {state}" for state, count in study.counts().items()]
    return [
        f"method `{study.method}`",
        f"budget: {budget}",
        f"{counted(len(study.trials), 'trial')}: {', '.join(listed) or 'none'}",
    ]


def _best(study: StudyRecord) -> str:
    best = study.best()
    if not best:
        constrained = "" if study.trials["feasible"].all() else " and keeps all constraints"
        return f"No trial finished{constrained}."
    rows = study.trials.set_index("number").loc[list(best)].reset_index().to_dict("records")
    if len(best) == 1:
        return f"Best: trial {best[0]}, {_values(rows[0], study)}: {_point(rows[0], study)}."
    listed = ", ".join(map(str, best[:MOST_NAMED]))
    listed += f" and {len(best) - MOST_NAMED} more" if len(best) > MOST_NAMED else ""
    what = "Equally good" if len(study.metrics) == 1 else "On the front"
    most = "most" if study.sign(study.first_metric) > 0 else "least"
    return (
        f"{what}: trials {listed}. Trial {best[0]} has the {most} {_short(study.first_metric)}: "
        f"{_point(rows[0], study)}."
    )


def _absences(study: StudyRecord) -> list[str]:
    if study.shares:
        return []
    return [f"How much each parameter mattered is not known: {study.no_shares_because}."]


def _values(row: Row, study: StudyRecord) -> str:
    return ", ".join(f"{_short(name)} {_text(row[METRIC + name])}" for name in study.metrics)


def _point(row: Row, study: StudyRecord) -> str:
    """The point as code: its backticks would end it."""
    parts = [
        f"{one.name}={_text(row[PARAMETER + one.name])}"
        for one in study.parameters
        if not pd.isna(row[PARAMETER + one.name])
    ]
    return "`" + ", ".join(parts).replace("`", "'") + "`"


def _short(metric: str) -> str:
    return CATALOG[metric].short


def _metric(name: str, study: StudyRecord, rows: Sequence[Row]) -> Column:
    entry = CATALOG[name]
    return _column(
        METRIC + name,
        entry.label,
        [_number(row[METRIC + name]) for row in rows],
        meaning=entry.meaning,
        falls=study.sign(name) > 0,
    )


def _parameter(parameter: Parameter, rows: Sequence[Row]) -> Column:
    key = PARAMETER + parameter.name
    entries = [
        Entry(text=str(row[key])) if isinstance(row[key], str) else _number(row[key])
        for row in rows
    ]
    return _column(key, parameter.name, entries, is_words=bool(parameter.labels))


def _constraints(study: StudyRecord, rows: Sequence[Row]) -> list[Column]:
    names = [str(name) for name in study.trials.columns if str(name).startswith(CONSTRAINT)]
    return [
        _column(
            name,
            name.removeprefix(CONSTRAINT),
            [_excess(row[name]) for row in rows],
            meaning="by how much the bound is exceeded; kept at 0 and below",
        )
        for name in names
    ]


def _column(
    key: str,
    label: str,
    entries: Sequence[Entry],
    *,
    meaning: str = "",
    falls: bool = False,
    is_words: bool = False,
) -> Column:
    return Column(
        key=key, label=label, meaning=meaning, falls=falls, is_words=is_words, entries=entries
    )


def _number(value: object) -> Entry:
    if not isinstance(value, int | float) or math.isnan(value):
        return Entry(text=ABSENT)
    return Entry(text=_text(value), sort=float(value))


def _excess(value: float) -> Entry:
    if math.isnan(value):
        return Entry(text=ABSENT)
    is_kept = value <= 0
    return Entry(
        text="kept" if is_kept else f"broken by {value:.2g}",
        sort=float(value),
        meaning="" if is_kept else "broken",
    )


def _state(row: Row) -> Entry:
    return Entry(text=str(row["state"]))


def _reason(row: Row) -> Entry:
    repeats = row["repeats"]
    return Entry(text=str(row["reason"] or ("" if pd.isna(repeats) else f"as trial {repeats}")))


def _notable(row: Row, best: set[int], study: StudyRecord, baseline: str) -> str:
    if row["number"] in best:
        return "best" if len(study.metrics) == 1 else "front"
    return "baseline" if row["variant"] == baseline else ""


def _text(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.{DIGITS}g}".replace("-", "\N{MINUS SIGN}")
