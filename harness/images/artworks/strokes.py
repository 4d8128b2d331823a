"""``strokes``: a windy night over hills, in brush strokes that follow the wind."""

import numpy as np

from harness.images.artworks.canvas import (
    SIZE_PX,
    SUPERSAMPLE,
    blend,
    coordinates,
    finish,
    gradient,
    look_up,
    palette,
    smooth_noise,
    smooth_step,
)
from harness.images.artworks.oil import Brush, OilCanvas, follow

__all__ = ["draw"]

_SKY = palette("14245c", "1f3f8f", "2f6db5", "5fa3d0", "a8cfd8", "3a7fc0", "18317a")
_HILLS = palette("0f2a3f", "1c5560", "3f7f5a", "86a352", "c9b54a")
_LIGHTS = palette("5f9fc8", "a9cdb4", "eed34e", "f4b21c", "f9d75a", "fff8d8")
_CYPRESS = palette("0a1420", "12302b", "2c4a2a", "5a5a28")

_HALO = 1.25  # where a star's light ends, in its radii

# (x, y, radius); the last one is the moon
_STARS = (
    (0.10, 0.12, 0.075), (0.33, 0.08, 0.055), (0.52, 0.20, 0.06), (0.27, 0.36, 0.05),
    (0.67, 0.07, 0.045), (0.93, 0.44, 0.05), (0.86, 0.17, 0.13),
)  # fmt: skip
# (x, y, radius, strength) of the whirls in the wind
_WHIRLS = ((0.50, 0.40, 0.17, 1.0), (0.72, 0.47, 0.10, -0.8), (0.16, 0.30, 0.10, 0.5))

_BRUSHES = (
    (900, Brush(width=0.042, bristles=8, length=0.13, streaks=9.0)),
    (2600, Brush(width=0.024, bristles=6, length=0.09, streaks=11.0)),
    (1700, Brush(width=0.014, bristles=4, length=0.06, streaks=13.0)),
)


def draw(rng: np.random.Generator) -> np.ndarray:
    """Draw the picture: (512, 512, 3) uint8, sRGB."""
    size = SIZE_PX * SUPERSAMPLE
    colours, angles = _scene(rng, size // 4)
    canvas = OilCanvas(size, (28, 52, 110))
    for count, brush in _BRUSHES:
        for x, y in rng.uniform(-0.02, 1.02, size=(count, 2)):
            path = follow(angles, (x, y), brush.length * rng.uniform(0.7, 1.2), 8)
            colour = look_up(colours, x, y) + rng.normal(0.0, 7.0, 3)
            canvas.stroke(path, brush, colour, rng)
    return finish(canvas.finished())


def _scene(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    """What is painted where: colours (size, size, 3) and stroke directions (size, size)."""
    x, y = coordinates(size)
    stream = _wind(x, y, smooth_noise(rng, size, (3, 6)))
    down, right = np.gradient(stream)
    angles = np.arctan2(right, -down)
    wave = 0.5 + 0.5 * np.sin(stream * 42.0 + 1.2 * smooth_noise(rng, size, (5, 11)))
    colours = gradient(_SKY, wave)
    for star_x, star_y, radius in _STARS:
        colours, angles = _with_star(colours, angles, x - star_x, y - star_y, radius)
    colours, angles = _with_hills(colours, angles, x, y, smooth_noise(rng, size, (8, 16)))
    return _with_cypress(colours, angles, x, y)


def _wind(x: np.ndarray, y: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Stream function of the wind: its level lines are where the strokes go."""
    stream = y + 0.05 * np.sin(5.5 * x + 1.0) + 0.012 * noise
    for whirl_x, whirl_y, radius, strength in _WHIRLS:
        distance = (x - whirl_x) ** 2 + (y - whirl_y) ** 2
        stream = stream + strength * radius * 1.6 * np.exp(-distance / (2 * (radius / 1.7) ** 2))
    return stream


def _with_star(
    colours: np.ndarray, angles: np.ndarray, dx: np.ndarray, dy: np.ndarray, radius: float
) -> tuple[np.ndarray, np.ndarray]:
    distance = np.hypot(dx, dy) / radius
    light = gradient(_LIGHTS, 1.02 - 0.85 * distance + 0.1 * np.cos(distance * 14.0))
    share = smooth_step(distance, _HALO, 1.0)
    around = np.arctan2(dx, -dy)
    return blend(colours, light, share), np.where(distance < _HALO, around, angles)


def _with_hills(
    colours: np.ndarray, angles: np.ndarray, x: np.ndarray, y: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    for number, base in enumerate((0.66, 0.74, 0.84)):
        phase = 2.1 * number
        ridge = base + 0.045 * np.sin(6.0 * x + phase) + 0.02 * np.sin(13.0 * x + 2.0 * phase)
        slope = 0.27 * np.cos(6.0 * x + phase) + 0.26 * np.cos(13.0 * x + 2.0 * phase)
        inside = y > ridge
        depth = (y - ridge) * 9.0 + 0.16 * noise + 0.1 * number
        colours = np.where(inside[..., None], gradient(_HILLS, 0.15 + depth % 0.95), colours)
        angles = np.where(inside, np.arctan(slope) + 0.9 * np.sin(depth * 3.0), angles)
    return colours, angles


def _with_cypress(
    colours: np.ndarray, angles: np.ndarray, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Two flame-shaped trees in front, on the left."""
    for foot, top, widest in ((0.155, 0.22, 0.075), (0.27, 0.52, 0.045)):
        height = np.clip((y - top) / (1.02 - top), 0.0, 1.0)
        middle = foot + 0.018 * np.sin(9.0 * height + foot * 20.0)
        half = widest * np.sin(np.pi * np.clip(height, 0.0, 1.0) ** 0.75 * 0.86)
        across = (x - middle) / np.maximum(half, 1e-3)
        inside = (np.abs(across) < 1.0) & (y > top)
        flame = 0.5 + 0.5 * np.sin(across * 5.0 + height * 20.0)
        colours = np.where(inside[..., None], gradient(_CYPRESS, flame), colours)
        angles = np.where(inside, -np.pi / 2 + 0.5 * np.sin(height * 14.0 + across), angles)
    return colours, angles
