"""Every style distance finds the piece of the same synthetic texture among pieces of others."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from metrics.channel_statistics import channel_distance, channel_statistics
from metrics.color import color_swd
from metrics.feature_swd import projections, swd_distance
from metrics.gabor import gabor_distance
from metrics.gram import balanced_gram_distance, cosine_distance, gram_matrices
from metrics.histogram import histogram_distance

Picture = NDArray[np.uint8]

DARK = np.array([[20, 30, 80], [90, 20, 20], [10, 70, 40], [40, 40, 40]])
LIGHT = np.array([[240, 220, 90], [120, 190, 250], [250, 240, 230], [230, 120, 160]])


def _texture(style: int, seed: int) -> Picture:
    """Strokes with their own width, direction and two colours, in random places."""
    rows, columns = np.indices((96, 128))
    angle, frequency = style * np.pi / 4, 0.25 / (1 + style)
    rng = np.random.default_rng(seed)
    bend = 40 * gaussian_filter(rng.standard_normal((96, 128)), 12)
    position = columns * np.cos(angle) + rows * np.sin(angle) + bend + rng.uniform(0, 50)
    share = (0.5 + 0.5 * np.sin(2 * np.pi * frequency * position))[..., np.newaxis]
    return np.rint(DARK[style] * (1 - share) + LIGHT[style] * share).astype(np.uint8)


def _tap(picture: Picture) -> dict[str, NDArray[np.float32]]:
    """Colours and their derivatives, a small hand-made tap."""
    colors = picture.transpose(2, 0, 1).astype(np.float32) / 255
    features = [
        np.maximum(sign * gaussian_filter(colors, (0, 1, 1), order=(0, *order)), 0)
        for order in ((0, 1), (1, 0), (1, 1))
        for sign in (1, -1)
    ]
    return {"hand-made": np.concatenate([colors, *features])}


def _gram(a: Picture, b: Picture) -> float:
    return balanced_gram_distance(_tap(a), _tap(b)).mean


def _gram_cosine(a: Picture, b: Picture) -> float:
    return cosine_distance(gram_matrices(_tap(a)), gram_matrices(_tap(b))).mean


def _channel_stats(a: Picture, b: Picture) -> float:
    return channel_distance(channel_statistics(_tap(a)), channel_statistics(_tap(b))).mean


def _feature_swd(a: Picture, b: Picture) -> float:
    return swd_distance(projections(_tap(a)), projections(_tap(b))).mean


@pytest.mark.parametrize(
    "measure",
    [
        color_swd,
        gabor_distance,
        histogram_distance,
        _gram,
        _gram_cosine,
        _channel_stats,
        _feature_swd,
    ],
)
@pytest.mark.parametrize("style", range(4))
def test_nearest_texture_is_of_the_same_style(
    measure: Callable[[Picture, Picture], float], style: int
) -> None:
    """Of four other textures the one with the same strokes and colours is nearest."""
    query = _texture(style, seed=style)
    distances = [measure(query, _texture(other, seed=100 + other)) for other in range(4)]

    assert style == int(np.argmin(distances))
