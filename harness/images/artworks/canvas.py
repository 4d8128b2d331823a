"""What all artworks share: coordinates, colours, smooth noise, and the way to a finished PNG.

Artworks are drawn on a canvas ``SUPERSAMPLE`` times larger than the picture and reduced at the
end, which gives clean edges. Colours are sRGB triples of floats in [0, 255]; places are in canvas
units: x to the right and y downwards, both in [0, 1].
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

__all__ = [
    "SIZE_PX",
    "SUPERSAMPLE",
    "blend",
    "coordinates",
    "finish",
    "gradient",
    "look_up",
    "palette",
    "smooth_noise",
    "smooth_step",
]

SIZE_PX = 512
SUPERSAMPLE = 2

# Values are rounded to multiples of this: invisible, and the PNG becomes a third smaller.
_LEVEL_STEP = 4


def coordinates(size: int) -> tuple[np.ndarray, np.ndarray]:
    """The x and y of every pixel centre, (size, size) float64 in (0, 1)."""
    centres = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(centres, centres)
    return x, y


def palette(*colours: str) -> np.ndarray:
    """Hexadecimal colours such as ``"1b2a6b"`` as a (n, 3) float64 array in [0, 255]."""
    return np.array([list(bytes.fromhex(colour)) for colour in colours], dtype=np.float64)


def gradient(colours: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Colours along a palette: position 0 is its first colour, 1 its last, linear between.

    Args:
        colours: (n, 3) float64.
        position: any shape; values outside [0, 1] are clipped.

    Returns:
        position's shape + (3,), float64.
    """
    stops = np.linspace(0.0, 1.0, len(colours))
    channels = [np.interp(position, stops, colours[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1)


def blend(below: np.ndarray, above: np.ndarray, share: np.ndarray) -> np.ndarray:
    """``below`` where ``share`` is 0, ``above`` where it is 1; share (H, W), pictures (…, 3)."""
    mixed: np.ndarray = below + (above - below) * np.clip(share, 0.0, 1.0)[..., None]
    return mixed


def smooth_step(
    value: np.ndarray, low: float | np.ndarray, high: float | np.ndarray
) -> np.ndarray:
    """0 below ``low``, 1 above ``high``, a smooth S between them (``low`` > ``high`` reverses)."""
    position = np.clip((value - low) / (high - low), 0.0, 1.0)
    step: np.ndarray = position * position * (3.0 - 2.0 * position)
    return step


def smooth_noise(rng: np.random.Generator, size: int, cells: Sequence[int]) -> np.ndarray:
    """A sum of random hills of several widths, each octave half as high as the one before.

    Args:
        rng: where the random numbers come from.
        size: rows and columns of the result.
        cells: for every octave the number of random values along a side.

    Returns:
        (size, size) float64, mean 0, standard deviation 1.
    """
    total: np.ndarray = np.zeros((size, size))
    for octave, count in enumerate(cells):
        values = rng.normal(size=(count + 3, count + 3)).astype(np.float32)
        edge = 1.5 * size / count
        full = Image.fromarray(values).resize(
            (round(size + 2 * edge), round(size + 2 * edge)), Image.Resampling.BICUBIC
        )
        start = round(edge)
        layer = np.asarray(full)[start : start + size, start : start + size]
        total += layer / 2.0**octave
    total -= total.mean()
    total /= total.std()
    return total


def look_up(field: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Values of a (size, size, …) field at the nearest pixels to places in canvas units."""
    size = field.shape[0]
    column = np.clip((x * size).astype(np.intp), 0, size - 1)
    row = np.clip((y * size).astype(np.intp), 0, size - 1)
    values: np.ndarray = field[row, column]
    return values


def finish(canvas: np.ndarray) -> np.ndarray:
    """Reduce a drawn canvas to the picture.

    Args:
        canvas: (S, S, 3), values in [0, 255] (clipped), S a multiple of ``SIZE_PX``.

    Returns:
        (SIZE_PX, SIZE_PX, 3) uint8, sRGB, every value a multiple of 4 or 255.
    """
    image = Image.fromarray(np.clip(np.rint(canvas), 0, 255).astype(np.uint8))
    small = np.asarray(image.resize((SIZE_PX, SIZE_PX), Image.Resampling.BOX), dtype=np.int16)
    rounded = (small + _LEVEL_STEP // 2) // _LEVEL_STEP * _LEVEL_STEP
    return np.minimum(rounded, 255).astype(np.uint8)
