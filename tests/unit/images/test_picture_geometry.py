"""Sizes and frames of contents and styles."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.images.geometry import (
    frame_of,
    framed,
    prepare_content,
    prepare_style,
    result_shape,
)
from harness.images.resize import resize_long_side
from harness.spec.settings import Settings


def settings(size_px: int = 64, **values: Any) -> Settings:
    """Return house settings of a size, with others changed."""
    return Settings(image_size=size_px, **values)


@pytest.fixture
def wide() -> np.ndarray:
    """A picture of 40 × 60 random pixels."""
    return np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("size_of", "shape", "nearest", "down"),
    [
        ("long_side", (300, 451), (43, 64), (42, 64)),  # 42.57
        ("long_side", (451, 300), (64, 43), (64, 42)),
        ("long_side", (5, 128), (3, 64), (2, 64)),  # 2.5
        ("short_side", (300, 451), (64, 96), (64, 96)),  # 96.21
        ("short_side", (459, 300), (98, 64), (97, 64)),  # 97.92
        ("height", (451, 300), (64, 43), (64, 42)),  # 42.57
        ("height", (1000, 3), (64, 1), (64, 1)),  # 0.19, but at least 1
        ("square", (300, 451), (64, 64), (64, 64)),
        ("crop", (451, 300), (64, 64), (64, 64)),
    ],
)
def test_the_side_that_is_named_has_the_size(
    size_of: str, shape: tuple[int, int], nearest: tuple[int, int], down: tuple[int, int]
) -> None:
    """The other side follows, in whole pixels."""
    height, width = shape
    for rounding, expected in (("nearest", nearest), ("down", down)):
        chosen = settings(size_of=size_of, size_rounding=rounding)

        assert expected == result_shape(width, height, chosen)
        prepared = prepare_content(np.zeros((*shape, 3), dtype=np.uint8), chosen)
        assert expected == prepared.shape[:2]


def test_the_short_side_is_that_of_torchvision() -> None:
    """Sizes by the short side, rounded down, are torchvision's, for any proportions."""
    from torchvision.transforms.v2.functional import resize  # noqa: PLC0415 - costs seconds

    chosen = settings(50, size_of="short_side", size_rounding="down")
    for width in range(64, 131, 3):
        height = 64 + (width * 7) % 61
        picture = Image.new("RGB", (width, height))
        expected = resize(picture, [50]).size[::-1]

        assert expected == result_shape(width, height, chosen)


def test_house_pictures_are_what_they_were(wide: np.ndarray) -> None:
    """With house's settings both pictures are resized by their long side, nothing else."""
    house = settings(45)

    np.testing.assert_array_equal(resize_long_side(wide, 45), prepare_content(wide, house))
    np.testing.assert_array_equal(resize_long_side(wide, 45), prepare_style(wide, house, (9, 9)))


def test_a_pyramid_names_its_size(wide: np.ndarray) -> None:
    """A scale's size stands for the size of the settings, for both pictures."""
    chosen = settings(size_of="height", style_scale=0.5)

    assert (32, 48) == result_shape(60, 40, chosen, size_px=32)
    assert (32, 48, 3) == prepare_content(wide, chosen, size_px=32).shape
    assert (16, 24, 3) == prepare_style(wide, chosen, (32, 48), size_px=32).shape


def test_a_square_is_stretched(wide: np.ndarray) -> None:
    """A square shows the whole picture, squeezed by Pillow's filter of that name."""
    chosen = settings(size_of="square", interpolation="bilinear")
    expected = np.array(Image.fromarray(wide).resize((64, 64), Image.Resampling.BILINEAR))

    np.testing.assert_array_equal(expected, prepare_content(wide, chosen))
    np.testing.assert_array_equal(expected, prepare_style(wide, chosen, (64, 64)))


@pytest.mark.parametrize(
    ("turn", "expected"), [(0, np.s_[:, 10:50]), (1, np.s_[10:50, :])], ids=["wide", "tall"]
)
def test_a_crop_is_the_middle(wide: np.ndarray, turn: int, expected: Any) -> None:
    """A crop of the short side's own length is the pixels of the middle."""
    picture = np.rot90(wide, turn)
    chosen = settings(40, size_of="crop")

    np.testing.assert_array_equal(picture[expected], prepare_content(picture, chosen))
    np.testing.assert_array_equal(picture[expected], framed(picture, "crop"))


def test_an_odd_pixel_is_cut_off_at_the_end() -> None:
    """Of an odd surplus the larger half lies to the right or below."""
    ramp = np.arange(5, dtype=np.uint8)[None, :, None].repeat(3, axis=2).repeat(2, axis=0)

    assert [1, 2] == framed(ramp, "crop")[0, :, 0].tolist()


@pytest.mark.parametrize(
    ("size_of", "size_px", "expected"),
    [
        ("long_side", 64, (40, 60)),
        ("long_side", 45, (30, 45)),
        ("short_side", 64, (40, 60)),
        ("short_side", 32, (32, 48)),
        ("height", 64, (40, 60)),
        ("square", 64, (40, 40)),
        ("crop", 64, (40, 40)),
        ("crop", 32, (32, 32)),
    ],
)
def test_a_style_is_never_enlarged(
    wide: np.ndarray, size_of: str, size_px: int, expected: tuple[int, int]
) -> None:
    """A style smaller than asked for keeps its size; a larger one shrinks."""
    chosen = settings(size_px, size_of=size_of, style_size="never_larger")

    assert (*expected, 3) == prepare_style(wide, chosen, (9, 9)).shape


def test_a_style_that_is_not_enlarged_keeps_its_pixels(wide: np.ndarray) -> None:
    """No filter touches a style that keeps its size."""
    chosen = settings(64, style_size="never_larger", style_scale=2.0)

    np.testing.assert_array_equal(wide, prepare_style(wide, chosen, (9, 9)))


@pytest.mark.parametrize(
    ("scale", "expected"), [(0.5, (21, 32)), (2.0, (85, 128)), (1.01, (43, 65)), (1e-6, (1, 1))]
)
def test_a_style_is_scaled(wide: np.ndarray, scale: float, expected: tuple[int, int]) -> None:
    """The style's long side is the size times the scale, rounded."""
    assert (*expected, 3) == prepare_style(wide, settings(style_scale=scale), (9, 9)).shape


@pytest.mark.parametrize(("rounding", "expected"), [("nearest", 46), ("down", 45)])
def test_the_styles_size_is_rounded_too(wide: np.ndarray, rounding: str, expected: int) -> None:
    """64 · 0.71 = 45.44, 64 · 0.715 = 45.76: rounded or cut off as sides are."""
    sizes = [
        prepare_style(wide, settings(style_scale=scale, size_rounding=rounding), (9, 9)).shape[1]
        for scale in (0.71, 0.715)
    ]

    assert [45, expected] == sizes


@pytest.mark.parametrize("size_of", ["long_side", "crop"])
def test_a_style_may_have_the_contents_size(wide: np.ndarray, size_of: str) -> None:
    """``style_size: content`` stretches what the frame shows to the content's size."""
    chosen = settings(size_of=size_of, style_size="content", interpolation="bicubic")
    shown = wide if size_of == "long_side" else wide[:, 10:50]
    expected = np.array(Image.fromarray(shown).resize((50, 30), Image.Resampling.BICUBIC))

    np.testing.assert_array_equal(expected, prepare_style(wide, chosen, (30, 50)))


def test_frames_name_what_a_result_shows(wide: np.ndarray) -> None:
    """Only squares and crops show another frame than the whole picture."""
    names = {
        size_of: frame_of(settings(size_of=size_of))
        for size_of in ("long_side", "short_side", "height", "square", "crop")
    }

    assert {
        "long_side": "whole",
        "short_side": "whole",
        "height": "whole",
        "square": "square",
        "crop": "crop",
    } == names
    assert framed(wide, "whole") is wide
    stretched = np.array(Image.fromarray(wide).resize((60, 60), Image.Resampling.LANCZOS))
    np.testing.assert_array_equal(stretched, framed(wide, "square"))
