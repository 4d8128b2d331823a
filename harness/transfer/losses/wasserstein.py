"""Wasserstein-2 distance of features as Gaussians, and the matrix square root it needs."""

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd import Function

from harness.transfer.losses.statistics import covariance_matrix

__all__ = ["Gaussian", "gaussian_of", "matrix_square_root", "wasserstein_loss"]

REGULARIZATION = 1e-4
"""Added to the diagonal of every covariance, as crowsonkb/style-transfer-pytorch does."""

NEWTON_SCHULZ_STEPS = 12
"""Of each matrix square root and of its gradient, as crowsonkb/style-transfer-pytorch does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaussian:
    """What the distance to a style reads: mean (B, C), covariance (B, C, C) and its root."""

    mean: Tensor
    covariance: Tensor
    root: Tensor


def gaussian_of(mean: Tensor, gram: Tensor) -> Gaussian:
    """Return the Gaussian of a style; its square root is worked out once.

    Args:
        mean: (B, C) float, of :func:`channel_means`.
        gram: (B, C, C) float, of :func:`gram_matrix`.
    """
    covariance = _regularized(mean, gram)
    return Gaussian(mean=mean, covariance=covariance, root=matrix_square_root(covariance))


def wasserstein_loss(mean: Tensor, gram: Tensor, target: Gaussian) -> Tensor:
    """Squared Wasserstein-2 distance of two Gaussians, over the number of channels.

    (‖μ - μ_s‖² + tr(Σ + Σ_s - 2 (Σ_s^½ Σ Σ_s^½)^½)) / C, with 1e-4 added to the diagonals.

    Args:
        mean: (B, C) float, of :func:`channel_means`.
        gram: (B, C, C) float, of :func:`gram_matrix`.
        target: :func:`gaussian_of` the style.

    Returns:
        (B,). Where Σ has eigenvalues below about 1e-4 of its norm the square roots are not
        converged: they come out too small, the value too large, so that a style's own features
        have a value above 0; and the gradient, that of converged roots, differs from the slope
        of the value.

    Reference:
        Dowson and Landau 1982, as in crowsonkb/style-transfer-pytorch of 2023, ``StyleLossW2``.
    """
    covariance = _regularized(mean, gram)
    root = matrix_square_root(target.root @ covariance @ target.root)
    traces = _mean_diagonal(target.covariance) + _mean_diagonal(covariance)
    return (mean - target.mean).square().mean(dim=1) + traces - 2 * _mean_diagonal(root)


def matrix_square_root(matrix: Tensor, *, steps: int = NEWTON_SCHULZ_STEPS) -> Tensor:
    """Square root of symmetric matrices by the coupled Newton-Schulz iteration.

    Args:
        matrix: (B, C, C) float, symmetric, positive definite.
        steps: Of the iteration. 12 find the roots of eigenvalues that are about 1e-4 of the
            matrix' Frobenius norm or more; those of smaller ones come out too small.

    Returns:
        (B, C, C). Its gradient solves the Lyapunov equation of the root that was found, with as
        many steps; it is not the derivative of the iteration.

    Reference:
        Lin and Maji 2017 (arXiv 1707.06772), Newton-Schulz iteration and Lyapunov gradient.
    """
    return cast("Tensor", _SquareRoot.apply(matrix, steps))


class _SquareRoot(Function):
    @staticmethod
    def forward(ctx: Any, matrix: Tensor, steps: int) -> Tensor:
        norm = _frobenius(matrix)
        three = 3 * _identity_like(matrix)
        root, inverse = matrix / norm, _identity_like(matrix).expand_as(matrix)
        for _ in range(steps):
            factor = (three - inverse @ root) / 2
            root, inverse = root @ factor, factor @ inverse
        root = root * norm.sqrt()
        ctx.save_for_backward(root)
        ctx.steps = steps
        return root

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Solve root·X + X·root = gradient for X, by the sign iteration on both."""
        (root,) = ctx.saved_tensors
        norm = _frobenius(root)
        three = 3 * _identity_like(root)
        sign, solution = root / norm, gradient / norm
        for _ in range(ctx.steps):
            factor = three - sign @ sign
            turned = sign.transpose(1, 2)
            solution = (solution @ factor - turned @ (turned @ solution - solution @ sign)) / 2
            sign = sign @ factor / 2
        return solution / 2, None


def _regularized(mean: Tensor, gram: Tensor) -> Tensor:
    return covariance_matrix(mean, gram) + REGULARIZATION * _identity_like(gram)


def _identity_like(matrix: Tensor) -> Tensor:
    return torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)


def _frobenius(matrix: Tensor) -> Tensor:
    return matrix.square().sum(dim=(1, 2), keepdim=True).sqrt()


def _mean_diagonal(matrix: Tensor) -> Tensor:
    return matrix.diagonal(dim1=1, dim2=2).mean(dim=1)
