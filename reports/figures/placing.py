"""Labels beside points and at the ends of lines, so that none covers another."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from reports.figures.drawing import Canvas

__all__ = ["label_ends", "label_points", "settle"]

# Offsets in points from a point's middle, best first, with how the text is aligned to them.
PLACES = tuple(
    (distance * x, distance * y, horizontal, vertical)
    for distance in (5, 9, 14, 20)
    for x, y, horizontal, vertical in (
        (1, 0.6, "left", "bottom"),
        (-1, 0.6, "right", "bottom"),
        (1, -0.6, "left", "top"),
        (-1, -0.6, "right", "top"),
        (0, 1.2, "center", "bottom"),
        (0, -1.2, "center", "top"),
    )
)
POINT_ROOM_PT = 4.0

Points = NDArray[np.float64]


def settle(canvas: Canvas) -> FigureCanvasAgg:
    """Lay the figure out, so that places on it may be measured; the layout then stays."""
    agg = FigureCanvasAgg(canvas)
    canvas.draw_without_rendering()
    canvas.draw_without_rendering()  # once more: long labels take two rounds to find room
    canvas.set_layout_engine("none")
    return agg


def label_points(axes: Axes, points: Points, texts: Sequence[str]) -> None:
    """Write texts beside points of settled axes; a text for which there is no room is left out.

    Args:
        axes: of a figure after ``settle``.
        points: (n, 2) float64, in the units of the axes, the most important first.
        texts: one per point; empty ones only keep others off their points.
    """
    canvas = axes.get_figure(root=True)
    if canvas is None:
        raise TypeError("axes without a figure cannot be labelled")
    pixels_per_point = canvas.dpi / 72
    room = POINT_ROOM_PT * pixels_per_point
    middles = axes.transData.transform(points)
    taken = [Bbox.from_extents(x - room, y - room, x + room, y + room) for x, y in middles]
    limits = axes.get_tightbbox() or axes.bbox
    for index, text in enumerate(texts):
        others = [box for at, box in enumerate(taken) if at != index]
        for x, y, horizontal, vertical in PLACES if text else ():
            label = axes.annotate(
                text,
                (float(points[index][0]), float(points[index][1])),
                xytext=(x, y),
                textcoords="offset points",
                ha=horizontal,
                va=vertical,
                fontsize=7.5,
                zorder=6,
            )
            label.set_in_layout(False)
            box = label.get_window_extent()
            is_inside = box.x0 >= limits.x0 and box.x1 <= limits.x1 and box.y1 <= limits.y1
            if is_inside and not any(box.overlaps(other) for other in others):
                taken.append(box)
                break
            label.remove()


def label_ends(
    axes: Axes, ends: Sequence[float], texts: Sequence[str], colours: Sequence[str]
) -> None:
    """Write texts right of the axes, each as near to the end of its line as the others allow.

    Args:
        axes: with their limits set.
        ends: y of each line's end, in the units of the axes.
        texts: one per line.
        colours: one per line.
    """
    if not ends:
        return
    height_pt = axes.bbox.height * 72 / axes.figure.dpi
    gap = 8.5 / height_pt
    wanted = axes.transAxes.inverted().transform(
        axes.transData.transform([(axes.get_xlim()[1], end) for end in ends])
    )[:, 1]
    for place, text, colour in zip(_apart(wanted, gap), texts, colours, strict=True):
        axes.text(
            1.015, place, text, transform=axes.transAxes, color=colour, va="center", fontsize=7.5
        )


def _apart(wanted: Points, gap: float) -> Points:
    """Places in order of the wanted ones, none nearer to the next than the gap."""
    order = np.argsort(wanted, kind="stable")
    places = np.clip(wanted[order], 0.0, 1.0)
    for _ in range(200):
        gaps = np.diff(places)
        short = np.flatnonzero(gaps < gap - 1e-9)
        if not short.size:
            break
        for at in short:
            lacking = gap - (places[at + 1] - places[at])
            if lacking > 0:
                places[at] -= lacking / 2
                places[at + 1] += lacking / 2
    apart = np.empty_like(places)
    apart[order] = places
    return apart
