"""Sizes in pixels that all grids of a contact sheet share."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.sheet.grid import Grid
from reports.sheet.layout import CONTENT, PAIR, STYLE, Block
from reports.sheet.lettering import Lettering

__all__ = [
    "COLUMN_LABEL_LINES",
    "LABEL_GAP_PX",
    "MARGIN_PX",
    "NARROWEST_PX",
    "Measures",
    "Place",
    "measure",
]

# Scores under a picture need this much room, however narrow the picture is.
NARROWEST_PX = 104
ROW_LABEL_PX = 120
COLUMN_LABEL_LINES = 6
LABEL_GAP_PX = 6
MARGIN_PX = 32

Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Sizes in pixels that all grids of a sheet share.

    ``tile`` is (width, height) of the room for one picture, ``caption`` the height of the text
    under it; ``row_label`` and ``header`` are 0 where there are no labels.
    """

    tile: Place
    caption: int
    row_label: int
    header: int
    block_title: int
    gap: int = 12  # between pictures: enough to part them, less than the margin
    margin: int = MARGIN_PX

    @property
    def between_grids(self) -> int:
        """From the right edge of a grid to the left edge of its neighbour."""
        return 4 * self.gap

    def left_edge(self, column: int) -> int:
        """From the left edge of a grid to that of a column of its tiles."""
        return self.row_label + column * (self.tile[0] + self.gap)

    def tile_corner(self, corner: Place, row: int, column: int) -> Place:
        """The upper left corner of a tile; ``corner`` is that of the grid's tiles and labels."""
        return corner[0] + self.left_edge(column), corner[1] + row * self.row_height()

    def row_height(self) -> int:
        """From the top of one row of tiles to that of the next."""
        return self.tile[1] + self.caption + self.gap

    def width(self, grid: Grid) -> int:
        """The width of this grid."""
        return self.left_edge(grid.left + len(grid.block.column_labels)) - self.gap

    def height(self, grid: Grid) -> int:
        """The height of this grid on the sheet, with its title and the space after it."""
        rows = grid.top + len(grid.block.row_labels)
        title = self.block_title if grid.block.title else 0
        return title + self.header + rows * self.row_height() + self.gap


def measure(
    blocks: Sequence[Block],
    thumbnail_px: int,
    *,
    ratios: Sequence[float],
    rows: str,
    columns: str,
    label: Lettering,
    caption_px: int,
) -> Measures:
    """The sizes that a thumbnail size brings with it.

    Args:
        blocks: what the sheet will show.
        thumbnail_px: the long side of the largest picture.
        ratios: width over height of every picture; empty if there is none.
        rows: dimension of the rows; pictures are labelled by their captions alone.
        columns: dimension of the columns.
        label: letters of row and column labels.
        caption_px: height of the text under a picture.
    """
    width = max(NARROWEST_PX, round(thumbnail_px * min(1.0, max(ratios, default=1.0))))
    height = round(thumbnail_px * min(1.0, 1 / min(ratios, default=1.0)))
    labels = {text for block in blocks for text in block.column_labels}
    lines = max(len(label.lines(text, width, most_lines=COLUMN_LABEL_LINES)) for text in labels)
    pictures = {PAIR, CONTENT, STYLE}
    return Measures(
        tile=(width, height),
        caption=caption_px,
        row_label=0 if rows in pictures else ROW_LABEL_PX,
        header=0 if columns in pictures else lines * label.line_px + LABEL_GAP_PX,
        block_title=2 * label.line_px,
    )
