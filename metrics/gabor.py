"""Gabor distance: how different two pictures' strokes are by size and direction."""

import functools
import math

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from metrics.pictures import Picture, check_picture, luminance

__all__ = ["gabor_distance", "gabor_statistics"]

# Manjunath & Ma 1996, section 3: cycles a pixel of the finest and the coarsest band.
_FINEST = 0.4
_COARSEST = 0.05
_SCALES = 4
_ORIENTATIONS = 6
_SCALE_STEP = (_FINEST / _COARSEST) ** (1 / (_SCALES - 1))

# Luminance; of the order of 8-bit rounding noise (1/255/√12), so that empty bands count as equal.
_NOISE_FLOOR = 1e-3
# Three standard deviations of the coarsest filter in space (11 px each).
_MARGIN = 34


def gabor_distance(a: Picture, b: Picture) -> float:
    """``style/gabor``: Canberra distance of the Gabor statistics of the luminance.

    The mean over the 24 bands and the two statistics x, y of |x - y| / (x + y + 2e-3): every size
    and direction of stroke counts the same, however little contrast it carries.

    Args:
        a: (H, W, 3) uint8, sRGB.
        b: The same; the sizes may differ, but a stroke must be as many pixels wide in both.

    Returns:
        From 0 (equal statistics) to 1; symmetric.

    Raises:
        TypeError: a picture is not an array of uint8.
        ValueError: a picture is not (H, W, 3).

    Reference:
        Filters and statistics: Manjunath & Ma 1996, IEEE PAMI 18(8), section 3 and eq. 7.

    Deviations:
        Differences are divided by the sum of the two values, not by a spread over a data base.
    """
    x = gabor_statistics(a) + _NOISE_FLOOR
    y = gabor_statistics(b) + _NOISE_FLOOR
    return float((np.abs(x - y) / (x + y)).mean())


def gabor_statistics(picture: Picture) -> NDArray[np.float64]:
    """Mean and standard deviation over the picture of the amplitude in each band.

    Args:
        picture: (H, W, 3) uint8, sRGB.

    Returns:
        (24, 2) float64 in units of luminance: band = scale x 6 + orientation, from fine to coarse
        (0.4, 0.2, 0.1, 0.05 cycles a pixel) and from vertical stripes (0°) in steps of 30°; a
        grating of amplitude A in the middle of a band has mean A.

    Raises:
        TypeError: the picture is not an array of uint8.
        ValueError: the picture is not (H, W, 3).
    """
    check_picture(picture)
    rows, columns = picture.shape[:2]
    spectrum = fft.fft2(_mirrored(luminance(picture)).astype(np.float32))
    responses = fft.ifft2(spectrum * _filters(*spectrum.shape))
    inside = responses[:, _MARGIN : _MARGIN + rows, _MARGIN : _MARGIN + columns]
    amplitude = np.abs(inside).reshape(len(responses), -1)
    mean = amplitude.mean(axis=1, dtype=np.float64)
    return np.stack([mean, amplitude.std(axis=1, dtype=np.float64)], axis=1)


def _mirrored(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mirror the borders outwards, lest opposite ones meet, to a size quick to transform."""
    margins = [
        (_MARGIN, fft.next_fast_len(length + 2 * _MARGIN) - length - _MARGIN)
        for length in grey.shape
    ]
    return np.pad(grey, margins, mode="symmetric")


@functools.lru_cache(maxsize=4)  # 10 MB each for a long side of 256; results of a pair share one
def _filters(rows: int, columns: int) -> NDArray[np.float32]:
    """Transfer functions of the bands: (24, rows, columns) float32, on the grid of ``fft2``."""
    bank = [
        _filter(rows, columns, _FINEST / _SCALE_STEP**scale, math.pi * turn / _ORIENTATIONS)
        for scale in range(_SCALES)
        for turn in range(_ORIENTATIONS)
    ]
    return np.stack(bank)


def _filter(rows: int, columns: int, frequency: float, angle: float) -> NDArray[np.float32]:
    """One band: a Gaussian around ``frequency`` in direction ``angle``, on one side only.

    One side makes the response complex, its modulus the amplitude; the factor 2 makes up for the
    other side. Widths are such that neighbouring bands touch at half their height.
    """
    vertical = fft.fftfreq(rows)[:, np.newaxis]
    horizontal = fft.fftfreq(columns)
    along = horizontal * math.cos(angle) + vertical * math.sin(angle)
    across = vertical * math.cos(angle) - horizontal * math.sin(angle)
    width_along, width_across = _widths(frequency)
    exponent = ((along - frequency) / width_along) ** 2 + (across / width_across) ** 2
    transfer: NDArray[np.float64] = 2 * np.exp(-exponent / 2)
    transfer[0, 0] = 0  # overall brightness is colour, not texture
    return transfer.astype(np.float32)


def _widths(frequency: float) -> tuple[float, float]:
    """Standard deviations in cycles a pixel, along and across (Manjunath & Ma 1996, section 3)."""
    half = 2 * math.log(2)
    along = (_SCALE_STEP - 1) * frequency / ((_SCALE_STEP + 1) * math.sqrt(half))
    ratio = along**2 / frequency
    across = (
        math.tan(math.pi / (2 * _ORIENTATIONS))
        * (frequency - half * ratio)
        / math.sqrt(half - half**2 * ratio / frequency)
    )
    return along, across
