"""Tables of measured numbers: for people as Markdown, for programs as they are."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.numbers import ABSENT

__all__ = ["Cell", "Speed", "Table", "speed_table"]

Cell = object
"""A text, a number, yes or no, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells.

    Attributes:
        title: What the table tells.
        columns: Name, with the unit, to how numbers are written there: a format specification.
        rows: Name of the column to cell; None and NaN are absent.
    """

    title: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Cell]]

    def markdown(self) -> str:
        """Write the table with columns of equal width, as it is readable on a terminal."""
        lines = [[*self.columns]]
        lines += [
            [_text(row.get(name), how) for name, how in self.columns.items()] for row in self.rows
        ]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        is_text = [not how for how in self.columns.values()]
        rule = [
            "-" * width if text else "-" * (width - 1) + ":"
            for width, text in zip(widths, is_text, strict=True)
        ]
        aligned = [
            [
                cell.ljust(width) if text else cell.rjust(width)
                for cell, width, text in zip(line, widths, is_text, strict=True)
            ]
            for line in [lines[0], rule, *lines[1:]]
        ]
        return "\n".join([f"**{self.title}**", "", *(f"| {' | '.join(a)} |" for a in aligned)])

    def plain(self) -> dict[str, object]:
        """Return the table for JSON: numbers are not rounded, what is absent is null."""
        rows = [{name: _finite(row.get(name)) for name in self.columns} for row in self.rows]
        return {"title": self.title, "rows": rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """One thing measured beside its baseline.

    Attributes:
        what: That was done.
        baseline: What the other way takes.
        ours: What ours takes, in the same unit.
        floor: How many times as fast ours must be at least; None where nothing was promised.
        aim: How many times as fast it is meant to be.
    """

    what: str
    baseline: float
    ours: float
    floor: float | None = None
    aim: float | None = None


def speed_table(
    title: str, lines: Sequence[Speed], *, unit: str, digits: int = 1, baseline: str = "baseline"
) -> Table:
    """Set speeds beside their goals; the ratio is baseline over ours, larger is better.

    Args:
        title: What the table tells.
        lines: What was measured.
        unit: Of both times.
        digits: Decimals that times are written with.
        baseline: What the baseline is.
    """
    rows = [
        {
            "what": line.what,
            f"{baseline}, {unit}": line.baseline,
            f"ours, {unit}": line.ours,
            "ratio": line.baseline / line.ours,
            "floor": line.floor,
            "aim": line.aim,
            "met": _met(line.baseline / line.ours, line.floor, line.aim),
        }
        for line in lines
    ]
    how = f".{digits}f"
    columns = {"what": "", f"{baseline}, {unit}": how, f"ours, {unit}": how, "ratio": ".2f"}
    if any(line.floor is not None for line in lines):
        columns |= {"floor": "g", "aim": "g", "met": ""}
    return Table(title=title, columns=columns, rows=rows)


def _met(ratio: float, floor: float | None, aim: float | None) -> str | None:
    if floor is None:
        return None
    if aim is not None and ratio >= aim:
        return "aim"
    return "floor" if ratio >= floor else "no"


def _text(value: Cell, how: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ABSENT
    return value if isinstance(value, str) else format(value, how)


def _finite(value: Cell) -> Cell:
    return None if isinstance(value, float) and not math.isfinite(value) else value
