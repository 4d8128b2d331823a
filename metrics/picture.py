"""What one picture looks like: colours, smoothness, noise, clipping. None says how good it is."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate
from scipy.signal.windows import hann
from skimage.color import rgb2lab

from metrics.pictures import Picture, check_picture, is_flat, luminance

__all__ = [
    "chroma",
    "clipped",
    "exposure",
    "noise",
    "picture_measurements",
    "texture_scale",
    "total_variation",
    "warmth",
]

_WHITE = 255
# Immerkaer 1996: the difference of two Laplacians, blind to planes; the sum of squares is 36.
_NOISE_MASK = np.array([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]])
_NOISE_MASK_NORM = 6.0
_NOISE_SHORTEST_SIDE = 3
# Below, a window that falls to 0 at both borders leaves hardly anything to measure.
_SCALE_SHORTEST_SIDE = 16


def total_variation(picture: Picture) -> float:
    """``picture/tv``: mean absolute difference of neighbouring pixels.

    The sum of the steps from every pixel to its right and its lower neighbour, divided by the
    number of pixels and channels.

    Args:
        picture: (H, W, 3) uint8, sRGB.

    Returns:
        0 for a flat picture, below 2; black next to white is a step of 1.

    Raises:
        TypeError: the picture is not an array of uint8.
        ValueError: the picture is not (H, W, 3).

    Reference:
        Rudin, Osher, Fatemi 1992, Physica D 60, in its anisotropic form.
    """
    check_picture(picture)
    levels = picture.astype(np.int16)
    steps = sum(int(np.abs(np.diff(levels, axis=axis)).sum(dtype=np.int64)) for axis in (0, 1))
    return steps / (_WHITE * picture.size)


def noise(picture: Picture) -> float:
    """``picture/noise``: standard deviation of white noise on the luminance.

    An estimate: fine texture and sharp edges count as noise, too.

    Args:
        picture: (H, W, 3) uint8, sRGB, at least 3 pixels on each side.

    Returns:
        Between 0 and 1.67, where 1 is white; the rounding to 8 bits is a noise of about 0.001.

    Raises:
        TypeError: the picture is not an array of uint8.
        ValueError: the picture is not (H, W, 3), or below 3 pixels.

    Reference:
        Immerkaer 1996, Computer Vision and Image Understanding 64(2), the fast estimate.
    """
    check_picture(picture)
    _check_side("noise", picture, _NOISE_SHORTEST_SIDE)
    response = correlate(luminance(picture), _NOISE_MASK)[1:-1, 1:-1]
    return math.sqrt(math.pi / 2) * float(np.abs(response).mean()) / _NOISE_MASK_NORM


def clipped(picture: Picture) -> float:
    """``picture/clipped``: share of pixels with a channel at 0 or 255.

    Args:
        picture: (H, W, 3) uint8, sRGB.

    Returns:
        From 0 to 1. A black or white pixel counts, whether it was clipped or painted so.

    Raises:
        TypeError: the picture is not an array of uint8.
        ValueError: the picture is not (H, W, 3).
    """
    check_picture(picture)
    return float(((picture == 0) | (picture == _WHITE)).any(axis=2).mean())


def chroma(picture: Picture) -> float:
    """``picture/chroma``: mean distance from grey, C*ab = √(a*² + b*²), in Lab units.

    Args:
        picture: (H, W, 3) uint8, sRGB.

    Returns:
        From 0 (grey) to 134 (pure blue).

    Raises:
        TypeError: the picture is not an array of uint8.
        ValueError: the picture is not (H, W, 3).

    Reference:
        CIE 1976 L*a*b*, D65 and 2° observer, by scikit-image.
    """
    return _chroma(_lab(picture))


def warmth(picture: Picture) -> float:
    """``picture/warmth``: mean b*, in Lab units: above 0 yellowish, below 0 bluish.

    Args:
        picture: (H, W, 3) uint8, sRGB.

    Returns:
        From -108 (pure blue) to 95 (pure yellow).

    Raises:
        TypeError: the picture is not an array of uint8.
        ValueError: the picture is not (H, W, 3).

    Reference:
        CIE 1976 L*a*b*, D65 and 2° observer, by scikit-image.
    """
    return _warmth(_lab(picture))


def exposure(picture: Picture) -> float:
    """``picture/exposure``: mean L*, in Lab units: how light the picture is to the eye.

    Args:
        picture: (H, W, 3) uint8, sRGB.

    Returns:
        From 0 (black) to 100 (white).

    Raises:
        TypeError: the picture is not an array of uint8.
        ValueError: the picture is not (H, W, 3).

    Reference:
        CIE 1976 L*a*b*, D65 and 2° observer, by scikit-image.
    """
    return _exposure(_lab(picture))


def texture_scale(picture: Picture) -> float:
    """``picture/texture_scale``: how coarse light and dark alternate, in pixels.

    The geometric mean of the wavelengths in the luminance, each weighted by its power. The mean
    luminance is subtracted and a Hann window laid over the picture, lest opposite borders meet.

    Args:
        picture: (H, W, 3) uint8, sRGB, at least 16 pixels on each side.

    Returns:
        Pixels, from √2 (a checkerboard of single pixels) to the long side; stripes of 4 light and
        4 dark pixels have 8, less for what sharp edges add.

    Raises:
        TypeError: the picture is not an array of uint8.
        ValueError: the picture is not (H, W, 3) or below 16 pixels, or its luminance is the same
            everywhere.
    """
    check_picture(picture)
    _check_side("the texture's scale", picture, _SCALE_SHORTEST_SIDE)
    grey = luminance(picture)
    if is_flat(grey):
        raise ValueError("a picture of one luminance has no texture, so its texture has no scale")
    rows, columns = grey.shape
    window = np.outer(hann(rows, sym=False), hann(columns, sym=False))
    # Around the mean under the window: otherwise brightness leaks into the longest wavelengths.
    spectrum = np.fft.rfft2(window * (grey - np.average(grey, weights=window)))
    power = np.abs(spectrum) ** 2 * _multiplicity(columns)
    frequency = np.hypot(np.fft.fftfreq(rows)[:, np.newaxis], np.fft.rfftfreq(columns))
    power[0, 0], frequency[0, 0] = 0, 1  # no wavelength
    return math.exp(-float(np.average(np.log(frequency), weights=power)))


def picture_measurements(picture: Picture) -> dict[str, float]:
    """Every ``picture/*`` measurement by its catalogue name; CIELab is computed once.

    Args:
        picture: (H, W, 3) uint8, sRGB, at least 16 pixels on each side.

    Returns:
        Name to value. ``picture/texture_scale`` is absent for a picture of one luminance.

    Raises:
        TypeError: the picture is not an array of uint8.
        ValueError: the picture is not (H, W, 3), or below 16 pixels.
    """
    lab = _lab(picture)
    found = {
        "picture/tv": total_variation(picture),
        "picture/noise": noise(picture),
        "picture/clipped": clipped(picture),
        "picture/chroma": _chroma(lab),
        "picture/warmth": _warmth(lab),
        "picture/exposure": _exposure(lab),
    }
    if not is_flat(luminance(picture)):
        found["picture/texture_scale"] = texture_scale(picture)
    return found


def _lab(picture: Picture) -> NDArray[np.float64]:
    check_picture(picture)
    lab: NDArray[np.float64] = rgb2lab(picture)
    return lab


def _chroma(lab: NDArray[np.float64]) -> float:
    return float(np.hypot(lab[..., 1], lab[..., 2]).mean())


def _warmth(lab: NDArray[np.float64]) -> float:
    return float(lab[..., 2].mean())


def _exposure(lab: NDArray[np.float64]) -> float:
    return float(lab[..., 0].mean())


def _multiplicity(columns: int) -> NDArray[np.float64]:
    """How often each column of ``rfft2`` stands in the full spectrum: twice, but for the ends."""
    counts = np.full(columns // 2 + 1, 2.0)
    counts[0] = 1
    if columns % 2 == 0:
        counts[-1] = 1
    return counts


def _check_side(what: str, picture: Picture, shortest: int) -> None:
    if min(picture.shape[:2]) < shortest:
        raise ValueError(f"{what} needs {shortest} pixels on each side, got {picture.shape}")
