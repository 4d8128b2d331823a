"""Pictures too small for the network, found before the work."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.errors import SpecError
from harness.images.decode import Picture, make_picture
from harness.images.geometry import prepare_content, prepare_style
from harness.images.resize import encode_png
from harness.spec.settings import Settings
from harness.sweep import sizes
from harness.sweep.crew import result_pixels
from harness.sweep.sizes import too_small

from .conftest import plan_of

SIZES = ("long_side", "short_side", "height", "square", "crop")


def picture(width: int, height: int) -> Picture:
    """Return a grey picture."""
    return make_picture(encode_png(np.zeros((height, width, 3), np.uint8)), name="made.png")


@pytest.mark.parametrize("size_of", SIZES)
@pytest.mark.parametrize("style_size", ["own", "content", "never_larger"])
@pytest.mark.parametrize("scale", [1.0, 0.3])
@pytest.mark.parametrize("rounding", ["nearest", "down"])
def test_shapes_are_those_that_pictures_are_brought_to(
    size_of: str, style_size: str, scale: float, rounding: str
) -> None:
    """Without resizing anything."""
    settings = Settings(
        image_size=48,
        size_of=size_of,
        style_size=style_size,
        style_scale=1.0 if style_size == "content" else scale,
        size_rounding=rounding,
    )
    content, style = picture(60, 31), picture(37, 90)
    for size_px in (48, 33):
        made = prepare_content(np.zeros((31, 60, 3), np.uint8), settings, size_px=size_px)
        shape = (made.shape[0], made.shape[1])
        assert shape == sizes._shape("content", settings, content, style, size_px)
        made = prepare_style(np.zeros((90, 37, 3), np.uint8), settings, shape, size_px=size_px)
        assert made.shape[:2] == sizes._shape("style", settings, content, style, size_px)


def test_pixels_of_a_result_follow_what_its_size_means() -> None:
    """Prices and memory are those of the picture that is made."""
    wide = picture(200, 100)
    found = {
        size_of: result_pixels(Settings(image_size=64, size_of=size_of), wide) for size_of in SIZES
    }
    expected = {"long_side": 64 * 32, "short_side": 64 * 128, "height": 64 * 128}
    assert expected | {"square": 64 * 64, "crop": 64 * 64} == found


def test_the_first_scale_of_a_pyramid_is_what_must_be_large_enough() -> None:
    """The message names that scale, and the least size of it that will do."""
    wide, square = picture(200, 50), picture(64, 64)
    deep = Settings(
        image_size=256,
        content_layers={"relu4_1": 1},
        style_layers={"relu4_1": 1},
        pyramid="octave",
        pyramid_min=16,
    )
    (fault,) = too_small(deep, wide, square)
    assert "content: made.png has 16 × 4 pixels at the pyramid's first scale (16)" in fault
    assert "raise pyramid_min to 30 or more" in fault

    assert [] == too_small(deep.model_copy(update={"pyramid_min": 30}), wide, square)
    assert [] == too_small(deep.model_copy(update={"pyramid": "none"}), wide, square)


def test_a_style_that_is_never_enlarged_cannot_be_made_large_enough() -> None:
    """No image_size helps; the message does not say so."""
    settings = Settings(image_size=256, style_size="never_larger", padding="reflect")
    (fault,) = too_small(settings, picture(64, 64), picture(64, 16))

    assert "style: made.png has 64 × 16 pixels" in fault
    assert "raise image_size" not in fault


def test_every_picture_of_a_style_is_checked(tmp_path: Path) -> None:
    """Also where the first of several is large enough."""
    for name, size in (("strip", (200, 20)), ("square", (64, 64))):
        Image.new("RGB", size).save(tmp_path / f"{name}.png")
    text = (
        "cases: {content: square.png, style: {both: {square.png: 2, strip.png: 1}}}\n"
        "base: {pretrained: kmeans, precision: float32, image_size: 64,\n"
        "       content_layers: relu1_1, style_layers: [relu5_1]}\n"
    )

    with pytest.raises(SpecError, match=r"style: \S*strip.png has 64 × 6 pixels"):
        plan_of(tmp_path, text)


def test_a_sweep_is_refused_before_it_runs(tmp_path: Path) -> None:
    """Each picture and size once, with the variants that want it."""
    for name, size in (("wide", (200, 20)), ("square", (64, 64))):
        Image.new("RGB", size).save(tmp_path / f"{name}.png")
    text = (
        "cases: {content: [wide.png, square.png], style: square.png}\n"
        "base: {pretrained: kmeans, precision: float32, content_layers: relu1_1,\n"
        "       style_layers: [relu5_1]}\n"
        "parameters: {image_size: {values: [64, 96, 256]}, lr: {values: [0.1, 0.2]}}\n"
    )

    with pytest.raises(SpecError) as caught:
        plan_of(tmp_path, text)
    first, second = caught.value.problems
    assert (str(tmp_path / "sweep.yaml"), "cases") == (first.file, first.key)
    assert "content: wide.png has 64 × 6 pixels at image_size 64" in first.message.replace(
        str(tmp_path) + "/", ""
    )
    assert "(in the variant image_size=64, lr=0.1 and 1 more)" in first.message
    assert "raise image_size to 155 or more" in second.message
