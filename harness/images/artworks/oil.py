"""Oil paint: brush strokes made of bristles, with the relief that thick paint has."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from harness.images.artworks.canvas import look_up

__all__ = ["Brush", "OilCanvas", "follow"]

# Light from the upper left; the strength turns paint heights (0…255) into lighter or darker paint
_RELIEF = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Brush:
    """A flat brush; lengths in canvas units.

    Attributes:
        width: across the bristles.
        bristles: how many strands of paint it leaves.
        length: of one stroke.
        streaks: standard deviation of the bristles' lightness, in [0, 255].
    """

    width: float
    bristles: int
    length: float
    streaks: float


class OilCanvas:
    """A colour canvas and the height of the paint on it."""

    def __init__(self, size: int, ground: tuple[int, int, int]) -> None:
        self.size = size
        self._colours = Image.new("RGB", (size, size), ground)
        self._heights = Image.new("L", (size, size), 90)
        self._draw_colour = ImageDraw.Draw(self._colours)
        self._draw_height = ImageDraw.Draw(self._heights)

    def stroke(
        self, path: np.ndarray, brush: Brush, colour: np.ndarray, rng: np.random.Generator
    ) -> None:
        """Lay one stroke along ``path``, (n, 2) places in canvas units."""
        steps = np.gradient(path, axis=0)
        steps /= np.linalg.norm(steps, axis=1, keepdims=True) + 1e-12
        across = np.stack([-steps[:, 1], steps[:, 0]], axis=1)
        offsets = np.linspace(-0.5, 0.5, brush.bristles) * brush.width
        # the ends of a stroke are narrower than its middle
        taper = np.sqrt(np.sin(np.linspace(0.25, np.pi - 0.25, len(path))))[:, None]
        width_px = max(2, round(1.5 * brush.width * self.size / brush.bristles))
        lightness = rng.normal(0.0, brush.streaks, brush.bristles)
        heights = rng.uniform(70, 200, brush.bristles)
        heights[[0, -1]] -= 60  # paint is thin at the sides of the brush
        for offset, light, height in zip(offsets, lightness, heights, strict=True):
            start = rng.integers(0, 2)
            line = ((path + across * taper * offset)[start:] * self.size).ravel().tolist()
            paint = np.clip(colour + light, 0, 255).astype(int)
            self._draw_colour.line(line, fill=tuple(paint.tolist()), width=width_px)
            self._draw_height.line(line, fill=int(np.clip(height, 0, 255)), width=width_px)

    def finished(self) -> np.ndarray:
        """The (size, size, 3) float64 canvas, lit from the upper left."""
        heights = np.asarray(self._heights.resize((self.size, self.size)), dtype=np.float64)
        heights = _soften(heights)
        slope = np.zeros_like(heights)
        slope[1:, 1:] = heights[1:, 1:] - heights[:-1, :-1]
        return np.asarray(self._colours, dtype=np.float64) + _RELIEF * slope[..., None]


def follow(
    angles: np.ndarray, start: tuple[float, float], length: float, steps: int
) -> np.ndarray:
    """A path of ``steps`` + 1 places through ``start`` (its middle) along a field of angles.

    Args:
        angles: (S, S) float64, radians, 0 to the right, positive downwards.
        start: the place in the middle of the path, canvas units.
        length: of the whole path, canvas units.
        steps: number of straight pieces, even.
    """
    halves = []
    for sign in (-1.0, 1.0):
        place = np.array(start)
        half = []
        for _ in range(steps // 2):
            angle = look_up(angles, place[0], place[1])
            place = place + sign * length / steps * np.array([np.cos(angle), np.sin(angle)])
            half.append(place)
        halves.append(half)
    return np.array([*reversed(halves[0]), np.array(start), *halves[1]])


def _soften(heights: np.ndarray) -> np.ndarray:
    """Average every pixel with its neighbours below and to the right: fewer jagged ridges."""
    padded = np.pad(heights, ((0, 1), (0, 1)), mode="edge")
    mean: np.ndarray = padded[:-1, :-1] + padded[1:, :-1] + padded[:-1, 1:] + padded[1:, 1:]
    return mean / 4.0
