"""Checks and the luminance that the measurements on pictures share."""

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2gray

__all__ = ["Picture", "check_picture", "check_same_size", "is_flat", "luminance"]

Picture = NDArray[np.uint8]
"""(H, W, 3) uint8, sRGB."""

# Rec. 709's weights have four digits: two luminances of 8-bit colours differ by 1 / 2 550 000 or
# not at all, but for rounding.
_SAME_LUMINANCE = 1e-7


def check_picture(picture: Picture) -> None:
    """Refuse what is not a picture.

    Raises:
        TypeError: ``picture`` is not an array of uint8.
        ValueError: its shape is not (H, W, 3), or it is empty.
    """
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8:
        kind = getattr(picture, "dtype", type(picture).__name__)
        raise TypeError(f"a picture is a uint8 array of shape (H, W, 3), got {kind}")
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.size == 0:  # noqa: PLR2004 (H, W, 3)
        raise ValueError(f"a picture has shape (H, W, 3), got {picture.shape}")


def check_same_size(a: Picture, b: Picture) -> None:
    """Refuse two pictures that cannot be compared place by place.

    Raises:
        TypeError: one is not an array of uint8.
        ValueError: one is not (H, W, 3), or their sizes differ.
    """
    check_picture(a)
    check_picture(b)
    if a.shape != b.shape:
        raise ValueError(f"pictures of equal size are needed, got {a.shape} and {b.shape}")


def luminance(picture: Picture) -> NDArray[np.float64]:
    """Luma of a picture: (H, W) float64 in [0, 1], Rec. 709 weights on the sRGB values."""
    grey: NDArray[np.float64] = rgb2gray(picture)
    return grey


def is_flat(grey: NDArray[np.float64]) -> bool:
    """Whether a picture's luminance, as ``luminance`` gives it, is the same everywhere."""
    return bool(np.ptp(grey) < _SAME_LUMINANCE)
