"""Photographs as they would be with less light."""

import numpy as np

from harness.images.decode import Picture, decode_picture

__all__ = ["LIGHT", "darkened"]

LIGHT = 1 / 8
"""Share of the light that a dark photograph got: three stops less."""

# IEC 61966-2-1, the curve of sRGB
_LINEAR_BELOW = 0.04045
_DARK_SLOPE = 12.92
_OFFSET = 0.055
_EXPONENT = 2.4


def darkened(photograph: Picture, light: float = LIGHT) -> bytes:
    """Scale a photograph's linear light down.

    Args:
        photograph: Any picture.
        light: Factor of its light, above 0 and at most 1.

    Returns:
        A file: PPM, which has no compression that could differ from machine to machine.
    """
    image = decode_picture(photograph.data, name=photograph.name)
    header = f"P6\n{photograph.width} {photograph.height}\n255\n"
    pixels: bytes = _levels(light)[image].tobytes()
    return header.encode() + pixels


def _levels(light: float) -> np.ndarray:
    """Return the 256 levels (uint8) that the levels of sRGB become in this share of the light."""
    value = np.arange(256) / 255
    linear = np.where(
        value <= _LINEAR_BELOW,
        value / _DARK_SLOPE,
        ((value + _OFFSET) / (1 + _OFFSET)) ** _EXPONENT,
    )
    less = light * linear
    curved = (1 + _OFFSET) * less ** (1 / _EXPONENT) - _OFFSET
    shown = np.where(less <= _LINEAR_BELOW / _DARK_SLOPE, less * _DARK_SLOPE, curved)
    levels: np.ndarray = np.rint(255 * shown).astype(np.uint8)
    return levels
