"""Images that an optimisation starts from."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from harness.images.geometry import cropped
from harness.images.resize import resize_to
from harness.spec.settings import FILE, Settings
from harness.transfer.pictures import image_of
from harness.transfer.preprocessing import TRANSFORMS
from harness.transfer.pretrained.normalisation import IMAGENET_MEAN

__all__ = ["gaussian", "make_start", "noise", "stripes", "truncated_normal"]

Colour = tuple[float, float, float]
"""Red, green and blue, for values in [0, 1]."""

GRAY: Colour = (0.5, 0.5, 0.5)

_WHITE = 255
_LEAST_DEVIATION = 1e-12  # of an even colour: nothing to divide by


def make_start(
    settings: Settings,
    *,
    content: np.ndarray,
    style: np.ndarray,
    start_picture: np.ndarray | None,
    generator: torch.Generator,
    styles: Sequence[tuple[np.ndarray, float]] = (),
) -> Tensor:
    """Make the image that an optimisation starts from.

    Args:
        settings: Read are ``start`` and what goes with it, ``interpolation`` and ``size_of``.
        content: (H, W, 3) uint8, sRGB, at working size.
        style: (H', W', 3) uint8, sRGB; as a start it is stretched to the content's size.
        start_picture: (H'', W'', 3) uint8, sRGB: what the file holds; with ``size_of: crop`` its
            middle is cut out, then it is stretched likewise.
        generator: A generator of the CPU, so that every device starts alike; ``content``,
            ``style``, ``gray``, ``stripes`` and files draw nothing from it.
        styles: Every style with its weight, of any size, for ``style_statistics``; if there is
            none, that of ``style``.

    Returns:
        (1, 3, H, W) float32, sRGB, on the CPU; within [0, 1], but for ``gaussian``.

    Raises:
        ValueError: if there is no such start, or the picture of its file is missing.
    """
    image = _unblended(settings, content, style, start_picture, generator, styles)
    share = settings.start_blend
    return image if share == 0 else (1 - share) * image + share * image_of(content)


def _unblended(
    settings: Settings,
    content: np.ndarray,
    style: np.ndarray,
    start_picture: np.ndarray | None,
    generator: torch.Generator,
    styles: Sequence[tuple[np.ndarray, float]],
) -> Tensor:
    height, width = content.shape[:2]
    std = (settings.noise_std,) * 3
    makers: Mapping[str, Callable[[], Tensor]] = {
        "content": lambda: image_of(content),
        "style": lambda: _stretched(style, height, width, settings),
        "noise": lambda: noise(height, width, generator=generator),
        "gaussian": lambda: gaussian(
            height, width, mean=_mean_colour(settings), std=std, generator=generator
        ),
        "truncated_normal": lambda: truncated_normal(
            height, width, mean=GRAY, std=std, generator=generator
        ),
        "style_statistics": lambda: _style_statistics(
            height, width, styles or [(style, 1.0)], generator
        ),
        "gray": lambda: _column(_mean_colour(settings)).float().repeat(1, 1, height, width),
        "stripes": lambda: stripes(
            height,
            width,
            period_px=settings.stripes_period,
            angle_deg=settings.stripes_angle,
        ),
    }
    start = settings.start
    if start in makers:
        return makers[start]()
    if not start.startswith(FILE):
        raise ValueError(f"unknown start {start!r}; there are {', '.join(makers)} and {FILE}PATH")
    if start_picture is None:
        raise ValueError(f"start {start!r} needs its picture, got None")
    return _stretched(cropped(start_picture, settings), height, width, settings)


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


def gaussian(
    height: int, width: int, *, mean: Colour, std: Colour, generator: torch.Generator
) -> Tensor:
    """Draw every value from a normal distribution, beyond [0, 1] too.

    Args:
        height: Rows in pixels.
        width: Columns in pixels.
        mean: Of each channel, for values in [0, 1].
        std: Likewise.
        generator: A generator of the CPU.

    Returns:
        (1, 3, height, width) float32.
    """
    drawn = torch.randn(1, 3, height, width, generator=generator, dtype=torch.float64)
    return (_column(mean) + _column(std) * drawn).float()


def truncated_normal(
    height: int, width: int, *, mean: Colour, std: Colour, generator: torch.Generator
) -> Tensor:
    """Draw every value from a normal distribution, those outside [0, 1] anew.

    By the inverse of the distribution, which needs one number a value; ``trunc_normal_`` of
    PyTorch draws differently from version to version.

    Args:
        height: Rows in pixels.
        width: Columns in pixels.
        mean: Of each channel before truncation, in [0, 1].
        std: Likewise.
        generator: A generator of the CPU.

    Returns:
        (1, 3, height, width) float32 in [0, 1].
    """
    centre, deviation = _column(mean), _column(std).clamp(min=_LEAST_DEVIATION)
    least, most = (torch.special.ndtr((edge - centre) / deviation) for edge in (0, 1))
    drawn = torch.rand(1, 3, height, width, generator=generator, dtype=torch.float64)
    standard = torch.special.ndtri(least + (most - least) * drawn)
    values: Tensor = centre + deviation * standard
    return values.clamp(0, 1).float()


def stripes(height: int, width: int, *, period_px: float, angle_deg: float) -> Tensor:
    """Draw straight black stripes on white: strong edges that belong to neither picture.

    Args:
        height: Rows in pixels.
        width: Columns in pixels.
        period_px: Width of one black and one white stripe together, measured across them.
        angle_deg: Direction across the stripes: 0 along a row, 90 down a column.

    Returns:
        (1, 3, height, width) float32, every value 0 or 1.
    """
    angle = math.radians(angle_deg)
    rows = torch.arange(height, dtype=torch.float64).unsqueeze(1)
    columns = torch.arange(width, dtype=torch.float64).unsqueeze(0)
    across = columns * math.cos(angle) + rows * math.sin(angle)
    is_white = across % period_px >= period_px / 2
    return is_white.float().expand(1, 3, height, width).contiguous()


def _style_statistics(
    height: int,
    width: int,
    styles: Sequence[tuple[np.ndarray, float]],
    generator: torch.Generator,
) -> Tensor:
    """Draw the colours of the styles: their weighted mean and variance, channel by channel.

    Reference:
        crowsonkb/style-transfer-pytorch, ``init='style_stats'``.
    """
    weights = np.array([weight for _, weight in styles])
    shares = weights / weights.sum()
    pixels = [picture.reshape(-1, 3) / _WHITE for picture, _ in styles]
    mean = shares @ np.array([one.mean(axis=0) for one in pixels])
    std = np.sqrt(shares @ np.array([one.var(axis=0) for one in pixels]))
    return truncated_normal(height, width, mean=tuple(mean), std=tuple(std), generator=generator)


def _mean_colour(settings: Settings) -> Colour:
    """Return the colour that ``noise_mean`` names.

    That of ImageNet is the one that the network's preprocessing makes zero: in Caffe's it differs.
    Where there is no such colour, or only the parameters tell, it is torchvision's.
    """
    if settings.noise_mean == "gray":
        return GRAY
    transform = TRANSFORMS.get(settings.preprocessing)
    if transform is None or not any(transform.mean):
        return IMAGENET_MEAN
    first, green, last = (value / transform.scale for value in transform.mean)
    return (last, green, first) if transform.bgr else (first, green, last)


def _stretched(picture: np.ndarray, height: int, width: int, settings: Settings) -> Tensor:
    return image_of(resize_to(picture, height, width, settings.interpolation))


def _column(values: Colour) -> Tensor:
    return torch.tensor(values, dtype=torch.float64).view(1, 3, 1, 1)
