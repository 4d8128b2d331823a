"""The colour-only transfer."""

import numpy as np
import pytest
from numpy.typing import NDArray

from metrics.anchors import hist_match
from metrics.structure import ms_ssim

Picture = NDArray[np.uint8]


def test_histograms_become_those_of_the_style(chelsea: Picture, coffee: Picture) -> None:
    """The deciles of every channel are the style's, within a few levels."""
    matched = hist_match(chelsea, coffee[:, :200])
    deciles = np.arange(0.1, 1, 0.1)

    np.testing.assert_allclose(
        np.quantile(matched, deciles, axis=(0, 1)),
        np.quantile(coffee[:, :200], deciles, axis=(0, 1)),
        atol=4,
    )


def test_content_stays_in_place(chelsea: Picture, coffee: Picture) -> None:
    """The result has the content's size, dtype and structure."""
    matched = hist_match(chelsea, coffee[:, :200])

    assert (chelsea.shape, np.uint8) == (matched.shape, matched.dtype)
    assert ms_ssim(matched, chelsea) > 0.7


def test_own_colours_change_nothing(chelsea: Picture) -> None:
    """A picture matched with itself is itself, to the bit: nothing is cut off."""
    np.testing.assert_array_equal(hist_match(chelsea, chelsea), chelsea)


def test_order_of_brightness_is_kept(chelsea: Picture, coffee: Picture) -> None:
    """What was brighter in a channel is not darker afterwards."""
    red, matched = chelsea[..., 0].ravel(), hist_match(chelsea, coffee)[..., 0].ravel()
    order = np.argsort(red, kind="stable")

    assert (np.diff(matched[order].astype(int)) >= 0).all()


def test_greyscale_is_refused(chelsea: Picture) -> None:
    """A picture without three channels is refused with its shape."""
    with pytest.raises(ValueError, match=r"shape \(H, W, 3\), got \(192, 256\)"):
        hist_match(chelsea, chelsea[..., 0])
