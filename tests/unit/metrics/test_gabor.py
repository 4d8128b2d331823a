"""The Gabor statistics against gratings, scikit-image's filters and SciPy's distance."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import canberra
from skimage.color import rgb2gray
from skimage.filters import gabor

from metrics.gabor import _widths, gabor_distance, gabor_statistics

Picture = NDArray[np.uint8]

FREQUENCIES = (0.4, 0.2, 0.1, 0.05)


def _grating(frequency: float, degrees: float, amplitude: float) -> Picture:
    rows, columns = np.indices((200, 240))
    angle = math.radians(degrees)
    phase = 2 * math.pi * frequency * (columns * math.cos(angle) + rows * math.sin(angle))
    grey = np.rint(255 * (0.5 + amplitude * np.cos(phase))).astype(np.uint8)
    return np.repeat(grey[..., np.newaxis], 3, axis=2)


@pytest.mark.parametrize("scale", range(4))
@pytest.mark.parametrize("turn", range(6))
def test_grating_shows_in_its_band(scale: int, turn: int) -> None:
    """A grating of amplitude 0.3 in the middle of a band has mean 0.3 there, less elsewhere."""
    statistics = gabor_statistics(_grating(FREQUENCIES[scale], 30 * turn, 0.3))
    band = 6 * scale + turn

    assert statistics.shape == (24, 2)
    assert statistics[:, 0].argmax() == band
    # Mirrored borders bend oblique gratings, within about 30 pixels at the coarsest scale.
    assert statistics[band, 0] == pytest.approx(0.3, rel=0.1)
    assert statistics[band, 1] < 0.1


@pytest.mark.parametrize("scale", [1, 2, 3])
@pytest.mark.parametrize("turn", [0, 2, 5])
def test_statistics_agree_with_scikit_image(scale: int, turn: int, coffee: Picture) -> None:
    """scikit-image's Gabor filters of the same width, computed in space, give the same numbers."""
    frequency = FREQUENCIES[scale]
    along, across = _widths(frequency)
    piece = coffee[40:136, 64:192]  # filtering in space is slow
    real, imaginary = gabor(
        rgb2gray(piece) - rgb2gray(piece).mean(),
        frequency,
        theta=math.radians(30 * turn),
        sigma_x=1 / (2 * math.pi * along),
        sigma_y=1 / (2 * math.pi * across),
        n_stds=4,
        mode="reflect",
    )
    amplitude = 2 * np.hypot(real, imaginary)

    np.testing.assert_allclose(
        gabor_statistics(piece)[6 * scale + turn],
        [amplitude.mean(), amplitude.std()],
        rtol=0.02,  # their window ends at four standard deviations, ours at the Nyquist frequency
    )


def test_finest_width_is_the_published_one() -> None:
    """Widths of the finest band by hand: σu = 0.4 / (3 √(2 ln 2)), σv from Manjunath & Ma."""
    along = 0.4 / (3 * math.sqrt(2 * math.log(2)))
    log4 = 2 * math.log(2)
    across = math.tan(math.pi / 12) * (0.4 - log4 * along**2 / 0.4)
    across /= math.sqrt(log4 - log4**2 * along**2 / 0.4**2)

    assert _widths(0.4) == pytest.approx((along, across), rel=1e-12)


def test_distance_is_the_canberra_distance(chelsea: Picture, coffee: Picture) -> None:
    """SciPy's Canberra distance of the statistics above the noise floor, over their number."""
    a, b = (gabor_statistics(picture).ravel() + 1e-3 for picture in (chelsea, coffee))

    assert canberra(a, b) / 48 == pytest.approx(gabor_distance(chelsea, coffee), rel=1e-12)


def test_flat_pictures_are_equal() -> None:
    """Two pictures without any texture are at distance 0 whatever their brightness."""
    dark, light = np.full((64, 80, 3), 20, np.uint8), np.full((64, 80, 3), 220, np.uint8)

    assert gabor_distance(dark, light) == pytest.approx(0, abs=1e-3)


def test_brightness_is_no_texture(chelsea: Picture) -> None:
    """Adding 20 levels everywhere leaves the strokes as they are."""
    dimmed = chelsea // 2

    assert gabor_distance(dimmed, dimmed + 20) == pytest.approx(0, abs=1e-3)


def test_distance_grows_with_the_turn() -> None:
    """Strokes turned by 60° are further away than strokes turned by 30°."""
    upright, tilted, flat = (_grating(0.1, degrees, 0.3) for degrees in (0, 30, 60))

    assert gabor_distance(upright, tilted) < gabor_distance(upright, flat)


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 300, 3)])
def test_small_pictures_have_statistics(shape: tuple[int, int, int]) -> None:
    """A picture smaller than the filters is mirrored as often as needed."""
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)

    assert np.isfinite(gabor_statistics(picture)).all()
