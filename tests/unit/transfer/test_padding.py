"""Padding by one pixel and its gradient."""

from typing import Literal

import pytest
import torch
from torch.nn import functional

from harness.transfer.padding import pad_border

MODES: tuple[Literal["replicate", "reflect"], ...] = ("replicate", "reflect")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 1, 2, 2)])
def test_gradient_is_that_of_pytorch(
    mode: Literal["replicate", "reflect"], shape: tuple[int, ...]
) -> None:
    """Values and gradients equal those of PyTorch's own padding."""
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(shape, dtype=torch.float64, generator=generator).requires_grad_()
    reference = functional.pad(values, (1, 1, 1, 1), mode=mode)
    weights = torch.rand(reference.shape, dtype=torch.float64, generator=generator)
    (expected,) = torch.autograd.grad(reference, values, weights)

    padded = pad_border(values, mode)
    (actual,) = torch.autograd.grad(padded, values, weights)

    assert torch.equal(reference, padded)
    torch.testing.assert_close(actual, expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("width", [(3, 3), (1, 2), (0, 3)])
def test_wider_borders(mode: Literal["replicate", "reflect"], width: tuple[int, int]) -> None:
    """Values and gradients equal PyTorch's for borders of more than one pixel too."""
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(2, 3, 4, 5, dtype=torch.float64, generator=generator).requires_grad_()
    rows, columns = width
    reference = functional.pad(values, (columns, columns, rows, rows), mode=mode)
    weights = torch.rand(reference.shape, dtype=torch.float64, generator=generator)
    (expected,) = torch.autograd.grad(reference, values, weights)

    padded = pad_border(values, mode, width)
    (actual,) = torch.autograd.grad(padded, values, weights)

    assert torch.equal(reference, padded)
    torch.testing.assert_close(actual, expected)


def test_a_single_pixel_is_replicated() -> None:
    """A map of one pixel becomes nine copies whose gradients add up."""
    values = torch.tensor([[[[2.0]]]], requires_grad=True)

    padded = pad_border(values, "replicate")
    (gradient,) = torch.autograd.grad(padded.sum(), values)

    assert torch.equal(torch.full((1, 1, 3, 3), 2.0), padded)
    assert gradient.item() == 9
