"""Grids of pictures as papers have them: results by settings, and results by iteration.

The contact sheet shows everything on one page of pixels; these are pages for print, their text
in letters, one per pair.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from reports.figures.drawing import Drawn, printable
from reports.figures.picture_page import MOST_COLUMNS, draw_page, with_columns
from reports.figures.variants import leading_variants
from reports.findings import Findings
from reports.frame import FINISHED, distinct_runs
from reports.material import Material
from reports.sheet.layout import PAIR, VARIANT, Block, Cell, arrange, cells_from_runs
from reports.verdict import CONTENT, STYLE

__all__ = ["draw_by_iteration", "draw_by_settings"]

ITERATION = "iteration"
MOST_PAGES = 3
MOST_VARIANTS = 6  # of pictures by iteration
LEAST_FILLED = 0.5  # a grid with fewer of its places filled is no grid


def draw_by_settings(material: Material, findings: Findings) -> Iterator[Drawn]:
    """One page per pair, rows and columns two swept axes; none with fewer axes.

    With more axes, or where the sweep's layout says something else, blocks become pages.
    """
    del findings
    cells = cells_from_runs(material.runs, material.baseline, material.axes)
    cells = [cell for cell in cells if cell.axes]
    rows, columns = _dimensions(material)
    if not rows or not any(cell.picture for cell in cells):
        return
    blocks = arrange(cells, rows=rows, columns=columns)
    places = sum(len(block.row_labels) * len(block.column_labels) for block in blocks)
    if len(cells) < LEAST_FILLED * places:  # settings drawn at random
        return
    for number, block in enumerate(islice(blocks, MOST_PAGES), start=1):
        caption = f"Rows: {printable(rows)}, columns: {printable(columns)}. {_reading(material)}"
        yield draw_page(
            block,
            material,
            (rows, columns),
            name=f"pictures-{number}",
            title="Pictures by settings",
            caption=f"{caption}{_pages_left_out(len(blocks))}",
        )


def draw_by_iteration(material: Material, findings: Findings) -> Iterator[Drawn]:
    """One page per pair: a row for each leading variant, a column for each picture on the way."""
    runs = distinct_runs(material.runs)
    runs = runs[(runs["status"] == FINISHED) & runs["fingerprint"].isin(list(material.snapshots))]
    if runs.empty:
        return
    present = findings.summary["variant"].isin(runs["variant"].unique())
    leading = leading_variants(findings.summary[present], MOST_VARIANTS)
    runs = runs[runs["variant"].isin(leading)].drop_duplicates([VARIANT, PAIR])
    pairs = runs[PAIR].unique()
    runs = runs[runs[PAIR].isin(pairs[:MOST_PAGES])].sort_values("variant_index", kind="stable")
    cells = [
        one
        for cell, fingerprint in zip(
            cells_from_runs(runs, material.baseline, {}), runs["fingerprint"], strict=True
        )
        for one in _on_the_way(cell, str(fingerprint), material)
    ]
    blocks = arrange(cells, rows=VARIANT, columns=ITERATION)
    for number, block in enumerate(blocks, start=1):
        yield draw_page(
            _thinned(_by_number(block)),
            material,
            (VARIANT, ITERATION),
            name=f"iterations-{number}",
            title="Pictures by iteration",
            caption=(
                "Rows: the baseline and leading variants, columns: iterations. "
                f"{_reading(material)}{_pages_left_out(len(pairs))}"
            ),
        )


def _dimensions(material: Material) -> tuple[str, str]:
    """What rows and columns are: as the sweep says, else its first two axes."""
    said = (material.layout.get("rows", PAIR), material.layout.get("columns", VARIANT))
    if said != (PAIR, VARIANT):
        return said
    axes = list(dict.fromkeys(name for own in material.axes.values() for name in own))
    return (axes[0], axes[1]) if len(axes) > 1 else ("", "")


def _on_the_way(cell: Cell, fingerprint: str, material: Material) -> Iterator[Cell]:
    """The cell at each iteration that has a picture, and at its last."""
    curves = material.curves[material.curves["fingerprint"] == fingerprint]
    scores = {
        name: dict(zip(own["iteration"], own["value"], strict=True))
        for name, own in curves.groupby("name")
        if name in {STYLE, CONTENT}
    }
    last = max(map(int, curves["iteration"]), default=0)
    pictures = {**material.snapshots[fingerprint], **({last: cell.picture} if last else {})}
    for iteration, picture in sorted(pictures.items()):
        is_last = iteration == last
        yield replace(
            cell,
            axes={ITERATION: str(iteration)},
            picture=picture,
            style_gain=cell.style_gain if is_last else scores.get(STYLE, {}).get(iteration),
            content_score=cell.content_score
            if is_last
            else scores.get(CONTENT, {}).get(iteration),
        )


def _by_number(block: Block) -> Block:
    """The block with its columns in the order of their iterations."""
    order = sorted(range(len(block.column_labels)), key=lambda at: int(block.column_labels[at]))
    return with_columns(block, order)


def _thinned(block: Block) -> Block:
    """At most so many columns as a page has, the last among them."""
    count = len(block.column_labels)
    if count <= MOST_COLUMNS - 1:
        return block
    kept = np.unique(np.linspace(0, count - 1, MOST_COLUMNS - 1).round().astype(int)).tolist()
    return with_columns(block, kept)


def _reading(material: Material) -> str:
    """What stands under the pictures."""
    return (
        "Under each result: S style gain in nats, K content score; higher is better. "
        f"Framed: the baseline, {printable(material.baseline)}."
    )


def _pages_left_out(count: int) -> str:
    return f" The first {MOST_PAGES} of {count} pages." if count > MOST_PAGES else ""
