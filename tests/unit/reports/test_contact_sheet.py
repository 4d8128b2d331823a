from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from reports.contact_sheet import ACCENT, PAPER, TILE, make_contact_sheet
from reports.sheet.layout import Cell
from reports.sheet.lettering import drawable, lettering

Colour = tuple[int, int, int]

BLUE, GOLD = (20, 60, 200), (230, 180, 30)
CONTENTS = {"cat": (200, 60, 60), "cup": (60, 160, 60)}
STYLES = {"waves": (90, 90, 220), "mosaic": (220, 90, 220)}
PAIRS = (("cat", "waves"), ("cup", "mosaic"))
# The smallest steps at which 192-pixel tiles, the gaps and the margin can be told apart.
MARGIN, STEP = 32, 192 + 12


def _flat(colour: Colour, width: int = 64, height: int = 64) -> NDArray[np.uint8]:
    return np.full((height, width, 3), colour, dtype=np.uint8)


def _file(folder: Path, colour: Colour, width: int = 64, height: int = 64) -> Path:
    path = folder / f"{'-'.join(map(str, (*colour, width, height)))}.png"
    Image.fromarray(_flat(colour, width, height)).save(path)
    return path


def _cell(
    variant: str,
    pair: tuple[str, str],
    picture: Path | None,
    *,
    status: str = "FINISHED",
    is_baseline: bool = False,
) -> Cell:
    content, style = pair
    return Cell(
        variant=variant,
        content=content,
        style=style,
        pair=f"{content} × {style}",
        seed=0,
        status=status,
        is_baseline=is_baseline,
        axes={"weight": variant},
        picture=picture,
        style_gain=1.0,
        content_score=0.5,
    )


def _sheet(cells: Sequence[Cell], **layout: str) -> NDArray[np.uint8]:
    image = make_contact_sheet(
        cells,
        title="layers",
        question="Which?",
        contents={name: _flat(colour) for name, colour in CONTENTS.items()},
        styles={name: _flat(colour) for name, colour in STYLES.items()},
        **layout,
    )
    assert image.mode == "RGB"
    return np.asarray(image)


def _box(sheet: NDArray[np.uint8], colour: Colour) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all pixels of a colour, right and bottom excluded."""
    found = (sheet == np.array(colour)).all(axis=-1)
    # A picture or tile has many pixels a line; the edges of letters have few of any colour.
    rows, columns = (np.flatnonzero(found.sum(axis=axis) > 40) for axis in (1, 0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def test_pictures_stand_in_their_row_and_column(tmp_path: Path) -> None:
    """Each row has content, style, then the variants in order, all tiles of one size."""
    cells = [
        _cell("a", PAIRS[0], _file(tmp_path, BLUE)),
        _cell("b", PAIRS[0], _file(tmp_path, GOLD)),
    ]

    sheet = _sheet(cells)
    boxes = [_box(sheet, colour) for colour in (CONTENTS["cat"], STYLES["waves"], BLUE, GOLD)]

    assert [left for left, *_ in boxes] == [MARGIN + column * STEP for column in range(4)]
    assert {(right - left, bottom - top) for left, top, right, bottom in boxes} == {(192, 192)}
    assert len({top for _, top, *_ in boxes}) == 1


def test_rows_of_pairs_are_below_one_another(tmp_path: Path) -> None:
    """The second pair's pictures stand below the first's, in the same columns."""
    cells = [
        _cell("a", PAIRS[0], _file(tmp_path, BLUE)),
        _cell("a", PAIRS[1], _file(tmp_path, GOLD)),
    ]

    sheet = _sheet(cells)

    first, second = _box(sheet, BLUE), _box(sheet, GOLD)
    assert (first[0], first[2]) == (second[0], second[2])
    assert first[3] < second[1]
    assert _box(sheet, CONTENTS["cup"])[1] == second[1]


def test_other_aspect_ratios_are_fitted_and_centred(tmp_path: Path) -> None:
    """Wide and tall pictures fill their tile in one direction and are centred in the other."""
    cells = [
        _cell("wide", PAIRS[0], _file(tmp_path, BLUE, 64, 32)),
        _cell("tall", PAIRS[0], _file(tmp_path, GOLD, 32, 64)),
    ]

    sheet = _sheet(cells)
    wide, tall = _box(sheet, BLUE), _box(sheet, GOLD)

    assert (wide[2] - wide[0], wide[3] - wide[1]) == (192, 96)
    assert (tall[2] - tall[0], tall[3] - tall[1]) == (96, 192)
    assert wide[1] + wide[3] == tall[1] + tall[3]
    assert (tall[0] + tall[2]) / 2 == MARGIN + 3 * STEP + 96


@pytest.mark.parametrize("status", ["FAILED", "KILLED", "MISSING"])
def test_a_cell_without_a_picture_is_a_grey_tile(tmp_path: Path, status: str) -> None:
    """What did not finish is a grey tile with a word on it, even if a picture was left."""
    cells = [
        _cell("a", PAIRS[0], _file(tmp_path, BLUE)),
        _cell("b", PAIRS[0], _file(tmp_path, GOLD), status=status),
    ]

    sheet = _sheet(cells)
    left, top, right, bottom = _box(sheet, TILE)
    tile = sheet[top:bottom, left:right]

    assert (left, right - left, bottom - top) == (MARGIN + 3 * STEP, 192, 192)
    assert (tile < 200).any()
    assert not (sheet == np.array(GOLD)).all(axis=-1).any()


@pytest.mark.parametrize("content", [b"", b"no picture", None, b"\x89PNG\r\n\x1a\n cut off"])
def test_a_lost_or_damaged_picture_is_a_grey_tile(tmp_path: Path, content: bytes | None) -> None:
    """A result whose file is gone, empty, cut off or no picture does not break the sheet."""
    path = tmp_path / "result.png"
    if content is not None:
        path.write_bytes(content)

    sheet = _sheet([_cell("a", PAIRS[0], path)])

    assert _box(sheet, TILE)[0] == MARGIN + 2 * STEP


def test_a_truncated_picture_is_a_grey_tile(tmp_path: Path) -> None:
    """A file with a good beginning and no end counts as lost."""
    path = _file(tmp_path, BLUE, 256, 256)
    path.write_bytes(path.read_bytes()[:200])

    assert _box(_sheet([_cell("a", PAIRS[0], path)]), TILE)[0] == MARGIN + 2 * STEP


def test_the_baseline_is_outlined(tmp_path: Path) -> None:
    """The baseline's picture has a frame just outside it; without a baseline there is none."""
    picture = _file(tmp_path, BLUE)
    outlined = _sheet([_cell("a", PAIRS[0], picture, is_baseline=True)])
    plain = _sheet([_cell("a", PAIRS[0], picture)])

    left, top, right, _ = _box(outlined, BLUE)

    assert [tuple(outlined[top + 9, x]) for x in (left - 4, left - 1, right)] == [
        PAPER,
        ACCENT,
        ACCENT,
    ]
    assert not (plain == np.array(ACCENT)).all(axis=-1).any()


def test_scores_stand_under_the_pictures(tmp_path: Path) -> None:
    """Below a finished picture there are letters, and none where the scores are unknown."""
    picture = _file(tmp_path, BLUE)
    known = _sheet([_cell("a", PAIRS[0], picture)])

    left, _, right, bottom = _box(known, BLUE)
    caption = known[bottom : bottom + 24, left:right]

    assert (caption < 128).any()
    assert tuple(known[bottom + 40, left]) == PAPER


def test_two_axes_stack_a_grid_per_pair(tmp_path: Path) -> None:
    """With rows of an axis, content and style stand at the left of the pair's grid."""
    cells = [
        _cell(variant, PAIRS[0], _file(tmp_path, colour))
        for variant, colour in (("a", BLUE), ("b", GOLD))
    ]

    sheet = _sheet(cells, rows="weight", columns="seed")
    content, style = _box(sheet, CONTENTS["cat"]), _box(sheet, STYLES["waves"])

    assert content[0] == style[0] < _box(sheet, BLUE)[0] == _box(sheet, GOLD)[0]
    assert (content[1], style[1]) == (_box(sheet, BLUE)[1], _box(sheet, GOLD)[1])


def test_sixty_pictures_stay_narrow(tmp_path: Path) -> None:
    """Sixty variants on one pair make a sheet below 3,000 pixels that shows all of them."""
    picture = _file(tmp_path, BLUE)
    cells = [_cell(f"v{index}", PAIRS[0], picture) for index in range(60)]

    sheet = _sheet(cells)
    blue = (sheet == np.array(BLUE)).all(axis=-1)
    edges = np.count_nonzero(blue[:, 1:] & ~blue[:, :-1])

    assert sheet.shape[1] <= 3_000
    assert edges == 60 * 112


def test_more_than_400_pictures_are_cut_and_counted(tmp_path: Path) -> None:
    """A sheet of 450 pictures shows 400, keeps within 12,000 pixels and says what it left out."""
    picture = _file(tmp_path, BLUE)
    pairs = [(f"c{index}", f"s{index}") for index in range(45)]
    cells = [_cell(f"v{index}", pair, picture) for pair in pairs for index in range(10)]

    sheet = _sheet(cells)
    blue = (sheet == np.array(BLUE)).all(axis=-1)
    rows = np.flatnonzero(blue.any(axis=1))
    size = int(np.flatnonzero(np.diff(rows) > 1)[0]) + 1

    assert np.count_nonzero(blue) == 400 * size**2
    assert max(sheet.shape) <= 12_000
    assert (sheet[rows[-1] + 60 :, :300] < 128).any()


def test_unknown_layout_is_refused(tmp_path: Path) -> None:
    """A layout that names no dimension of the sweep raises with those it has."""
    with pytest.raises(ValueError, match="unknown dimension 'layer'; known: weight, variant"):
        _sheet([_cell("a", PAIRS[0], _file(tmp_path, BLUE))], rows="layer")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("relu4_2 × up to block 5", "relu4_2 x up to block 5"),
        ("Große Brücke", "Grosse Brucke"),
        ("Bru\N{COMBINING DIAERESIS}cke", "Brucke"),
        ("S 1.32 · K 0.71…", "S 1.32 · K 0.71…"),
        ("浪", "?"),
    ],
)
def test_text_is_reduced_to_letters_of_the_font(text: str, expected: str) -> None:
    """What the bundled font lacks is replaced by what it has, so no empty boxes are drawn."""
    assert expected == drawable(text)


def test_labels_fit_their_tiles() -> None:
    """Wrapped and elided lines are never wider than the room, measured by the font itself."""
    letters = lettering(14, (0, 0, 0))
    text = "content_layers=relu4_2, style_layers=up to block 5, weights.style=100"

    lines = letters.lines(text, 112, most_lines=3)

    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert max(map(letters.font.getlength, lines)) <= 112
