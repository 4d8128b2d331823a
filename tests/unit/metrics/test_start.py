"""What is left of the start, against SciPy's correlation and a blur written as a matrix."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import pearsonr

from metrics.start import start_left

Picture = NDArray[np.uint8]

# scipy.ndimage ends the Gaussian at four standard deviations, as the matrix here does.
FLOAT64_ROUNDING = 1e-9


def _blur_matrix(length: int) -> NDArray[np.float64]:
    """Gaussian of 2 pixels with mirrored borders as a matrix on a row of pixels."""
    matrix = np.zeros((length, length))
    offsets = np.arange(-8, 9)
    weights = np.exp(-(offsets**2) / 8)
    for row in range(length):
        for offset, weight in zip(offsets, weights / weights.sum(), strict=True):
            place = (row + offset) % (2 * length)
            matrix[row, min(place, 2 * length - 1 - place)] += weight
    return matrix


def _fine(picture: Picture) -> NDArray[np.float64]:
    luma = picture @ np.array([0.2125, 0.7154, 0.0721]) / 255
    blurred = _blur_matrix(luma.shape[0]) @ luma @ _blur_matrix(luma.shape[1]).T
    return (luma - blurred).ravel()


@pytest.fixture
def noise_start(chelsea: Picture) -> Picture:
    """White noise of the cat's size."""
    return np.random.default_rng(2).integers(0, 256, chelsea.shape, np.uint8)


def _mixed(share: float, a: Picture, b: Picture) -> Picture:
    return np.rint(share * a.astype(float) + (1 - share) * b).astype(np.uint8)


def test_value_is_the_correlation_of_the_fine_structure(
    chelsea: Picture, coffee: Picture, noise_start: Picture
) -> None:
    """SciPy's correlation of the luminance less its blur, where little and where much is left."""
    for result in (coffee, _mixed(0.3, noise_start, chelsea)):
        for start in (chelsea, noise_start):
            expected = pearsonr(_fine(result), _fine(start)).statistic
            assert expected == pytest.approx(start_left(result, start), abs=FLOAT64_ROUNDING)


def test_the_start_itself_is_all_left(noise_start: Picture) -> None:
    """A result that is the start has everything of it, its negative less than nothing."""
    assert start_left(noise_start, noise_start) == pytest.approx(1)
    assert start_left(255 - noise_start, noise_start) == pytest.approx(-1)


def test_nothing_is_left_of_foreign_noise(chelsea: Picture, noise_start: Picture) -> None:
    """A photograph has nothing of a noise it was not made from."""
    assert abs(start_left(chelsea, noise_start)) < 0.02


def test_value_grows_with_the_share_of_the_start(chelsea: Picture, noise_start: Picture) -> None:
    """The more of the start is mixed into a picture, the more is left."""
    values = [
        start_left(_mixed(share, noise_start, chelsea), noise_start)
        for share in (0.0, 0.05, 0.2, 0.5, 1.0)
    ]

    assert sorted(set(values)) == values


def test_brightness_and_large_forms_play_no_part(noise_start: Picture) -> None:
    """Faint grains on a slope count as much as strong ones on grey."""
    slope = np.linspace(20, 200, noise_start.shape[1])[:, np.newaxis]
    faint = np.rint(slope + 0.2 * noise_start).astype(np.uint8)

    assert start_left(faint, noise_start) > 0.99


def test_flat_result_has_nothing_left(noise_start: Picture) -> None:
    """A result of one luminance has no structure of any start."""
    assert start_left(np.full_like(noise_start, 90), noise_start) == 0


def test_flat_start_is_refused(chelsea: Picture) -> None:
    """Of a start without structure nothing could be left: no number."""
    with pytest.raises(ValueError, match="the start has one luminance"):
        start_left(chelsea, np.full_like(chelsea, 128))
