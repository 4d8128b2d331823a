from collections.abc import Callable, Sequence
from itertools import product

import pandas as pd
import pytest

from reports.sheet.grid import Source, grid_of
from reports.sheet.layout import Cell, arrange, cells_from_runs

MakeRuns = Callable[..., pd.DataFrame]

ZIP = [("cat", "waves"), ("cup", "mosaic")]
PRODUCT = [("cat", "waves"), ("cat", "mosaic"), ("cup", "waves"), ("cup", "mosaic")]
SIX = [
    {"layers": layers, "weight": weight} for layers, weight in product("ab", ("1", "10", "100"))
]


def _cells(
    axes: Sequence[dict[str, str]], pairs: Sequence[tuple[str, str]], seeds: Sequence[int] = (0,)
) -> list[Cell]:
    return [
        Cell(
            variant=" ".join(labels.values()),
            content=content,
            style=style,
            pair=f"{content} × {style}",
            seed=seed,
            status="FINISHED",
            is_baseline=labels == axes[0],
            axes=labels,
            picture=None,
            style_gain=None,
            content_score=None,
        )
        for labels in axes
        for content, style in pairs
        for seed in seeds
    ]


def test_pairs_by_variants_is_one_block() -> None:
    """Rows of pairs and columns of variants hold every cell, each at its place."""
    cells = _cells(SIX, ZIP)

    (block,) = arrange(cells, rows="pair", columns="variant")

    assert block.title == ""
    assert block.row_labels == ("cat × waves", "cup × mosaic")
    assert block.column_labels == ("a 1", "a 10", "a 100", "b 1", "b 10", "b 100")
    assert {place: (cell.pair, cell.variant) for place, cell in block.cells.items()} == {
        (row, column): (pair, variant)
        for row, pair in enumerate(block.row_labels)
        for column, variant in enumerate(block.column_labels)
    }


def test_two_axes_make_a_block_per_pair() -> None:
    """Rows and columns of swept axes leave one block for every pair."""
    blocks = arrange(_cells(SIX, ZIP), rows="layers", columns="weight")

    assert [block.title for block in blocks] == ["cat × waves", "cup × mosaic"]
    assert {(block.row_labels, block.column_labels) for block in blocks} == {
        (("a", "b"), ("1", "10", "100"))
    }


def test_open_axes_and_seeds_make_blocks_too() -> None:
    """What rows and columns do not name is stacked: the axis before the seed, both named."""
    blocks = arrange(_cells(SIX, ZIP, seeds=(0, 1)), rows="pair", columns="weight")

    assert [block.title for block in blocks] == [
        "layers: a · seed: 0",
        "layers: a · seed: 1",
        "layers: b · seed: 0",
        "layers: b · seed: 1",
    ]


def test_a_zipped_style_needs_no_block_of_its_own() -> None:
    """A style that its content determines does not part the sheet; in a product it does."""
    zipped = arrange(_cells(SIX, ZIP), rows="content", columns="variant")
    crossed = arrange(_cells(SIX, PRODUCT), rows="content", columns="variant")

    assert [block.title for block in zipped] == [""]
    assert [block.title for block in crossed] == ["style: waves", "style: mosaic"]


def test_excluded_combinations_leave_gaps() -> None:
    """A combination that was not run has no cell; the others keep their places."""
    cells = [cell for cell in _cells(SIX, ZIP[:1]) if cell.variant != "a 10"]

    (block,) = arrange(cells, rows="layers", columns="weight")

    assert block.column_labels == ("1", "100", "10")
    assert (0, 2) not in block.cells
    assert block.cells[1, 2].variant == "b 10"


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        ("pair", "pair", "rows and columns are both 'pair'"),
        ("wieght", "pair", "unknown dimension 'wieght'; known: layers, weight, variant, pair"),
    ],
)
def test_impossible_layouts_are_refused(rows: str, columns: str, message: str) -> None:
    """Equal or unknown dimensions raise with what is known."""
    with pytest.raises(ValueError, match=message):
        arrange(_cells(SIX, ZIP), rows=rows, columns=columns)


def test_nothing_to_arrange_is_refused() -> None:
    """An empty sheet is an error of the caller, not an empty picture."""
    with pytest.raises(ValueError, match="no cell to arrange"):
        arrange([], rows="pair", columns="variant")


def test_sources_stand_before_rows_of_pairs() -> None:
    """Rows of pairs have content and style in front of every row."""
    (block,) = arrange(_cells(SIX, ZIP), rows="pair", columns="variant")

    grid = grid_of(block)

    assert (grid.left, grid.top) == (2, 0)
    assert grid.sources == {
        (0, 0): Source(kind="content", name="cat"),
        (0, 1): Source(kind="style", name="waves"),
        (1, 0): Source(kind="content", name="cup"),
        (1, 1): Source(kind="style", name="mosaic"),
    }
    assert grid.cells[1, 2].variant == "a 1"


def test_sources_of_a_whole_block_stand_once() -> None:
    """A block of one pair has its content and, below it, its style at the left."""
    block, _ = arrange(_cells(SIX, ZIP), rows="layers", columns="weight")

    grid = grid_of(block)

    assert (grid.left, grid.top) == (1, 0)
    assert grid.sources == {
        (0, 0): Source(kind="content", name="cat"),
        (1, 0): Source(kind="style", name="waves"),
    }


def test_contents_in_columns_stand_above_them() -> None:
    """Styles in rows and contents in columns have their pictures at the edges of the grid."""
    (block,) = arrange(_cells(SIX[:1], PRODUCT), rows="style", columns="content")

    grid = grid_of(block)

    assert grid.sources == {
        (0, 1): Source(kind="content", name="cat"),
        (0, 2): Source(kind="content", name="cup"),
        (1, 0): Source(kind="style", name="waves"),
        (2, 0): Source(kind="style", name="mosaic"),
    }
    assert grid.cells[2, 1].pair == "cat × mosaic"


def test_cells_carry_what_the_frame_says(make_runs: MakeRuns) -> None:
    """A row becomes a cell with its scores, axes, and whether it is the baseline."""
    runs = make_runs({"base": ([1.0], [0.7]), "b": ([1.2], [float("nan")])})
    runs.loc[1, "picture"] = "results/b.png"

    first, second = cells_from_runs(runs, "base", {"b": {"layers": "all"}})

    assert (first.is_baseline, first.style_gain, first.picture) == (True, 1.0, None)
    assert (second.is_baseline, second.content_score, str(second.picture)) == (
        False,
        None,
        "results/b.png",
    )
    assert second.axes == {"layers": "all"}


def test_seeds_that_repeat_a_run_are_shown_once(make_runs: MakeRuns) -> None:
    """If no variant draws random numbers, one picture a pair is shown, else every seed."""
    runs = make_runs({"base": ([1.0], [0.7]), "b": ([1.2], [0.7])}, seeds=3)
    repeated = runs.assign(fingerprint=runs["variant"])
    mixed = repeated.assign(
        fingerprint=runs["variant"].where(runs["variant"] == "base", runs["fingerprint"])
    )

    assert [cell.seed for cell in cells_from_runs(repeated, "base", {})] == [0, 0]
    assert len(cells_from_runs(mixed, "base", {})) == 6
