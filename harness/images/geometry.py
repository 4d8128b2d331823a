"""Which size and frame settings give the pictures of a transfer."""

import numpy as np

from harness.images.resize import resize_to, scaled_side
from harness.spec.frames import Frame, frame_of_size
from harness.spec.settings import Settings

__all__ = [
    "cropped",
    "frame_of",
    "framed",
    "prepare_content",
    "prepare_style",
    "result_shape",
    "style_shape",
]


def result_shape(
    width: int, height: int, settings: Settings, *, size_px: int | None = None
) -> tuple[int, int]:
    """Return the height and width of what settings make of a picture of a given size.

    The side that is not named follows, in whole pixels, at least 1: the nearest, of halves the
    larger; or with ``size_rounding: down`` without its fraction, as torchvision's ``Resize`` has
    it.

    Args:
        width: Of the picture, in pixels.
        height: Likewise.
        settings: Read are ``image_size``, ``size_of`` and ``size_rounding``.
        size_px: Stands for ``image_size``, at a scale of a pyramid for instance.
    """
    size = settings.image_size if size_px is None else size_px
    if frame_of(settings) != "whole":
        return size, size
    measured = _measured(height, width, settings)
    is_cut = settings.size_rounding == "down"
    return (
        scaled_side(height, size, measured, is_cut=is_cut),
        scaled_side(width, size, measured, is_cut=is_cut),
    )


def prepare_content(
    picture: np.ndarray, settings: Settings, *, size_px: int | None = None
) -> np.ndarray:
    """Bring a content to the size and frame of the result.

    Args:
        picture: (H, W, 3) uint8, sRGB.
        settings: Read are those of :func:`result_shape` and ``interpolation``.
        size_px: Stands for ``image_size``, at a scale of a pyramid for instance.

    Returns:
        (H', W', 3) uint8, sRGB, as :func:`result_shape` says; never the memory of ``picture``.
    """
    cut = cropped(picture, settings)
    shape = result_shape(cut.shape[1], cut.shape[0], settings, size_px=size_px)
    return resize_to(cut, *shape, settings.interpolation)


def style_shape(
    width: int,
    height: int,
    settings: Settings,
    content_shape: tuple[int, int],
    *,
    size_px: int | None = None,
) -> tuple[int, int]:
    """Return the height and width that a style of a given size is brought to.

    ``image_size`` times ``style_scale`` comes to whole pixels as sides do. A square or a crop
    counts as never larger as long as its side is no longer than the picture's short side.

    Args:
        width: Of the picture, in pixels.
        height: Likewise.
        settings: Read are those of :func:`result_shape`, ``style_size`` and ``style_scale``.
        content_shape: Height and width of the prepared content, for ``style_size: content``.
        size_px: Stands for ``image_size``, at a scale of a pyramid for instance.
    """
    if settings.style_size == "content":
        return content_shape
    whole = settings.image_size if size_px is None else size_px
    half = 0.0 if settings.size_rounding == "down" else 0.5
    size = max(1, int(whole * settings.style_scale + half))
    if settings.style_size == "never_larger":
        size = min(size, _measured(height, width, settings))
    return result_shape(width, height, settings, size_px=size)


def prepare_style(
    picture: np.ndarray,
    settings: Settings,
    content_shape: tuple[int, int],
    *,
    size_px: int | None = None,
) -> np.ndarray:
    """Bring a style to its working size.

    Args:
        picture: (H, W, 3) uint8, sRGB.
        settings: Read are those of :func:`style_shape` and ``interpolation``.
        content_shape: Height and width of the prepared content, for ``style_size: content``.
        size_px: Stands for ``image_size``, at a scale of a pyramid for instance.

    Returns:
        (H', W', 3) uint8, sRGB, as :func:`style_shape` says; never the memory of ``picture``.
    """
    cut = cropped(picture, settings)
    shape = style_shape(cut.shape[1], cut.shape[0], settings, content_shape, size_px=size_px)
    return resize_to(cut, *shape, settings.interpolation)


def cropped(picture: np.ndarray, settings: Settings) -> np.ndarray:
    """Cut the largest square out of a picture's middle with ``size_of: crop``; else return it."""
    return _middle(picture) if settings.size_of == "crop" else picture


def frame_of(settings: Settings) -> Frame:
    """Name what a result shows of the content: all of it, ``whole`` or ``square``, or a crop."""
    return frame_of_size(settings.size_of)


def framed(picture: np.ndarray, frame: Frame) -> np.ndarray:
    """Return a content as a result shows it, in full resolution: to compare results with it.

    Resampled by Lanczos whatever made the result, so that all of a frame are compared with the
    same pixels.

    Args:
        picture: (H, W, 3) uint8, sRGB.
        frame: ``square`` stretches to the long side, ``crop`` cuts out the middle.

    Returns:
        (H', W', 3) uint8, sRGB; ``picture`` itself where the frame is ``whole``.
    """
    if frame == "square":
        side = max(picture.shape[:2])
        return resize_to(picture, side, side)
    return _middle(picture) if frame == "crop" else picture


def _middle(picture: np.ndarray) -> np.ndarray:
    """Cut out the largest square; of an odd surplus the larger half lies right or below."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(picture[top : top + side, left : left + side])


def _measured(height: int, width: int, settings: Settings) -> int:
    """Return the length of the side that ``size_of`` names."""
    if settings.size_of == "long_side":
        return max(height, width)
    return height if settings.size_of == "height" else min(height, width)
