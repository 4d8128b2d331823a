"""Text in aligned columns, cut to the width of the terminal."""

import shutil
import sys
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size

__all__ = ["columns", "one_line"]

GAP = "  "
ELLIPSIS = "…"


def columns(rows: Iterable[Sequence[str]], *, indent: str = "") -> list[str]:
    """Return a line for each row, its cells padded to the widest of their column.

    On a terminal a line is cut to its width; into a file or a pipe it goes whole.

    Args:
        rows: Cells, as many in each row.
        indent: What every line begins with.
    """
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    lines = [
        indent
        + GAP.join(set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    ]
    return [_cut(line.rstrip()) for line in lines]


def one_line(text: str) -> str:
    """Return a text without what would break a line or steer a terminal."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())


def _cut(line: str) -> str:
    if not sys.stdout.isatty():
        return line
    width = shutil.get_terminal_size().columns
    if cell_len(line) <= width:
        return line
    return set_cell_size(line, width - cell_len(ELLIPSIS)).rstrip() + ELLIPSIS
