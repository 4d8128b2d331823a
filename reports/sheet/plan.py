"""Where everything on a contact sheet stands, and what has to be left out, in pixels."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reports.sheet.grid import Grid, grid_of
from reports.sheet.layout import Block
from reports.sheet.measures import NARROWEST_PX, Measures, Place

__all__ = ["Measuring", "SheetPlan", "plan_sheet"]

WIDEST_PX = 3_000
TALLEST_PX = 11_500  # of grids: the text above and below keeps the sheet under 12,000
MOST_CELLS = 400
THUMBNAILS_PX = (192, 176, 160, 144, 128, 112)
# Blocks stand side by side until the sheet is no taller than this share of its width.
TALLEST_SHAPE = 1.2

Measuring = Callable[[Sequence[Block]], Callable[[int], Measures]]
"""Blocks → thumbnail size → the sizes it brings with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPlan:
    """Grids with their upper left corners (x, y), y counted from where the grids begin.

    ``width`` is that of the whole sheet, ``height`` that of the grids; ``left_out`` counts the
    cells for which there is no room.
    """

    grids: tuple[tuple[Grid, Place], ...]
    sizes: Measures
    width: int
    height: int
    left_out: int


def plan_sheet(blocks: Sequence[Block], measuring: Measuring) -> SheetPlan:
    """Choose the largest thumbnails at which the blocks fit, and leave out what never fits.

    Rows beyond the first 400 cells are left out; so are rows that do not fit at the smallest
    size. Columns that do not fit go on in a further band below.

    Args:
        blocks: what there is to show.
        measuring: gets the blocks up to the first 400 cells; what is left out sets no sizes.
    """
    shown = _first_rows(blocks)
    measured = measuring(shown)
    for thumbnail_px in _sizes_to_try(shown):
        plan = _flow([grid_of(block) for block in shown], measured(thumbnail_px))
        if plan.width <= WIDEST_PX and plan.height <= TALLEST_PX:
            break
    else:
        bands = _bands(shown, plan.sizes)
        plan = _place(_rows_that_fit(bands, plan.sizes), plan.sizes, abreast=1)
    drawn = sum(len(grid.cells) for grid, _ in plan.grids)
    return replace(plan, left_out=sum(len(block.cells) for block in blocks) - drawn)


def _sizes_to_try(blocks: Sequence[Block]) -> tuple[int, ...]:
    """Only the smallest where no size is narrow enough: measuring a thousand labels takes time."""
    most = max(len(block.column_labels) for block in blocks)
    return THUMBNAILS_PX[-1:] if most * NARROWEST_PX > WIDEST_PX else THUMBNAILS_PX


def _flow(grids: Sequence[Grid], sizes: Measures) -> SheetPlan:
    """As few grids side by side as keep the sheet from growing tall, as far as the width goes."""
    best = _place(grids, sizes, abreast=1)
    for abreast in range(2, len(grids) + 1):
        plan = _place(grids, sizes, abreast=abreast)
        if best.height <= TALLEST_SHAPE * best.width or plan.width > WIDEST_PX:
            break
        best = plan
    return best


def _place(grids: Sequence[Grid], sizes: Measures, *, abreast: int) -> SheetPlan:
    """Grids in rows of so many, all as wide as the widest."""
    width = max(map(sizes.width, grids)) + sizes.between_grids
    placed: list[tuple[Grid, Place]] = []
    y = 0
    for start in range(0, len(grids), abreast):
        row = grids[start : start + abreast]
        placed.extend((grid, (sizes.margin + at * width, y)) for at, grid in enumerate(row))
        y += max(map(sizes.height, row))
    return SheetPlan(
        grids=tuple(placed),
        sizes=sizes,
        width=2 * sizes.margin + abreast * width - sizes.between_grids,
        height=y,
        left_out=0,
    )


def _first_rows(blocks: Sequence[Block]) -> list[Block]:
    """The blocks up to the row that would exceed the most cells; the first row always stays."""
    kept: list[Block] = []
    count = 0
    for block in blocks:
        rows = 0
        cells_in = Counter(row for row, _ in block.cells)
        for row in range(len(block.row_labels)):
            cells = cells_in[row]
            if count and count + cells > MOST_CELLS:
                break
            count, rows = count + cells, row + 1
        if rows:
            kept.append(_with_rows(block, rows))
        if rows < len(block.row_labels):
            break
    return kept


def _with_rows(block: Block, count: int) -> Block:
    """The first rows of a block."""
    cells = {place: cell for place, cell in block.cells.items() if place[0] < count}
    return replace(block, row_labels=block.row_labels[:count], cells=cells)


def _bands(blocks: Sequence[Block], sizes: Measures) -> Iterator[Block]:
    """The blocks with their columns split evenly into as few bands as the width allows."""
    for block in blocks:
        grid = grid_of(block)
        room = WIDEST_PX - 2 * sizes.margin - sizes.row_label + sizes.gap
        most = room // (sizes.tile[0] + sizes.gap) - grid.left
        count = len(block.column_labels)
        width = math.ceil(count / math.ceil(count / most))
        for start in range(0, count, width):
            yield _with_columns(block, range(start, min(start + width, count)))


def _with_columns(block: Block, columns: range) -> Block:
    """Some columns of a block."""
    cells = {
        (row, column - columns.start): cell
        for (row, column), cell in block.cells.items()
        if column in columns
    }
    labels = block.column_labels[columns.start : columns.stop]
    return replace(block, column_labels=labels, cells=cells)


def _rows_that_fit(blocks: Iterable[Block], sizes: Measures) -> list[Grid]:
    """Grids of the blocks, cut off at the row that would exceed the tallest sheet."""
    grids: list[Grid] = []
    left = TALLEST_PX
    for block in blocks:
        grid = grid_of(block)
        excess = math.ceil((sizes.height(grid) - left) / sizes.row_height())
        rows = len(block.row_labels) - max(0, excess)
        if rows > 0:
            grids.append(grid_of(_with_rows(block, rows)))
        if excess > 0:
            break
        left -= sizes.height(grid)
    return grids
