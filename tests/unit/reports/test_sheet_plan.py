from collections.abc import Callable, Sequence
from functools import partial

import pytest

from reports.sheet.layout import Block, Cell
from reports.sheet.lettering import lettering
from reports.sheet.measures import Measures, measure
from reports.sheet.plan import SheetPlan, plan_sheet


def _block(rows: int, columns: int, *, title: str = "") -> Block:
    cells = {
        (row, column): Cell(
            variant=f"v{column}",
            content=f"c{row}",
            style=f"s{row}",
            pair=f"c{row} × s{row}",
            seed=0,
            status="FINISHED",
            is_baseline=False,
            axes={},
            picture=None,
            style_gain=None,
            content_score=None,
        )
        for row in range(rows)
        for column in range(columns)
    }
    return Block(
        title=title,
        row_labels=tuple(f"c{row}" for row in range(rows)),
        column_labels=tuple(f"v{column}" for column in range(columns)),
        cells=cells,
    )


def _measuring(shown: Sequence[Block]) -> Callable[[int], Measures]:
    return partial(
        measure,
        shown,
        ratios=[1.0],
        rows="pair",
        columns="variant",
        label=lettering(14, (0, 0, 0)),
        caption_px=36,
    )


def _plan(*blocks: Block) -> SheetPlan:
    return plan_sheet(blocks, _measuring)


@pytest.mark.parametrize(
    ("rows", "columns", "tile", "left_out"),
    [
        (6, 6, 192, 0),
        (6, 14, 160, 0),  # sixteen tiles of 172 pixels: 2,804 with margins
        (45, 9, 192, 9),  # 405 cells: the last row is one too many
        (90, 1, 112, 19),  # rows of 160 pixels below a header of 24: 71 fit into 11,500
        (2, 60, 112, 0),  # three bands of twenty columns
    ],
)
def test_thumbnails_are_as_large_as_fits(
    rows: int, columns: int, tile: int, left_out: int
) -> None:
    """Tiles shrink with the number of columns and rows; what does not fit is counted."""
    plan = _plan(_block(rows, columns))

    assert (tile, left_out) == (plan.sizes.tile[0], plan.left_out)
    assert plan.width <= 3_000


def test_columns_beyond_the_width_go_on_below() -> None:
    """Sixty columns become even bands at the left margin, each with the rows' sources."""
    plan = _plan(_block(2, 60))

    assert [grid.block.column_labels[0] for grid, _ in plan.grids] == ["v0", "v20", "v40"]
    assert [place for _, place in plan.grids] == [(32, 0), (32, 356), (32, 712)]
    assert {len(grid.sources) for grid, _ in plan.grids} == {4}


def test_blocks_stand_side_by_side_rather_than_in_a_tower() -> None:
    """Six small blocks fill the width before they make the sheet tall."""
    plan = _plan(*(_block(3, 1, title=f"pair {index}") for index in range(6)))

    corners = [place for _, place in plan.grids]

    assert len({y for _, y in corners}) < 6
    assert len(set(corners)) == 6
    assert plan.height <= 1.2 * plan.width


def test_the_first_row_is_always_shown() -> None:
    """A single row of more cells than a sheet may have is shown whole, in bands."""
    plan = _plan(_block(2, 401))

    assert plan.left_out == 401
    assert sum(len(grid.cells) for grid, _ in plan.grids) == 401


def test_what_is_left_out_sets_no_sizes() -> None:
    """Only the blocks that are shown are measured: a left-out label cannot widen a header."""
    measured: list[int] = []

    def measuring(shown: Sequence[Block]) -> Callable[[int], Measures]:
        measured.append(sum(len(block.cells) for block in shown))
        return _measuring(shown)

    plan = plan_sheet([_block(300, 1), _block(300, 1)], measuring)

    assert measured == [400]
    assert plan.left_out >= 200


@pytest.mark.parametrize(("columns", "sizes"), [(28, 6), (29, 1)])
def test_sizes_that_cannot_fit_are_not_measured(columns: int, sizes: int) -> None:
    """Where no tile is narrow enough for all columns, only the smallest size is measured."""
    tried: list[int] = []

    def measuring(shown: Sequence[Block]) -> Callable[[int], Measures]:
        def measured(thumbnail_px: int) -> Measures:
            tried.append(thumbnail_px)
            return _measuring(shown)(thumbnail_px)

        return measured

    plan_sheet([_block(2, columns)], measuring)

    assert len(tried) == sizes
    assert tried[-1] == 112
