"""Broken results get their words, sound ones get none."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage.transform import resize

from metrics.anchors import hist_match
from metrics.flags import flags_of

Picture = NDArray[np.uint8]


def _grey(picture: Picture) -> Picture:
    mean = picture.mean(axis=2, keepdims=True)
    return np.repeat(np.rint(mean), 3, axis=2).astype(np.uint8)


def _jpeg(picture: Picture) -> Picture:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=95)
    return np.asarray(Image.open(file))


def _resized_there_and_back(picture: Picture) -> Picture:
    large = resize(picture, (240, 320), order=3)
    return np.rint(255 * resize(large, picture.shape[:2], order=3)).clip(0, 255).astype(np.uint8)


def test_sound_results_have_no_flags(
    chelsea: Picture, coffee: Picture, astronaut: Picture
) -> None:
    """Other colours, strokes over the content, another picture: nothing looks broken."""
    strokes = 30 * np.sign(np.sin(np.indices(chelsea.shape[:2]).sum(axis=0)))[..., np.newaxis]
    painted = np.rint(chelsea + strokes).clip(0, 255).astype(np.uint8)

    for result in (hist_match(chelsea, coffee), painted, astronaut):
        assert flags_of(result, chelsea, coffee) == ()


def test_lost_colours_are_flagged(chelsea: Picture, coffee: Picture) -> None:
    """A grey result of a coloured content or a coloured style is flagged."""
    grey = _grey(chelsea[::-1])

    assert flags_of(grey, chelsea, coffee) == ("grey",)
    assert flags_of(grey, _grey(chelsea), coffee) == ("grey",)
    assert flags_of(grey, chelsea, _grey(coffee)) == ("grey",)


def test_grey_of_grey_is_no_fault(chelsea: Picture, coffee: Picture) -> None:
    """A drawing of a black and white photograph is grey, as it should be."""
    assert flags_of(_grey(chelsea[::-1]), _grey(chelsea), _grey(coffee)) == ()


def test_lost_contrast_is_flagged(chelsea: Picture, coffee: Picture) -> None:
    """A coloured fog is flagged."""
    fog = np.rint(chelsea * 0.08 + np.array([150, 90, 60])).astype(np.uint8)

    assert flags_of(fog, chelsea, coffee) == ("flat",)


def test_flat_of_flat_is_no_fault() -> None:
    """Where neither content nor style has any contrast the result need not have any."""
    red, blue, mauve = (
        np.full((20, 30, 3), color, np.uint8)
        for color in ((200, 20, 20), (20, 20, 200), (110, 20, 110))
    )

    assert flags_of(mauve, red, blue) == ()


@pytest.mark.parametrize(
    "change", [np.copy, _jpeg, _resized_there_and_back], ids=["same", "jpeg", "resized"]
)
def test_untouched_content_is_flagged(
    change: Callable[[Picture], Picture], chelsea: Picture, astronaut: Picture, coffee: Picture
) -> None:
    """The content itself is flagged, also after it was saved as a JPEG or resized and back."""
    for content in (chelsea, astronaut, coffee):
        assert flags_of(change(content), content, chelsea) == ("untouched",)


def test_all_faults_are_named(chelsea: Picture, coffee: Picture) -> None:
    """A plain grey picture is grey and flat, in this order."""
    assert flags_of(np.full_like(chelsea, 128), chelsea, coffee) == ("grey", "flat")


def test_content_of_other_size_is_refused(chelsea: Picture, coffee: Picture) -> None:
    """Result and content are compared place by place; the style may have any size."""
    assert flags_of(coffee, chelsea, coffee[:50, :70]) == ()
    with pytest.raises(ValueError, match="equal size are needed"):
        flags_of(chelsea[:100], chelsea, coffee)
    with pytest.raises(TypeError, match="got float64"):
        flags_of(chelsea, chelsea, coffee / 255)
