"""Colour distance: sliced Wasserstein distance between two pictures' CIELab colours."""

import math

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab

from metrics.pictures import Picture, check_picture

__all__ = ["color_swd"]

# Lab units; far below the smallest difference a person sees (about 1).
_BIN_WIDTH = 0.1
# Lab units; no sRGB colour is further from black than pure green, 148.5.
_LARGEST_NORM = 150.0
_BINS = round(2 * _LARGEST_NORM / _BIN_WIDTH)
_LAB_UNITS_PER_ONE = 100.0


def _half_sphere_directions(count: int) -> NDArray[np.float64]:
    """Spread unit vectors evenly over half a sphere: (count, 3), a Fibonacci lattice."""
    index = np.arange(count)
    height = (index + 0.5) / count
    angle = index * math.pi * (3 - math.sqrt(5))  # the golden angle
    radius = np.sqrt(1 - height**2)
    return np.stack([height, radius * np.cos(angle), radius * np.sin(angle)], axis=1)


# Half a sphere suffices: a direction and its opposite give the same distance. An even lattice
# needs fewer directions than random ones and does not depend on a generator's version.
_DIRECTIONS = _half_sphere_directions(64)


def color_swd(a: Picture, b: Picture) -> float:
    """``style/color_swd``: sliced Wasserstein-1 distance of the colours in CIELab.

    The colours of both pictures are projected on 64 fixed, evenly spread directions; on each the
    distance of the two distributions is the area between their cumulative histograms (bins of 0.1
    Lab units). Where a colour stands in the picture plays no part.

    Args:
        a: (H, W, 3) uint8, sRGB.
        b: The same; the sizes may differ.

    Returns:
        Mean over the directions in Lab units / 100: 0 for equal distributions, about 0.5 between
        black and white. Symmetric. A common shift of all colours by v Lab units gives v / 200.

    Raises:
        TypeError: a picture is not an array of uint8.
        ValueError: a picture is not (H, W, 3).

    Reference:
        Bonneel, Rabin, Peyré, Pfister 2015, JMIV 51, eq. 7 (sliced Wasserstein), with exponent 1.
    """
    check_picture(a)
    check_picture(b)
    between = np.abs(_cumulative_histograms(a) - _cumulative_histograms(b)).sum(axis=1)
    return float(between.mean()) * _BIN_WIDTH / _LAB_UNITS_PER_ONE


def _cumulative_histograms(picture: Picture) -> NDArray[np.float64]:
    """Distribution of the colours along each direction: (directions, bins), the last bin is 1."""
    colors = rgb2lab(picture).reshape(-1, 3) / _BIN_WIDTH
    counts = [
        # one direction at a time stays in the processor's cache: 12 ms instead of 40 for 256 x 256
        np.bincount((colors @ direction + _BINS / 2).astype(np.intp), minlength=_BINS)
        for direction in _DIRECTIONS
    ]
    cumulative: NDArray[np.float64] = np.cumsum(counts, axis=1) / len(colors)
    return cumulative
