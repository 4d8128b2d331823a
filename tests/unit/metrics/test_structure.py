"""SSIM, MS-SSIM and edge F1 against slow formulas, and what they are good for."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.feature import canny
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

from metrics.structure import edge_f1, ms_ssim, ms_ssim_scales, ssim

Picture = NDArray[np.uint8]
Grey = NDArray[np.float64]

# scikit-image filters in float64 as the formula here does.
FLOAT64_ROUNDING = 1e-12
# ms_ssim runs in float32: variances of about 1e-3 from squares of about 1.
FLOAT32_ROUNDING = 1e-5
EXPONENTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])


def _luma(picture: Picture) -> Grey:
    return picture @ np.array([0.2125, 0.7154, 0.0721]) / 255


def _similarity_maps(a: Grey, b: Grey) -> tuple[Grey, Grey]:
    """SSIM and its contrast-structure factor at every place (Wang et al. 2004, eqs. 12, 13)."""

    def blurred(values: Grey) -> Grey:
        return gaussian_filter(values, 1.5, truncate=3.5, mode="mirror")

    mean_a, mean_b = blurred(a), blurred(b)
    variance_a = blurred(a * a) - mean_a**2
    variance_b = blurred(b * b) - mean_b**2
    covariance = blurred(a * b) - mean_a * mean_b
    contrast = (2 * covariance + 0.03**2) / (variance_a + variance_b + 0.03**2)
    light = (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
    return light * contrast, contrast


def _halved(values: Grey) -> Grey:
    rows, columns = (length // 2 * 2 for length in values.shape)
    even = values[:rows, :columns]
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4


def _slow_ms_ssim(a: Grey, b: Grey, scales: int) -> float:
    exponents = EXPONENTS[:scales] / EXPONENTS[:scales].sum()
    factors = []
    for _ in range(scales):
        similarity, contrast = _similarity_maps(a, b)
        factors.append(contrast[5:-5, 5:-5].mean())
        a, b = _halved(a), _halved(b)
    factors[-1] = similarity.mean()
    return float(np.prod(np.array(factors) ** exponents))


def _inverted(picture: Picture) -> Picture:
    return 255 - picture


def test_ssim_agrees_with_the_formula(chelsea: Picture, astronaut: Picture) -> None:
    """SSIM is the formula of Wang et al. on luma, without the border of half a window."""
    similarity, _ = _similarity_maps(_luma(chelsea), _luma(astronaut))

    assert similarity[5:-5, 5:-5].mean() == pytest.approx(
        ssim(chelsea, astronaut), abs=FLOAT64_ROUNDING
    )


def test_ssim_of_the_negative_is_negative(chelsea: Picture) -> None:
    """Where light and dark are exchanged, structure is anticorrelated."""
    assert ssim(chelsea, _inverted(chelsea)) < 0


def test_ssim_refuses_tiny_pictures() -> None:
    """Below the window's 11 pixels there is nothing to measure."""
    picture = np.zeros((10, 64, 3), np.uint8)

    with pytest.raises(ValueError, match=r"SSIM needs 11 pixels on each side, got \(10, 64, 3\)"):
        ssim(picture, picture)


@pytest.mark.parametrize(
    ("short_side", "scales"),
    [(192, 5), (176, 5), (175, 4), (170, 4), (99, 4), (98, 3), (44, 3), (43, 2), (22, 2)],
)
def test_ms_ssim_agrees_with_the_formula(
    short_side: int, scales: int, chelsea: Picture, coffee: Picture
) -> None:
    """At every size MS-SSIM is the published product over the scales that fit, exponents sum 1."""
    a, b = coffee[:short_side], (coffee[:short_side] // 2 + chelsea[:short_side] // 2)

    assert scales == ms_ssim_scales(*a.shape[:2])
    assert _slow_ms_ssim(_luma(a), _luma(b), scales) == pytest.approx(
        ms_ssim(a, b), abs=FLOAT32_ROUNDING
    )


def test_ms_ssim_is_the_published_one_at_full_size(chelsea: Picture, coffee: Picture) -> None:
    """From 176 pixels on the value is torchmetrics' with its defaults, in float64."""
    luma = [torch.from_numpy(_luma(picture))[None, None] for picture in (chelsea, coffee)]
    expected = multiscale_structural_similarity_index_measure(*luma, data_range=1.0)

    assert float(expected) == pytest.approx(ms_ssim(chelsea, coffee), abs=FLOAT32_ROUNDING)


def test_ms_ssim_scales_counts_the_short_side() -> None:
    """Portrait and landscape pictures use the same number of scales."""
    assert ms_ssim_scales(256, 170) == ms_ssim_scales(170, 256) == 4


def test_ms_ssim_of_the_negative_is_zero(chelsea: Picture) -> None:
    """A scale with negative contrast similarity counts as 0, and so does the product."""
    assert ms_ssim(chelsea, _inverted(chelsea)) == 0


def test_ms_ssim_refuses_tiny_pictures() -> None:
    """Below 22 pixels not even two scales fit."""
    picture = np.zeros((64, 21, 3), np.uint8)

    with pytest.raises(ValueError, match="MS-SSIM needs 22 pixels on each side, got 64 x 21"):
        ms_ssim(picture, picture)


@pytest.mark.parametrize("measure", [ms_ssim, edge_f1])
def test_painterly_picture_beats_an_unrelated_one(
    measure: Callable[[Picture, Picture], float],
    painted_chelsea: Picture,
    chelsea: Picture,
    coffee: Picture,
) -> None:
    """MS-SSIM and edge F1 know a cat under heavy strokes, where plain SSIM prefers a cup."""
    assert ssim(painted_chelsea, chelsea) < ssim(coffee, chelsea)
    assert measure(painted_chelsea, chelsea) > 2 * measure(coffee, chelsea)


@pytest.fixture
def painted_chelsea(chelsea: Picture) -> Picture:
    """The cat under oblique strokes of 40 levels, 3 pixels high."""
    rows, columns = np.indices(chelsea.shape[:2])
    strokes = np.sign(np.sin((rows + 0.7 * columns) * np.pi / 3))[..., np.newaxis]
    return np.rint(chelsea + 40 * strokes).clip(0, 255).astype(np.uint8)


def _slow_edge_f1(a: Picture, b: Picture) -> float:
    edges = [np.argwhere(canny(_luma(picture), sigma=2.0)) for picture in (a, b)]
    squared = ((edges[0][:, np.newaxis] - edges[1]) ** 2).sum(axis=2)
    near = squared <= 2**2
    precision, recall = near.any(axis=1).mean(), near.any(axis=0).mean()
    return float(2 / (1 / precision + 1 / recall))


def test_edge_f1_agrees_with_brute_force(chelsea: Picture, coffee: Picture) -> None:
    """Distances between all pairs of edge pixels give the same F1."""
    assert _slow_edge_f1(chelsea, coffee) == pytest.approx(
        edge_f1(chelsea, coffee), abs=FLOAT64_ROUNDING
    )


def _square(left: int) -> Picture:
    picture = np.zeros((96, 96, 3), np.uint8)
    picture[24:72, left : left + 48] = 255
    return picture


def test_edge_f1_tolerates_two_pixels() -> None:
    """Edges two pixels off coincide."""
    assert edge_f1(_square(20), _square(22)) == 1


def test_edge_f1_sees_four_pixels() -> None:
    """Edges four pixels off do not: upper and lower side coincide, left and right do not."""
    assert 0.4 < edge_f1(_square(20), _square(24)) < 0.7


def test_edge_f1_of_edgeless_pictures_is_one() -> None:
    """Two pictures without any edge have the same edges."""
    grey, white = np.full((64, 64, 3), 90, np.uint8), np.full((64, 64, 3), 255, np.uint8)

    assert edge_f1(grey, white) == 1


def test_edge_f1_of_lost_edges_is_zero() -> None:
    """A picture that lost all its edges has none in common."""
    assert edge_f1(np.zeros((96, 96, 3), np.uint8), _square(20)) == 0


def test_edge_f1_of_disjoint_edges_is_zero() -> None:
    """Edges that are nowhere near each other give 0, not a division by zero."""
    left, right = np.zeros((2, 96, 192, 3), np.uint8)
    left[30:60, 20:60] = 255
    right[30:60, 130:170] = 255

    assert edge_f1(left, right) == 0
