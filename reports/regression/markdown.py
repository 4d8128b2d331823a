"""A regression as Markdown for a CI summary: short enough for any, and without pictures."""

import re
from collections.abc import Callable, Sequence

import pandas as pd

from reports.markdown_text import markdown_code, markdown_sentence
from reports.numbers import counted
from reports.regression.lines import (
    READING,
    determinism_line,
    difference_lines,
    explain,
    failure_lines,
    step_lines,
    timing_lines,
)
from reports.regression.model import Finding, Result
from reports.regression.naming import named, shortened
from reports.regression.table import findings_table, information_table
from reports.regression.words import SIGNS, WORST_FIRST, advice_of, headline_of
from reports.text import render_markdown

__all__ = ["MOST_BYTES", "regression_markdown"]

MOST_BYTES = 60_000  # a tenth of what any CI takes, and less than a comment may have
MOST_ENTRIES = (200, 60, 20, 6)
SENTENCE_LETTERS = 1000
CELL_LETTERS = 100
# Letters that Markdown or HTML could take for their own. A colon before a stroke, a full stop
# after www and an at sign make links and mentions of plain words.
SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~&@$!]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def regression_markdown(result: Result) -> str:
    """Write a regression as GitHub Markdown, below 60 kB of UTF-8.

    Whatever names and reasons hold stays text. Of very many rows the worst are shown, and how
    many are left out is said.
    """
    for most in MOST_ENTRIES:
        text = _document(result, most)
        if len(text.encode(errors="replace")) < MOST_BYTES:
            break
    return text


def _document(result: Result, most: int) -> str:
    parts = [
        f"## {SIGNS[result.state]} {_sentence(headline_of(result))}",
        _sentence(f"Scheduled regression of {named(result.name)}, {named(result.occasion)}."),
        _sentence(result.question),
        _sentence(advice_of(result)),
        _table(findings_table, result.findings, most),
        _sentence(READING) if result.findings else "",
        _listed("Why", _reasons(result), most),
        _listed("Failed runs", failure_lines(result), most),
        _listed("Differing between the sides", difference_lines(result), most),
        _listed("Determinism", [determinism_line(result)], most),
        _listed("Timing", timing_lines(result), most),
        _information(result, most),
        _listed("Changes of level in the history", step_lines(result), most),
        _listed("Notes", result.notes, most),
        f"Pictures of the worst pairs are on the page, `regress.html`. Made by "
        f"{markdown_code(shortened(result.command, SENTENCE_LETTERS))}.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(
    write: Callable[[Sequence[Finding]], pd.DataFrame], findings: Sequence[Finding], most: int
) -> str:
    """The rows, the worst alone where there are very many."""
    if not findings:
        return ""
    shown = list(findings)
    if len(findings) > most:
        shown = sorted(findings, key=lambda one: WORST_FIRST.index(one.state))[:most]
    table = write(shown)
    table["variant"] = [markdown_code(shortened(one.variant, CELL_LETTERS)) for one in shown]
    return f"{render_markdown(table, [])}{_left_out(len(findings) - len(shown), 'row')}"


def _information(result: Result, most: int) -> str:
    table = _table(information_table, result.information, most)
    # Folded: a summary is read for what may be red.
    summary = "<summary>For information, never red</summary>"
    return f"<details>{summary}\n\n{table}\n\n</details>" if table else ""


def _reasons(result: Result) -> list[str]:
    return [
        "; ".join([one.text, *one.pairs]) if one.pairs else one.text
        for one in explain(result.findings)
    ]


def _listed(title: str, sentences: Sequence[str], most: int) -> str:
    if not sentences:
        return ""
    lines = [f"- {_sentence(one)}" for one in sentences[:most]]
    return f"**{title}**\n\n" + "\n".join(lines) + _left_out(len(sentences) - most, "line")


def _left_out(number: int, noun: str) -> str:
    return f"\n\n{counted(number, noun)} left out here: see `regress.json`." if number > 0 else ""


def _sentence(text: str) -> str:
    """A sentence whose names stand in backticks: those as code, and nothing else as markup."""
    return markdown_sentence(shortened(text, SENTENCE_LETTERS), SPECIAL)
