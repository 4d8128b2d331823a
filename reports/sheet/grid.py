"""A block of a contact sheet with its content and style pictures beside or above the cells."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.sheet.layout import CONTENT, STYLE, Block, Cell

__all__ = ["Grid", "Source", "grid_of"]

BLOCK, ROW, COLUMN = "block", "row", "column"

Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A content or style picture that stands beside or above the cells."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A block with its source pictures.

    Keys of ``cells`` and ``sources`` are (row, column) counted from the grid's corner, source
    rows and columns included: ``top`` rows above and ``left`` columns before the cells.
    """

    block: Block
    left: int
    top: int
    cells: Mapping[Place, Cell]
    sources: Mapping[Place, Source]


def grid_of(block: Block) -> Grid:
    """Place content and style: before each row they belong to, above each column, or once.

    Where both belong to the whole block they stand at its left, one above the other.
    """
    homes = {kind: _home(block, kind) for kind in (CONTENT, STYLE)}
    stacked = all(home == BLOCK for home, _ in homes.values()) and len(block.row_labels) > 1
    beside = [kind for kind, (home, _) in homes.items() if home in {BLOCK, ROW}]
    above = [kind for kind, (home, _) in homes.items() if home == COLUMN]
    left, top = 1 if stacked else len(beside), len(above)
    sources: dict[Place, Source] = {}
    for kind, (_, names) in homes.items():
        for index, name in names.items():
            if stacked:
                place = (beside.index(kind), 0)
            elif kind in beside:
                place = (top + index, beside.index(kind))
            else:
                place = (above.index(kind), left + index)
            sources[place] = Source(kind=kind, name=name)
    cells = {(top + row, left + column): cell for (row, column), cell in block.cells.items()}
    return Grid(block=block, left=left, top=top, cells=cells, sources=sources)


def _home(block: Block, kind: str) -> tuple[str, dict[int, str]]:
    """What a picture belongs to, and its name by row or column; nothing if it is mixed."""
    names = {place: cell.label(kind) for place, cell in block.cells.items()}
    distinct = set(names.values())
    if len(distinct) == 1:
        return BLOCK, {0: distinct.pop()}
    for axis, home in enumerate((ROW, COLUMN)):
        by_index = {place[axis]: name for place, name in names.items()}
        if all(by_index[place[axis]] == name for place, name in names.items()):
            return home, by_index
    return "", {}
