"""The table for a terminal and for Markdown."""

from collections.abc import Sequence

import pandas as pd

from reports.wrapping import wrap

__all__ = ["render_markdown", "render_text"]

GAP = "  "
NARROWEST = 16
# Columns of words: they wrap where the line is short, numbers never do.
WRAPPED = ("verdict", "variant")
RIGHT_ALIGNED = ("front", "LPIPS ↓", "seconds", "s/iteration")


def render_text(display: pd.DataFrame, footnotes: Sequence[str], *, width: int) -> str:
    """Lay the table out for a terminal.

    Args:
        display: what ``display_table`` returned.
        footnotes: lines under the table.
        width: characters of a line; 100 to 120 suit the table. The verdict and then the
            variant's name wrap to stay within it, but no column gets narrower than 16.

    Returns:
        Lines joined by newlines, without trailing spaces or newline.
    """
    names = [str(name) for name in display.columns]
    columns = [[str(cell) for cell in display.iloc[:, index]] for index in range(len(names))]
    widths = _column_widths(names, columns, width)
    rule = GAP.join("─" * widths[name] for name in names)
    rows = [cells for row in zip(*columns, strict=True) for cells in _lines(names, row, widths)]
    notes = [line for note in footnotes for line in _hanging(note, width)]
    heading = _lines(names, names, widths)
    return "\n".join(line.rstrip() for line in (*heading, rule, *rows, *_spaced(notes)))


def render_markdown(display: pd.DataFrame, footnotes: Sequence[str]) -> str:
    """Write the table as GitHub Markdown, the footnotes as a list under it.

    Args:
        display: what ``display_table`` returned.
        footnotes: lines under the table.
    """
    names = [str(name) for name in display.columns]
    ruler = ["---:" if name in RIGHT_ALIGNED else "---" for name in names]
    rows = [[str(cell) for cell in row] for row in display.itertuples(index=False)]
    lines = [_markdown_row(cells) for cells in (names, ruler, *rows)]
    return "\n".join([*lines, *_spaced([f"- {_on_one_line(note)}" for note in footnotes])])


def _column_widths(
    names: Sequence[str], columns: Sequence[Sequence[str]], width: int
) -> dict[str, int]:
    """Natural widths, with the columns of words narrowed until a line fits."""
    widths = {
        name: max(map(len, (name, *cells))) for name, cells in zip(names, columns, strict=True)
    }
    for name in WRAPPED:
        excess = sum(widths.values()) + len(GAP) * (len(names) - 1) - width
        if name in widths and excess > 0:
            widths[name] = max(min(NARROWEST, widths[name]), widths[name] - excess)
    return widths


def _lines(names: Sequence[str], cells: Sequence[str], widths: dict[str, int]) -> list[str]:
    """One row of the table, as many lines as its longest cell takes."""
    wrapped = [wrap(cell, widths[name]) for name, cell in zip(names, cells, strict=True)]
    height = max(map(len, wrapped))
    padded = [[*lines, *[""] * (height - len(lines))] for lines in wrapped]
    return [
        GAP.join(
            line.rjust(widths[name]) if name in RIGHT_ALIGNED else line.ljust(widths[name])
            for name, line in zip(names, row, strict=True)
        )
        for row in zip(*padded, strict=True)
    ]


def _hanging(note: str, width: int) -> list[str]:
    """A footnote, its lines after the first indented."""
    first, *rest = wrap(note, width - len(GAP))
    return [first, *(f"{GAP}{line}" for line in rest)]


def _spaced(lines: Sequence[str]) -> list[str]:
    """The lines after an empty one, if there are any."""
    return ["", *lines] if lines else []


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_on_one_line(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
