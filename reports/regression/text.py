"""A regression for a terminal: the verdict, what to do, the table, and what it rests on."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from reports.regression.lines import (
    READING,
    determinism_line,
    difference_lines,
    explain,
    failure_lines,
    step_lines,
    timing_lines,
)
from reports.regression.model import Result
from reports.regression.table import findings_table, information_table
from reports.regression.words import advice_of, headline_of
from reports.text import render_text
from reports.versus.sides import on_one_line
from reports.wrapping import wrap

__all__ = ["regression_text"]

INDENT = "  "


def regression_text(result: Result, files: Sequence[Path] = (), *, width: int = 120) -> str:
    """Write a regression for a terminal, without anything that could steer one.

    Args:
        result: What was found.
        files: What was written, to be named at the end.
        width: Characters of a line; 116 suit the table.

    Returns:
        Lines joined by newlines, without a newline at the end.
    """
    parts = [
        "\n".join(wrap(headline_of(result), width)),
        "\n".join(wrap(advice_of(result), width)),
        *_findings(result, width),
        _part("Why", _reasons(result, width)),
        _part("Failed runs", _indented(failure_lines(result), width)),
        _part("Differing between the sides", _indented(difference_lines(result), width)),
        _part("Determinism", _indented([determinism_line(result)], width)),
        _part("Timing", _indented(timing_lines(result), width)),
        *_information(result, width),
        _part("Changes of level in the history", _indented(step_lines(result), width)),
        _part("Notes", _indented(result.notes, width)),
        _part("Files", [f"{INDENT}{on_one_line(str(path))}" for path in files]),
    ]
    return "\n\n".join(part for part in parts if part)


def _findings(result: Result, width: int) -> list[str]:
    if not result.findings:
        return []
    return [render_text(findings_table(result.findings), [READING], width=width)]


def _information(result: Result, width: int) -> list[str]:
    if not result.information:
        return []
    table = render_text(information_table(result.information), [], width=width)
    return [f"For information, never red\n\n{table}"]


def _reasons(result: Result, width: int) -> list[str]:
    return [
        line
        for one in explain(result.findings)
        for line in (
            *_indented([one.text], width),
            *(f"{INDENT * 2}{inner}" for inner in _lines(one.pairs, width - 2 * len(INDENT))),
        )
    ]


def _part(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *lines]) if lines else ""


def _indented(sentences: Iterable[str], width: int) -> list[str]:
    return [f"{INDENT}{line}" for line in _lines(sentences, width - len(INDENT))]


def _lines(sentences: Iterable[str], width: int) -> list[str]:
    """Sentences in lines that fit, those after a sentence's first indented."""
    found: list[str] = []
    for sentence in sentences:
        first, *rest = wrap(on_one_line(sentence), width - len(INDENT))
        found += [first, *(f"{INDENT}{line}" for line in rest)]
    return found
