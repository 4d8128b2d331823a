"""Drawn training pictures with the statistics of photographs: dead leaves and noise.

Occluding shapes whose sizes follow a power law, filled with textures of falling spectrum, share
the edge and scale statistics of photographs (Lee, Mumford and Huang 2001); filters learned on
such pictures come close to those learned on photographs (Baradad et al. 2021, arXiv 2106.05963).
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["colour_noise", "dead_leaves", "recoloured"]

Image = NDArray[np.float64]

# Opponent colours: brightness, yellow against blue, red against green. Photographs spread most
# along the first (Ruderman, Cronin and Chiao 1998); the numbers are measured on photographs.
_OPPONENT = np.array([[1.0, 1.0, 1.0], [0.5, 0.5, -1.0], [1.0, -1.0, 0.0]])
_OPPONENT /= np.linalg.norm(_OPPONENT, axis=1, keepdims=True)
_SPREAD = np.array([0.38, 0.15, 0.10])

_SUPERSAMPLING = 2


def colour_noise(size: int, slope: float, generator: np.random.Generator) -> Image:
    """Draw noise whose amplitude falls with frequency, stretched along one random direction.

    Args:
        size: height and width in pixels.
        slope: exponent of the fall of the amplitude; 1 is that of photographs.
        generator: source of randomness.

    Returns:
        (size, size, 3) float64, mean 0, opponent colours mixed to RGB.
    """
    angle, stretch = generator.uniform(0, np.pi), np.exp(generator.normal(0, 0.7))
    down, right = np.meshgrid(np.fft.fftfreq(size), np.fft.rfftfreq(size), indexing="ij")
    along = np.cos(angle) * right + np.sin(angle) * down
    across = -np.sin(angle) * right + np.cos(angle) * down
    radius = np.hypot(along * stretch, across / stretch) + 1 / size
    noise = generator.normal(size=(3, size, size))
    planes = np.fft.irfft2(np.fft.rfft2(noise) / radius**slope, s=(size, size))
    planes -= planes.mean(axis=(1, 2), keepdims=True)
    planes /= planes.std(axis=(1, 2), keepdims=True)
    colours: Image = np.einsum("chw,c,cr->hwr", planes, _SPREAD, _OPPONENT)
    return colours


def dead_leaves(size: int, generator: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a picture of textured ellipses and boxes that hide each other.

    Args:
        size: height and width in pixels.
        generator: source of randomness.

    Returns:
        (size, size, 3) uint8 sRGB.
    """
    drawn = size * _SUPERSAMPLING
    texture = colour_noise(drawn, generator.uniform(0.8, 1.6), generator)
    sky = colour_noise(drawn, 2.5, generator)
    canvas = _random_colour(generator) + sky + texture * _texture_amplitude(generator)
    for radius in _radii(drawn, generator):
        _draw_leaf(canvas, radius, texture, generator)
    blocks = canvas.reshape(size, _SUPERSAMPLING, size, _SUPERSAMPLING, 3).mean(axis=(1, 3))
    return _to_bytes(blocks)


def _radii(size: int, generator: np.random.Generator, count: int = 200) -> Image:
    """Radii in pixels, large first so that small leaves stay visible; density ~ radius⁻³."""
    smallest, largest = 4.0, size / 3
    quantiles = generator.uniform(size=count)
    radii = (smallest**-2 + quantiles * (largest**-2 - smallest**-2)) ** -0.5
    return np.concatenate([np.sort(generator.uniform(size / 12, largest, 24))[::-1], radii])


def _draw_leaf(
    canvas: Image, radius: float, texture: Image, generator: np.random.Generator
) -> None:
    size = len(canvas)
    centre = generator.uniform(0, size, 2)
    angle, stretch = generator.uniform(0, np.pi), np.exp(generator.normal(0, 0.5))
    reach = radius * max(stretch, 1 / stretch) * 1.5
    low = np.clip(np.floor(centre - reach), 0, size).astype(int)
    high = np.clip(np.ceil(centre + reach), 0, size).astype(int)
    down, right = np.ogrid[low[0] : high[0], low[1] : high[1]]
    down, right = down - centre[0], right - centre[1]
    along = (np.cos(angle) * right + np.sin(angle) * down) / (radius * stretch)
    across = (-np.sin(angle) * right + np.cos(angle) * down) / (radius / stretch)
    power = generator.choice([2, 2, 8])  # an ellipse, or nearly a box
    inside = np.abs(along) ** power + np.abs(across) ** power < 1
    shift = generator.integers(0, size, 2)
    window = np.roll(texture, shift, axis=(0, 1))[low[0] : high[0], low[1] : high[1]]
    shade = (along * generator.normal(0, 0.1) + across * generator.normal(0, 0.1))[..., None]
    fill = _random_colour(generator) + shade + window * _texture_amplitude(generator)
    region = canvas[low[0] : high[0], low[1] : high[1]]
    region[inside] = fill[inside]


def _texture_amplitude(generator: np.random.Generator) -> float:
    """Most surfaces of photographs are nearly smooth, some are rough."""
    return float(generator.uniform() ** 3)


def _random_colour(generator: np.random.Generator) -> Image:
    opponent = generator.normal(size=3) * _SPREAD
    colour: Image = 0.45 + opponent @ _OPPONENT
    return colour


def recoloured(grey: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
    """Colour a grey photograph: its brightness stays, its hue follows brightness and place.

    Args:
        grey: (H, W) uint8.
        generator: source of randomness.

    Returns:
        (H, W, 3) uint8 sRGB.
    """
    brightness = grey[..., None] / 255
    dark, light = (generator.normal(size=2) * _SPREAD[1:] @ _OPPONENT[1:] for _ in range(2))
    drift = colour_noise(max(grey.shape), 2.2, generator)[: grey.shape[0], : grey.shape[1]]
    drift = drift - drift.mean(axis=-1, keepdims=True)
    return _to_bytes(brightness + (1 - brightness) * dark + brightness * light + drift / 2)


def _to_bytes(image: Image) -> NDArray[np.uint8]:
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
