"""Resize pictures without antialiasing, as OpenCV and PyTorch's interpolate do."""

from collections.abc import Callable

import numpy as np

__all__ = ["resample_aliased"]

_CUBIC_A = -0.75
"""Slope of the cubic kernel at distance 1; OpenCV and PyTorch have this, Pillow -0.5."""

_BILINEAR_OFFSETS = (0, 1)
_CUBIC_OFFSETS = (-1, 0, 1, 2)


def resample_aliased(image: np.ndarray, height: int, width: int, *, cubic: bool) -> np.ndarray:
    """Interpolate a picture between its nearest pixels, two or (``cubic``) four along each axis.

    Shrinking skips what lies between them. Pixels are squares whose centres are interpolated
    (``align_corners=False``); beyond the border the outermost pixel goes on.

    Args:
        image: (H, W, C), of any type of real numbers.
        height: Rows of the result, at least 1.
        width: Columns of the result, at least 1.
        cubic: Whether to use the cubic kernel, which overshoots at edges; else the linear one.

    Returns:
        (height, width, C) float64.

    Reference:
        Keys 1981, "Cubic convolution interpolation for digital image processing", equation 4 with
        a = -3/4.
    """
    offsets, kernel = (_CUBIC_OFFSETS, _cubic) if cubic else (_BILINEAR_OFFSETS, _linear)
    rows = _along_rows(image, height, offsets, kernel)
    columns = _along_rows(rows.transpose(1, 0, 2), width, offsets, kernel)
    return np.ascontiguousarray(columns.transpose(1, 0, 2))


def _along_rows(
    image: np.ndarray,
    count: int,
    offsets: tuple[int, ...],
    kernel: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    places = (np.arange(count) + 0.5) * (image.shape[0] / count) - 0.5
    before = np.floor(places).astype(np.intp)
    found = np.zeros((count, *image.shape[1:]))
    for offset in offsets:
        weights = kernel(np.abs(places - before - offset))
        taken = image[np.clip(before + offset, 0, image.shape[0] - 1)]
        found += weights[:, None, None] * taken
    return found


def _linear(distance: np.ndarray) -> np.ndarray:
    return 1 - distance


def _cubic(distance: np.ndarray) -> np.ndarray:
    near = ((_CUBIC_A + 2) * distance - (_CUBIC_A + 3)) * distance**2 + 1
    far = _CUBIC_A * (((distance - 5) * distance + 8) * distance - 4)
    weights: np.ndarray = np.where(distance <= 1, near, far)
    return weights
