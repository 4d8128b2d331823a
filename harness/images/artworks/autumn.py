"""``autumn``: a lane under autumn trees after rain, in short daubs of a palette knife."""

from dataclasses import replace

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

_LEAVES = palette("2b1440", "5c1530", "a3201c", "d9431a", "ef7d1a", "f8b028", "fcdb6a")
_GLOW = palette("f08a24", "fbc34a", "fff0b0")
_TRUNKS = palette("140c20", "2c1830", "5a2a2c", "b0602c")
_LANE = palette("241a4a", "3f2a66", "7a3a5c", "cf6a3a", "f7b54a", "fde9a8")

# (x of the foot, foot's y, half width at the foot, lean) of the trees, the far ones first
_TREES = (
    (0.385, 0.57, 0.010, 0.01), (0.615, 0.575, 0.010, -0.01), (0.31, 0.61, 0.015, 0.015),
    (0.69, 0.62, 0.016, -0.02), (0.20, 0.69, 0.024, 0.03), (0.81, 0.70, 0.025, -0.035),
    (0.045, 0.82, 0.036, 0.05), (0.955, 0.84, 0.038, -0.06),
)  # fmt: skip
_VANISHING = (0.5, 0.53)

_GROUND_KNIFE = Brush(width=0.06, bristles=6, length=0.08, streaks=6.0)
_KNIFE = Brush(width=0.036, bristles=5, length=0.052, streaks=7.0)
_SMALL_KNIFE = Brush(width=0.024, bristles=4, length=0.034, streaks=8.0)
_TRUNK_KNIFE = Brush(width=0.022, bristles=4, length=0.07, streaks=9.0)


def draw(rng: np.random.Generator) -> np.ndarray:
    """Draw the picture: (512, 512, 3) uint8, sRGB."""
    size = SIZE_PX * SUPERSAMPLE
    colours, angles = _scene(rng, size // 4)
    canvas = OilCanvas(size, (110, 40, 26))

    def daub(brush: Brush, count: int) -> None:
        for x, y in rng.uniform(-0.02, 1.02, size=(count, 2)):
            path = follow(angles, (x, y), brush.length * rng.uniform(0.8, 1.2), 2)
            colour = look_up(colours, x, y) + rng.normal(0.0, 9.0) + rng.normal(0.0, 5.0, 3)
            canvas.stroke(path, brush, colour, rng)

    daub(_GROUND_KNIFE, 1000)
    daub(_KNIFE, 2400)
    for tree in _TREES:
        _paint_tree(canvas, tree, rng)
    daub(_SMALL_KNIFE, 1500)
    return finish(canvas.finished())


def _trunk(tree: tuple[float, float, float, float], height: np.ndarray) -> np.ndarray:
    """The middle of a trunk at heights from 0 (foot) to 1 (top of the picture)."""
    foot, _, half, lean = tree
    return foot + 2.0 * lean * height + 0.5 * half * np.sin(height * 11.0 + foot * 30.0)


def _paint_tree(
    canvas: OilCanvas, tree: tuple[float, float, float, float], rng: np.random.Generator
) -> None:
    """Strokes along a trunk, light on the side of the glow, and a few boughs."""
    foot, ground, half, _ = tree
    brush = replace(_TRUNK_KNIFE, width=min(0.022, half * 0.9))
    for low in np.arange(-0.02, 0.95, 0.05):
        height = np.linspace(low, low + 0.09, 4)
        for across in rng.permutation(np.linspace(-0.6, 0.6, 4)):
            x = _trunk(tree, height) + across * half * (1.2 - 0.6 * height)
            lit = 0.5 - 0.6 * across * np.sign(foot - 0.5) + rng.normal(0.0, 0.1)
            path = np.stack([x, ground * (1.0 - height)], axis=1)
            canvas.stroke(path, brush, gradient(_TRUNKS, lit), rng)
    bough = replace(_TRUNK_KNIFE, width=half * 0.5, bristles=3)
    for height, side in zip(rng.uniform(0.35, 0.9, 5), (-1, 1, -1, 1, 1), strict=True):
        along = np.linspace(0.0, 1.0, 6)
        x = _trunk(tree, np.array(height)) + side * along * half * 4.0
        y = ground * (1.0 - height) - half * 4.5 * along**1.4
        canvas.stroke(np.stack([x, y], axis=1), bough, gradient(_TRUNKS, np.array(0.4)), rng)


def _scene(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    """What is painted where: colours (size, size, 3) and daub directions (size, size)."""
    x, y = coordinates(size)
    clumps = smooth_noise(rng, size, (7, 14, 28))
    glow = np.exp(-(((x - _VANISHING[0]) / 0.2) ** 2 + ((y - 0.42) / 0.24) ** 2))
    leaves = gradient(_LEAVES, 0.42 + 0.2 * clumps + 0.35 * (glow - 0.25))
    colours = blend(leaves, gradient(_GLOW, glow), 1.1 * glow)
    angles = 0.9 * smooth_noise(rng, size, (9,)) + np.pi / 4
    for tree in _TREES:
        colours, angles = _with_tree(colours, angles, x, y, tree)
    foliage = smooth_step(smooth_noise(rng, size, (9, 18)) - 4.0 * (y - 0.12), 0.1, 0.6)
    colours = blend(colours, leaves, foliage * (1.0 - 0.8 * glow))
    colours, angles = _with_lane(rng, colours, angles, x, y)
    for tree in _TREES[4:]:  # the near trees stand on the banks, in front of the ground
        colours, angles = _with_tree(colours, angles, x, y, tree)
    return colours, angles


def _with_tree(
    colours: np.ndarray,
    angles: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    tree: tuple[float, float, float, float],
) -> tuple[np.ndarray, np.ndarray]:
    foot, ground, half, _ = tree
    height = np.clip((ground - y) / ground, 0.0, 1.0)
    across = (x - _trunk(tree, height)) / (half * (1.2 - 0.6 * height))
    inside = (np.abs(across) < 1.0) & (y < ground)
    lit = 0.5 - 0.5 * across * np.sign(foot - 0.5)
    bark = gradient(_TRUNKS, lit)
    return np.where(inside[..., None], bark, colours), np.where(inside, np.pi / 2, angles)


def _with_lane(
    rng: np.random.Generator,
    colours: np.ndarray,
    angles: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The wet lane, in which the picture above stands upside down, and leaves at its sides."""
    depth = y - _VANISHING[1]
    half = 0.035 + 0.78 * depth
    across = (x - _VANISHING[0] - 0.04 * np.sin(depth * 9.0)) / np.maximum(half, 1e-3)
    ground = (depth > 0.02 + 0.09 * np.abs(x - 0.5)) & (depth > 0)
    ripple = smooth_noise(rng, x.shape[0], (6, 12))
    mirrored = look_up(colours, x + 0.012 * ripple, 1.02 * (1.06 - y))
    brightness = np.exp(-((across / 0.55) ** 2)) * (1.05 - 0.75 * depth / 0.47) + 0.12 * ripple
    lane = blend(gradient(_LANE, brightness), mirrored, np.full_like(x, 0.18))
    banks = gradient(_LEAVES, 0.4 + 0.16 * ripple + 0.25 * np.sin(40.0 * depth + 3.0 * ripple))
    floor = blend(lane, banks, smooth_step(np.abs(across), 0.85, 1.1))
    on_lane = ground & (np.abs(across) < 1.0)
    level = np.where(on_lane, 0.1 * ripple, 0.35 * np.sign(x - 0.5) + 0.2 * ripple)
    return np.where(ground[..., None], floor, colours), np.where(ground, level, angles)
