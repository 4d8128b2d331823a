"""The answer of a sweep: one sentence, a table, pictures, a page, and the files of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from harness.sweep.material import collect_material
from harness.sweep.output import explained
from harness.sweep.subject import Subject
from harness.sweep.tracking.names import File
from reports import (
    Findings,
    Material,
    cells_from_runs,
    draw_figures,
    make_contact_sheet,
    render_page,
    render_text,
    sheet_material,
    shorten,
    trials_csv,
    write_contact_sheet,
    write_tables,
)
from reports.atomic import write_atomically

__all__ = ["Answer", "write_answer"]

SHEET = "contact-sheet.png"
FIGURES = "figures"
TRIALS = "trials.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a sweep says so far, and where it is written; ``files`` name the folder's for readers.

    ``table`` is text, cell by cell, ``summary`` every number behind it; ``material`` is what it
    was all made of; ``written`` are the files themselves, ``markdown`` is the table among them.
    """

    sentence: str
    table: pd.DataFrame
    footnotes: tuple[str, ...]
    summary: pd.DataFrame
    material: Material
    json_path: Path
    files: Mapping[str, str]
    written: tuple[Path, ...]
    markdown: Path

    def text(self, width: int) -> str:
        """Return the table and the lines under it, for so many characters a line."""
        return render_text(self.table, self.footnotes, width=width)


def write_answer(subject: Subject, folder: Path, *, with_figures: bool) -> Answer:
    """Write the page, tables and contact sheet of a sweep to a folder.

    Args:
        subject: The sweep.
        folder: Is made if it is not there.
        with_figures: Whether every figure is also written by itself, as for a paper; that takes
            longer than all the rest.

    Raises:
        StoreError: The folder cannot be written, or the store cannot be read.
        NotComparableError: Scores are missing, and the evaluator cannot be had here.
    """
    material = collect_material(subject)
    findings = Findings.of(
        material.runs, material.baseline, absent=material.absent, notes=material.notes
    )
    folder = folder.resolve()
    shown = shorten(findings, material)
    with explained(folder):
        tables = write_tables(
            findings,
            name=material.sweep,
            caption=material.question,
            folder=folder,
            shown=shown,
        )
        trials = _write_trials(material, folder / TRIALS)
        sheet = _write_sheet(material, folder / SHEET)
        drawings = draw_figures(material, findings, folder / FIGURES if with_figures else None)
        page = folder / File.REPORT
        write_atomically(page, render_page(material, findings, drawings.figures).encode())
    return Answer(
        sentence=findings.sentence,
        table=shown.display,
        footnotes=shown.footnotes,
        summary=findings.summary,
        material=material,
        json_path=tables.json,
        files={
            "page": str(page),
            "pictures": str(sheet),
            "table": f"{tables.csv} (and .md, .json, .tex)",
            **({"trials": str(trials[0])} if trials else {}),
            **({"figures": str(folder / FIGURES)} if with_figures else {}),
            "every run": f"harness ui, experiment {subject.name!r} in {subject.location.uri}",
        },
        written=(page, *tables.paths, *trials, sheet, *drawings.files),
        markdown=tables.markdown,
    )


def _write_trials(material: Material, path: Path) -> tuple[Path, ...]:
    """Write what a study tried; nothing for a grid."""
    text = trials_csv(material)
    if not text:
        return ()
    write_atomically(path, text.encode())
    return (path,)


def _write_sheet(material: Material, path: Path) -> Path:
    material, note = sheet_material(material)
    sheet = make_contact_sheet(
        cells_from_runs(material.runs, material.baseline, material.axes),
        title=material.sweep,
        question=material.question,
        contents=material.contents,
        styles=material.styles,
        note=note,
        **material.layout,
    )
    write_contact_sheet(sheet, path)
    return path
