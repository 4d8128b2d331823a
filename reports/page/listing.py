"""What a page's script is told of every run: its place, its scores, what became of it."""

import math
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from metrics.catalog import CATALOG
from reports.frame import FINISHED
from reports.material import Material
from reports.page.addresses import web_address
from reports.sheet.layout import FIXED_DIMENSIONS, PAIR, VARIANT, Cell, cells_from_runs
from reports.table import LOSS
from reports.verdict import CONTENT, STYLE

__all__ = ["Listing", "dimensions", "layout", "list_runs", "variant_lines"]

DIGITS = 6
FIRST = (STYLE, CONTENT, "balance")
ITERATIONS = "iterations"

Row = Mapping[Hashable, Any]
Place = tuple[str, str, int]


class Listing:
    """The cells of a sweep beside the rows of the runs frame that they come from.

    Args:
        material: Of the sweep.
    """

    def __init__(self, material: Material) -> None:
        self.cells: Sequence[Cell] = cells_from_runs(
            material.runs, material.baseline, material.axes
        )
        rows: dict[Place, Row] = {
            (str(row["variant"]), str(row["pair"]), int(row["seed"])): row
            for row in material.runs.to_dict("records")
        }
        self.rows: Sequence[Row] = [
            rows[cell.variant, cell.pair, cell.seed] for cell in self.cells
        ]

    def keys(self) -> list[str]:
        """Return what each cell's pictures are found by: equal for equal runs."""
        return [_text(row.get("fingerprint")) or f"cell {at}" for at, row in enumerate(self.rows)]

    def pictures(self) -> dict[str, Path]:
        """Return the result of every finished run, by key."""
        return {
            key: cell.picture
            for key, cell in zip(self.keys(), self.cells, strict=True)
            if cell.picture is not None and cell.status == FINISHED
        }


def dimensions(material: Material) -> list[str]:
    """Return by what pictures may be laid out: the fixed dimensions, then the swept axes."""
    axes = dict.fromkeys(name for labels in material.axes.values() for name in labels)
    return [*FIXED_DIMENSIONS, *(name for name in axes if name not in FIXED_DIMENSIONS)]


def layout(material: Material) -> dict[str, str]:
    """Return the rows and columns that the sweep asks for, or pairs by variants."""
    rows = material.layout.get("rows", PAIR)
    columns = material.layout.get("columns", PAIR if rows == VARIANT else VARIANT)
    known = dimensions(material)
    if rows not in known or columns not in known or rows == columns:
        rows, columns = PAIR, VARIANT
    return {"rows": rows, "columns": columns}


def variant_lines(variant: str, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Part a variant's name into axes and labels where it is made of the first of them.

    Returns:
        (axis, label) by line; one line without an axis for any other name.
    """
    lines = list(labels.items())
    for end in range(len(lines), 0, -1):
        if variant == ", ".join(f"{axis}={label}" for axis, label in lines[:end]):
            return lines[:end]
    return [("", variant)]


def list_runs(material: Material, listing: Listing) -> dict[str, Any]:
    """Return the runs, the names of their scores, and what those mean."""
    names = _measured_names(material.runs)
    return {
        "scores": [_described(name) for name in names],
        "cells": [
            _run(material, key, cell, row, names)
            for key, cell, row in zip(listing.keys(), listing.cells, listing.rows, strict=True)
        ],
    }


def _run(
    material: Material, key: str, cell: Cell, row: Row, names: Sequence[str]
) -> dict[str, Any]:
    labels = {
        name: cell.label(name) for name in dimensions(material) if name not in FIXED_DIMENSIONS
    }
    run_id = _text(row.get("run_id"))
    return {
        "key": key,
        "labels": labels | {name: cell.label(name) for name in FIXED_DIMENSIONS},
        "status": cell.status,
        "reason": _text(row.get("error")),
        "flags": [word.strip() for word in _text(row.get("flags")).split(";") if word.strip()],
        "isBaseline": cell.is_baseline,
        "run": run_id,
        "link": web_address(material.run_links.get(run_id, "")),
        "scores": [_rounded(row.get(name)) for name in names],
    }


def _measured_names(runs: pd.DataFrame) -> list[str]:
    """Return the columns with a number for readers, the headline scores first."""
    measured = [
        str(name)
        for name in runs.columns
        if (_entry_name(str(name)) or name in {LOSS, ITERATIONS}) and runs[name].notna().any()
    ]
    order = list(dict.fromkeys((*FIRST, *CATALOG)))

    def rank(name: str) -> tuple[int, bool]:
        entry = _entry_name(name)
        return (order.index(entry) if entry else len(order), name != entry)

    return sorted(measured, key=rank)


def _entry_name(name: str) -> str:
    """Return the catalogue's name of a column, also of one of a single tap; else nothing."""
    if name in CATALOG:
        return name
    parent = name.rpartition("/")[0]
    return parent if parent in CATALOG and CATALOG[parent].per_tap else ""


def _described(name: str) -> dict[str, str]:
    known = _entry_name(name)
    if not known:
        label = "total loss" if name == LOSS else name
        return {"name": name, "label": label, "unit": "", "meaning": ""}
    entry = CATALOG[known]
    tap = name.removeprefix(known).strip("/")
    return {
        "name": name,
        "label": f"{entry.short}, {tap}" if tap else entry.label,
        "unit": "" if entry.unit == "1" else entry.unit,
        "meaning": entry.meaning,
    }


def _rounded(value: object) -> float | None:
    """Return a number with as many digits as a reader may want; None for NaN."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(f"{value:.{DIGITS}g}")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
