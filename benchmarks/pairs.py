"""Pairs of built-in pictures that share no picture, as statistics over pairs want them."""

import numpy as np

from harness.images.builtin import open_builtin
from harness.images.decode import decode_picture
from harness.images.resize import resize_long_side, resize_to

__all__ = ["CONTENTS", "PAIRS", "STYLES", "pixels", "square"]

CONTENTS = ("chelsea", "coffee", "rocket", "astronaut", "china", "flower", "dots", "watercolor")
STYLES = ("strokes", "glass", "wave", "ink", "mosaic", "autumn", "watercolor", "dots")
PAIRS = tuple(zip(CONTENTS[:6], STYLES[:6], strict=True))
"""Six of them; the other two share their pictures with each other."""


def pixels(name: str, size_px: int | None = None) -> np.ndarray:
    """Return a built-in picture, (H, W, 3) uint8, sRGB, its long side so large; or as it is."""
    picture = decode_picture(open_builtin(name).data, name=name)
    return picture if size_px is None else resize_long_side(picture, size_px)


def square(name: str, size_px: int) -> np.ndarray:
    """Return a built-in picture stretched to a square."""
    return resize_to(pixels(name), size_px, size_px)
