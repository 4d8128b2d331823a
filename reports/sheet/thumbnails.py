"""Pictures for a contact sheet: files or arrays, read as thumbnails."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

__all__ = ["Picture", "aspect_ratio", "thumbnail"]

Picture = Path | NDArray[np.uint8]


def aspect_ratio(picture: Picture | None) -> float | None:
    """Width over height, without decoding a file; None if there is no picture to read."""
    try:
        with _opened(picture) as image:
            return None if image is None else image.width / image.height
    except OSError:
        return None


def thumbnail(picture: Picture | None, room: tuple[int, int]) -> Image.Image | None:
    """The picture as large as the room allows, its aspect ratio kept.

    Args:
        picture: a file, or (H, W, 3) uint8, sRGB.
        room: largest width and height in pixels.

    Returns:
        An RGB image; None if there is no picture, or its file is gone or damaged.
    """
    try:
        with _opened(picture) as image:
            if image is None:
                return None
            return ImageOps.contain(image.convert("RGB"), room, Image.Resampling.LANCZOS)
    except OSError:
        return None


@contextmanager
def _opened(picture: Picture | None) -> Iterator[Image.Image | None]:
    """The picture, its file open only as long as it is used."""
    if not isinstance(picture, Path):
        yield None if picture is None else Image.fromarray(picture)
        return
    with Image.open(picture) as image:
        yield image
