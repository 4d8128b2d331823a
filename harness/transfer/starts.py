"""Images that an optimisation starts from."""

import math

import numpy as np
import torch
from torch import Tensor

from harness.images.resize import resize_to
from harness.transfer.pictures import image_of

__all__ = ["make_start", "noise", "stripes"]

STRIPE_PERIOD_PX = 16
"""Width of one black and one white stripe together, measured across them."""

STRIPE_ANGLE_DEG = 45
"""Direction across the stripes: 0 along a row, 90 down a column."""


def make_start(
    start: str,
    *,
    content: np.ndarray,
    style: np.ndarray,
    start_picture: np.ndarray | None,
    generator: torch.Generator,
) -> Tensor:
    """Make the image that an optimisation starts from.

    Args:
        start: ``content``, ``style``, ``noise``, ``stripes`` or ``file:PATH``.
        content: (H, W, 3) uint8, sRGB, at working size.
        style: (H', W', 3) uint8, sRGB; as a start it is stretched to the content's size.
        start_picture: (H'', W'', 3) uint8, sRGB: what the file holds; stretched likewise.
        generator: A generator of the CPU, so that every device starts alike; only ``noise``
            draws from it.

    Returns:
        (1, 3, H, W) float32 in [0, 1], sRGB, on the CPU.

    Raises:
        ValueError: if there is no such start, or the picture of its file is missing.
    """
    height, width = content.shape[:2]
    if start == "content":
        return image_of(content)
    if start == "style":
        return image_of(resize_to(style, height, width))
    if start == "noise":
        return noise(height, width, generator=generator)
    if start == "stripes":
        return stripes(height, width)
    if not start.startswith("file:"):
        raise ValueError(
            f"unknown start {start!r}; there are content, style, noise, stripes and file:PATH"
        )
    if start_picture is None:
        raise ValueError(f"start {start!r} needs its picture, got None")
    return image_of(resize_to(start_picture, height, width))


def noise(height: int, width: int, *, generator: torch.Generator) -> Tensor:
    """Draw every value from the uniform distribution on [0, 1).

    Args:
        height: Rows in pixels.
        width: Columns in pixels.
        generator: A generator of the CPU.

    Returns:
        (1, 3, height, width) float32.
    """
    return torch.rand(1, 3, height, width, generator=generator)


def stripes(height: int, width: int) -> Tensor:
    """Draw straight black stripes on white: strong edges that belong to neither picture.

    Args:
        height: Rows in pixels.
        width: Columns in pixels.

    Returns:
        (1, 3, height, width) float32, every value 0 or 1.
    """
    angle = math.radians(STRIPE_ANGLE_DEG)
    rows = torch.arange(height, dtype=torch.float64).unsqueeze(1)
    columns = torch.arange(width, dtype=torch.float64).unsqueeze(0)
    across = columns * math.cos(angle) + rows * math.sin(angle)
    is_white = across % STRIPE_PERIOD_PX >= STRIPE_PERIOD_PX / 2
    return is_white.float().expand(1, 3, height, width).contiguous()
