"""A problem with a known answer, for optimisers and what becomes of their iterates."""

import torch
from torch import Tensor

from harness.transfer.objective import Evaluation

__all__ = ["CURVATURE", "SHAPE", "TARGET", "quadratic"]

SHAPE = (1, 3, 4, 4)
TARGET = torch.rand(SHAPE, generator=torch.Generator().manual_seed(0))
CURVATURE = torch.linspace(1, 30, 48).view(SHAPE)


def quadratic(image: Tensor) -> Evaluation:
    """½ Σ c (x - t)²: badly scaled, with its minimum at ``TARGET``."""
    gradient = CURVATURE * (image - TARGET)
    total = 0.5 * float((CURVATURE * (image - TARGET).square()).sum())
    return Evaluation(
        losses={"total": total}, gradient=gradient, gradient_max=float(gradient.abs().max())
    )
