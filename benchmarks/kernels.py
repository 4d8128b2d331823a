"""What the convolutions alone cost: forward pass and input gradient, at the shapes of a trunk."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.alternation import stopwatched
from harness.spec.backbones import backbone_named
from harness.transfer.pretrained.parameters import Parameters

__all__ = ["Kernels"]

LAYOUTS = (torch.contiguous_format, torch.channels_last)
TRIALS = 3  # of a layout, the first of which warms up


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kernel:
    """One convolution, its input and the gradient of its output, in one layout."""

    values: Tensor
    weight: Tensor
    bias: Tensor
    gradient: Tensor

    def forward(self) -> None:
        functional.conv2d(self.values, self.weight, self.bias, padding=1)

    def backward(self) -> None:
        torch.ops.aten.convolution_backward(
            *(self.gradient, self.values, self.weight, None),
            *([1, 1], [1, 1], [1, 1], False, [0, 0], 1),  # stride, padding, dilation; groups
            [True, False, False],  # the gradient of the input, not of weight or bias
        )


class Kernels:
    """The convolutions of a VGG network up to a layer, each in the layout that is fastest here.

    What they read is random: their time does not depend on it.

    Args:
        parameters: Of the network.
        size_px: Side of the square picture at the input.
        dtype: Of values and weights.
        last: The deepest convolution.
        batch: Pictures at a time.
    """

    def __init__(
        self,
        parameters: Parameters,
        *,
        size_px: int,
        dtype: torch.dtype,
        last: str = "conv5_1",
        batch: int = 1,
    ) -> None:
        backbone = backbone_named(parameters.backbone)
        generator = torch.Generator().manual_seed(0)
        self._calls: list[Callable[[], None]] = []
        for layer in backbone.convolutions[: backbone.conv_names.index(last) + 1]:
            side = size_px // 2 ** (layer.block - 1)
            weight, bias = parameters.convolutions[layer.name]
            values, gradient = (
                torch.randn((batch, channels, side, side), generator=generator).to(dtype)
                for channels in (layer.in_channels, layer.out_channels)
            )
            choices = [
                _Kernel(
                    values=values.contiguous(memory_format=layout),
                    weight=weight.to(dtype).contiguous(memory_format=layout),
                    bias=bias.to(dtype),
                    gradient=gradient.contiguous(memory_format=layout),
                )
                for layout in LAYOUTS
            ]
            self._calls.append(min([one.forward for one in choices], key=_quickest))
            self._calls.append(min([one.backward for one in choices], key=_quickest))

    def seconds(self) -> float:
        """Return the seconds of all of them, once."""
        return sum(map(stopwatched, self._calls))


def _quickest(call: Callable[[], None]) -> float:
    return min([stopwatched(call) for _ in range(TRIALS)][1:])
