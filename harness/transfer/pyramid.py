"""From one scale of a pyramid to the next: images and what an optimiser remembers of them."""

from torch import Tensor
from torch.nn import functional

__all__ = ["enlarged", "enlarged_image", "enlarged_squares"]


def enlarged(values: Tensor, size: tuple[int, int]) -> Tensor:
    """Interpolate bicubically, without antialiasing.

    Args:
        values: (1, C, H, W) float.
        size: Height and width of the result.

    Returns:
        (1, C, height, width); values may overshoot.

    Reference:
        crowsonkb/style-transfer-pytorch, ``stylize`` and ``scale_adam``.
    """
    return functional.interpolate(values, size, mode="bicubic", align_corners=False)


def enlarged_squares(values: Tensor, size: tuple[int, int]) -> Tensor:
    """Interpolate bilinearly what must not be negative; otherwise as :func:`enlarged`."""
    return functional.interpolate(values, size, mode="bilinear", align_corners=False).relu_()


def enlarged_image(image: Tensor, size: tuple[int, int], *, largest: float) -> Tensor:
    """Interpolate an image bicubically and clamp it to [0, ``largest``].

    Args:
        image: (1, 3, H, W) float.
        size: Height and width of the result.
        largest: Upper end of its range.

    Returns:
        (1, 3, height, width).
    """
    return enlarged(image, size).clamp_(0, largest)
