"""The answer of a sweep: one sentence, a table, a contact sheet, and the files of them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from harness.images.decode import Picture, decode_picture
from harness.images.resize import resize_long_side
from harness.sweep.output import explained
from harness.sweep.results import Cell, ExternalCell, runs_frame
from harness.sweep.seed_distances import SeedGroup
from harness.sweep.tracking.membership import Membership
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

__all__ = ["Answer", "Subject", "write_answer"]

THUMBNAIL_PX = 256  # larger than any tile of a contact sheet
SHEET = "contact-sheet.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an answer is about: a sweep, and how it is judged.

    ``lpips_reason`` says why LPIPS has no values, if it has none; ``notes`` belong under every
    table; ``picture`` finds a content or a style by the SHA-256 of its file.
    """

    name: str
    question: str
    store: str
    membership: Membership
    evaluator_id: str
    balance: float
    lpips_reason: str
    notes: tuple[str, ...]
    picture: Callable[[str], Picture]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a sweep says so far, and where it is written; ``files`` name the folder's for readers.

    ``table`` is text, cell by cell; ``written`` are the files themselves, ``markdown`` is the
    table among them.
    """

    sentence: str
    table: pd.DataFrame
    footnotes: tuple[str, ...]
    json_path: Path
    files: Mapping[str, str]
    written: tuple[Path, ...]
    markdown: Path

    def text(self, width: int) -> str:
        """Return the table and the lines under it, for so many characters a line."""
        return render_text(self.table, self.footnotes, width=width)


def write_answer(
    subject: Subject,
    cells: Mapping[str, Cell],
    folder: Path,
    *,
    externals: Collection[ExternalCell] = (),
    between_seeds: Mapping[SeedGroup, float],
) -> Answer:
    """Write tables and contact sheet to a folder.

    Args:
        subject: What the answer is about.
        cells: What is known of each run, by fingerprint.
        externals: Pictures made elsewhere, beside the sweep's.
        between_seeds: What ``seed_distances`` returned.
        folder: Is made if it is not there.

    Raises:
        StoreError: The folder cannot be written.
    """
    membership = subject.membership
    runs = runs_frame(
        membership,
        cells,
        subject.evaluator_id,
        balance=subject.balance,
        externals=externals,
        between_seeds=between_seeds,
    )
    baseline = membership.variants[membership.baseline]
    folder = folder.resolve()
    sentence = answer_question(runs, baseline)
    summary = summarize(runs, baseline)
    display = display_table(summary)
    absent = {"content/lpips": subject.lpips_reason} if subject.lpips_reason else {}
    footnotes = table_footnotes(runs, baseline, absent=absent, notes=subject.notes)
    with explained(folder):
        tables = write_tables(
            summary=summary, display=display, answer=sentence, footnotes=footnotes, folder=folder
        )
        sheet = _write_sheet(subject, runs, baseline, folder)
    return Answer(
        sentence=sentence,
        table=display,
        footnotes=tuple(footnotes),
        json_path=tables[2],
        files={
            "pictures": str(sheet),
            "table": ", ".join(str(path) for path in tables),
            "every run": f"harness ui, experiment {subject.name!r} in {subject.store}",
        },
        written=(*tables, sheet),
        markdown=tables[1],
    )


def _write_sheet(subject: Subject, runs: pd.DataFrame, baseline: str, folder: Path) -> Path:
    membership = subject.membership
    axes = dict(zip(membership.variants, map(dict, membership.assignments), strict=True))
    sheet = make_contact_sheet(
        cells_from_runs(runs, baseline, axes),
        title=subject.name,
        question=subject.question,
        contents=_thumbnails(subject, {(c.content, c.content_sha256) for c in membership.cases}),
        styles=_thumbnails(subject, {(c.style, c.style_sha256) for c in membership.cases}),
        **membership.layout,
    )
    write_contact_sheet(sheet, folder / SHEET)
    return folder / SHEET


def _thumbnails(subject: Subject, pictures: Collection[tuple[str, str]]) -> dict[str, np.ndarray]:
    """Return small pictures by name; each is decoded once, however many pairs it is in."""
    return {
        name: resize_long_side(
            decode_picture(subject.picture(sha256).data, name=name), THUMBNAIL_PX
        )
        for name, sha256 in pictures
    }
