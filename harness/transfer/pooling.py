"""Pooling of feature maps: maximum, mean or root mean square of a window, times a factor."""

from typing import Literal

from torch import Tensor
from torch.nn import functional

__all__ = ["POOLINGS", "Pooling", "pool"]

Pooling = Literal["max", "avg", "l2"]
POOLINGS = ("max", "avg", "l2")

L2_EPSILON = 1e-8
"""Added to the mean square under the root of L2 pooling: its gradient is finite at zero."""

Size = int | tuple[int, int]


def pool(
    values: Tensor,
    pooling: Pooling,
    *,
    scale: float = 1.0,
    kernel: Size = 2,
    stride: Size = 2,
    padding: Size = 0,
    ceil: bool = False,
) -> Tensor:
    """Pool maps over windows.

    Args:
        values: (B, C, H, W) float.
        pooling: ``max``, ``avg``, or ``l2``: the root mean square.
        scale: Factor of every pooled value.
        kernel: Side of a window, or its height and width.
        stride: From one window to the next.
        padding: Around the maps; it takes no part in any of the three.
        ceil: Whether a window that is not full counts.

    Returns:
        (B, C, H', W') of the same dtype.
    """
    if pooling == "max":
        pooled = functional.max_pool2d(values, kernel, stride, padding, ceil_mode=ceil)
    elif pooling == "avg":
        pooled = _mean(values, kernel, stride, padding, ceil=ceil)
    else:
        square = _mean(values.square(), kernel, stride, padding, ceil=ceil)
        pooled = (square + L2_EPSILON).sqrt()
    return pooled if scale == 1 else pooled * scale


def _mean(values: Tensor, kernel: Size, stride: Size, padding: Size, *, ceil: bool) -> Tensor:
    return functional.avg_pool2d(
        values, kernel, stride, padding, ceil_mode=ceil, count_include_pad=False
    )
