"""A convolution of 3×3 with fixed parameters: forwards, and the gradient of its input."""

import torch
from torch import Tensor

from harness.transfer.correlation import correlation
from harness.transfer.padding import Border, fold_border, pad_border

__all__ = ["Convolution"]


class Convolution:
    """A convolution whose parameters never change, by correlations both ways.

    The gradient of its input is a correlation as well, with the kernels turned by 180 degrees
    and inputs and outputs swapped.

    Args:
        weight: (K, C, 3, 3).
        bias: (K,).
        border: What surrounds the maps; None is zeros.
        device: Where the maps are.
        dtype: Of the maps.
    """

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor,
        *,
        border: Border | None,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._border = border
        width = 0 if border is not None else 1
        self._forwards = correlation(weight, bias, padding=width, device=device, dtype=dtype)
        turned = weight.transpose(0, 1).flip(2, 3).contiguous()
        self._backwards = correlation(turned, None, padding=2 - width, device=device, dtype=dtype)

    def __call__(self, values: Tensor, *, relu: bool) -> Tensor:
        """Convolve.

        Args:
            values: (B, C, H, W), channels last in memory.
            relu: Whether negative results become 0.

        Returns:
            (B, K, H, W), channels last in memory.
        """
        if self._border is not None:
            values = pad_border(values, self._border)
        return self._forwards(values, relu=relu)

    def input_gradient(self, gradient: Tensor) -> Tensor:
        """Gradient of the input from that of the output, before any ReLU.

        Args:
            gradient: (B, K, H, W).

        Returns:
            (B, C, H, W), channels last in memory; the caller's own.
        """
        found = self._backwards(gradient.contiguous(memory_format=torch.channels_last))
        return fold_border(found, self._border) if self._border is not None else found
