"""Padding of maps whose gradient is summed in a fixed order on every device."""

from typing import Any, Literal, cast

from torch import Tensor
from torch.autograd import Function
from torch.nn import functional

__all__ = ["PADDINGS", "Border", "Padding", "border_at", "fold_border", "pad_border"]

Padding = Literal["zeros", "replicate", "reflect", "replicate_first"]
Border = Literal["replicate", "reflect"]
PADDINGS = ("zeros", "replicate", "reflect", "replicate_first")


def border_at(padding: Padding, *, first: bool) -> Border | None:
    """Return what surrounds the input of one convolution; None is zeros.

    Args:
        padding: Of the whole network.
        first: Whether this is the network's first convolution.
    """
    if padding == "replicate_first":
        return "replicate" if first else None
    return None if padding == "zeros" else padding


def pad_border(values: Tensor, mode: Border, width: tuple[int, int] = (1, 1)) -> Tensor:
    """Surround maps by copies of the border, or of the rows and columns inside it.

    PyTorch's own gradient of this sums in no fixed order on CUDA, so that equal runs would give
    unequal pictures; this one is equal everywhere.

    Args:
        values: (B, C, H, W) float; for ``reflect`` H and W are larger than the width.
        mode: ``replicate`` or ``reflect``.
        width: Rows above and below, and columns left and right.

    Returns:
        (B, C, H + 2 · rows, W + 2 · columns), of the same dtype and memory format.
    """
    return cast("Tensor", _PadBorder.apply(values, mode, width))


def fold_border(gradient: Tensor, mode: Border, width: tuple[int, int] = (1, 1)) -> Tensor:
    """Gradient of the maps from that of what :func:`pad_border` made of them.

    Args:
        gradient: (B, C, H + 2 · rows, W + 2 · columns) float; overwritten.
        mode: As there.
        width: As there.

    Returns:
        (B, C, H, W).
    """
    rows, columns = width
    _fold(gradient, 2, rows, mode)
    _fold(gradient, 3, columns, mode)
    height, columns_inside = gradient.shape[2] - 2 * rows, gradient.shape[3] - 2 * columns
    inner = gradient.narrow(2, rows, height).narrow(3, columns, columns_inside)
    return inner.clone()  # keeps the memory format


class _PadBorder(Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, mode: Border, width: tuple[int, int]) -> Tensor:
        ctx.mode, ctx.width = mode, width
        rows, columns = width
        return functional.pad(values, (columns, columns, rows, rows), mode=mode)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return fold_border(gradient.clone(), ctx.mode, ctx.width), None, None


def _fold(gradient: Tensor, dim: int, width: int, mode: Border) -> None:
    """Add the border slices of one dimension to the pixels they were copied from, in place."""
    last = gradient.shape[dim] - 1
    for beyond in range(1, width + 1):  # how far outside the picture a slice lies
        source = width + (0 if mode == "replicate" else beyond)
        for inside, outside in ((source, width - beyond), (last - source, last - width + beyond)):
            gradient.select(dim, inside).add_(gradient.select(dim, outside))
