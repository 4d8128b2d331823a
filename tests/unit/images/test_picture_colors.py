"""The ways to keep the content's colours."""

from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2ycbcr
from skimage.exposure import match_histograms

from harness.images.color import recolored_content, recolored_style, restored
from harness.images.prepare import prepare_pictures
from harness.spec.settings import Settings

Pair = tuple[np.ndarray, np.ndarray]
BT_601 = (0.299, 0.587, 0.114)


@pytest.fixture
def pair() -> Pair:
    """A dark content of few colours, and a bright style of another size."""
    generator = np.random.default_rng(3)
    content = generator.normal((60, 90, 120), 20, (20, 30, 3))
    style = generator.normal((200, 120, 90), 40, (25, 25, 3))
    levels = [one.clip(0, 255).astype(np.uint8) for one in (content, style)]
    return levels[0], levels[1]


def settings(color: str, **values: Any) -> Settings:
    """Return settings with one choice of colour."""
    return Settings(color=color, **values)


@pytest.mark.parametrize("color", ["none", "original"])
def test_pictures_are_left_alone(pair: Pair, color: str) -> None:
    """Neither picture changes beforehand where only the result does, or nothing."""
    content, style = pair

    assert recolored_content(content, settings(color)) is content
    assert recolored_style(content, style, settings(color)) is style


@pytest.mark.parametrize("color", ["none", "histogram"])
def test_results_are_left_alone(pair: Pair, color: str) -> None:
    """The result does not change afterwards where only the style does, or nothing."""
    content, _ = pair

    assert restored(255 - content, content, settings(color)).tolist() == (255 - content).tolist()


def test_histograms_are_those_of_the_content(pair: Pair) -> None:
    """Each channel of the style gets the content's values, as scikit-image matches them."""
    content, style = pair
    floats = match_histograms(style.astype(float), content.astype(float), channel_axis=-1)

    matched = recolored_style(content, style, settings("histogram"))

    assert matched.dtype == np.uint8
    assert style.shape == matched.shape
    assert np.abs(floats - matched).max() <= 0.5
    quarters = (0.25, 0.5, 0.75)
    np.testing.assert_allclose(
        np.quantile(content, quarters, axis=(0, 1)),
        np.quantile(matched, quarters, axis=(0, 1)),
        atol=2,
    )


def test_luminance_is_grey_and_matched(pair: Pair) -> None:
    """Both pictures become grey by BT.601; the style's mean and deviation are the content's."""
    content, style = pair

    gray = recolored_content(content, settings("luminance"))
    matched = recolored_style(content, style, settings("luminance"))

    assert np.abs(gray - (content @ np.array(BT_601))[..., None]).max() <= 1
    assert np.ptp(matched, axis=2).max() == 0
    assert matched.mean() == pytest.approx(gray.mean(), abs=0.5)
    assert matched.std() == pytest.approx(gray.std(), abs=0.5)
    order = np.corrcoef((style @ np.array(BT_601)).ravel(), matched[..., 0].ravel())[0, 1]
    assert order > 0.999


def test_an_even_style_gets_the_mean(pair: Pair) -> None:
    """A style without any contrast becomes the content's mean grey."""
    even = np.full((5, 5, 3), 200, dtype=np.uint8)

    matched = recolored_style(pair[0], even, settings("luminance"))

    gray = recolored_content(pair[0], settings("luminance"))
    assert {round(gray.mean())} == set(matched.flatten().tolist())


@pytest.mark.parametrize("color", ["luminance", "original"])
def test_the_chroma_comes_back(pair: Pair, color: str) -> None:
    """A result gets the content's chroma and keeps its own luminance."""
    content = np.full((20, 30, 3), (120, 130, 150), dtype=np.uint8)
    result = np.clip(pair[0].astype(int) + 40, 0, 255).astype(np.uint8)

    shown = restored(result, content, settings(color))

    luminance, *chroma = np.moveaxis(rgb2ycbcr(shown), -1, 0)
    np.testing.assert_allclose(rgb2ycbcr(result)[..., 0], luminance, atol=2)
    for found, wanted in zip(chroma, np.moveaxis(rgb2ycbcr(content), -1, 0)[1:], strict=True):
        np.testing.assert_allclose(wanted, found, atol=2)


def test_the_original_is_that_of_neural_style_pt(pair: Pair) -> None:
    """Every byte is that of neural-style-pt's lines, repeated here."""
    result, content = pair[0], pair[0][::-1, ::-1].copy()
    channels = list(Image.fromarray(content).convert("YCbCr").split())
    channels[0] = Image.fromarray(result).convert("YCbCr").split()[0]
    expected = np.array(Image.merge("YCbCr", channels).convert("RGB"))

    np.testing.assert_array_equal(expected, restored(result, content, settings("original")))


def test_an_untouched_luminance_gives_the_content_back(pair: Pair) -> None:
    """The grey content with its colours put back is the content, but for rounding."""
    content, _ = pair
    chosen = settings("luminance")

    shown = restored(recolored_content(content, chosen), content, chosen)

    assert np.abs(shown.astype(int) - content).max() <= 4


def test_a_result_of_another_size_is_coloured_too(pair: Pair) -> None:
    """A result of a coarser scale gets the content's chroma at its own size."""
    small = np.full((10, 15, 3), 100, dtype=np.uint8)

    assert small.shape == restored(small, pair[0], settings("original")).shape


def test_pictures_are_prepared_together(pair: Pair) -> None:
    """Sizes come first, and colours after them."""
    content, style = pair
    chosen = settings("luminance", image_size=64, size_of="crop")

    prepared = prepare_pictures(chosen, content=content, styles=[style, content], size_px=16)

    assert (16, 16, 3) == prepared.content.shape
    assert [(16, 16, 3)] * 2 == [one.shape for one in prepared.styles]
    assert np.ptp(prepared.content, axis=2).max() == 0
    assert np.ptp(prepared.styles[0], axis=2).max() == 0
    assert prepared.styles[0].mean() == pytest.approx(prepared.content.mean(), abs=1)
