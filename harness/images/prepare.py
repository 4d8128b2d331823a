"""What a transfer works on: content and styles at working size, in the colours it is to see."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.images.color import recolored_content, recolored_style
from harness.images.geometry import prepare_content, prepare_style
from harness.spec.settings import Settings

__all__ = ["Prepared", "prepare_pictures"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """The pictures of a transfer at one scale, each (H, W, 3) uint8, sRGB.

    Attributes:
        content: What the content loss and the start see.
        styles: What the style loss sees, in the order they were given.
    """

    content: np.ndarray
    styles: tuple[np.ndarray, ...]


def prepare_pictures(
    settings: Settings,
    *,
    content: np.ndarray,
    styles: Sequence[np.ndarray],
    size_px: int | None = None,
) -> Prepared:
    """Bring pictures to the sizes and colours that settings ask for.

    Args:
        settings: Read are those of sizes and colours.
        content: (H, W, 3) uint8, sRGB, of any size.
        styles: The same, one or more.
        size_px: Stands for ``image_size``, at a scale of a pyramid for instance.
    """
    original = prepare_content(content, settings, size_px=size_px)
    height, width = original.shape[:2]
    sized = [prepare_style(one, settings, (height, width), size_px=size_px) for one in styles]
    return Prepared(
        content=recolored_content(original, settings),
        styles=tuple(recolored_style(original, one, settings) for one in sized),
    )
