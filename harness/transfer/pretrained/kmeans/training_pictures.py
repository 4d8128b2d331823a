"""The pictures that the embedded parameters are learned from, one set for each role.

Photographs come from scikit-image's wheel. None of them is a built-in content, and the two roles
share no picture and no seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from harness.transfer.pretrained.kmeans.drawn_pictures import dead_leaves, recoloured

__all__ = ["TrainingPicture", "training_pictures"]

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPicture:
    """Pixels (H, W, 3) uint8 sRGB and where they come from."""

    name: str
    pixels: Picture


_COLOUR_PHOTOGRAPHS = {
    "engine": ("hubble_deep_field.jpg", "ihc.png"),
    "scoring": ("retina.jpg",),
}
_GREY_PHOTOGRAPHS = {
    "engine": ("camera.png", "brick.png", "grass.png"),
    "scoring": ("gravel.png", "moon.png", "coins.png"),
}
_DRAWN = {"engine": 16, "scoring": 12}

_SIZE = 256
_SCALES = (1, 2)  # a window of 256 pixels as it is, and one of 512 halved


def training_pictures(role: str, generator: np.random.Generator) -> list[TrainingPicture]:
    """Gather the training pictures of a role.

    Args:
        role: ``engine`` or ``scoring``.
        generator: draws the windows, the colours of grey photographs and the drawn pictures.

    Returns:
        Pictures of 256 x 256 pixels.
    """
    pictures = []
    for name in _COLOUR_PHOTOGRAPHS[role]:
        windows = _windows(_photograph(name), generator)
        pictures += [TrainingPicture(name=name, pixels=window) for window in windows]
    for name in _GREY_PHOTOGRAPHS[role]:
        for window in _windows(_photograph(name), generator):
            coloured = recoloured(window, generator)
            pictures.append(TrainingPicture(name=f"{name} recoloured", pixels=coloured))
    for _ in range(_DRAWN[role]):
        drawn = dead_leaves(_SIZE, generator)
        pictures.append(TrainingPicture(name="dead leaves", pixels=drawn))
    return pictures


def _photograph(name: str) -> Picture:
    with files("skimage.data").joinpath(name).open("rb") as stream, Image.open(stream) as image:
        return np.asarray(image)


def _windows(photograph: Picture, generator: np.random.Generator) -> Iterator[Picture]:
    """Yield windows at both scales, mirrored at random."""
    for scale in _SCALES:
        extent = _SIZE * scale
        if min(photograph.shape[:2]) < extent:
            continue
        top, left = (generator.integers(0, side - extent + 1) for side in photograph.shape[:2])
        window = photograph[top : top + extent, left : left + extent]
        window = window[:, :: generator.choice([1, -1])]
        yield _shrunk(window, scale)


def _shrunk(window: Picture, scale: int) -> Picture:
    height, width, *channels = window.shape
    blocks = window.reshape(height // scale, scale, width // scale, scale, *channels)
    shrunk: Picture = (blocks.mean(axis=(1, 3)) + 0.5).astype(np.uint8)
    return shrunk
