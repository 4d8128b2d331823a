"""What is left of the start picture in a result."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from metrics.pictures import Picture, check_same_size, is_flat, luminance

__all__ = ["start_left"]

# Pixels. The blur takes away what is coarser than about 12 pixels: brightness and large forms
# agree by chance, while stripes and noise of a start are fine.
_BLUR = 2.0


def start_left(result: Picture, start: Picture) -> float:
    """``start/left``: correlation of the fine structure of a result and its start.

    Pearson's correlation of the luminance of both, each less its Gaussian blur of 2 pixels
    (mirrored at the borders). For a start made from the content this is the content that is left.

    Args:
        result: (H, W, 3) uint8, sRGB.
        start: The same size.

    Returns:
        From -1 to 1: 1 = all of it, 0 = nothing, also where the result has no structure at all;
        below 0 = its negative.

    Raises:
        TypeError: a picture is not an array of uint8.
        ValueError: a picture is not (H, W, 3), the sizes differ, or the start has no structure:
            its luminance is the same everywhere.
    """
    check_same_size(result, start)
    a, b = luminance(result), luminance(start)
    if is_flat(b):
        raise ValueError("the start has one luminance: it has no structure that could be left")
    if is_flat(a):
        return 0.0
    a, b = _fine(a), _fine(b)
    correlation = float(np.vdot(a, b)) / math.sqrt(float(np.vdot(a, a)) * float(np.vdot(b, b)))
    return max(-1.0, min(1.0, correlation))


def _fine(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    fine = grey - gaussian_filter(grey, _BLUR, mode="reflect")
    centred: NDArray[np.float64] = fine - fine.mean()
    return centred
