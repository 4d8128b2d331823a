"""Resize pictures and encode them as PNG."""

import io
from typing import Literal

import numpy as np
from PIL import Image

from harness.images.aliased import resample_aliased

__all__ = [
    "Interpolation",
    "encode_png",
    "resize_long_side",
    "resize_to",
    "scaled_side",
    "shrink_long_side",
]

Interpolation = Literal["lanczos", "bicubic", "bilinear", "bicubic_aliased", "bilinear_aliased"]

_ANTIALIASED = {
    "lanczos": Image.Resampling.LANCZOS,
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
}

# zlib's own default: a fixed number, so that equal pixels give equal bytes on one machine
_COMPRESS_LEVEL = 6

_COLOUR_NDIM, _CHANNELS = 3, 3
_WHITE = 255


def resize_long_side(image: np.ndarray, size_px: int) -> np.ndarray:
    """Scale a picture, up or down, so that its long side has ``size_px`` pixels.

    The short side is ``short · size_px / long`` rounded to the nearest integer, halves upwards,
    and at least 1.

    Args:
        image: (H, W, 3) uint8, sRGB.
        size_px: Long side of the result in pixels, at least 1.

    Returns:
        (H', W', 3) uint8, sRGB, max(H', W') = ``size_px``.

    Raises:
        TypeError: ``image`` is not uint8.
        ValueError: ``image`` is not (H, W, 3), or ``size_px`` is below 1.
    """
    _check(image)
    if size_px < 1:
        raise ValueError(f"size_px must be at least 1, got {size_px}")
    height, width = image.shape[0], image.shape[1]
    long_side = max(height, width)
    return resize_to(
        image, scaled_side(height, size_px, long_side), scaled_side(width, size_px, long_side)
    )


def scaled_side(side: int, size_px: int, measured: int, *, is_cut: bool = False) -> int:
    """Return the length of a side, if another one of ``measured`` pixels gets ``size_px``.

    It is ``side · size_px / measured`` in whole pixels, at least 1: the nearest, of halves the
    larger; or, with ``is_cut``, the fraction is cut off.
    """
    if is_cut:
        return max(1, side * size_px // measured)
    return max(1, (2 * side * size_px + measured) // (2 * measured))


def shrink_long_side(image: np.ndarray, size_px: int) -> np.ndarray:
    """Scale a picture down so that its long side has ``size_px`` pixels; never up.

    Args:
        image: (H, W, 3) uint8, sRGB.
        size_px: Long side of the result in pixels at most, at least 1.

    Returns:
        (H', W', 3) uint8, sRGB; ``image`` itself where it is small enough.

    Raises:
        TypeError: A larger ``image`` is not uint8.
        ValueError: A larger ``image`` is not (H, W, 3), or ``size_px`` is below 1.
    """
    return resize_long_side(image, size_px) if max(image.shape[:2]) > size_px else image


def resize_to(
    image: np.ndarray, height: int, width: int, interpolation: Interpolation = "lanczos"
) -> np.ndarray:
    """Resample a picture to a given size.

    Filtering works on sRGB values, as image programs and other style transfer tools do.

    Args:
        image: (H, W, 3) uint8, sRGB.
        height: Rows of the result, at least 1.
        width: Columns of the result, at least 1.
        interpolation: One of Pillow's filters, which are antialiased; or, without antialiasing,
            what OpenCV and PyTorch call ``bicubic`` or ``bilinear``.

    Returns:
        (height, width, 3) uint8, sRGB, C-contiguous; never the memory of ``image``.

    Raises:
        TypeError: ``image`` is not uint8.
        ValueError: ``image`` is not (H, W, 3), or a side is below 1.
    """
    _check(image)
    if min(height, width) < 1:
        raise ValueError(f"height and width must be at least 1, got {height} and {width}")
    if interpolation in _ANTIALIASED:
        resized = Image.fromarray(image).resize((width, height), _ANTIALIASED[interpolation])
        return np.array(resized)
    values = resample_aliased(image, height, width, cubic=interpolation == "bicubic_aliased")
    levels: np.ndarray = np.rint(values.clip(0, _WHITE)).astype(np.uint8)
    return levels


def encode_png(image: np.ndarray) -> bytes:
    """Encode a picture as PNG: 8-bit RGB, no metadata, equal bytes for equal pixels.

    ``decode_picture`` is the way back. Another zlib version may compress to other bytes.

    Args:
        image: (H, W, 3) uint8, sRGB.

    Raises:
        TypeError: ``image`` is not uint8.
        ValueError: ``image`` is not (H, W, 3).
    """
    _check(image)
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG", compress_level=_COMPRESS_LEVEL)
    return buffer.getvalue()


def _check(image: np.ndarray) -> None:
    if image.dtype != np.uint8:
        raise TypeError(f"image must be uint8, got {image.dtype} of shape {image.shape}")
    if image.ndim != _COLOUR_NDIM or image.shape[2] != _CHANNELS or image.size == 0:
        raise ValueError(f"image must have shape (H, W, 3), got {image.shape}")
