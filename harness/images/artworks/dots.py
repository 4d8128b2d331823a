"""``dots``: sails on a lake on a summer evening, in dots of unmixed colour."""

import numpy as np
from PIL import Image, ImageDraw

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

__all__ = ["draw"]

_SKY = palette("6a6fd0", "a884d4", "e88fb4", "f79a6a", "f9c060")
_CLOUD = palette("fff1dc", "f7b9b0")
_WATER = palette("2a6f8f", "3f9fae", "7fc8bf", "f0c9a0", "fff0b8")
_GRASS = palette("1f6a5a", "4f9a4a", "a9c04a", "eed870")
_SHADE = palette("2a2a6a", "2f4a78", "2f6a6a")
_TREE = palette("2a2560", "1f5560", "3f8f4f", "a8bf45", "f3dc6a")
_SAIL = palette("fffbe8", "fbe0c0", "e8b0a8")
_SUN = (0.45, 0.27)
_SUNLIGHT = palette("fff6c0")
_HULL = palette("7a2040")[0]
_TRUNK = palette("4a2360")[0]

# A divided colour: every dot leans to blue, to orange, to yellow-green or to violet
_LEANINGS = np.array([[-34, -6, 34], [36, 4, -32], [8, 24, -16], [10, -26, 20], [0, 0, 0]])

_RADIUS = 0.0125
# (x, foot, height, lean) of the sails; (x, y, radius) of the trees' crowns
_SAILS = ((0.55, 0.555, 0.12, 0.06), (0.66, 0.575, 0.17, 0.085), (0.20, 0.67, 0.47, 0.19))
_CROWNS = (
    (0.98, 0.40, 0.16), (0.82, 0.40, 0.09), (0.93, 0.22, 0.15), (0.80, 0.25, 0.10),
    (0.89, 0.08, 0.12),
)  # fmt: skip


def draw(rng: np.random.Generator) -> np.ndarray:
    """Draw the picture: (512, 512, 3) uint8, sRGB."""
    size = SIZE_PX * SUPERSAMPLE
    colours = _scene(rng, size // 4)
    image = Image.new("RGB", (size, size), (244, 226, 200))
    pen = ImageDraw.Draw(image)
    for scale, spread in ((1.3, 1.25), (1.0, 2.1), (0.85, 2.4)):
        for x, y in _scattered(rng, _RADIUS * scale * spread):
            colour = _dot_colour(look_up(colours, x, y), rng)
            radius = _RADIUS * scale * rng.uniform(0.85, 1.1) * size
            box = (x * size - radius, y * size - radius, x * size + radius, y * size + radius)
            pen.ellipse(box, fill=tuple(np.clip(colour, 0, 255).astype(int).tolist()))
    return finish(np.asarray(image, dtype=np.float64))


def _scattered(rng: np.random.Generator, spacing: float) -> np.ndarray:
    """Places about ``spacing`` apart, without rows, in random order: (n, 2)."""
    count = int(1.1 / spacing)
    column, row = np.meshgrid(np.arange(count), np.arange(count))
    places = np.stack([column + 0.5 * (row % 2), row], axis=-1).reshape(-1, 2) * spacing - 0.02
    return rng.permutation(places + rng.uniform(-0.45, 0.45, places.shape) * spacing)


def _dot_colour(colour: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    leaning = _LEANINGS[rng.integers(len(_LEANINGS))] * rng.uniform(0.5, 1.3)
    leaning += rng.normal(0.0, 7.0)
    dot: np.ndarray = colour + leaning
    return dot


def _scene(rng: np.random.Generator, size: int) -> np.ndarray:
    x, y = coordinates(size)
    noise = smooth_noise(rng, size, (4, 8, 16))
    bands = smooth_noise(rng, size, (2, 5, 10)) + 0.9 * np.sin(26.0 * y + 3.0 * x)
    scene = gradient(_SKY, 1.9 * y + 0.05 * noise)
    scene = blend(scene, gradient(_CLOUD, 0.5 + noise), smooth_step(bands, 0.5, 1.3) * 0.8)
    sun = np.hypot(x - _SUN[0], y - _SUN[1])
    scene = blend(scene, _SUNLIGHT[0], np.maximum(0.75 * np.exp(-sun / 0.09), sun < 0.055))
    shore = 0.46 - 0.05 * np.sin(5.0 * x + 0.6) + 0.012 * np.sin(19.0 * x)
    scene = np.where((y > shore)[..., None], gradient(_SHADE, 6 * (y - 0.42) + 0.2 * noise), scene)
    glitter = np.exp(-(((x - _SUN[0]) / 0.09) ** 2)) * (
        0.55 + 0.45 * np.sin(110.0 * y + 2 * noise)
    )
    water = 0.55 - 1.5 * (y - 0.53) + 0.16 * np.sin(70.0 * y + 3.0 * noise) + 0.7 * glitter
    scene = np.where((y > 0.53)[..., None], gradient(_WATER, water), scene)
    for sail in _SAILS:
        scene = _with_sail(scene, x, y, sail)
    bank = 0.74 + 0.14 * (0.7 - x) + 0.03 * np.sin(7.0 * x)
    meadow = gradient(_GRASS, 0.95 + 0.2 * noise - 2.6 * (y - bank))
    shadow = smooth_step(np.hypot((x - 0.72) / 0.40, (y - 0.87) / 0.07) + 0.1 * noise, 1.1, 0.9)
    meadow = blend(meadow, gradient(_SHADE, 0.5 + 0.4 * noise), shadow)
    scene = np.where((y > bank)[..., None], meadow, scene)
    return _with_tree(scene, x, y, noise)


def _with_sail(
    scene: np.ndarray, x: np.ndarray, y: np.ndarray, sail: tuple[float, float, float, float]
) -> np.ndarray:
    mast, foot, height, lean = sail
    up = (foot - y) / height
    reach = np.abs(lean) * np.clip(1.0 - up, 0.0, None) ** 0.8
    beside = (x - mast) * np.sign(lean)
    main = (up > 0) & (up < 1) & (beside > 0) & (beside < reach)
    jib = (up > 0) & (up < 0.8) & (beside < -0.006) & (beside > -0.65 * reach + 0.012)
    hull = (np.abs(x - mast) < 1.1 * np.abs(lean)) & (y > foot) & (y < foot + 0.1 * height)
    mirrored = (y > foot + 0.1 * height) & (y < foot + 0.75 * height)
    mirrored &= (beside > -0.4 * np.abs(lean)) & (beside < 0.7 * np.abs(lean))
    scene = blend(scene, _SAIL[0], 0.5 * mirrored)
    scene = np.where(main[..., None], gradient(_SAIL, beside / np.abs(lean)), scene)
    scene = np.where(jib[..., None], _SAIL[1], scene)
    return np.where(hull[..., None], _HULL, scene)


def _with_tree(scene: np.ndarray, x: np.ndarray, y: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """A tree in front, on the right: trunk, then crowns lit from the left."""
    trunk = (np.abs(x - 0.90 - 0.03 * np.sin(6.0 * y)) < 0.022 + 0.03 * (y > 0.8)) & (y < 0.86)
    scene = np.where((trunk & (y > 0.3))[..., None], _TRUNK, scene)
    for crown_x, crown_y, radius in _CROWNS:
        distance = np.hypot(x - crown_x, y - crown_y) / radius + 0.12 * noise
        lit = 0.45 - 0.5 * (x - crown_x + y - crown_y) / radius + 0.12 * noise
        scene = np.where((distance < 1.0)[..., None], gradient(_TREE, lit), scene)
    return scene
