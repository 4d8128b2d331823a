"""Histogram distance: how different two pictures' colours are, their brightness left out."""

import math

import numpy as np
from numpy.typing import NDArray

from metrics.pictures import Picture, check_picture

__all__ = ["Histogram", "color_histogram", "hellinger_distance", "histogram_distance"]

Histogram = NDArray[np.float64]
"""(3, 64, 64) float64, sums to 1."""

# Afifi et al. 2021, section 3.1 and the authors' code: bins, their range, the kernel's width and
# the guard of the logarithm.
_BINS = np.linspace(-3, 3, 64, dtype=np.float32)
_KERNEL_WIDTH = 0.02
_TINY = 1e-6
# Pixels at a time: half a megabyte for each kernel stays in a processor's cache.
_CHUNK = 2048


def histogram_distance(a: Picture, b: Picture) -> float:
    """``style/histogram``: Hellinger distance of the RGB-uv histograms of two pictures.

    Sees hue and saturation. Blind to brightness, which only weighs the pixels: all greys are one
    colour to it.

    Args:
        a: (H, W, 3) uint8, sRGB.
        b: The same; the sizes may differ.

    Returns:
        From 0 (the same histogram) to 1 (nothing in common). Symmetric.

    Raises:
        TypeError: a picture is not an array of uint8.
        ValueError: a picture is not (H, W, 3).

    Reference:
        HistoGAN, Afifi, Brubaker, Brown 2021, arXiv 2011.11731, section 3.1 and the colour
        matching loss.

    Deviations:
        All pixels count; the authors first squash pictures to 150 × 150.
    """
    return hellinger_distance(color_histogram(a), color_histogram(b))


def color_histogram(picture: Picture) -> Histogram:
    """Histogram of the log ratios of the channels; keep that of a style used often.

    For red, then green, then blue: the logarithms of its ratios to the other two, counted in
    64 × 64 bins from -3 to 3 with the kernel 1 / (1 + (d / 0.02)²); every pixel weighs as much as
    the length of its colour vector.

    Args:
        picture: (H, W, 3) uint8, sRGB.

    Returns:
        (3, 64, 64) float64, sums to 1.

    Raises:
        TypeError: the picture is not an array of uint8.
        ValueError: the picture is not (H, W, 3).
    """
    check_picture(picture)
    colors: NDArray[np.float32] = np.divide(picture.reshape(-1, 3), 255, dtype=np.float32)
    counts = np.zeros((3, len(_BINS), len(_BINS)))
    for first in range(0, len(colors), _CHUNK):
        counts += _counts(colors[first : first + _CHUNK])
    histogram: Histogram = counts / counts.sum()
    return histogram


def hellinger_distance(a: Histogram, b: Histogram) -> float:
    """‖√a - √b‖ / √2 of two histograms that sum to 1: from 0 to 1, symmetric.

    Raises:
        ValueError: the shapes differ, or a value is negative or not finite.
    """
    if a.shape != b.shape:
        raise ValueError(f"histograms of equal shape are needed, got {a.shape} and {b.shape}")
    for values in (a, b):
        if not (np.isfinite(values).all() and values.min() >= 0):
            raise ValueError("a histogram has finite counts of 0 or more")
    return min(1.0, float(np.linalg.norm(np.sqrt(a) - np.sqrt(b))) / math.sqrt(2))


def _counts(colors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Weighted counts of some pixels, (N, 3) in [0, 1]: (3, 64, 64)."""
    weight = np.sqrt((colors**2).sum(axis=1) + np.float32(_TINY))[:, np.newaxis]
    red, green, blue = np.log(colors + np.float32(_TINY)).T
    red_green, red_blue, green_blue = (
        _kernel(ratio) for ratio in (red - green, red - blue, green - blue)
    )
    # The kernel of a ratio's inverse is its mirror image, since the bins are symmetric.
    pairs = (
        (red_green, red_blue),
        (red_green[:, ::-1], green_blue),
        (red_blue[:, ::-1], green_blue[:, ::-1]),
    )
    return np.stack([(u * weight).T @ v for u, v in pairs]).astype(np.float64)


def _kernel(log_ratio: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each pixel counts in each bin: (N, 64)."""
    squared = np.square((log_ratio[:, np.newaxis] - _BINS) / np.float32(_KERNEL_WIDTH))
    nearness: NDArray[np.float32] = np.reciprocal(1 + squared, dtype=np.float32)
    return nearness
