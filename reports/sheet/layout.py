"""Arrange the pictures of a sweep into blocks of rows and columns."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

__all__ = ["Block", "Cell", "arrange", "cells_from_runs"]

VARIANT, PAIR, CONTENT, STYLE, SEED = "variant", "pair", "content", "style", "seed"
FIXED_DIMENSIONS = (VARIANT, PAIR, CONTENT, STYLE, SEED)

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One (variant, case) of a contact sheet.

    ``axes`` maps each swept axis to the variant's label on it. ``picture`` is None where
    ``status`` is not FINISHED; the scores are None where they are unknown.
    """

    variant: str
    content: str
    style: str
    pair: str
    seed: int
    status: str
    is_baseline: bool
    axes: Mapping[str, str]
    picture: Path | None
    style_gain: float | None
    content_score: float | None

    def label(self, dimension: str) -> str:
        """The cell's place on a dimension; empty on an axis that its variant does not have."""
        if dimension in FIXED_DIMENSIONS:
            return str(getattr(self, dimension))
        return self.axes.get(dimension, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One grid of a contact sheet: what all its cells share is in ``title``."""

    title: str
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    cells: Mapping[tuple[int, int], Cell]


def cells_from_runs(
    runs: pd.DataFrame, baseline: str, axes: Mapping[str, Mapping[str, str]]
) -> list[Cell]:
    """One cell per row of the runs frame, in the sweep's order.

    Where no variant draws random numbers, all seeds of a pair are one run: the first one stays.

    Args:
        runs: one row per (variant, case), with ``picture`` (path or None).
        baseline: label of the variant the others are compared with.
        axes: variant label → swept axis → the variant's label on it.
    """
    ordered = runs.sort_values("variant_index", kind="stable")
    known = ordered["fingerprint"].fillna("") != ""
    repeated = ordered.duplicated([VARIANT, PAIR, "fingerprint"]) & known
    first_seed = ~ordered.duplicated([VARIANT, PAIR])
    shown = ordered[~repeated] if (repeated | first_seed).all() else ordered
    return [_cell(row, baseline, axes) for row in shown.to_dict("records")]


def _cell(
    row: Mapping[object, object], baseline: str, axes: Mapping[str, Mapping[str, str]]
) -> Cell:
    """One row of the runs frame as a cell."""
    variant = str(row[VARIANT])
    picture = row.get("picture")
    return Cell(
        variant=variant,
        content=str(row[CONTENT]),
        style=str(row[STYLE]),
        pair=str(row[PAIR]),
        seed=int(str(row[SEED])),
        status=str(row["status"]),
        is_baseline=variant == baseline,
        axes=axes.get(variant, {}),
        picture=Path(str(picture)) if isinstance(picture, str | Path) and str(picture) else None,
        style_gain=_known(row.get("style/gain")),
        content_score=_known(row.get("content/score")),
    )


def _known(value: object) -> float | None:
    """The number, or None for NaN and what is no number."""
    return value if isinstance(value, float) and math.isfinite(value) else None


def arrange(cells: Sequence[Cell], *, rows: str, columns: str) -> list[Block]:
    """Lay cells out by two dimensions; what tells the rest apart becomes stacked blocks.

    Args:
        cells: at least one, each (variant, case) once.
        rows: a swept axis, or variant, pair, content, style or seed.
        columns: another of them.

    Returns:
        Blocks in order of first appearance, with labels in order of first appearance. Places
        without a cell are absent from ``Block.cells``.

    Raises:
        ValueError: no cells, equal dimensions, or an unknown one.
    """
    _check(cells, rows, columns)
    blocking = _blocking_dimensions(cells, rows, columns)
    order = {name: _ranks(_labels(cells, name)) for name in (rows, columns, *blocking)}
    groups: dict[Key, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(_key(cell, blocking), []).append(cell)
    ranked = sorted(
        groups.items(),
        key=lambda item: [order[n][at] for n, at in zip(blocking, item[0], strict=True)],
    )
    return [_block(group, rows, columns, blocking, order) for _, group in ranked]


def _check(cells: Sequence[Cell], rows: str, columns: str) -> None:
    """Refuse what cannot be laid out."""
    if not cells:
        raise ValueError("there is no cell to arrange")
    if rows == columns:
        raise ValueError(f"layout: rows and columns are both {rows!r}; name two different ones")
    known = (*_axes(cells), *FIXED_DIMENSIONS)
    for name in (rows, columns):
        if name not in known:
            raise ValueError(f"layout: unknown dimension {name!r}; known: {', '.join(known)}")


def _axes(cells: Sequence[Cell]) -> list[str]:
    """The swept axes of all variants."""
    return list(dict.fromkeys(name for cell in cells for name in cell.axes))


def _labels(cells: Sequence[Cell], dimension: str) -> list[str]:
    """The labels on a dimension in order of first appearance."""
    return list(dict.fromkeys(cell.label(dimension) for cell in cells))


def _ranks(labels: Sequence[str]) -> dict[str, int]:
    """The place of each label among the labels."""
    return {label: rank for rank, label in enumerate(labels)}


def _block(
    cells: Sequence[Cell],
    rows: str,
    columns: str,
    blocking: Sequence[str],
    order: Mapping[str, Mapping[str, int]],
) -> Block:
    """One grid, with the labels that occur in it."""
    row_labels, column_labels = (
        sorted(_labels(cells, name), key=order[name].__getitem__) for name in (rows, columns)
    )
    row_of, column_of = _ranks(row_labels), _ranks(column_labels)
    return Block(
        title=" · ".join(_named(name, cells[0].label(name)) for name in blocking),
        row_labels=tuple(row_labels),
        column_labels=tuple(column_labels),
        cells={(row_of[cell.label(rows)], column_of[cell.label(columns)]): cell for cell in cells},
    )


def _named(dimension: str, label: str) -> str:
    """A label that says what it is a label of, where that is not plain."""
    return label if dimension in {PAIR, VARIANT} else f"{dimension}: {label}"


def _blocking_dimensions(cells: Sequence[Cell], rows: str, columns: str) -> list[str]:
    """The dimensions beside rows and columns without which two cells would share a place."""
    kept = _candidates(_axes(cells), {rows, columns})
    places = _count_places(cells, (rows, columns, *kept))
    # From the last on: a block is best named by its pair, worst by its seed.
    for name in reversed(kept):
        without = [other for other in kept if other != name]
        if _count_places(cells, (rows, columns, *without)) == places:
            kept = without
    return kept


def _count_places(cells: Sequence[Cell], dimensions: Sequence[str]) -> int:
    return len({_key(cell, dimensions) for cell in cells})


def _candidates(axes: Sequence[str], taken: set[str]) -> list[str]:
    """Dimensions that rows and columns leave open, the pair first."""
    pictures = [name for name in (CONTENT, STYLE) if name not in taken]
    if PAIR in taken:
        pictures = []
    elif not taken & {CONTENT, STYLE}:
        pictures = [PAIR]
    open_axes = [] if VARIANT in taken else [name for name in axes if name not in taken]
    return [*pictures, *open_axes, *({SEED} - taken)]


def _key(cell: Cell, dimensions: Sequence[str]) -> Key:
    return tuple(cell.label(name) for name in dimensions)
