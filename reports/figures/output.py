"""Figures as files: PNG for slides, SVG for pages, PDF for papers; the same bytes every time."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.figures.drawing import Canvas, Drawn
from reports.figures.figure import Figure
from reports.figures.placing import settle
from reports.figures.svg import inline_svg

__all__ = ["as_figure", "graph_files", "grid_files"]

DOTS_PER_INCH = 200
# Without a date, equal figures are equal files.
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    # Level 3 takes half the time of the best compression for a tenth more bytes.
    "png": {"dpi": DOTS_PER_INCH, "facecolor": "white", "pil_kwargs": {"compress_level": 3}},
    "pdf": {"dpi": DOTS_PER_INCH, "facecolor": "white", "metadata": {"CreationDate": None}},
    "svg": {"transparent": True, "metadata": {"Date": None}},
}


def as_figure(drawn: Drawn) -> Figure:
    """Return a graph as a page shows it."""
    settle(drawn.canvas)  # laid out once, not once a format
    svg = inline_svg(_encoded(drawn.canvas, "svg"), name=drawn.name, title=drawn.title)
    return Figure(name=drawn.name, title=drawn.title, caption=drawn.caption, svg=svg)


def graph_files(drawn: Drawn, figure: Figure, folder: Path) -> dict[Path, bytes]:
    """Return the files of a graph: PNG, PDF and SVG."""
    svg = folder / f"{drawn.name}.svg"
    return {**grid_files(drawn, folder), svg: f"{figure.svg}\n".encode()}


def grid_files(drawn: Drawn, folder: Path) -> dict[Path, bytes]:
    """Return the files of a figure that is made of pictures: PNG and PDF."""
    return {
        folder / f"{drawn.name}.{kind}": _encoded(drawn.canvas, kind) for kind in ("png", "pdf")
    }


def _encoded(canvas: Canvas, kind: str) -> bytes:
    buffer = io.BytesIO()
    canvas.savefig(buffer, format=kind, **OPTIONS[kind])
    return buffer.getvalue()
