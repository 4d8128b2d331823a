"""A sweep's answer on MLflow's page: a line a variant, views of it, and links to them."""

import pandas as pd

from harness.sweep.subject import Subject
from harness.sweep.tracking.names import File, Tag
from harness.sweep.tracking.note_text import plain
from harness.sweep.tracking.pages import file_page, view_page
from harness.sweep.tracking.variant_lines import write_lines
from harness.sweep.tracking.views import sweep_views, write_note, write_views
from harness.sweep.variant_entries import case_keys, last_step, variant_entries

__all__ = ["show_on_page"]

GRID_RUNS = 10  # that MLflow's grid of pictures shows
QUESTION_LIMIT = 300


def show_on_page(subject: Subject, summary: pd.DataFrame) -> None:
    """Write what MLflow's page shows of a sweep at a glance, in place of what it showed before.

    Args:
        subject: The sweep, with the store open for writing.
        summary: What ``reports.table.summarize`` returned for it, by its own evaluator.

    Raises:
        StoreError: The store cannot be read or written.
    """
    home = str(subject.parent.info.experiment_id)
    last = max(map(last_step, subject.stored.values()), default=0)
    lines = variant_entries(subject, summary)
    write_lines(subject.client, home, subject.name, lines, last_step=last)
    shown = {picture.key for line in lines for picture in line.pictures}
    # A server's pictures would be fetched and sent again: there the grid has one case, of runs.
    is_local = subject.location.database is not None
    views = sweep_views(
        list(dict.fromkeys(name for line in lines for name in line.parameters)),
        pictures=[key for key in case_keys(subject) if key in shown] if is_local else ["picture"],
        last_step=last,
        picture_runs=() if is_local else _runs_of_one_case(subject),
    )
    write_views(subject.client, home, views)
    links = [
        f"[{view.name}]({view_page(home, view.key, is_charts=view.is_charts)})" for view in views
    ]
    links.append(f"[Report]({file_page(home, subject.parent.info.run_id, File.REPORT)})")
    question = plain(subject.tags.get(Tag.QUESTION, "")[:QUESTION_LIMIT])
    write_note(subject.client, home, " · ".join(links), question)


def _runs_of_one_case(subject: Subject) -> list[str]:
    """Return the runs of the first case, which show every variant once."""
    members = subject.membership.members
    first = min((one.case for one in members if one.run_id), default=0)
    ids = [one.run_id for one in members if one.run_id and one.case == first]
    return list(dict.fromkeys(ids))[:GRID_RUNS]
