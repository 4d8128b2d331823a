"""The contact sheet: every picture of a sweep on one page, with what it was made from."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from PIL import Image, ImageDraw

from reports.frame import FINISHED
from reports.numbers import fixed
from reports.sheet.grid import Grid
from reports.sheet.layout import CONTENT, PAIR, STYLE, VARIANT, Block, Cell, arrange
from reports.sheet.lettering import Colour, Heading, Lettering, lettering
from reports.sheet.measures import (
    COLUMN_LABEL_LINES,
    LABEL_GAP_PX,
    MARGIN_PX,
    Measures,
    Place,
    measure,
)
from reports.sheet.plan import SheetPlan, plan_sheet
from reports.sheet.thumbnails import Picture, aspect_ratio, thumbnail

__all__ = ["make_contact_sheet"]

PAPER: Colour = (252, 252, 250)
INK: Colour = (45, 45, 48)
FAINT: Colour = (120, 120, 124)
TILE: Colour = (232, 232, 230)
ACCENT: Colour = (196, 84, 36)
OUTLINE_PX = 3
CAPTION_GAP_PX = 6
NARROWEST_SHEET_PX = 720  # for title and legend
FAILED = ("FAILED", "KILLED")

SourceKey = tuple[str, str]  # kind, name
Box = tuple[int, int, int, int]

TITLE = lettering(26, INK)
QUESTION = lettering(16, INK)
LEGEND = lettering(13, FAINT)
LABEL = lettering(14, INK)
CAPTION = lettering(13, INK)
KIND = lettering(12, FAINT)
BASELINE = lettering(12, ACCENT)


def make_contact_sheet(
    cells: Sequence[Cell],
    *,
    title: str,
    question: str,
    contents: Mapping[str, Picture],
    styles: Mapping[str, Picture],
    rows: str = PAIR,
    columns: str = VARIANT,
    note: str = "",
) -> Image.Image:
    """Draw every picture of a sweep with its scores, contents and styles beside.

    What neither rows nor columns name becomes blocks of their own. Pictures keep their
    aspect ratio, centred in tiles of one size; a cell without a picture is a grey tile with the
    reason. Thumbnails are 192 pixels where the sheet then stays within 3,000 by 12,000 pixels,
    else smaller, down to 112; what still does not fit, and rows beyond 400 pictures, are left
    out, and the sheet says how many.

    Args:
        cells: at least one, as ``cells_from_runs`` returns them.
        title: the sweep's name.
        question: what the sweep asks; may be empty.
        contents: name of each content → its picture: a file, or (H, W, 3) uint8, sRGB.
        styles: name of each style → its picture, likewise.
        rows: a swept axis, or variant, pair, content, style or seed.
        columns: another of them.
        note: what was left out before, for the legend; may be empty.

    Raises:
        ValueError: there are no cells, or the layout names no dimension of theirs.
    """
    blocks = arrange(cells, rows=rows, columns=columns)
    sources = {(CONTENT, name): picture for name, picture in contents.items()}
    sources |= {(STYLE, name): picture for name, picture in styles.items()}

    def measuring(shown: Sequence[Block]) -> Callable[[int], Measures]:
        results = (cell.picture for block in shown for cell in block.cells.values())
        ratios = map(aspect_ratio, (*results, *sources.values()))
        return partial(
            measure,
            shown,
            ratios=[ratio for ratio in ratios if ratio is not None],
            rows=rows,
            columns=columns,
            label=LABEL,
            caption_px=CAPTION.line_px + KIND.line_px + 4,
        )

    heading = Heading(
        paragraphs=(
            (TITLE, title),
            (QUESTION, question),
            (LEGEND, _legend(cells, rows, columns)),
            (LEGEND, note),
        ),
        margin_px=MARGIN_PX,
    )
    return _paint(plan_sheet(blocks, measuring), heading, sources)


def _legend(cells: Sequence[Cell], rows: str, columns: str) -> str:
    """What rows, columns, scores and the outline mean."""
    baseline = next((cell.variant for cell in cells if cell.is_baseline), "")
    outlined = f" Outlined: the baseline, {baseline}." if baseline else ""
    return (
        f"Rows: {rows}, columns: {columns}. Under each picture: S = style gain (nats), "
        f"K = content score; higher is better.{outlined}"
    )


def _paint(plan: SheetPlan, heading: Heading, sources: Mapping[SourceKey, Picture]) -> Image.Image:
    """Put everything on paper."""
    width = max(NARROWEST_SHEET_PX, plan.width)
    above = heading.height(width)
    below = LABEL.line_px + MARGIN_PX if plan.left_out else MARGIN_PX
    sheet = Image.new("RGB", (width, above + plan.height + below), PAPER)
    canvas = ImageDraw.Draw(sheet)
    heading.draw(canvas, width)
    for grid, (x, y) in plan.grids:
        _paint_grid(sheet, grid, plan.sizes, sources, (x, above + y))
    if plan.left_out:
        pictures = (
            "1 more picture is" if plan.left_out == 1 else f"{plan.left_out} more pictures are"
        )
        LABEL.draw(canvas, (MARGIN_PX, above + plan.height), f"{pictures} left out.", anchor="l")
    return sheet


def _paint_grid(
    sheet: Image.Image,
    grid: Grid,
    sizes: Measures,
    sources: Mapping[SourceKey, Picture],
    corner: Place,
) -> None:
    """Draw one grid below and to the right of its corner."""
    canvas = ImageDraw.Draw(sheet)
    x, y = corner
    if grid.block.title:
        title = QUESTION.line(grid.block.title, sizes.width(grid))
        QUESTION.draw(canvas, corner, title, anchor="l")
        y += sizes.block_title
    _paint_header(canvas, grid, sizes, (x, y))
    y += sizes.header
    _paint_row_labels(canvas, grid, sizes, (x, y))
    for (row, column), cell in grid.cells.items():
        _paint_cell(sheet, cell, sizes, sizes.tile_corner((x, y), row, column))
    for (row, column), source in grid.sources.items():
        place = sizes.tile_corner((x, y), row, column)
        picture = thumbnail(sources.get((source.kind, source.name)), sizes.tile)
        _paint_picture(sheet, picture, sizes, place, missing="missing")
        _paint_caption(canvas, sizes, place, [(CAPTION, source.name), (KIND, source.kind)])


def _paint_header(canvas: ImageDraw.ImageDraw, grid: Grid, sizes: Measures, corner: Place) -> None:
    """Column labels, their last lines just above the pictures."""
    if not sizes.header:
        return
    for column, text in enumerate(grid.block.column_labels):
        lines = LABEL.lines(text, sizes.tile[0], most_lines=COLUMN_LABEL_LINES)
        left, top = sizes.tile_corner(corner, 0, grid.left + column)
        top += sizes.header - LABEL_GAP_PX - len(lines) * LABEL.line_px
        _paint_lines(canvas, LABEL, lines, (left + sizes.tile[0] // 2, top), anchor="m")


def _paint_row_labels(
    canvas: ImageDraw.ImageDraw, grid: Grid, sizes: Measures, corner: Place
) -> None:
    """Row labels at the left, at half the height of their pictures."""
    if not sizes.row_label:
        return
    for row, text in enumerate(grid.block.row_labels):
        most = max(1, sizes.tile[1] // LABEL.line_px)
        lines = LABEL.lines(text, sizes.row_label - sizes.gap, most_lines=most)
        _, top = sizes.tile_corner(corner, grid.top + row, 0)
        top += (sizes.tile[1] - len(lines) * LABEL.line_px) // 2
        _paint_lines(canvas, LABEL, lines, (corner[0], top), anchor="l")


def _paint_lines(
    canvas: ImageDraw.ImageDraw,
    letters: Lettering,
    lines: Iterable[str],
    place: Place,
    *,
    anchor: str,
) -> None:
    """Lines below one another."""
    for index, line in enumerate(lines):
        letters.draw(canvas, (place[0], place[1] + index * letters.line_px), line, anchor=anchor)


def _paint_cell(sheet: Image.Image, cell: Cell, sizes: Measures, corner: Place) -> None:
    """A result with its scores, the baseline outlined."""
    word = "failed" if cell.status in FAILED else "missing"
    picture = thumbnail(cell.picture, sizes.tile) if cell.status == FINISHED else None
    box = _paint_picture(sheet, picture, sizes, corner, missing=word)
    canvas = ImageDraw.Draw(sheet)
    scores = [
        f"{letter} {fixed(value, 2)}"
        for letter, value in (("S", cell.style_gain), ("K", cell.content_score))
        if value is not None
    ]
    lines = [(CAPTION, " · ".join(scores))]
    if cell.is_baseline:
        lines.append((BASELINE, "baseline"))
        canvas.rectangle(box, outline=ACCENT, width=OUTLINE_PX)
    _paint_caption(canvas, sizes, corner, lines)


def _paint_picture(
    sheet: Image.Image,
    picture: Image.Image | None,
    sizes: Measures,
    corner: Place,
    *,
    missing: str,
) -> Box:
    """A picture in the middle of its tile, or a grey tile with a word; returns the outline."""
    (x, y), (width, height) = corner, sizes.tile
    if picture is None:
        canvas = ImageDraw.Draw(sheet)
        canvas.rectangle((x, y, x + width - 1, y + height - 1), fill=TILE)
        middle = (x + width // 2, y + height // 2 - LEGEND.line_px // 2)
        LEGEND.draw(canvas, middle, missing, anchor="m")
    else:
        x, y = x + (width - picture.width) // 2, y + (height - picture.height) // 2
        width, height = picture.size
        sheet.paste(picture, (x, y))
    return (
        x - OUTLINE_PX,
        y - OUTLINE_PX,
        x + width + OUTLINE_PX - 1,
        y + height + OUTLINE_PX - 1,
    )


def _paint_caption(
    canvas: ImageDraw.ImageDraw,
    sizes: Measures,
    corner: Place,
    lines: Iterable[tuple[Lettering, str]],
) -> None:
    """Lines of text under a tile, centred."""
    x, y = corner[0] + sizes.tile[0] // 2, corner[1] + sizes.tile[1] + CAPTION_GAP_PX
    for letters, text in lines:
        letters.draw(canvas, (x, y), letters.line(text, sizes.tile[0]), anchor="m")
        y += letters.line_px
