"""The pictures of a comparison, side by side: as a sheet, and small for a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from reports.contact_sheet import make_contact_sheet
from reports.sheet.layout import Cell, cells_from_runs
from reports.sheet.thumbnails import thumbnail
from reports.versus.comparison import Versus

__all__ = ["Inputs", "PairPictures", "make_sheet", "pair_pictures"]

TITLE = "Baseline against final"
RESULT_PX = 480
INPUT_PX = 320


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inputs:
    """What the pictures were made of, by the names that the runs have for them.

    Each is (H, W, 3) uint8, sRGB; a style may have the name of a content.
    """

    contents: Mapping[str, np.ndarray]
    styles: Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairPictures:
    """Content, style and both results of one pair, small; None for a file that is gone."""

    pair: str
    content: np.ndarray | None
    style: np.ndarray | None
    baseline: np.ndarray | None
    other: np.ndarray | None


def make_sheet(found: Versus, inputs: Inputs, caption: str) -> Image.Image:
    """Draw every pair in a row: content, style, the baseline's result, the other's.

    Args:
        found: What was compared; its runs have ``picture``, a path or None.
        inputs: What the pictures were made of.
        caption: What A and B are.
    """
    return make_contact_sheet(
        _cells(found),
        title=TITLE,
        question=caption,
        contents=inputs.contents,
        styles=inputs.styles,
    )


def pair_pictures(found: Versus, inputs: Inputs) -> list[PairPictures]:
    """Return the pictures of every pair for a page, the first seed of each."""
    cells = {(cell.pair, cell.variant): cell for cell in _cells(found)}
    rows = []
    for pair in found.sides.pairs:
        ours, theirs = (cells[pair, name] for name in (found.sides.baseline, found.sides.other))
        rows.append(
            PairPictures(
                pair=pair,
                content=_small(inputs.contents.get(ours.content), INPUT_PX),
                style=_small(inputs.styles.get(ours.style), INPUT_PX),
                baseline=_small(ours.picture, RESULT_PX),
                other=_small(theirs.picture, RESULT_PX),
            )
        )
    return rows


def _cells(found: Versus) -> list[Cell]:
    """One cell per pair and side, its first seed; pairs in one order for both."""
    runs = found.sides.runs.drop_duplicates(["variant", "pair"])
    order = {pair: place for place, pair in enumerate(found.sides.pairs)}
    ordered = runs.sort_values("pair", key=lambda names: names.map(order), kind="stable")
    return cells_from_runs(ordered, found.sides.baseline, {})


def _small(picture: Path | np.ndarray | None, size_px: int) -> np.ndarray | None:
    image = thumbnail(picture, (size_px, size_px))
    return None if image is None else np.asarray(image)
