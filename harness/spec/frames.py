"""What a result shows of its content, by the setting ``size_of``."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

__all__ = ["Frame", "frame_of_size"]

Frame = Literal["whole", "square", "crop"]
"""What a result shows of its content."""

FRAMES: Mapping[str, Frame] = MappingProxyType(
    {
        "long_side": "whole",
        "short_side": "whole",
        "height": "whole",
        "square": "square",
        "crop": "crop",
    }
)
"""By ``size_of``."""


def frame_of_size(size_of: str) -> Frame:
    """Name what a result shows: all of the content, ``whole`` or as a ``square``, or a crop.

    Args:
        size_of: As the settings of the result name it.

    Raises:
        ValueError: There is no such ``size_of``.
    """
    if size_of not in FRAMES:
        raise ValueError(f"no size_of {size_of!r}; allowed: {', '.join(FRAMES)}")
    return FRAMES[size_of]
