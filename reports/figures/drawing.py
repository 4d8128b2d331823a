"""How every figure looks: colours, letters, sizes, and the one lock that Matplotlib needs.

Matplotlib's settings belong to the process, so figures are drawn and saved one at a time. Figures
are made by ``Figure`` alone; pyplot, which keeps windows and a current figure, is never loaded.
"""

import threading
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from metrics.catalog import metric as catalogued
from reports.wrapping import wrap

__all__ = [
    "BLUE",
    "COLOURS",
    "GRAPH_IN",
    "GREEN",
    "INK",
    "MARKERS",
    "SKY",
    "VERMILION",
    "Canvas",
    "Drawn",
    "add_rule",
    "drawing",
    "metric_label",
    "printable",
    "wrapped",
]

# Text, axes and the baseline. In pages it becomes the colour of the text around the figure, so
# nothing else may have it.
INK = "#16181c"
# Okabe and Ito, Color Universal Design (2008): told apart by colour-blind readers too. Their
# black is the ink, and their yellow cannot be seen on white.
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
)
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
MARKERS = ("o", "s", "^", "v", "P", "X")
GRAPH_IN = 7.0  # wide: the text of a page in most journals

SETTINGS: Mapping[Any, Any] = MappingProxyType(
    {
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],  # comes with Matplotlib
        "font.size": 8,
        "axes.titlesize": 8.5,
        "axes.labelsize": 8,
        "xtick.labelsize": 7.5,
        "ytick.labelsize": 7.5,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "axes.titlecolor": INK,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.linewidth": 0.6,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.minor.width": 0.4,
        "ytick.minor.width": 0.4,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "lines.linewidth": 1.3,
        "text.hinting": "no_hinting",  # letters are as wide on the screen as in print
        "text.parse_math": False,  # a dollar sign in a name is a dollar sign
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": "style-harness",
        "pdf.fonttype": 42,
    }
)
_LOCK = threading.RLock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A figure before it is written."""

    name: str
    title: str
    caption: str
    canvas: Canvas


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with these settings, whatever the user's own are; one thread at a time."""
    with _LOCK, mpl.rc_context(), warnings.catch_warnings():
        # Boxes in place of letters that the font lacks; a page has the reader's own fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield


def metric_label(metric: str) -> str:
    """What an axis says of a measurement: words, unit and the arrow of the better direction."""
    entry = catalogued(metric)
    unit = "" if entry.unit == "1" else f" ({entry.unit})"
    return f"{entry.short}{unit} {entry.direction.arrow}".rstrip()


def printable(text: str) -> str:
    """A text from outside as one line without control letters, which XML cannot hold."""
    line = " ".join(text.split())
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(letter) in {"Cc", "Cs", "Co", "Cn"}
        else letter
        for letter in line
    )  # fmt: skip


def wrapped(text: str, width: int, *, most_lines: int) -> str:
    """A text from outside in lines of at most that many letters."""
    return "\n".join(wrap(printable(text), width, most_lines=most_lines))


def add_rule(axes: Axes, *, x: float | None = None, y: float | None = None) -> None:
    """Draw a thin line across the axes: what the values are to be compared with."""
    look: dict[str, Any] = {
        "color": INK,
        "linewidth": 0.7,
        "linestyle": (0, (4, 3)),
        "alpha": 0.6,
        "zorder": 1,
    }
    if x is not None:
        axes.axvline(x, **look)
    if y is not None:
        axes.axhline(y, **look)
