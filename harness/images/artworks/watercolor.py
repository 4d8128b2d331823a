"""``watercolor``: misty mountains and blossom over still water, in transparent washes."""

import numpy as np
from PIL import Image, ImageDraw

from harness.images.artworks.canvas import (
    SIZE_PX,
    SUPERSAMPLE,
    coordinates,
    finish,
    gradient,
    palette,
    smooth_noise,
    smooth_step,
)
from harness.images.artworks.joints import soften

__all__ = ["draw"]

_PAPER = palette("fffaf0")[0]
_SKY = palette("5f9fd0", "9cc6e0", "f3cfd2", "f8dcae")
_RANGES = palette("b7a3d4", "8a90c8", "5a86ba", "2f7a98")
_LAKE = palette("f6d9bf", "a2cbd6", "4f9ab4", "2a7090")
_PINES = palette("1f5f66")[0]
_BRANCH = palette("54394a")[0]
_PETALS = palette("fad3da", "f6a9c0", "ec7fa5")
_LEAVES = palette("8fb84f", "4f9a5a")
_TWIG_WIDTHS = (0.019, 0.010, 0.009, 0.008, 0.009)

_ORANGE = palette("f5803a")[0]
_STAMENS = palette("a02a50")[0]

_SUN = (0.27, 0.29)
_WATERLINE = 0.68
# (height of the skyline, swing, number of hills) of the mountain ranges, the far one first
_SKYLINES = ((0.36, 0.13, 3.2), (0.44, 0.10, 4.3), (0.53, 0.07, 5.6), (0.61, 0.045, 8.0))


class _Sheet:
    """White paper that washes darken; pigment gathers at their edges and in the paper's grain."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.size = size
        self.ragged = smooth_noise(rng, size, (9, 20, 45, 90))
        self._blooms = smooth_noise(rng, size, (4, 9, 18))
        self._grain = smooth_noise(rng, size, (110, 200))
        self._density = np.broadcast_to(-np.log(_PAPER / 255.0), (size, size, 3)).copy()

    def wash(self, colour: np.ndarray, cover: np.ndarray, strength: float, edge: float) -> None:
        """Lay a transparent wash.

        Args:
            colour: (3,) or (size, size, 3), what full strength looks like on white paper.
            cover: (size, size) in [0, 1].
            strength: of the pigment, 1 = full.
            edge: how much more pigment dries at the rim.
        """
        rim = np.clip(cover - soften(cover, 7.0), 0.0, 1.0)
        pigment = strength * (1.0 + 0.16 * self._blooms + 0.07 * self._grain) + edge * rim
        # Beer and Lambert: the optical densities of transparent layers add up
        layer = (cover * np.clip(pigment, 0.0, 1.6))[..., None]
        self._density -= layer * np.log(np.clip(colour / 255.0, 0.03, 1.0))

    def finished(self) -> np.ndarray:
        """The (size, size, 3) float64 sheet in [0, 255]."""
        sheet: np.ndarray = 255.0 * np.exp(-self._density)
        return sheet


def draw(rng: np.random.Generator) -> np.ndarray:
    """Draw the picture: (512, 512, 3) uint8, sRGB."""
    size = SIZE_PX * SUPERSAMPLE
    sheet = _Sheet(size, rng)
    x, y = coordinates(size)
    tops = [_skyline(x, number, rng) for number in range(len(_SKYLINES))]
    _paint_sky(sheet, x, y, tops[0], rng)
    for top, colour in zip(tops, _RANGES, strict=True):
        fading = smooth_step(y, _WATERLINE + 0.06, 0.30)
        above_water = smooth_step(y, _WATERLINE + 0.004, _WATERLINE)
        edge = y - top + 0.003 * sheet.ragged
        cover = smooth_step(edge, -0.001, 0.002) * (0.3 + 0.7 * fading) * above_water
        sheet.wash(colour, cover, 0.62, 0.9)
    _paint_lake(sheet, x, y, tops)
    _paint_pines(sheet, x, y)
    _paint_branch(sheet, rng)
    return finish(sheet.finished())


def _paint_sky(
    sheet: _Sheet, x: np.ndarray, y: np.ndarray, horizon: np.ndarray, rng: np.random.Generator
) -> None:
    clouds = smooth_noise(rng, sheet.size, (3, 6, 12)) + 0.25 * np.sin(9.0 * x - 14.0 * y)
    cover = smooth_step(clouds, 1.1, -0.3) * smooth_step(y, 0.60, 0.45)
    sheet.wash(gradient(_SKY, 1.9 * y), cover, 0.85, 0.25)
    sun = np.hypot(x - _SUN[0], y - _SUN[1]) + 0.002 * sheet.ragged
    visible = smooth_step(horizon - y - 0.003 * sheet.ragged, -0.001, 0.002)
    sheet.wash(_ORANGE, smooth_step(sun, 0.064, 0.058) * visible, 0.85, 0.8)


def _skyline(x: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Height of a range of mountains over every pixel's column, (S, S)."""
    level, swing, hills = _SKYLINES[number]
    crags = smooth_noise(rng, x.shape[0], (9, 18, 36, 72))[x.shape[0] // 2]
    phase = rng.uniform(0.0, 6.0)
    # peaks with concave flanks
    peaks = np.abs(np.sin(hills * x + phase)) ** 0.8 + 0.35 * np.sin(2.3 * hills * x + 2.0 * phase)
    heights: np.ndarray = level - swing * (peaks - 0.5) + 0.12 * swing * crags
    return heights


def _paint_lake(sheet: _Sheet, x: np.ndarray, y: np.ndarray, tops: list[np.ndarray]) -> None:
    """Water, with the mountains upside down in it and lighter streaks of wind."""
    water = smooth_step(y, _WATERLINE, _WATERLINE + 0.003)
    streaks = np.sin(120.0 * y**1.5 + 0.7 * sheet.ragged) + 1.2 * np.sin(31.0 * y + 5.0 * x)
    calm = smooth_step(streaks, 1.9, 0.9)
    sheet.wash(gradient(_LAKE, (y - _WATERLINE) * 3.1), water * (0.35 + 0.65 * calm), 0.7, 0.5)
    for top, colour in zip(tops, _RANGES, strict=True):
        mirrored = 2.0 * _WATERLINE - top + 0.006 * sheet.ragged
        cover = smooth_step(mirrored - y, -0.012, 0.012) * water * (0.4 + 0.6 * calm)
        sheet.wash(colour, cover, 0.26, 0.3)


def _paint_pines(sheet: _Sheet, x: np.ndarray, y: np.ndarray) -> None:
    """A dark bank with pines on the left, wet in wet at the foot."""
    ground = 0.80 + 0.16 * x + 0.012 * np.sin(17.0 * x)
    bank = smooth_step(y - ground + 0.004 * sheet.ragged, 0.0, 0.004) * smooth_step(x, 0.62, 0.40)
    cover = bank
    for foot, height in ((0.035, 0.42), (0.105, 0.33), (0.18, 0.24), (0.25, 0.28), (0.33, 0.15)):
        base = 0.82 + 0.16 * foot
        up = np.clip((base - y) / height, 0.0, 1.0)
        boughs = 0.55 + 0.45 * np.abs(((up * 8.0) % 1.0) - 1.0)
        half = (1.0 - up) * (0.20 * height * boughs + 0.003 * sheet.ragged)
        tree = smooth_step(np.abs(x - foot), half + 0.002, half)
        cover = np.maximum(cover, tree * (y < base + 0.01) * (y > base - height))
    sheet.wash(_PINES, cover, 0.95, 0.7)


def _paint_branch(sheet: _Sheet, rng: np.random.Generator) -> None:
    """A branch with blossom and leaves that hangs into the picture from the upper right."""
    twigs = _twigs()
    flowers = []
    for number in range(18):
        twig = twigs[number % 5]
        place = twig[rng.integers(len(twig) // 4, len(twig))] + rng.normal(0.0, 0.012, 2)
        flowers.append((place, rng.uniform(0.036, 0.054), rng.uniform(0.0, 2 * np.pi)))
    blossom = _cover(sheet, [petal for flower in flowers for petal in _petals(*flower)])
    leaves: list[list[np.ndarray]] = [[], []]
    for number in range(16):
        twig = twigs[number % 5]
        place, turn = twig[rng.integers(len(twig) // 3, len(twig))], rng.uniform(0.0, 2 * np.pi)
        leaves[number % 2].append(_leaf(place, rng.uniform(0.05, 0.08), turn))
    branch = _cover(sheet, [_ribbon(*twig) for twig in zip(twigs, _TWIG_WIDTHS, strict=True)])
    # the blossom is kept free of other paint, as with masking fluid
    sheet.wash(_BRANCH, branch * (1.0 - blossom), 0.9, 0.5)
    for shapes, colour in zip(leaves, _LEAVES, strict=True):
        sheet.wash(colour, _cover(sheet, shapes) * (1.0 - blossom), 0.8, 0.8)
    for shade, colour in enumerate(_PETALS):
        own = [_petals(*flower) for flower in flowers[shade::3]]
        for turn in range(5):
            sheet.wash(colour, _cover(sheet, [petals[turn] for petals in own]), 0.85, 1.3)
    dots = [
        _leaf(place + 0.3 * size * np.array([np.cos(angle), np.sin(angle)]), 0.011, angle)
        for place, size, turn in flowers
        for angle in turn + np.arange(5) * 2 * np.pi / 5
    ]
    sheet.wash(_STAMENS, _cover(sheet, dots), 0.9, 0.0)


def _twigs() -> list[np.ndarray]:
    """The branch and what grows from it, (n, 2) places each."""
    t = np.linspace(0.0, 1.0, 40)
    main = np.stack([1.04 - 0.62 * t, 0.06 + 0.26 * t + 0.05 * np.sin(6.0 * t)], axis=1)
    twigs = [main]
    for start, length, turn in ((10, 0.22, 1.1), (18, 0.20, 2.9), (27, 0.17, 1.6), (5, 0.2, 2.9)):
        angles = turn + 0.8 * np.sin(2.0 * t[:20])
        steps = np.stack([np.cos(angles), np.sin(angles)], axis=1) * length / 20
        twigs.append(main[start] + np.cumsum(steps, axis=0))
    return twigs


def _petals(place: np.ndarray, size: float, turn: float) -> list[np.ndarray]:
    return [_leaf(place, size, turn + number * 2 * np.pi / 5, 0.42) for number in range(5)]


def _leaf(place: np.ndarray, length: float, turn: float, half: float = 0.24) -> np.ndarray:
    """Outline of a leaf or petal that grows from ``place`` in direction ``turn``."""
    t = np.linspace(0.0, 1.0, 14)
    width = half * length * np.sin(np.pi * t**0.8)
    along, across = np.concatenate([t, t[::-1]]) * length, np.concatenate([width, -width[::-1]])
    x = along * np.cos(turn) - across * np.sin(turn)
    y = along * np.sin(turn) + across * np.cos(turn)
    outline: np.ndarray = place + np.stack([x, y], axis=1)
    return outline


def _ribbon(path: np.ndarray, width: float) -> np.ndarray:
    """Outline of a twig that becomes thinner along ``path``."""
    steps = np.gradient(path, axis=0)
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    side = np.stack([-steps[:, 1], steps[:, 0]], axis=1)
    side = side * np.linspace(0.5, 0.12, len(path))[:, None] * width
    return np.concatenate([path + side, (path - side)[::-1]])


def _cover(sheet: _Sheet, shapes: list[np.ndarray]) -> np.ndarray:
    """Where shapes are, (S, S) in [0, 1], with edges as ragged as the paper."""
    image = Image.new("L", (sheet.size, sheet.size))
    pen = ImageDraw.Draw(image)
    for shape in shapes:
        pen.polygon([tuple(place) for place in shape * sheet.size], fill=255)
    crisp = np.asarray(image, dtype=np.float64) / 255.0
    return smooth_step(soften(crisp, 2.0) + 0.06 * sheet.ragged, 0.35, 0.65)
