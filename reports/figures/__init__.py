"""Figures of a sweep for its page and for papers: fronts, differences, effects, curves, pictures.

Importing this package costs nothing: matplotlib is loaded when a figure is first drawn.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.figures.draw import draw_figures
    from reports.figures.figure import Drawings, Figure

__all__ = ["Drawings", "Figure", "draw_figures"]

MODULES = {"Drawings": "figure", "Figure": "figure", "draw_figures": "draw"}


def __getattr__(name: str) -> object:
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{MODULES[name]}"), name)
