"""The colour histogram against its formula written out in float64, and what it cannot see."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from metrics.histogram import color_histogram, hellinger_distance, histogram_distance

Picture = NDArray[np.uint8]

# The kernel is 0.02 wide and log ratios near -14 have float32 steps of 1e-6.
FLOAT32_ROUNDING = 1e-4
BINS = np.linspace(-3, 3, 64)


def _slow_histogram(picture: Picture) -> NDArray[np.float64]:
    """Equations of Afifi et al. 2021 with the authors' constants, pixel by pixel."""
    counts = np.zeros((3, 64, 64))
    for color in picture.reshape(-1, 3) / 255:
        logs = np.log(color + 1e-6)
        weight = math.sqrt((color**2).sum() + 1e-6)
        for channel, (first, second) in enumerate(((1, 2), (0, 2), (0, 1))):
            u, v = logs[channel] - logs[first], logs[channel] - logs[second]
            near_u = 1 / (1 + ((u - BINS) / 0.02) ** 2)
            near_v = 1 / (1 + ((v - BINS) / 0.02) ** 2)
            counts[channel] += weight * np.outer(near_u, near_v)
    return counts / counts.sum()


def _plain(color: tuple[int, int, int]) -> Picture:
    return np.full((8, 9, 3), color, np.uint8)


def test_histogram_agrees_with_the_formula(coffee: Picture) -> None:
    """Every bin is the weighted sum of the kernel over the pixels."""
    piece = coffee[::8, ::8]

    np.testing.assert_allclose(
        color_histogram(piece), _slow_histogram(piece), atol=FLOAT32_ROUNDING / 64, rtol=2e-3
    )


def test_distance_agrees_with_the_formula(chelsea: Picture, coffee: Picture) -> None:
    """The distance is the Hellinger distance of the histograms written out."""
    a, b = chelsea[::8, ::8], coffee[::8, ::8][:, :20]
    roots = np.sqrt(_slow_histogram(a)) - np.sqrt(_slow_histogram(b))
    expected = math.sqrt((roots**2).sum() / 2)

    assert expected == pytest.approx(histogram_distance(a, b), abs=FLOAT32_ROUNDING)


def test_large_pictures_are_counted_whole(coffee: Picture) -> None:
    """Pixels counted in pieces are those counted at once: 3 x 3 copies have the same histogram."""
    np.testing.assert_allclose(
        color_histogram(np.tile(coffee, (3, 3, 1))), color_histogram(coffee), rtol=1e-3, atol=1e-8
    )


def test_histogram_sums_to_one(chelsea: Picture) -> None:
    """The histogram is a distribution over three planes of 64 x 64 bins."""
    histogram = color_histogram(chelsea)

    assert histogram.shape == (3, 64, 64)
    assert histogram.sum() == pytest.approx(1)


def test_single_colour_falls_into_its_bins() -> None:
    """(200, 100, 50) has log ratios ln 2, ln 4; -ln 2, ln 2; -ln 4, -ln 2."""
    histogram = color_histogram(_plain((200, 100, 50)))
    log2 = math.log(2)
    ratios = ((log2, 2 * log2), (-log2, log2), (-2 * log2, -log2))
    expected = [tuple(int(np.abs(BINS - r).argmin()) for r in pair) for pair in ratios]
    found = [np.unravel_index(plane.argmax(), plane.shape) for plane in histogram]

    assert expected == found


def test_brightness_is_not_seen() -> None:
    """All greys are one colour, black and white too: this is not a distance of light."""
    assert histogram_distance(_plain((0, 0, 0)), _plain((255, 255, 255))) == pytest.approx(
        0, abs=1e-6
    )


def test_other_hues_have_nothing_in_common() -> None:
    """Red and blue are as far apart as can be, almost."""
    assert histogram_distance(_plain((250, 60, 20)), _plain((20, 60, 250))) > 0.9


def test_distance_grows_with_the_share_of_another_colour() -> None:
    """The more pixels turn from orange to blue, the further."""
    picture = np.full((10, 10, 3), (250, 150, 20), np.uint8)
    distances = []
    for rows in (0, 1, 3, 6, 10):
        other = picture.copy()
        other[:rows] = (20, 150, 250)
        distances.append(histogram_distance(other, picture))

    assert sorted(set(distances)) == distances


def test_stored_histograms_give_the_same_distance(chelsea: Picture, coffee: Picture) -> None:
    """Comparing histograms computed before is comparing the pictures."""
    stored = hellinger_distance(color_histogram(chelsea), color_histogram(coffee))

    assert histogram_distance(chelsea, coffee) == stored


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            np.full((3, 64, 63), 1.0),
            r"equal shape .* \(3, 64, 64\) and \(3, 64, 63\)",
        ),
        (np.full((3, 64, 64), np.nan), "finite counts of 0 or more"),
        (np.full((3, 64, 64), -1.0), "finite counts of 0 or more"),
    ],
    ids=["shape", "nan", "negative"],
)
def test_what_is_no_histogram_is_refused(other: NDArray[np.float64], message: str) -> None:
    """Other shapes, NaN and negative counts are errors."""
    with pytest.raises(ValueError, match=message):
        hellinger_distance(np.full((3, 64, 64), 1 / (3 * 64 * 64)), other)
