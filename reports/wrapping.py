"""Wrap labels into lines of a given width, in characters or in pixels."""

import re
from collections.abc import Callable

__all__ = ["wrap"]

ELLIPSIS = "…"
# Where a word that is too long may break, in order of preference: the first keeps the values of
# ``content_layers=relu4_2,weights.style=3`` whole, the last breaks anywhere.
BREAKS = tuple(re.compile(f"(?<={after})") for after in ("[,;:/=|]", "[_.)-]", "."))

Measure = Callable[[str], float]


def wrap(
    text: str, width: float, *, measure: Measure = len, most_lines: int | None = None
) -> list[str]:
    """Break a text into lines that fit, at spaces, else after punctuation, else anywhere.

    Args:
        text: what to wrap; runs of white space count as one space.
        width: room for one line, in the unit of ``measure``.
        measure: width of a text; characters by default, as in a terminal.
        most_lines: lines to keep; the last one then ends in an ellipsis. None keeps all.

    Returns:
        At least one line; none is wider than ``width`` unless a single character is.
    """
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if measure(joined) <= width:
            lines[-1] = joined
            continue
        pieces = _pieces(word, width, measure, BREAKS)
        if lines[-1]:
            lines.append("")
        lines[-1] = pieces[0]
        lines.extend(pieces[1:])
    if most_lines is None or len(lines) <= most_lines:
        return lines
    return [*lines[: most_lines - 1], _elided(lines[most_lines - 1], width, measure)]


def _pieces(
    word: str, width: float, measure: Measure, breaks: tuple[re.Pattern[str], ...]
) -> list[str]:
    """A word in pieces that fit, each as long as the best break points allow."""
    pieces = [""]
    for part in breaks[0].split(word):
        if measure(pieces[-1] + part) <= width:
            pieces[-1] += part
        elif measure(part) <= width or len(breaks) == 1:
            pieces.append(part)
        else:
            pieces.extend(_pieces(part, width, measure, breaks[1:]))
    return [piece for piece in pieces if piece]


def _elided(line: str, width: float, measure: Measure) -> str:
    """The line with an ellipsis at its end, shortened until it fits."""
    while line and measure(line + ELLIPSIS) > width:
        line = line[:-1]
    return line.rstrip() + ELLIPSIS
