"""Correlations with fixed kernels: every way of them is PyTorch's convolution in float64."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from harness.transfer import correlation as rooms
from harness.transfer.convolution import Convolution
from harness.transfer.correlation import MANY_KERNELS, MANY_POSITIONS, Correlation, correlation
from harness.transfer.padding import Border, pad_border
from harness.transfer.winograd import Winograd

CPU = torch.device("cpu")
TOLERANCE = {torch.float64: 1e-12, torch.float32: 2e-4, torch.bfloat16: 4e-2}
"""Of the standard deviation of the result."""


@pytest.fixture
def _unpacked() -> Iterator[None]:
    """Forget what was found out about this PyTorch, before and after."""
    rooms._can_pack.cache_clear()
    yield
    rooms._can_pack.cache_clear()


def kernels(outputs: int, inputs: int) -> tuple[Tensor, Tensor]:
    """Return weight and bias of a convolution, in float64."""
    generator = torch.Generator().manual_seed(outputs + inputs)
    weight = torch.randn(outputs, inputs, 3, 3, generator=generator, dtype=torch.float64)
    return weight / inputs**0.5, torch.randn(outputs, generator=generator, dtype=torch.float64)


def maps(channels: int, height: int, width: int, dtype: torch.dtype, batch: int = 2) -> Tensor:
    """Return maps with their channels last in memory."""
    generator = torch.Generator().manual_seed(height)
    values = torch.randn(batch, channels, height, width, generator=generator, dtype=torch.float64)
    return values.to(dtype, memory_format=torch.channels_last)


def check(way: Correlation, values: Tensor, weight: Tensor, bias: Tensor, padding: int) -> None:
    """Compare with the sum in float64 of the same kernels, rounded to the maps' format."""
    exact = functional.conv2d(
        values.double(), weight.to(values.dtype).double(), bias.double(), padding=padding
    )
    allowed = TOLERANCE[values.dtype] * float(exact.std())
    for relu in (False, True):
        found = way(values, relu=relu)
        wanted = exact.relu() if relu else exact
        assert values.dtype == found.dtype
        assert found.is_contiguous(memory_format=torch.channels_last)
        torch.testing.assert_close(found.double(), wanted, rtol=0, atol=allowed)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("size", [(9, 14), (16, 16)])
def test_it_is_the_sum_over_the_kernel(
    dtype: torch.dtype, padding: int, size: tuple[int, int]
) -> None:
    """Whatever way is chosen for few channels computes the sum."""
    weight, bias = kernels(24, 16)

    way = correlation(weight, bias, padding=padding, device=CPU, dtype=dtype)

    check(way, maps(16, *size, dtype), weight, bias, padding)


@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("size", [(8, 12), (9, 7), (3, 3)])
def test_winograds_way_is_the_same_sum(padding: int, size: tuple[int, int]) -> None:
    """Also where tiles reach beyond the maps."""
    weight, bias = kernels(24, 16)

    way = Winograd(weight.float(), bias.float(), padding)

    check(way, maps(16, *size, torch.float32), weight, bias, padding)


def test_many_channels_and_positions_take_winograds_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large maps go one way and small ones the other, with the same result."""
    weight, bias = kernels(256, 128)
    assert weight.shape[0] * weight.shape[1] == MANY_KERNELS
    taken: list[tuple[int, ...]] = []
    call = Winograd.__call__

    def noted(way: Winograd, values: Tensor, *, relu: bool = False) -> Tensor:
        taken.append(tuple(values.shape))
        return call(way, values, relu=relu)

    monkeypatch.setattr(Winograd, "__call__", noted)
    way = correlation(weight, bias, padding=1, device=CPU, dtype=torch.float32)
    large, small = (maps(128, side, 32, torch.float32, batch=1) for side in (32, 31))

    for values in (large, small):
        check(way, values, weight, bias, 1)

    assert MANY_POSITIONS == 32 * 32
    assert [(1, 128, 32, 32)] * 2 == taken


@pytest.mark.usefixtures("_unpacked")
@pytest.mark.parametrize("fault", [AttributeError, RuntimeError, TypeError, None])
def test_without_packed_kernels_it_is_pytorchs_own(
    monkeypatch: pytest.MonkeyPatch, fault: type[Exception] | None
) -> None:
    """A PyTorch whose private operations are gone, changed or wrong is not relied upon."""

    def broken(values: Tensor, *_: object, **__: object) -> Tensor:
        if fault is not None:
            raise fault("private")
        return torch.zeros(len(values), 16, *values.shape[2:])

    monkeypatch.setattr(rooms, "_convolved", broken)
    weight, bias = kernels(16, 16)

    way = correlation(weight, bias, padding=1, device=CPU, dtype=torch.float32)

    check(way, maps(16, 8, 8, torch.float32), weight, bias, 1)


@pytest.mark.parametrize("border", [None, "replicate", "reflect"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_gradient_of_a_convolution_is_autograds(
    dtype: torch.dtype, border: Border | None
) -> None:
    """The input's gradient is that of PyTorch's convolution, by every border."""
    weight, bias = kernels(12, 8)
    convolution = Convolution(weight, bias, border=border, device=CPU, dtype=dtype)
    values = maps(8, 7, 10, torch.float64).requires_grad_()
    gradient = maps(12, 7, 10, torch.float64)
    padded = values if border is None else pad_border(values, border)
    result = functional.conv2d(padded, weight, bias, padding=1 if border is None else 0)
    (wanted,) = torch.autograd.grad(result, values, gradient)

    own = convolution(values.detach().to(dtype), relu=False)
    found = convolution.input_gradient(gradient.to(dtype))

    atol = TOLERANCE[dtype] * float(wanted.std())
    torch.testing.assert_close(own.double(), result.detach(), rtol=0, atol=atol)
    torch.testing.assert_close(found.double(), wanted, rtol=0, atol=atol)
