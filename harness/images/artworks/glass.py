"""``glass``: a leaded window with a sun, hills and a river, light falling through it."""

import numpy as np

from harness.images.artworks.canvas import (
    SIZE_PX,
    SUPERSAMPLE,
    blend,
    coordinates,
    finish,
    gradient,
    palette,
    smooth_noise,
    smooth_step,
)
from harness.images.artworks.joints import joint_mask, soften

__all__ = ["draw"]

_SUN = palette("fff3b0", "ffd83a", "ffb000", "ff8f00")
_SKY = palette("ff9a1f", "f5532a", "cc2458", "9a1f9a", "4a2ab8", "1f3fc8")
_HILLS = palette("0a5f4a", "12904a", "57a834", "b4c63a", "0a7a6a")
_RIVER = palette("0a2f90", "0f66d8", "20a8e8", "8fe4f0", "0f4fb8")
_LEAD = np.array([24.0, 22.0, 28.0])

_CENTRE = (0.60, 0.34)
_RINGS = (0.155, 0.27, 0.40, 0.56, 0.75)
_LEAD_PX = 11
_CORE = 0.075  # radius of the pane in the middle of the sun
_CORE_PANE = 8  # after its eight petals
_SOURCE = 0.63  # height at which the river appears
_PALETTES = (_SUN, _SKY, _HILLS, _RIVER)


def draw(rng: np.random.Generator) -> np.ndarray:
    """Draw the picture: (512, 512, 3) uint8, sRGB."""
    size = SIZE_PX * SUPERSAMPLE
    x, y = coordinates(size)
    kind, pane, shade = _panes(x, y)
    _, first, index = np.unique(kind * 1000 + pane, return_index=True, return_inverse=True)
    index = index.reshape(kind.shape)
    colours = [
        gradient(_PALETTES[kind.flat[place]], shade.flat[place] + rng.normal(0.0, 0.07))
        * rng.uniform(0.88, 1.04)
        for place in first
    ]
    tilt = rng.uniform(-1.0, 1.0, size=(len(first), 2))[index]
    streaks = smooth_noise(rng, size, (7, 14, 28, 56))
    light = 1.0 + 0.09 * streaks + 0.16 * np.sin(3.0 * (tilt[..., 0] * x + tilt[..., 1] * y))
    return finish(_leaded(np.array(colours)[index] * light[..., None], index))


def _panes(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What every pixel shows.

    Returns:
        The material (0 sun, 1 sky, 2 hills, 3 river), the number of the pane among those of its
        material, and the place of the pane's colour in the material's palette.
    """
    kind, pane, shade = _sun_and_sky(x, y)
    for hill, (number, colour, inside) in enumerate(_hills(x, y)):
        kind = np.where(inside, 2, kind)
        pane = np.where(inside, 100 * hill + number, pane)
        shade = np.where(inside, colour, shade)
    number, colour, inside = _river(x, y)
    return (
        np.where(inside, 3, kind),
        np.where(inside, number, pane),
        np.where(inside, colour, shade),
    )


def _sun_and_sky(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    radius = np.hypot(x - _CENTRE[0], y - _CENTRE[1])
    angle = np.arctan2(y - _CENTRE[1], x - _CENTRE[0]) / (2 * np.pi) + 0.5
    in_sun = radius < _RINGS[0]
    petal = np.where(radius < _CORE, _CORE_PANE, np.floor(angle * 8 + 0.5) % 8).astype(int)
    ring = np.digitize(radius + 0.012 * np.sin(angle * 12 * np.pi), _RINGS[1:])
    bent = angle + 0.03 * np.sin(radius * 9.0)
    sectors = np.where(ring == 0, 12, 16)
    sector = np.floor(bent * sectors + 0.5 * (ring % 2)).astype(int) % sectors
    shade = 0.12 + 0.21 * ring + 0.1 * (sector % 2)
    sun_shade = np.where(petal == _CORE_PANE, 0.0, 0.45 + 0.3 * (petal % 2))
    return (
        np.where(in_sun, 0, 1),
        np.where(in_sun, petal, ring * 20 + sector),
        np.where(in_sun, sun_shade, shade),
    )


def _hills(x: np.ndarray, y: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For each range of hills, the far one first: pane numbers, shades, and where it is."""
    ranges = []
    for base, swing, phase, panes in (
        (0.56, 0.055, 0.4, 7.0), (0.68, 0.06, 2.6, 5.5), (0.83, 0.05, 4.6, 4.5)
    ):  # fmt: skip
        ridge = base + swing * np.sin(5.0 * x + phase) + 0.4 * swing * np.sin(11.0 * x)
        depth = y - ridge
        column = np.floor((x + 0.35 * np.sin(4.0 * depth + phase)) * panes + phase).astype(int)
        furrow = (depth > 0.075 + 0.02 * np.sin(9.0 * x)).astype(int)
        shade = 0.08 + (0.37 * column + 0.29 * furrow + 0.1 * phase) % 0.9
        ranges.append((2 * (column + 3) + furrow, shade, depth > 0.0))
    return ranges


def _river(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    depth = np.clip((y - _SOURCE) / (1.0 - _SOURCE), 0.0, 1.0)
    middle = 0.50 - 0.17 * np.sin(4.4 * depth) + 0.05 * depth
    half = 0.055 + 0.17 * depth**1.3
    across = (x - middle) / half
    row = np.floor(4.2 * depth**0.85 + 0.22 * np.sin(3.0 * across)).astype(int)
    lane = np.floor((across + 1.0) * 1.1 - 0.25 + 0.45 * (row % 2)).astype(int)
    shade = (0.43 * row + 0.31 * lane) % 1.0
    return 10 * (row + 2) + lane, shade, (np.abs(across) < 1.0) & (y > _SOURCE)


def _leaded(glass: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Put round lead cames over the borders of the panes, and darken the glass beside them."""
    came = joint_mask(index, _LEAD_PX)
    shine = np.zeros_like(came)
    shine[3:, 3:] = came[3:, 3:] - came[:-3, :-3]
    lead = _LEAD + 150.0 * np.clip(shine, 0.0, 1.0)[..., None]
    lit = glass * (1.12 - 0.55 * soften(came, 16))[..., None]
    return blend(lit, lead, smooth_step(came, 0.35, 0.6))
