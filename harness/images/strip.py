"""Several pictures side by side, to be shown as one."""

from collections.abc import Iterable, Sequence

import numpy as np

from harness.images.decode import Picture, decode_picture
from harness.images.resize import resize_to, scaled_side

__all__ = ["decode_strip", "side_by_side"]

GAP_PART = 64  # of the height: a white line between pictures
WHITE = 255


def decode_strip(files: Iterable[Picture]) -> np.ndarray:
    """Decode the files of a content or a style and join them in a row.

    Args:
        files: One or more.

    Returns:
        (H, W, 3) uint8, sRGB, as :func:`side_by_side` says.

    Raises:
        PictureError: A file cannot be decoded.
    """
    return side_by_side([decode_picture(one.data, name=one.name) for one in files])


def side_by_side(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Join pictures in a row, all as high as the lowest of them.

    Args:
        pictures: (H, W, 3) uint8, sRGB, of any sizes; one or more.

    Returns:
        (H', W', 3) uint8, sRGB; one picture alone is returned as it is.
    """
    if len(pictures) == 1:
        return pictures[0]
    height = min(one.shape[0] for one in pictures)
    gap = np.full((height, max(1, height // GAP_PART), 3), WHITE, dtype=np.uint8)
    joined: list[np.ndarray] = []
    for one in pictures:
        width = scaled_side(one.shape[1], height, one.shape[0])
        joined += [gap, resize_to(one, height, width)]
    return np.concatenate(joined[1:], axis=1)
