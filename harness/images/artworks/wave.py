"""``wave``: a great wave before a mountain, in the flat colours and outlines of a woodcut."""

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

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

__all__ = ["draw"]

_SKY = palette("4f6f8f", "c9c3a6", "ead9ae", "f0d9a8", "e9b98e")
_BLUES = ("13294f", "21508a", "4f86b0", "a4c6c8", "2d6398")
_NEAR_BLUES = ("0f2146", "1d4479", "3f78a8", "86b2c2")
_OUTLINE = "0d1a38"
_FOAM = "f6efdc"
_SNOW = "f6efdc"
_STONE = "7286a0"

_TEETH = np.array([[0.0, depth] for depth in (0.03, -0.01, 0.06, 0.0, 0.05, -0.01, 0.035)])

_LINE_PX = 6

# The great wave lies between two Bézier curves that meet in its tip: its back and its hollow
_BACK = np.array([[-0.25, 0.98], [-0.12, 0.02], [0.52, -0.16], [0.67, 0.36]])
_HOLLOW = np.array([[0.66, 1.06], [0.26, 0.76], [0.33, 0.16], [0.67, 0.36]])
_STRIPES = 12
_FOAMY = -0.1  # foam lies on a wave above this height, between -1 (trough) and 1 (crest)

# Rows of waves: (height of the crests, length, amplitude, phase), far ones first
_FAR_ROWS = ((0.66, 0.30, 0.035, 0.08), (0.71, 0.38, 0.05, 0.55))
_NEAR_ROWS = ((0.82, 0.42, 0.07, 0.30), (0.92, 0.52, 0.09, 0.85))


def draw(rng: np.random.Generator) -> np.ndarray:
    """Draw the picture: (512, 512, 3) uint8, sRGB."""
    size = SIZE_PX * SUPERSAMPLE
    image = Image.fromarray(_sky(rng, size).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    _mountain(pen)
    for row in _FAR_ROWS:
        _row(pen, row, _BLUES, rng)
    _great_wave(pen, rng)
    for row in _NEAR_ROWS:
        _row(pen, row, _NEAR_BLUES, rng)
    return finish(_printed(np.asarray(image, dtype=np.float64), rng))


def _sky(rng: np.random.Generator, size: int) -> np.ndarray:
    _, y = coordinates(size)
    return gradient(_SKY, 1.5 * y + 0.03 * smooth_noise(rng, size, (2, 5)))


def _bezier(controls: np.ndarray, steps: int = 80) -> np.ndarray:
    """(steps, 2) places on a cubic Bézier curve."""
    t = np.linspace(0.0, 1.0, steps)[:, None]
    weights = np.concatenate(
        [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1
    )
    places: np.ndarray = weights @ controls
    return places


def _fill(pen: ImageDraw.ImageDraw, shape: np.ndarray, colour: str, line_px: int = 0) -> None:
    points = [tuple(place) for place in shape * SIZE_PX * SUPERSAMPLE]
    pen.polygon(points, fill=f"#{colour}")
    if line_px:
        pen.line([*points, points[0]], fill=f"#{_OUTLINE}", width=line_px, joint="curve")


def _disc(pen: ImageDraw.ImageDraw, place: np.ndarray, radius: float, line_px: int) -> None:
    turn = np.linspace(0.0, 2 * np.pi, 24, endpoint=False)
    circle = place + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    _fill(pen, circle, _FOAM, line_px)


def _mountain(pen: ImageDraw.ImageDraw) -> None:
    def flanks(low: float) -> np.ndarray:
        up = np.linspace(low, 1.0, 30)
        left = np.stack([0.53 + 0.25 * up**0.85, 0.70 - 0.27 * up**1.4], axis=1)
        return np.concatenate([left, (left * [-1.0, 1.0] + [1.62, 0.0])[::-1]])

    _fill(pen, flanks(0.0), _STONE, _LINE_PX)
    cap = flanks(0.66)
    teeth = np.linspace(cap[-1], cap[0], 9)[1:-1] + _TEETH
    _fill(pen, np.concatenate([cap, teeth]), _SNOW, _LINE_PX)


def _row(
    pen: ImageDraw.ImageDraw,
    row: tuple[float, float, float, float],
    blues: tuple[str, ...],
    rng: np.random.Generator,
) -> None:
    """A row of pointed waves across the picture, in bands along their crests."""
    level, length, amplitude, phase = row
    turn = np.linspace(-1.5, 1.5 + 1.0 / length, 900)
    height = np.cos(2 * np.pi * turn)
    crests = np.empty((0, 2))
    for band, colour in enumerate((*blues, *blues, *blues[:2])):
        calm = 0.78**band
        # a trochoid leaning to the right: pointed crests, round troughs
        x = (turn + phase - 0.145 * calm * np.sin(2 * np.pi * turn)) * length
        x = x + 0.45 * amplitude * calm * height
        y = level - amplitude * calm * height + 0.33 * amplitude * band
        crest = np.stack([x, y], axis=1)
        _fill(pen, np.concatenate([crest, [[2.0, 1.5], [-2.0, 1.5]]]), colour, 3)
        crests = crest if band == 0 else crests
    _outline(pen, crests)
    _foam(pen, crests[height > _FOAMY], amplitude, rng)


def _outline(pen: ImageDraw.ImageDraw, path: np.ndarray) -> None:
    points = [tuple(place) for place in path * SIZE_PX * SUPERSAMPLE]
    pen.line(points, fill=f"#{_OUTLINE}", width=_LINE_PX, joint="curve")


def _foam(
    pen: ImageDraw.ImageDraw, crests: np.ndarray, amplitude: float, rng: np.random.Generator
) -> None:
    """Lumps of foam along the crests, and drops above them."""
    places = crests[::7]
    below = np.clip((places[:, 1] - crests[:, 1].min()) / amplitude, 0.0, 1.0)
    radii = amplitude * (0.19 - 0.20 * below) * rng.uniform(0.7, 1.3, len(places))
    lumps = [(place, radius) for place, radius in zip(places, radii, strict=True) if radius > 0]
    for line_px in (_LINE_PX, 0):
        for place, radius in lumps:
            _disc(pen, place + np.array([0.0, 0.5 * radius]), radius, line_px)
    for place, radius in lumps[::2]:
        drop = place + amplitude * rng.normal(0.0, 0.4, 2) + [0.5 * amplitude, -0.6 * amplitude]
        _disc(pen, drop, max(0.0035, radius * rng.uniform(0.2, 0.4)), 2)


def _great_wave(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    back, hollow = _bezier(_BACK), _bezier(_HOLLOW)
    body = np.concatenate([back, hollow[::-1], [[0.5, 1.2], [-0.3, 1.2]]])
    _fill(pen, body, _BLUES[0], _LINE_PX)
    edges = np.linspace(0.0, 1.0, _STRIPES + 1) ** 0.9
    for stripe, (low, high) in enumerate(pairwise(edges)):
        first, second = back + (hollow - back) * low, back + (hollow - back) * high
        colour = _BLUES[stripe % len(_BLUES)]
        _fill(pen, np.concatenate([first, second[::-1]]), colour, 4)
    _crest(pen, back, hollow, rng)


def _crest(
    pen: ImageDraw.ImageDraw, back: np.ndarray, hollow: np.ndarray, rng: np.random.Generator
) -> None:
    """The foam of the great wave: a white ridge, claws that hang from it, drops before them."""
    ridge = back[20:]
    depth = np.linspace(0.0, 0.5, len(ridge))[:, None]
    inner = ridge + (hollow[20:] - ridge) * depth
    claws = np.linspace(4, len(inner) - 2, 13).astype(int)
    for number, index in enumerate(claws):
        _claw(pen, inner[index], 0.07 + 0.05 * number / len(claws), 1.25 - 0.03 * number, rng)
    _fill(pen, np.concatenate([ridge, inner[::-1]]), _FOAM)
    _outline(pen, ridge)
    for line_px in (_LINE_PX, 0):
        for number, index in enumerate(range(3, len(ridge), 4)):
            _disc(pen, ridge[index], 0.013 + 0.007 * np.sin(2.4 * number), line_px)
    for _ in range(46):
        place = ridge[rng.integers(14, len(ridge))] + rng.normal(0.0, 0.05, 2) + [0.075, 0.02]
        _disc(pen, place, rng.uniform(0.004, 0.009), 3)


def _claw(
    pen: ImageDraw.ImageDraw,
    root: np.ndarray,
    length: float,
    turn: float,
    rng: np.random.Generator,
) -> None:
    """A finger of foam: it falls, bends back and ends in a hook, with a smaller one beside it."""
    along = np.linspace(0.0, 1.0, 16)
    for lean, scale in ((-0.55, 0.62), (0.0, 1.0)):
        angles = turn + lean + rng.normal(0.0, 0.1) - 0.5 + 1.9 * along**1.5
        steps = np.stack([np.cos(angles), np.sin(angles)], axis=1) * scale * length / len(along)
        spine = root + np.cumsum(steps, axis=0)
        side = np.stack([-np.sin(angles), np.cos(angles)], axis=1)
        width = 0.25 * length * scale * np.sqrt(1.0 - along[:, None])
        shape = np.concatenate([spine + side * width, (spine - side * width)[::-1]])
        _fill(pen, shape, _FOAM, 4)


def _printed(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The unevenness of a hand-rubbed print: wood grain, and paper that shows at the edges."""
    size = canvas.shape[0]
    x, y = coordinates(size)
    grain = np.sin(190.0 * y + 1.5 * smooth_noise(rng, size, (3, 7)))
    rubbed = smooth_noise(rng, size, (5, 12))
    printed = canvas * (1.0 + 0.018 * grain + 0.02 * rubbed)[..., None]
    edge = np.minimum(np.minimum(x, 1.0 - x), np.minimum(y, 1.0 - y))
    return blend(printed, palette("efe3c6")[0], smooth_step(edge, 0.022, 0.018))
