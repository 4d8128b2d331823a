"""``ink``: mountains and pines above a lake, in hatched ink on old paper."""

from dataclasses import dataclass

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

_PAPER = palette("d2bd92", "e8d9b6", "f4ead2")
_WASHES = palette("5f7688", "7d8a86", "a9794a", "8a5a34")
_RED = palette("c8402a")[0]
_INK = np.array([30.0, 24.0, 34.0])

_SPACING = 0.0125
_STEP = 0.010
_DENSITY = 0.42  # strokes for every square of the spacing
_HORIZON = 0.66
_SUN = (0.70, 0.22, 0.085)

# Hatching: (turn against the form's own direction, light below which it is drawn)
_LAYERS = ((0.0, 0.80), (0.7, 0.56), (-0.6, 0.36))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    """What is drawn: light in [0, 1] and direction of the hatching, (S, S); the outlines."""

    light: np.ndarray
    angles: np.ndarray
    outlines: list[np.ndarray]


def draw(rng: np.random.Generator) -> np.ndarray:
    """Draw the picture: (512, 512, 3) uint8, sRGB."""
    size = SIZE_PX * SUPERSAMPLE
    drawing = _mountains(rng, size // 4)
    sheet = Image.new("L", (size, size), 0)
    pen = ImageDraw.Draw(sheet)
    for turn, threshold in _LAYERS:
        _hatch(pen, drawing, turn, threshold, rng)
    for outline in drawing.outlines:
        _line(pen, outline, np.full(len(outline), 0.0055), rng)
    for x, foot, height in _pines(rng):
        _pine(pen, x, foot, height, rng)
    ink = np.asarray(sheet, dtype=np.float64) / 255.0
    return finish(_on_paper(ink, drawing.light, rng))


def _mountains(rng: np.random.Generator, size: int) -> _Drawing:
    x, y = coordinates(size)
    noise = smooth_noise(rng, size, (5, 10, 20))
    sun = np.hypot(x - _SUN[0], y - _SUN[1])
    light = 0.84 - 0.30 * smooth_step(y, 0.36, 0.0) + 0.05 * noise + 0.4 * np.exp(-sun / 0.12)
    light = np.where(sun < _SUN[2], 1.0, light)
    angles = np.arctan2(x - _SUN[0], _SUN[1] - y)  # rings around the sun
    outlines = [_circle(*_SUN)]
    for base, peaks, tone in (
        (0.50, ((0.18, 0.17, 0.17), (0.52, 0.24, 0.20), (0.95, 0.12, 0.16)), 0.80),
        (0.60, ((0.02, 0.30, 0.22), (0.36, 0.15, 0.14), (0.80, 0.24, 0.20)), 0.66),
    ):
        ridge = (
            _ridge(x[0], base, peaks) + 0.012 * smooth_noise(rng, size, (12, 24, 48))[size // 2]
        )
        inside = (y > ridge) & (y < _HORIZON)
        steepness = np.gradient(_ridge(x[0], base, peaks), 1.0 / size)
        # the edge between the lit and the dark flank wanders down from the peak
        depth = np.maximum(y - ridge, 0.0)
        edge = x + 0.25 * depth + 0.05 * np.sin(depth * 45.0 + base * 30) * depth**0.5
        slope = np.interp(edge, x[0], steepness)
        flank = np.where(slope > 0, 1.0, 2.2)
        lit = tone - 0.24 * np.tanh(2.0 * slope) + 0.12 * noise - 0.2 * depth
        light = np.where(inside, lit, light)
        angles = np.where(inside, flank + 0.25 * noise, angles)
        skyline = np.stack([x[0], ridge], axis=1)
        outlines = [piece for line in outlines for piece in _above(line, x[0], ridge)]
        outlines.append(skyline[ridge < _HORIZON])
    return _with_lake(_Drawing(light=light, angles=angles, outlines=outlines), x, y, noise)


def _ridge(
    x: np.ndarray, base: float, peaks: tuple[tuple[float, float, float], ...]
) -> np.ndarray:
    """Height of the skyline: the highest of straight-sided peaks (place, height, half width)."""
    tops = [height * (1.0 - np.abs(x - place) / half) for place, height, half in peaks]
    skyline: np.ndarray = base - np.maximum(np.max(tops, axis=0), -0.02)
    return skyline


def _above(line: np.ndarray, ridge_x: np.ndarray, ridge_y: np.ndarray) -> list[np.ndarray]:
    """The pieces of an outline that a nearer ridge does not hide."""
    seen = line[:, 1] < np.interp(line[:, 0], ridge_x, ridge_y)
    pieces = np.split(line, np.flatnonzero(np.diff(seen)) + 1)
    starts = np.cumsum([0, *(len(piece) for piece in pieces[:-1])])
    return [piece for piece, start in zip(pieces, starts, strict=True) if seen[start]]


def _circle(x: float, y: float, radius: float) -> np.ndarray:
    turn = np.linspace(0.0, 2 * np.pi, 60)
    return np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1)


def _with_lake(drawing: _Drawing, x: np.ndarray, y: np.ndarray, noise: np.ndarray) -> _Drawing:
    """Below the horizon: the light of what stands above, upside down, in level lines."""
    water = y > _HORIZON
    mirrored = look_up(drawing.light, x + 0.01 * noise, 2.0 * _HORIZON - y)
    path = 0.5 * np.exp(-(((x - _SUN[0]) / 0.08) ** 2))
    light = 0.7 * mirrored + 0.2 + path + 0.12 * np.sin(75.0 * y + 2.5 * noise)
    shore = 0.86 + 0.07 * np.sin(4.2 * x + 2.6)
    ground = y > shore
    light = np.where(ground, 0.70 + 0.16 * noise - 2.2 * (y - shore), light)
    angles = np.where(ground, -0.5 + 0.5 * noise, 0.04 * noise)
    line_x = np.linspace(-0.02, 1.02, 120)
    bank = np.stack([line_x, 0.86 + 0.07 * np.sin(4.2 * line_x + 2.6)], axis=1)
    return _Drawing(
        light=np.where(water, light, drawing.light),
        angles=np.where(water, angles, drawing.angles),
        outlines=[*drawing.outlines, bank],
    )


def _hatch(
    pen: ImageDraw.ImageDraw,
    drawing: _Drawing,
    turn: float,
    threshold: float,
    rng: np.random.Generator,
) -> None:
    """Short strokes side by side wherever it is darker than ``threshold``."""
    count = round(1.0 / _SPACING)
    rows = np.stack(np.meshgrid(np.arange(count), np.arange(count)), axis=-1).reshape(-1, 2)
    starts = (rows + rng.uniform(0.1, 0.9, rows.shape)) * _SPACING
    starts = starts[rng.uniform(size=len(starts)) < _DENSITY]
    for start in starts:
        darkness = threshold - look_up(drawing.light, start[0], start[1])
        if darkness <= 0:
            continue
        path = [start]
        for _ in range(round(rng.uniform(3, 7))):
            place = path[-1]
            angle = look_up(drawing.angles, place[0], place[1]) + turn
            path.append(place + _STEP * np.array([np.cos(angle), np.sin(angle)]))
        pressure = np.clip(0.0026 + 0.008 * darkness, 0.0, 0.0055)
        taper = pressure * np.sqrt(np.sin(np.linspace(0.5, np.pi - 0.3, len(path))))
        _line(pen, np.array(path), taper, rng)


def _line(
    pen: ImageDraw.ImageDraw, path: np.ndarray, widths: np.ndarray, rng: np.random.Generator
) -> None:
    """A pen line through ``path`` with a width (canvas units) at every place."""
    size = SIZE_PX * SUPERSAMPLE
    wobble = rng.normal(0.0, 0.0006, path.shape)
    points = ((path + wobble) * size).tolist()
    for start, end, width in zip(points[:-1], points[1:], widths[:-1] * size, strict=True):
        pen.line((*start, *end), fill=255, width=max(2, round(width)))


def _pines(rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Foot and height of the pines on the bank, the small ones first."""
    far = [(x, 0.87 + 0.07 * np.sin(4.2 * x + 2.6), rng.uniform(0.10, 0.16))
           for x in (0.55, 0.61, 0.66, 0.77)]  # fmt: skip
    return [*far, (0.29, 0.92, 0.27), (0.37, 0.95, 0.36), (0.13, 1.0, 0.76)]


def _pine(
    pen: ImageDraw.ImageDraw, x: float, foot: float, height: float, rng: np.random.Generator
) -> None:
    """A trunk and hanging boughs of short needles, darker on the side away from the sun."""
    trunk_y = np.linspace(foot, foot - height, 20)
    trunk = np.stack([x + 0.004 * np.sin(trunk_y * 30.0), trunk_y], axis=1)
    _line(pen, trunk, np.linspace(0.03, 0.004, 20) * height, rng)
    spacing = 0.024 / height**0.6
    for level in np.arange(0.14, 0.99, spacing):
        for side in (-1.0, 1.0):
            reach = 0.19 * height * (1.03 - level) ** 0.8 * rng.uniform(0.7, 1.15)
            along = np.linspace(0.0, 1.0, 10)
            bough_x = x + side * reach * along
            bough_y = foot - height * level + reach * (0.55 * along**1.6 - 0.15 * along)
            weight = np.linspace(0.006, 0.003, 10) * height**0.3
            _line(pen, np.stack([bough_x, bough_y], axis=1), weight, rng)
            for needle_x, needle_y in zip(bough_x[1:], bough_y[1:], strict=True):
                length = rng.uniform(0.35, 0.75) * spacing * height
                tip = (needle_x + side * 0.5 * length, needle_y + length)
                _line(pen, np.array([(needle_x, needle_y), tip]), weight[-2:], rng)


def _on_paper(ink: np.ndarray, light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Ink, thin washes and a red sun on paper that has yellowed towards its edges."""
    size = ink.shape[0]
    x, y = coordinates(size)
    fibres = smooth_noise(rng, size, (6, 24, 96))
    edges = np.maximum(np.abs(x - 0.5), np.abs(y - 0.5)) * 2.0
    paper = gradient(_PAPER, 0.95 - 0.6 * edges**4 + 0.07 * fibres)
    shade = np.asarray(Image.fromarray(light).resize((size, size), Image.Resampling.BICUBIC))
    shade = smooth_step(shade + 0.03 * fibres, 0.78, 0.35)
    wash = gradient(_WASHES, (y + 0.04 * fibres - 0.35) * 1.8)
    washed = blend(paper, wash, 0.75 * shade)
    sun = smooth_step(np.hypot(x - _SUN[0] - 0.006, y - _SUN[1]), _SUN[2] + 0.004, _SUN[2] - 0.004)
    washed = blend(washed, _RED, sun * (0.85 + 0.07 * fibres))
    return blend(washed, _INK, ink * (0.93 + 0.05 * fibres))
