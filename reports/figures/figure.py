"""What drawing a sweep's figures gives: vector figures for a page, and files for a paper."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Drawings", "Figure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A vector figure.

    Attributes:
        name: Stem of its files: lower-case words with hyphens.
        title: A few words, plain text.
        caption: What is drawn, how to read it and what is left out; plain text, may be long.
        svg: One ``<svg>`` element to stand inside HTML as it is: transparent, text and axes in
            ``currentColor``, ids of its own, nothing from elsewhere.
    """

    name: str
    title: str
    caption: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawings:
    """All that was drawn of a sweep.

    Attributes:
        figures: The vector figures, in reading order.
        files: Every file that was written: PNG, SVG and PDF of each vector figure, PNG and PDF
            of each grid of pictures.
    """

    figures: tuple[Figure, ...]
    files: tuple[Path, ...]
