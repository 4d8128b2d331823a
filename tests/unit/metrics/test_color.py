"""The colour distance against SciPy's one-dimensional Wasserstein distance."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance
from skimage.color import lab2rgb, rgb2lab

from metrics.anchors import hist_match
from metrics.color import _DIRECTIONS, _LARGEST_NORM, color_swd

Picture = NDArray[np.uint8]

# Bins of 0.1 Lab units round both distributions down alike; what remains is below one bin.
ONE_BIN = 0.1 / 100


def _slow_swd(a: Picture, b: Picture) -> float:
    lab_a, lab_b = (rgb2lab(picture).reshape(-1, 3) for picture in (a, b))
    distances = [wasserstein_distance(lab_a @ v, lab_b @ v) for v in _DIRECTIONS]
    return float(np.mean(distances)) / 100


@pytest.mark.parametrize("columns", [64, 51], ids=["equal sizes", "unequal sizes"])
def test_distance_agrees_with_scipy(columns: int, chelsea: Picture, coffee: Picture) -> None:
    """The mean over the directions is that of SciPy's exact distances."""
    a, b = chelsea[::4, ::4], coffee[::4, ::4][:, :columns]

    assert _slow_swd(a, b) == pytest.approx(color_swd(a, b), abs=ONE_BIN / 10)


def test_small_distances_agree_with_scipy(chelsea: Picture) -> None:
    """A picture one level brighter is told apart, and by the right amount."""
    piece = chelsea[::4, ::4]
    brighter = np.minimum(piece, 254) + 1

    assert _slow_swd(piece, brighter) == pytest.approx(color_swd(piece, brighter), rel=0.05)


def test_directions_are_evenly_spread() -> None:
    """Unit vectors whose second moments are those of the whole sphere, a third each."""
    lengths = np.linalg.norm(_DIRECTIONS, axis=1)

    assert len(_DIRECTIONS) >= 64
    np.testing.assert_allclose(lengths, 1, atol=1e-12)
    np.testing.assert_allclose(_DIRECTIONS.T @ _DIRECTIONS / 64, np.eye(3) / 3, atol=0.01)


@pytest.mark.parametrize("shift", [(20.0, 0.0, 0.0), (0.0, 20.0, 0.0), (0.0, 0.0, -20.0)])
def test_common_shift_gives_half_its_length(shift: tuple[float, float, float]) -> None:
    """All colours moved by 20 Lab units give 20 / 200, whichever way they move."""
    lab = np.broadcast_to([50.0, 0.0, 0.0], (8, 8, 3))
    before, after = (np.rint(255 * lab2rgb(c)).astype(np.uint8) for c in (lab, lab + shift))

    assert color_swd(before, after) == pytest.approx(0.1, rel=0.03)


def test_black_and_white_are_half_a_unit_apart() -> None:
    """The distance between black and white is 100 Lab units seen from an average direction."""
    black, white = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 255, np.uint8)

    assert color_swd(black, white) == pytest.approx(0.5, abs=0.01)


def test_places_play_no_part(coffee: Picture) -> None:
    """Shuffled pixels have the same colours, exactly."""
    pixels = coffee.reshape(-1, 3)
    shuffled = np.random.default_rng(0).permutation(pixels).reshape(coffee.shape)

    assert color_swd(coffee, shuffled) == 0


def test_size_plays_no_part(coffee: Picture) -> None:
    """A picture twice beside itself has the same colours, up to rounding."""
    assert color_swd(coffee, np.hstack([coffee, coffee])) == pytest.approx(0, abs=1e-12)


def test_every_srgb_colour_has_a_bin() -> None:
    """The histogram covers the whole cube: the corners and edges, where the extremes lie."""
    level = np.arange(256)
    cube = np.stack(np.meshgrid([0, 255], [0, 255], level, indexing="ij"), axis=-1)
    edges = np.concatenate([np.roll(cube, turn, axis=-1) for turn in range(3)])
    norms = np.linalg.norm(rgb2lab(edges.astype(np.uint8)), axis=-1)

    assert norms.max() < _LARGEST_NORM


def test_colour_transfer_closes_most_of_the_gap(chelsea: Picture, coffee: Picture) -> None:
    """Matching the histograms brings the colours much closer to the style's."""
    assert color_swd(hist_match(chelsea, coffee), coffee) < 0.4 * color_swd(chelsea, coffee)
