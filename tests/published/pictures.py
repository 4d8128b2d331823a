"""Sizes of published code, by Pillow directly; nothing of ``harness`` is imported."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

__all__ = ["fit_long", "long_side", "made_up", "resized", "short_side", "square", "to_height"]

Size = tuple[int, int]
"""Width and height, as Pillow has it."""


def made_up(width: int, height: int, seed: int) -> np.ndarray:
    """Return a picture (height, width, 3) of smooth colours, edges and some noise."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    waves = [
        np.sin(rows / generator.uniform(3, 9) + columns / generator.uniform(3, 9) + phase)
        for phase in generator.uniform(0, 6, 3)
    ]
    edge = ((rows // 9 + columns // 7 + seed) % 2)[..., None] * generator.uniform(-60, 60, 3)
    noise = generator.normal(0, 8, (height, width, 3))
    picture = 127.5 + 110 * np.stack(waves, axis=2) + edge + noise
    return picture.clip(0, 255).astype(np.uint8)


def resized(pixels: np.ndarray, size: Size, filter_name: str) -> Tensor:
    """Resize to a width and height by one of Pillow's filters, 8 bits a channel.

    ``cubic_aliased`` is OpenCV's INTER_CUBIC: torch's bicubic has the same kernel.
    """
    if filter_name == "cubic_aliased":
        channels = torch.from_numpy(pixels).double().permute(2, 0, 1)[None]
        cubic = torch.nn.functional.interpolate(
            channels, (size[1], size[0]), mode="bicubic", align_corners=False
        )
        return cubic[0].permute(1, 2, 0).clamp(0, 255).round()
    image = Image.fromarray(pixels).resize(size, Image.Resampling[filter_name.upper()])
    return torch.from_numpy(np.array(image))


def square(size: Size, pixels: int) -> Size:
    """Stretch to a square."""
    del size
    return pixels, pixels


def long_side(size: Size, pixels: int, *, truncate: bool) -> Size:
    """Bring the long side to ``pixels``; the other is rounded or truncated."""
    other = int if truncate else round
    return other(size[0] * pixels / max(size)), other(size[1] * pixels / max(size))


def fit_long(size: Size, pixels: int) -> Size:
    """Bring the long side to ``pixels`` where it is longer (K. Crowson's style pictures)."""
    return size if max(size) <= pixels else long_side(size, pixels, truncate=False)


def short_side(size: Size, pixels: int, *, truncate: bool) -> Size:
    """Bring the short side to ``pixels``; the other is rounded or truncated."""
    other = int if truncate else round
    width, height = size
    if width <= height:
        return pixels, other(pixels * height / width)
    return other(pixels * width / height), pixels


def to_height(size: Size, pixels: int) -> Size:
    """Bring the height to ``pixels``; the width is truncated."""
    return int(size[0] * pixels / size[1]), pixels
