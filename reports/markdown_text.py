"""Texts from outside inside GitHub's Markdown: nothing in them becomes markup or a mention."""

import re

from reports.backticks import parts_of
from reports.versus.sides import on_one_line, quoted

__all__ = ["markdown_code", "markdown_sentence"]

# What Markdown or HTML could take for its own inside a line, and no more, so that the plain file
# stays readable: an underscore only at the end of a word, an ampersand only where it begins an
# entity. A colon before a stroke, a full stop after www and an at sign make links and mentions of
# plain words. Strokes between cells are for the one who writes the table.
SPECIAL = re.compile(
    r"[\\`*\[<#~@$]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|:(?=//)|(?<=www)\.", re.IGNORECASE
)
MENTION = "&#64;\N{ZERO WIDTH SPACE}"


def markdown_sentence(text: str, special: re.Pattern[str] = SPECIAL) -> str:
    """Return a sentence whose names stand in backticks: those as code, all else as letters.

    It is on one line and belongs behind other words on it: what only means something at the
    beginning of a line, such as a dash, is left as it is.

    Args:
        text: Any text.
        special: What is escaped outside of names; an at sign among it becomes an entity.
    """
    return "".join(
        markdown_code(part) if is_code else _plain(part, special)
        for is_code, part in parts_of(on_one_line(text))
    )


def markdown_code(text: str) -> str:
    """Return a name as code; an empty one would open code that never ends."""
    return quoted(text) if text.strip() else ""


def _plain(text: str, special: re.Pattern[str]) -> str:
    return special.sub(lambda found: MENTION if found[0] == "@" else f"\\{found[0]}", text)
