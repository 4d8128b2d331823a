"""One page of pictures: results in rows and columns, with what they were made from beside."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from reports.figures.drawing import GRAPH_IN, INK, VERMILION, Canvas, Drawn, printable, wrapped
from reports.figures.output import DOTS_PER_INCH
from reports.frame import FINISHED
from reports.material import Material
from reports.numbers import counted, fixed
from reports.sheet.grid import Grid, grid_of
from reports.sheet.layout import CONTENT, STYLE, Block, Cell
from reports.sheet.thumbnails import Picture, aspect_ratio, thumbnail

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "draw_page", "with_columns"]

MOST_ROWS = 7
MOST_COLUMNS = 8
LARGEST_TILE_PT = 110.0
TALLEST_TILE = 1.5  # times its width
GAP_PT = 4.0
LINE_PT = 9.0
CAPTION_PT = 11.0
LABEL_PT = 76.0
LETTER_PT = 4.4  # of the small letters, on average
SMALL = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Places on a page in points, from its upper left corner.

    ``tile`` is the room for one picture; ``left`` and ``top`` are where the first one begins.
    """

    tile: tuple[float, float]
    left: float
    top: float
    rows: int
    columns: int

    @property
    def page(self) -> tuple[float, float]:
        """Width and height of the page."""
        x, y = self.corner(self.rows, self.columns)
        return x, y

    def corner(self, row: int, column: int) -> tuple[float, float]:
        """The upper left corner of a tile."""
        width, height = self.tile
        return (
            self.left + column * (width + GAP_PT),
            self.top + row * (height + CAPTION_PT + GAP_PT),
        )


def draw_page(
    block: Block,
    material: Material,
    dimensions: tuple[str, str],
    *,
    name: str,
    title: str,
    caption: str,
) -> Drawn:
    """Draw one block, cut to a page of seven rows and eight columns.

    Args:
        block: what is to be shown.
        material: gives contents and styles by name.
        dimensions: what rows and columns are.
        name: stem of its files.
        title: a few words.
        caption: how to read it; what this page is and lacks is added.
    """
    cut = _cut(block)
    missing = len(block.cells) - len(cut.cells)
    grid = grid_of(cut)
    sources: dict[tuple[str, str], Picture] = {
        (CONTENT, key): picture for key, picture in material.contents.items()
    }
    sources |= {(STYLE, key): picture for key, picture in material.styles.items()}
    sizes = _sizes(grid)
    width, height = sizes.page
    canvas = Canvas(figsize=(width / 72, height / 72))
    axes = canvas.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set(xlim=(0, width), ylim=(height, 0))
    _write_labels(axes, grid, sizes, dimensions)
    for (row, column), cell in grid.cells.items():
        _draw_tile(axes, sizes, (row, column), cell.picture, _scores(cell), _absence(cell))
        if cell.is_baseline:
            _outline(axes, sizes, (row, column), cell.picture)
    for (row, column), source in grid.sources.items():
        picture = sources.get((source.kind, source.name))
        words = wrapped(source.name, int(sizes.tile[0] / LETTER_PT), most_lines=1)
        _draw_tile(axes, sizes, (row, column), picture, words, "missing", is_source=True)
    where = f" {printable(block.title)}." if block.title else ""
    more = f" {counted(missing, 'picture')} left out." if missing else ""
    return Drawn(name=name, title=title, caption=f"{caption}{where}{more}", canvas=canvas)


def _cut(block: Block) -> Block:
    """The rows and columns for which a page has room."""
    columns = list(range(min(len(block.column_labels), MOST_COLUMNS)))
    narrow = with_columns(block, columns)
    return replace(
        narrow,
        row_labels=block.row_labels[:MOST_ROWS],
        cells={place: cell for place, cell in narrow.cells.items() if place[0] < MOST_ROWS},
    )


def _sizes(grid: Grid) -> Sizes:
    """Tiles as large as the page is wide."""
    rows = grid.top + len(grid.block.row_labels)
    columns = grid.left + len(grid.block.column_labels)
    # Results set the shape of all tiles; contents and styles of another shape fit inside.
    pictures = (cell.picture for cell in grid.cells.values())
    ratios = [ratio for ratio in map(aspect_ratio, pictures) if ratio is not None]
    room = (GRAPH_IN * 72 - LABEL_PT) / columns - GAP_PT
    width = min(LARGEST_TILE_PT, room)
    height = width * min(TALLEST_TILE, 1 / min(ratios, default=1.0))
    letters = int(width / LETTER_PT)
    lines = max(
        wrapped(label, letters, most_lines=3).count("\n") + 1 for label in grid.block.column_labels
    )
    title = LINE_PT + 6 if grid.block.title else 0
    return Sizes(
        tile=(width, height),
        left=LABEL_PT,
        top=title + max(2, lines) * LINE_PT + 4,
        rows=rows,
        columns=columns,
    )


def _write_labels(axes: Axes, grid: Grid, sizes: Sizes, dimensions: tuple[str, str]) -> None:
    """Strips with the settings above and before the results, and what they are settings of."""
    width, height = sizes.tile
    letters = int((LABEL_PT - GAP_PT) / LETTER_PT)
    corner = "\n".join(
        f"{wrapped(name, letters - 2, most_lines=1)} {arrow}"
        for name, arrow in zip(dimensions, "↓→", strict=True)
    )
    look: dict[str, Any] = {
        "ha": "right",
        "va": "bottom",
        "fontsize": SMALL - 0.5,
        "fontstyle": "italic",
    }
    axes.text(sizes.left - GAP_PT, sizes.top - 3, corner, **look)
    if grid.block.title:
        axes.text(sizes.left, LINE_PT, wrapped(grid.block.title, 90, most_lines=1), fontsize=8)
    for at, label in enumerate(grid.block.column_labels):
        x, _ = sizes.corner(0, grid.left + at)
        text = wrapped(label, int(width / LETTER_PT), most_lines=3)
        axes.text(x + width / 2, sizes.top - 3, text, ha="center", va="bottom", fontsize=SMALL)
    for at, label in enumerate(grid.block.row_labels):
        _, y = sizes.corner(grid.top + at, 0)
        text = wrapped(label, letters, most_lines=6)
        axes.text(
            sizes.left - GAP_PT, y + height / 2, text, ha="right", va="center", fontsize=SMALL
        )


def _draw_tile(
    axes: Axes,
    sizes: Sizes,
    place: tuple[int, int],
    picture: Picture | None,
    words: str,
    absence: str,
    *,
    is_source: bool = False,
) -> None:
    """A picture in the middle of its tile with words below, or a grey tile that says why not."""
    (x, y), (width, height) = sizes.corner(*place), sizes.tile
    room = (math.ceil(width / 72 * DOTS_PER_INCH), math.ceil(height / 72 * DOTS_PER_INCH))
    image = thumbnail(picture, room)
    if image is None:
        axes.add_patch(Rectangle((x, y), width, height, color=INK, alpha=0.08, linewidth=0))
        axes.text(x + width / 2, y + height / 2, absence, ha="center", va="center", fontsize=SMALL)
    else:
        left, top, right, bottom = _place(x, y, (width, height), image.width / image.height)
        axes.imshow(
            np.asarray(image),
            extent=(left, right, bottom, top),
            aspect="auto",
            interpolation="none",
            zorder=1,
        )
    axes.text(
        x + width / 2,
        y + height + 2,
        words,
        ha="center",
        va="top",
        fontsize=SMALL - 0.5,
        fontstyle="italic" if is_source else "normal",
    )


def _outline(axes: Axes, sizes: Sizes, place: tuple[int, int], picture: Picture | None) -> None:
    """The frame of the baseline."""
    x, y = sizes.corner(*place)
    ratio = aspect_ratio(picture) or sizes.tile[0] / sizes.tile[1]
    left, top, right, bottom = _place(x, y, sizes.tile, ratio)
    frame = Rectangle(
        (left, top),
        right - left,
        bottom - top,
        fill=False,
        color=VERMILION,
        linewidth=1.4,
        zorder=2,
    )
    axes.add_patch(frame)


def _place(
    x: float, y: float, tile: tuple[float, float], ratio: float
) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a picture in the middle of its tile."""
    width = min(tile[0], tile[1] * ratio)
    height = width / ratio
    left, top = x + (tile[0] - width) / 2, y + (tile[1] - height) / 2
    return left, top, left + width, top + height


def _scores(cell: Cell) -> str:
    scores = (("S", cell.style_gain), ("K", cell.content_score))
    return "  ".join(
        f"{letter} {fixed(float(value), 2)}"
        for letter, value in scores
        if value is not None and not math.isnan(value)
    )


def _absence(cell: Cell) -> str:
    return "missing" if cell.status in {FINISHED, "MISSING"} else "failed"


def with_columns(block: Block, columns: Sequence[int]) -> Block:
    """Some columns of a block, in the order given."""
    places = {old: new for new, old in enumerate(columns)}
    return replace(
        block,
        column_labels=tuple(block.column_labels[at] for at in columns),
        cells={
            (row, places[column]): cell
            for (row, column), cell in block.cells.items()
            if column in places
        },
    )
