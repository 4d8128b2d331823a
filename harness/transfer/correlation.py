"""Correlation of maps with fixed 3×3 kernels: a convolution forwards, and its input gradient."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from harness.transfer.winograd import Winograd

__all__ = ["Correlation", "correlation"]

MANY_KERNELS, MANY_POSITIONS = 128 * 256, 1024
"""Where there are as many float32 kernels on a CPU, and maps have as many positions, Winograd's
way is quicker."""

_STEPS = [1, 1]


class Correlation(Protocol):
    """Maps to maps by fixed kernels; not differentiable."""

    def __call__(self, values: Tensor, *, relu: bool = False) -> Tensor:
        """Correlate.

        Args:
            values: (B, C, H, W), channels last in memory, of the kernels' dtype.
            relu: Whether negative results become 0.

        Returns:
            (B, K, H + 2·padding - 2, W + 2·padding - 2), channels last in memory; the caller's
            own.
        """


def correlation(
    weight: Tensor, bias: Tensor | None, *, padding: int, device: torch.device, dtype: torch.dtype
) -> Correlation:
    """Choose the quickest way of correlating on a device.

    Args:
        weight: (K, C, 3, 3).
        bias: (K,), or None for none.
        padding: Zeros around the maps, in pixels.
        device: Where the maps are.
        dtype: Of the maps.
    """
    weight = weight.to(device, dtype, memory_format=torch.channels_last)
    bias = bias.to(device, dtype) if bias is not None else None
    if device.type != "cpu":
        return _Plain(weight, bias, padding)
    direct = partial(_Packed if _can_pack(dtype) else _Plain, weight, bias, padding)
    if dtype == torch.float32 and weight.shape[:2].numel() >= MANY_KERNELS:
        return _BySize(partial(Winograd, weight, bias, padding), direct)
    return direct()


class _Plain:
    """PyTorch's own convolution."""

    def __init__(self, weight: Tensor, bias: Tensor | None, padding: int) -> None:
        self._weight, self._bias, self._padding = weight, bias, padding

    def __call__(self, values: Tensor, *, relu: bool = False) -> Tensor:
        result = functional.conv2d(values, self._weight, self._bias, padding=self._padding)
        return result.relu_() if relu else result


class _BySize:
    """One way for large maps, another for small ones; each is made at its first use."""

    def __init__(
        self, for_large: Callable[[], Correlation], for_small: Callable[[], Correlation]
    ) -> None:
        self._for_large, self._for_small = cache(for_large), cache(for_small)

    def __call__(self, values: Tensor, *, relu: bool = False) -> Tensor:
        positions = len(values) * values[0, 0].numel()
        way = self._for_large() if positions >= MANY_POSITIONS else self._for_small()
        return way(values, relu=relu)


class _Packed:
    """oneDNN's convolution with kernels in the order that it wants, and the ReLU at its end.

    PyTorch's own reorders the kernels at every call: a quarter of the time at 64 pixels.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, padding: int) -> None:
        self._bias, self._padding = bias, [padding, padding]
        # the order hangs on the shape of the maps on paper, but not where it was tried
        self._packed = _reordered(weight, self._padding, (1, weight.shape[1], 64, 64))

    def __call__(self, values: Tensor, *, relu: bool = False) -> Tensor:
        return _convolved(values, self._packed, self._bias, self._padding, relu=relu)


# What torch.compile makes of convolutions; private, so tried once before it is relied upon.


def _reordered(weight: Tensor, padding: list[int], shape: tuple[int, ...]) -> Tensor:
    reorder: Any = torch.ops.mkldnn._reorder_convolution_weight  # noqa: SLF001 - see above
    return reorder(weight, padding, _STEPS, _STEPS, 1, list(shape))  # type: ignore[no-any-return]


def _convolved(
    values: Tensor, packed: Tensor, bias: Tensor | None, padding: list[int], *, relu: bool
) -> Tensor:
    convolve: Any = torch.ops.mkldnn._convolution_pointwise  # noqa: SLF001 - see above
    last = "relu" if relu else "none"
    return convolve(  # type: ignore[no-any-return]
        values, packed, bias, padding, _STEPS, _STEPS, 1, last, [], ""
    )


@cache
def _can_pack(dtype: torch.dtype) -> bool:
    """Tell whether this PyTorch has the operations, and they compute what they are used for."""
    has_mkldnn = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if dtype not in (torch.float32, torch.bfloat16) or not has_mkldnn:
        return False
    ramp = torch.linspace(-1, 1, 16 * 16 * 9).view(16, 16, 3, 3)
    weight, bias = (one.to(dtype) for one in (ramp, ramp[0, :, 0, 0]))
    values = ramp[0].repeat(1, 1, 3, 3).to(dtype, memory_format=torch.channels_last)
    try:
        packed = _reordered(weight, [1, 1], tuple(values.shape))
        found = _convolved(values, packed, bias, [1, 1], relu=True)
    except (AttributeError, RuntimeError, TypeError):
        return False
    wanted = functional.conv2d(values, weight, bias, padding=1).relu_()
    return found.is_contiguous(memory_format=torch.channels_last) and torch.allclose(
        found.float(), wanted.float(), rtol=2e-2, atol=2e-2
    )
