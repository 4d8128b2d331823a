"""Plain words for results that look broken, whatever their scores say."""

import numpy as np

from metrics.picture import chroma
from metrics.pictures import Picture, check_picture, check_same_size, luminance

__all__ = ["flags_of"]

# Lab units. A mean of 2.3 is what a person just sees beside grey (Mahy et al. 1994); three times
# that is what nobody would call grey.
_GREY = 2.3
_COLOURED = 3 * _GREY
# Standard deviation of the luminance, white = 1. Five levels of 255: fog; photographs and
# paintings lie between 0.1 and 0.3.
_FLAT = 5 / 255
_CONTRASTED = 3 * _FLAT
# Mean difference in levels of 255. Saving a photograph of 256 pixels as a JPEG of quality 95 costs
# 1.7 to 2.6, enlarging it and back 0.8 to 1.1: whoever gets that has done nothing to it.
_UNTOUCHED = 3.0


def flags_of(result: Picture, content: Picture, style: Picture) -> tuple[str, ...]:
    """Say in plain words what looks broken about a result.

    ``grey``: hardly any colour, though content or style have some. ``flat``: hardly any contrast,
    though content or style have some. ``untouched``: practically the content itself.

    Args:
        result: (H, W, 3) uint8, sRGB.
        content: The same size.
        style: (H, W, 3) uint8, sRGB, of any size.

    Returns:
        The words that apply, in this order; empty for a result that looks sound.

    Raises:
        TypeError: a picture is not an array of uint8.
        ValueError: a picture is not (H, W, 3), or result and content differ in size.
    """
    check_same_size(result, content)
    check_picture(style)
    tests = {
        "grey": chroma(result) < _GREY and max(chroma(content), chroma(style)) >= _COLOURED,
        "flat": _contrast(result) < _FLAT
        and max(_contrast(content), _contrast(style)) >= _CONTRASTED,
        "untouched": _difference_levels(result, content) < _UNTOUCHED,
    }
    return tuple(word for word, applies in tests.items() if applies)


def _contrast(picture: Picture) -> float:
    return float(luminance(picture).std())


def _difference_levels(a: Picture, b: Picture) -> float:
    return float(np.abs(a.astype(np.int16) - b).mean())
