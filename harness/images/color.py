"""Keep the content's colours: change the pictures before a transfer, or the result after it.

Luminance and chroma are Y and Cb, Cr of ITU-R BT.601 in the full range, as in JPEG files.
"""

import numpy as np
from PIL import Image

from harness.images.resize import resize_to
from harness.spec.settings import Settings

__all__ = ["recolored_content", "recolored_style", "restored"]

_YCBCR = "YCbCr"
_WHITE = 255


def recolored_content(content: np.ndarray, settings: Settings) -> np.ndarray:
    """Return the content that is optimised for: grey with ``color: luminance``, else as it is.

    Args:
        content: (H, W, 3) uint8, sRGB.
        settings: Read is ``color``.
    """
    return _gray(_luminance(content)) if settings.color == "luminance" else content


def recolored_style(content: np.ndarray, style: np.ndarray, settings: Settings) -> np.ndarray:
    """Return the style that is optimised for.

    With ``color: histogram`` each channel gets the distribution of the content's channel. With
    ``luminance`` the style becomes grey, with the mean and deviation of the content's luminance.

    Args:
        content: (H, W, 3) uint8, sRGB, in its own colours.
        style: (H', W', 3) uint8, sRGB.
        settings: Read is ``color``.

    Returns:
        (H', W', 3) uint8, sRGB; ``style`` itself with the other choices.

    Reference:
        Gatys, Bethge, Hertzmann, Shechtman 2016, "Preserving Color in Neural Artistic Style
        Transfer" (arXiv 1606.05897): colour histogram matching and luminance-only transfer.

    Deviations:
        Histograms are matched channel by channel; the paper compares linear maps of colours.
    """
    if settings.color == "histogram":
        from metrics.anchors import hist_match  # noqa: PLC0415 - SciPy: rarely needed

        return hist_match(style, content)
    if settings.color == "luminance":
        return _gray(_matched_moments(_luminance(content), _luminance(style)))
    return style


def restored(result: np.ndarray, content: np.ndarray, settings: Settings) -> np.ndarray:
    """Put the content's chroma into a picture with ``color: luminance`` and ``original``.

    Args:
        result: (H, W, 3) uint8, sRGB: what the optimisation made.
        content: (H', W', 3) uint8, sRGB, in its own colours; stretched if its size is another.
        settings: Read are ``color`` and ``interpolation``.

    Returns:
        (H, W, 3) uint8, sRGB; ``result`` itself with the other choices. Pillow's conversions cut
        fractions off, so that even an untouched picture comes back up to four levels darker.

    Reference:
        ``original_colors`` of neural-style-pt.
    """
    if settings.color not in ("luminance", "original"):
        return result
    if content.shape != result.shape:
        height, width = result.shape[:2]
        content = resize_to(content, height, width, settings.interpolation)
    luminance = Image.fromarray(result).convert(_YCBCR).getchannel("Y")
    _, blue, red = Image.fromarray(content).convert(_YCBCR).split()
    return np.array(Image.merge(_YCBCR, (luminance, blue, red)).convert("RGB"))


def _luminance(picture: np.ndarray) -> np.ndarray:
    return np.array(Image.fromarray(picture).convert("L"))  # rounded, which YCbCr's Y is not


def _gray(luminance: np.ndarray) -> np.ndarray:
    return np.dstack([luminance] * 3)


def _matched_moments(content: np.ndarray, style: np.ndarray) -> np.ndarray:
    """Give the style's luminance the mean and the deviation of the content's."""
    deviation = style.std()
    factor = content.std() / deviation if deviation > 0 else 1.0
    matched = (style - style.mean()) * factor + content.mean()
    levels: np.ndarray = np.rint(matched.clip(0, _WHITE)).astype(np.uint8)
    return levels
