"""PSNR and GMSD against torchmetrics and piq."""

import math

import numpy as np
import piq
import pytest
import torch
from numpy.typing import NDArray
from skimage.color import rgb2gray
from torchmetrics.functional.image import peak_signal_noise_ratio

from metrics.fidelity import gmsd, psnr

Picture = NDArray[np.uint8]

FLOAT64_ROUNDING = 1e-12
# piq filters with kernels in float32.
FLOAT32_ROUNDING = 1e-6


def test_psnr_agrees_with_torchmetrics(chelsea: Picture, coffee: Picture) -> None:
    """PSNR is torchmetrics' in float64, over all pixels and channels."""
    a, b = (torch.from_numpy(picture.astype(np.float64)) for picture in (chelsea, coffee))
    expected = float(peak_signal_noise_ratio(a, b, data_range=255.0))

    assert expected == pytest.approx(psnr(chelsea, coffee), rel=FLOAT32_ROUNDING)


def test_psnr_of_one_level_is_known() -> None:
    """A difference of one level everywhere is 20 log10 255 = 48.13 dB."""
    grey = np.full((8, 9, 3), 100, np.uint8)

    assert 48.1308036 == pytest.approx(psnr(grey, grey + 1), abs=1e-7)


def test_psnr_of_black_and_white_is_zero() -> None:
    """The largest difference there is gives 0 dB."""
    black = np.zeros((8, 9, 3), np.uint8)

    assert psnr(black, 255 - black) == 0


def test_psnr_of_equal_pictures_is_infinite(chelsea: Picture) -> None:
    """No error at all is infinitely many decibels, without a warning."""
    assert psnr(chelsea, chelsea.copy()) == math.inf


@pytest.mark.parametrize("size", [(192, 256), (191, 256), (192, 255), (33, 35)])
def test_gmsd_agrees_with_piq(size: tuple[int, int], chelsea: Picture, coffee: Picture) -> None:
    """GMSD is piq's on the same luminance, whether the sides are even or odd."""
    pictures = [picture[: size[0], : size[1]] for picture in (chelsea, coffee)]
    a, b = (torch.from_numpy(rgb2gray(picture))[None, None].float() for picture in pictures)
    expected = float(piq.gmsd(a, b, data_range=1.0))

    assert 0.1 < expected
    assert expected == pytest.approx(gmsd(*pictures), rel=1e-4)


def test_gmsd_by_hand() -> None:
    """Halves of 0 and 80 against halves of 0 and 160, the gradients at half size written out."""
    pictures = np.zeros((2, 12, 12, 3), np.uint8)
    pictures[0, :, 6:], pictures[1, :, 6:] = 80, 160
    magnitudes = []
    for level in (80.0, 160.0):
        padded = np.zeros((8, 8))
        padded[1:7, 4:7] = level
        right = sum(padded[r : r + 6, 2:] - padded[r : r + 6, :-2] for r in range(3)) / 3
        down = sum(padded[2:, c : c + 6] - padded[:-2, c : c + 6] for c in range(3)) / 3
        magnitudes.append(np.sqrt(right**2 + down**2))
    m, n = magnitudes
    expected = ((2 * m * n + 170) / (m * m + n * n + 170)).std()

    assert expected == pytest.approx(gmsd(*pictures), rel=FLOAT64_ROUNDING)


def test_gmsd_refuses_tiny_pictures() -> None:
    """Below 6 pixels every gradient reaches over the border."""
    picture = np.zeros((5, 64, 3), np.uint8)

    with pytest.raises(ValueError, match=r"GMSD needs 6 pixels on each side, got \(5, 64, 3\)"):
        gmsd(picture, picture)
