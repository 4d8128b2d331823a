"""Padding by one pixel whose gradient is summed in a fixed order on every device."""

from typing import Any, Literal, cast

from torch import Tensor
from torch.autograd import Function
from torch.nn import functional

__all__ = ["pad_border"]

Border = Literal["replicate", "reflect"]


def pad_border(values: Tensor, mode: Border) -> Tensor:
    """Surround maps by one pixel: a copy of the border, or of the row and column inside it.

    PyTorch's own gradient of this sums in no fixed order on CUDA, so that equal runs would give
    unequal pictures; this one is equal everywhere.

    Args:
        values: (B, C, H, W) float; for ``reflect`` H and W are at least 2.
        mode: ``replicate`` or ``reflect``.

    Returns:
        (B, C, H + 2, W + 2), of the same dtype and memory format.
    """
    return cast("Tensor", _PadBorder.apply(values, mode))


class _PadBorder(Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, mode: Border) -> Tensor:
        ctx.source = 0 if mode == "replicate" else 1  # where a border pixel was copied from
        return functional.pad(values, (1, 1, 1, 1), mode=mode)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return _fold(_fold(gradient, 2, ctx.source), 3, ctx.source), None


def _fold(gradient: Tensor, dim: int, source: int) -> Tensor:
    """Add the two border slices of one dimension to the pixels they were copied from."""
    inner = gradient.narrow(dim, 1, gradient.shape[dim] - 2).clone()
    last = inner.shape[dim] - 1
    inner.select(dim, source).add_(gradient.select(dim, 0))
    inner.select(dim, last - source).add_(gradient.select(dim, last + 2))
    return inner
