"""How names and sentences from outside stand in ours."""

from reports.versus.sides import on_one_line, quoted
from reports.wrapping import ELLIPSIS

__all__ = ["clause", "named", "shortened"]

MOST_LETTERS = 80


def named(text: str) -> str:
    """Return a name in backticks, on one line, and of a length that a sentence can bear."""
    return quoted(shortened(text, MOST_LETTERS))


def shortened(text: str, most: int) -> str:
    """Return a text on one line, of at most that many letters."""
    line = on_one_line(text)
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}{ELLIPSIS}"


def clause(sentence: str) -> str:
    """Return a sentence without its full stop, to go on after it."""
    return on_one_line(sentence).rstrip(".")
