"""Frames in, tables, statistics, verdicts and contact sheets out.

Importing this package costs nothing: names are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.answer import answer_question
    from reports.contact_sheet import make_contact_sheet
    from reports.figures.draw import draw_figures
    from reports.figures.figure import Drawings
    from reports.findings import Findings
    from reports.front import pareto_front
    from reports.material import Material
    from reports.page import render_page
    from reports.regret import measure_regret
    from reports.sheet.layout import Cell, cells_from_runs
    from reports.shortlist import sheet_material, shorten, trials_csv
    from reports.table import summarize
    from reports.text import render_markdown, render_text
    from reports.verdict import Judgement, Verdict, judge_variants
    from reports.writers import write_contact_sheet, write_tables

__all__ = [
    "Cell",
    "Drawings",
    "Findings",
    "Judgement",
    "Material",
    "Verdict",
    "answer_question",
    "cells_from_runs",
    "draw_figures",
    "judge_variants",
    "make_contact_sheet",
    "measure_regret",
    "pareto_front",
    "render_markdown",
    "render_page",
    "render_text",
    "sheet_material",
    "shorten",
    "summarize",
    "trials_csv",
    "write_contact_sheet",
    "write_tables",
]

MODULES = {
    "Cell": "sheet.layout",
    "Findings": "findings",
    "Judgement": "verdict",
    "Material": "material",
    "Verdict": "verdict",
    "answer_question": "answer",
    "cells_from_runs": "sheet.layout",
    "draw_figures": "figures.draw",
    "Drawings": "figures.figure",
    "judge_variants": "verdict",
    "make_contact_sheet": "contact_sheet",
    "measure_regret": "regret",
    "pareto_front": "front",
    "render_markdown": "text",
    "render_page": "page",
    "render_text": "text",
    "sheet_material": "shortlist",
    "shorten": "shortlist",
    "summarize": "table",
    "trials_csv": "shortlist",
    "write_contact_sheet": "writers",
    "write_tables": "writers",
}


def __getattr__(name: str) -> object:
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{MODULES[name]}"), name)
