"""The answer of a sweep: one sentence, a table, a contact sheet, and the files of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from harness.images.decode import decode_picture
from harness.images.resize import resize_long_side
from harness.spec.cases import PictureRef
from harness.sweep.output import explained
from harness.sweep.plan import Plan
from harness.sweep.results import Cell, runs_frame
from harness.sweep.tracking.membership import membership_text
from harness.sweep.tracking.names import File, Tag
from harness.sweep.tracking.writer import SweepLog
from reports import (
    answer_question,
    cells_from_runs,
    display_table,
    make_contact_sheet,
    render_text,
    summarize,
    table_footnotes,
    write_contact_sheet,
    write_tables,
)

__all__ = ["Answer", "write_answer"]

TEXT_WIDTH = 118
THUMBNAIL_PX = 256  # larger than any tile of a contact sheet
SHEET = "contact-sheet.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a sweep says so far, and where it is written."""

    sentence: str
    text: str
    json_path: Path
    files: Mapping[str, str]


def write_answer(
    plan: Plan, cells: Mapping[str, Cell], notes: list[str], out: Path, log: SweepLog
) -> Answer:
    """Write tables, contact sheet and membership to the output folder and the parent run.

    Args:
        plan: The sweep's plan.
        cells: What is known of each run, by fingerprint.
        notes: Lines that belong under every table.
        out: Folder of all results; the sweep gets a folder in it.
        log: The sweep's parent run, open for writing.
    """
    runs = runs_frame(plan, cells)
    stored = {name: cell.stored for name, cell in cells.items() if cell.stored is not None}
    baseline = plan.spec.variants[plan.spec.baseline_index].name
    folder = (out / plan.spec.name).resolve()
    sentence = answer_question(runs, baseline)
    summary = summarize(runs, baseline)
    display = display_table(summary)
    footnotes = table_footnotes(runs, baseline, absent=_absent(plan), notes=notes)
    with explained(folder):
        tables = write_tables(
            summary=summary, display=display, answer=sentence, footnotes=footnotes, folder=folder
        )
        sheet = _write_sheet(plan, runs, baseline, folder)
    for path in (*tables, sheet):
        log.log_parent_file(path)
    log.log_parent_text(File.MEMBERSHIP, membership_text(plan, stored))
    log.tag_parent({Tag.ANSWER: sentence, Tag.NOTE: tables[1].read_text()})
    return Answer(
        sentence=sentence,
        text=render_text(display, footnotes, width=TEXT_WIDTH),
        json_path=tables[2],
        files={
            "pictures": str(sheet),
            "table": ", ".join(str(path) for path in tables),
            "every run": f"harness ui, experiment {plan.spec.name!r} in {log.location.uri}",
        },
    )


def _absent(plan: Plan) -> dict[str, str]:
    reason = plan.evaluator.lpips_reason
    return {"content/lpips": reason} if reason else {}


def _write_sheet(plan: Plan, runs: pd.DataFrame, baseline: str, folder: Path) -> Path:
    layout = {"rows": plan.spec.layout.rows, "columns": plan.spec.layout.columns}
    axes = {variant.name: dict(variant.assignment) for variant in plan.spec.variants}
    sheet = make_contact_sheet(
        cells_from_runs(runs, baseline, axes),
        title=plan.spec.name,
        question=plan.spec.question or "",
        contents=_thumbnails(plan, {pair.content for pair in plan.spec.pairs}),
        styles=_thumbnails(plan, {pair.style for pair in plan.spec.pairs}),
        **{name: value for name, value in layout.items() if value is not None},
    )
    write_contact_sheet(sheet, folder / SHEET)
    return folder / SHEET


def _thumbnails(plan: Plan, pictures: Collection[PictureRef]) -> dict[str, np.ndarray]:
    """Return small pictures by name; each is decoded once, however many pairs it is in."""
    return {one.name: _thumbnail(plan, one.text) for one in pictures}


def _thumbnail(plan: Plan, text: str) -> np.ndarray:
    picture = plan.pictures[text]
    return resize_long_side(decode_picture(picture.data, name=text), THUMBNAIL_PX)
