"""Fidelity to the content, pixel by pixel: PSNR and the deviation of gradient similarity."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import prewitt
from skimage.metrics import peak_signal_noise_ratio
from skimage.transform import downscale_local_mean

from metrics.pictures import Picture, check_same_size, luminance

__all__ = ["gmsd", "psnr"]

_WHITE = 255
# Xue et al. 2014, section II.C: keeps flat places stable; in squared levels of 0 to 255.
_STABILISER = 170.0
# Three positions at half the size: below, every gradient has the border in it.
_SHORTEST_SIDE = 6


def psnr(a: Picture, b: Picture) -> float:
    """``content/psnr``: peak signal-to-noise ratio of two pictures.

    Logged for comparison with the literature. Not for ranking: it does not grow with the content
    weight, and an unrelated photo comes close to many a good style transfer.

    Args:
        a: (H, W, 3) uint8, sRGB.
        b: The same size.

    Returns:
        Decibels from 0 (black and white), over all channels; infinite for equal pictures.
        Symmetric.

    Raises:
        TypeError: a picture is not an array of uint8.
        ValueError: a picture is not (H, W, 3), or the sizes differ.

    Reference:
        10 log10(255² / mean squared error), by scikit-image.
    """
    check_same_size(a, b)
    if np.array_equal(a, b):
        return math.inf  # scikit-image says the same, with a warning
    return float(peak_signal_noise_ratio(a, b, data_range=_WHITE))  # type: ignore[no-untyped-call]


def gmsd(a: Picture, b: Picture) -> float:
    """``content/gmsd``: gradient magnitude similarity deviation of the luminance.

    At half the size the gradient magnitudes m of both pictures are compared at every position,
    (2 ma mb + c) / (ma² + mb² + c); the measurement is the standard deviation over the positions.
    A picture that departs from the other everywhere alike is thus at 0, too.

    Args:
        a: (H, W, 3) uint8, sRGB, at least 6 pixels on each side.
        b: The same size.

    Returns:
        From 0 (equal pictures) to 0.5, about 0.3 for unrelated ones. Symmetric.

    Raises:
        TypeError: a picture is not an array of uint8.
        ValueError: a picture is not (H, W, 3) or below 6 pixels, or the sizes differ.

    Reference:
        Xue, Zhang, Mou, Bovik 2014, IEEE TIP 23(2), arXiv 1308.3052, as in the authors' code.

    Deviations:
        Luminance has Rec. 709's weights, as everywhere here, instead of those of NTSC.
    """
    check_same_size(a, b)
    if min(a.shape[:2]) < _SHORTEST_SIDE:
        raise ValueError(f"GMSD needs {_SHORTEST_SIDE} pixels on each side, got {a.shape}")
    m, n = _gradient_magnitudes(a), _gradient_magnitudes(b)
    similarity = (2 * m * n + _STABILISER) / (m**2 + n**2 + _STABILISER)
    return float(similarity.std())


def _gradient_magnitudes(picture: Picture) -> NDArray[np.float64]:
    """Prewitt's magnitudes at half the size, in levels; black beyond the border, as published."""
    half = downscale_local_mean(_WHITE * luminance(picture), (2, 2))  # type: ignore[no-untyped-call]
    down, right = (prewitt(half, axis, mode="constant") / 3 for axis in (0, 1))
    magnitudes: NDArray[np.float64] = np.hypot(down, right)
    return magnitudes
