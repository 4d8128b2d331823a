"""``mosaic``: two fish in the sea, laid in stone tesserae along the curves of the drawing.

Reference: Hausner 2001, "Simulating Decorative Mosaics": the tiles are the cells of a centroidal
Voronoi diagram whose distance is the Chebyshev (square) distance in the local direction.
"""

from dataclasses import dataclass

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
from harness.images.artworks.joints import joint_mask, soften

__all__ = ["draw"]

_SEA = palette("0d3350", "165a78", "2b8a96", "73bdb4", "d3e2c8")
_FISH = palette("f6dda0", "eeb055", "dd6f2b", "b53a1c", "6f1a16")
_FIN = palette("6f1a16", "c04a1f", "eb9a3c")
_DARK = np.array([34.0, 30.0, 40.0])
_WHITE = np.array([250.0, 242.0, 222.0])
_MORTAR = np.array([206.0, 196.0, 176.0])

_TILE = 0.031
_ROUNDS = 12
_JOINT_PX = 5
_EYE = (0.70, -0.07)  # along and across the body
_EYE_PART = 3  # the regions of a fish after its third are its eye


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fish:
    """A fish: its middle, where it looks to (radians), half its length, its bend."""

    x: float
    y: float
    heading: float
    half: float
    bend: float

    def to_body(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places along (−1 tail, 1 mouth) and across (negative is the back) the body."""
        dx, dy = (x - self.x) / self.half, (y - self.y) / self.half
        cosine, sine = np.cos(self.heading), np.sin(self.heading)
        along = dx * cosine + dy * sine
        return along, np.sign(cosine) * (dy * cosine - dx * sine) - self._arch(along)

    def from_body(self, along: np.ndarray, across: np.ndarray) -> np.ndarray:
        """The reverse of ``to_body``, as (n, 2) places."""
        cosine, sine = np.cos(self.heading), np.sin(self.heading)
        straight = np.sign(cosine) * (across + self._arch(along))
        dx, dy = along * cosine - straight * sine, along * sine + straight * cosine
        return np.stack([self.x + self.half * dx, self.y + self.half * dy], axis=1)

    def _arch(self, along: np.ndarray) -> np.ndarray:
        return self.bend * (along**2 - 0.3)


_SHOAL = (
    _Fish(x=0.47, y=0.34, heading=-0.30, half=0.36, bend=0.25),
    _Fish(x=0.52, y=0.74, heading=3.38, half=0.30, bend=-0.25),
)


def draw(rng: np.random.Generator) -> np.ndarray:
    """Draw the picture: (512, 512, 3) uint8, sRGB."""
    size = SIZE_PX * SUPERSAMPLE
    colours, angles, regions = _scene(rng, size // 4)
    places = rng.uniform(0.0, 1.0, size=(round(1.04 / _TILE**2), 2))
    in_eye = look_up(regions, places[:, 0], places[:, 1]) % 10 > _EYE_PART
    places = np.concatenate([places[~in_eye], *(_eye_places(fish) for fish in _SHOAL)])
    for _ in range(_ROUNDS):
        tiles = _tiles(places, angles, regions, size // 8)
        places = _centroids(tiles, places)
    tiles = _tiles(places, angles, regions, size)
    paint = look_up(colours, places[:, 0], places[:, 1])
    paint = paint + rng.normal(0.0, 10.0, (len(places), 1)) + rng.normal(0.0, 5.0, paint.shape)
    return finish(_laid(paint[tiles], tiles, rng.uniform(-1.0, 1.0, len(places))[tiles]))


def _scene(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colours (size, size, 3), tile directions and region numbers (size, size)."""
    x, y = coordinates(size)
    noise = smooth_noise(rng, size, (3, 6))
    level = y + 0.03 * np.sin(8.0 * x + 1.0) + 0.02 * np.sin(13.0 * x - 5.0 * y) + 0.004 * noise
    colours = gradient(_SEA, 0.42 + 0.42 * np.sin(level * 36.0 + noise * 0.5) - 0.3 * (y - 0.5))
    regions = np.zeros((size, size), dtype=int)
    for number, fish in enumerate(_SHOAL):
        for part, (inside, part_level, part_colours) in enumerate(_fish_parts(fish, x, y)):
            colours = np.where(inside[..., None], part_colours, colours)
            level = np.where(inside, part_level, level)
            regions = np.where(inside, 1 + 10 * number + part, regions)
    down, right = np.gradient(level)
    return colours, np.arctan2(right, -down), regions


def _fish_parts(
    fish: _Fish, x: np.ndarray, y: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Regions of a fish, lower ones first: where, the level lines of the tiles, the colours."""
    along, across = fish.to_body(x, y)
    swell = 0.36 * np.sqrt(np.clip((along + 0.85) * (1.0 - along), 0.0, None))
    side = across / (0.04 + swell * (0.72 + 0.28 * along))
    tail = (np.abs(across) < 0.08 + 0.95 * np.clip(-0.62 - along, 0.0, None)) & (along < -0.62)
    back = 1.0 + 0.7 * np.sin(np.pi * np.clip((along + 0.5) / 0.95, 0.0, 1.0))
    belly = 1.0 + 0.5 * np.sin(np.pi * np.clip((along + 0.15) / 0.5, 0.0, 1.0))
    fins = (side > -back) & (side < belly) & (along > -0.5) & (along < 0.45)
    rays = gradient(_FIN, 0.5 + 0.5 * np.sin(11.0 * across + 6.0 * along))
    body = (np.abs(side) < 1.0) & (along > -0.78) & (along < 0.995)
    eye = np.hypot(along - _EYE[0], across - _EYE[1])
    return [
        (tail & (along > -1.12 + 0.25 * np.abs(across)), across * (1.0 + 0.8 * along), rays),
        (fins, across + 1.2 * along, rays),
        (body, side, _skin(along, side)),
        (eye < 0.135, eye, np.broadcast_to(_WHITE, rays.shape)),
        (eye < 0.06, eye, np.broadcast_to(_DARK, rays.shape)),
    ]


def _skin(along: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Colours of the body: dark back, pale belly, bands, outline, head and gill."""
    skin = gradient(_FISH, 0.5 - 0.42 * side + 0.13 * np.sin(along * 22.0))
    skin = blend(skin, gradient(_FISH, 0.2 - 0.25 * side), smooth_step(along, 0.52, 0.56))
    gill = smooth_step(np.abs(along - 0.50 + 0.1 * side**2), 0.045, 0.035)
    return blend(skin, _DARK, np.maximum(gill, smooth_step(np.abs(side), 0.80, 0.84)))


def _eye_places(fish: _Fish) -> np.ndarray:
    """One tile for the pupil and a ring of eight around it."""
    turns = np.arange(8) * np.pi / 4
    along = _EYE[0] + np.append(0.0, 0.1 * np.cos(turns))
    across = _EYE[1] + np.append(0.0, 0.1 * np.sin(turns))
    return fish.from_body(along, across)


def _tiles(places: np.ndarray, angles: np.ndarray, regions: np.ndarray, size: int) -> np.ndarray:
    """The number of the nearest place of the same region for every pixel, (size, size)."""
    x, y = coordinates(size)
    region = look_up(regions, x, y)
    nearest = np.full((size, size), np.inf)
    owner = np.zeros((size, size), dtype=int)
    reach = round(2.2 * _TILE * size)
    turns = look_up(angles, places[:, 0], places[:, 1])
    homes = look_up(regions, places[:, 0], places[:, 1])
    for number, (centre, turn, home) in enumerate(zip(places, turns, homes, strict=True)):
        column, row = (centre * size).astype(int)
        window = np.s_[max(0, row - reach) : row + reach, max(0, column - reach) : column + reach]
        dx, dy = x[window] - centre[0], y[window] - centre[1]
        along = dx * np.cos(turn) + dy * np.sin(turn)
        across = dy * np.cos(turn) - dx * np.sin(turn)
        distance = np.maximum(np.abs(along), np.abs(across)) + 9.0 * (region[window] != home)
        closer = distance < nearest[window]
        nearest[window][closer] = distance[closer]
        owner[window][closer] = number
    return owner


def _centroids(tiles: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The middle of every tile; a place that owns no pixel stays where it is."""
    x, y = coordinates(tiles.shape[0])
    counts = np.bincount(tiles.ravel(), minlength=len(places))
    sums = [np.bincount(tiles.ravel(), axis.ravel(), len(places)) for axis in (x, y)]
    middles = np.stack(sums, axis=1) / np.maximum(counts, 1)[:, None]
    return np.where(counts[:, None] > 0, middles, places)


def _laid(stone: np.ndarray, tiles: np.ndarray, tilt: np.ndarray) -> np.ndarray:
    """Tiles in mortar, each a little tilted and lit from the upper left."""
    joint = joint_mask(tiles, _JOINT_PX)
    height = soften(1.0 - joint, 3.0)
    slope = np.zeros_like(height)
    slope[2:, 2:] = height[2:, 2:] - height[:-2, :-2]
    lit = stone + 130.0 * slope[..., None] + 10.0 * tilt[..., None]
    return blend(lit, _MORTAR - 30.0 * soften(joint, 4.0)[..., None], smooth_step(joint, 0.4, 0.7))
