"""A sweep's answer on MLflow's page: a line a variant, views of it, and links to them."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from harness.sweep.subject import Subject
from harness.sweep.tracking.names import File, Tag
from harness.sweep.tracking.note_text import plain
from harness.sweep.tracking.pages import file_page, view_page
from harness.sweep.tracking.variant_lines import VariantLine, write_lines
from harness.sweep.tracking.views import sweep_views, write_note, write_views
from harness.sweep.variant_entries import case_keys, last_step, variant_entries
from reports.study import StudyRecord

__all__ = ["show_on_page", "trial_lines"]

GRID_RUNS = 10  # that MLflow's grid of pictures shows
QUESTION_LIMIT = 300


def show_on_page(subject: Subject, summary: pd.DataFrame, study: StudyRecord | None) -> None:
    """Write what MLflow's page shows of a sweep at a glance, in place of what it showed before.

    Args:
        subject: The sweep, with the store open for writing.
        summary: What ``reports.table.summarize`` returned for it, by its own evaluator.
        study: What a study tried; None for a grid.

    Raises:
        StoreError: The store cannot be read or written.
    """
    home = str(subject.parent.info.experiment_id)
    last = max(map(last_step, subject.stored.values()), default=0)
    lines: Sequence[VariantLine] = variant_entries(subject, summary)
    if study is not None:
        lines = trial_lines(lines, study, subject.baseline)
        best = ", ".join(map(str, study.best()))
        subject.client.set_tag(subject.parent.info.run_id, str(Tag.BEST_TRIAL), best)
    write_lines(subject.client, home, subject.name, lines, last_step=last)
    shown = {picture.key for line in lines for picture in line.pictures}
    # A server's pictures would be fetched and sent again: there the grid has one case, of runs.
    is_local = subject.location.database is not None
    views = sweep_views(
        list(dict.fromkeys(name for line in lines for name in line.parameters)),
        pictures=[key for key in case_keys(subject) if key in shown] if is_local else ["picture"],
        last_step=last,
        picture_runs=() if is_local else _runs_of_one_case(subject),
        is_study=study is not None,
    )
    write_views(subject.client, home, views)
    links = [
        f"[{view.name}]({view_page(home, view.key, is_charts=view.is_charts)})" for view in views
    ]
    links.append(f"[Report]({file_page(home, subject.parent.info.run_id, File.REPORT)})")
    question = plain(subject.tags.get(Tag.QUESTION, "")[:QUESTION_LIMIT])
    write_note(subject.client, home, " · ".join(links), question)


def trial_lines(
    lines: Sequence[VariantLine], study: StudyRecord, baseline: str
) -> list[VariantLine]:
    """Return lines with what became of their trials, the best first and then the baseline."""
    rows = {str(row["variant"]): row for row in study.trials.to_dict("records") if row["variant"]}
    best = set(study.best())
    word = "best" if len(study.metrics) == 1 else "front"
    told: dict[str, VariantLine] = {}
    for line in lines:
        row = rows.get(line.variant)
        if row is None:  # pictures made elsewhere
            told[line.variant] = line
            continue
        is_best = row["number"] in best
        tags = {Tag.TRIAL: str(row["number"]), Tag.STATE: str(row["state"])}
        tags |= {Tag.BEST: "true"} if is_best else {}
        told[line.variant] = replace(
            line,
            name=f"{word}: {line.name}" if is_best else line.name,
            tags={str(key): text for key, text in tags.items()},
        )
    ranked = study.ranked(list(told), baseline)
    return sorted((told[name] for name in ranked), key=lambda line: str(Tag.BEST) not in line.tags)


def _runs_of_one_case(subject: Subject) -> list[str]:
    """Return the runs of the first case, which show every variant once."""
    members = subject.membership.members
    first = min((one.case for one in members if one.run_id), default=0)
    ids = [one.run_id for one in members if one.run_id and one.case == first]
    return list(dict.fromkeys(ids))[:GRID_RUNS]
