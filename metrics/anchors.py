"""Pictures that serve as marks: what a style transfer must do better than."""

import numpy as np
from skimage.exposure import match_histograms

from metrics.pictures import Picture, check_picture

__all__ = ["hist_match"]


def hist_match(content: Picture, style: Picture) -> Picture:
    """Give the content the style's colours and nothing else: the colour-only transfer.

    Each of red, green and blue gets the style's histogram. A result no closer to the style than
    this has learned its colours at most.

    Args:
        content: (H, W, 3) uint8, sRGB.
        style: The same; the sizes may differ.

    Returns:
        (H, W, 3) uint8 of the content's size.

    Raises:
        TypeError: a picture is not an array of uint8.
        ValueError: a picture is not (H, W, 3).

    Reference:
        Gonzalez & Woods, Digital Image Processing, section 3.3.2, by scikit-image.
    """
    check_picture(content)
    check_picture(style)
    # As floating point: from uint8 scikit-image cuts the fraction off, which darkens the picture.
    matched = match_histograms(
        content.astype(np.float64), style.astype(np.float64), channel_axis=-1
    )
    rounded: Picture = np.rint(matched).astype(np.uint8)
    return rounded
