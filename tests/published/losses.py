"""Every published loss as one plain function, in float64; nothing of ``harness`` is imported.

Features are (channels, H, W) of one picture; N is the number of channels, M that of positions.
"""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

__all__ = [
    "gatys_style",
    "gram_over_elements",
    "gram_over_elements_summed",
    "gram_over_positions",
    "gram_unnormalised",
    "half_squared_differences",
    "half_sum_of_squares",
    "mean_of_squares",
    "nine_point_stencil",
    "padded_squares",
    "ratio_gram",
    "ratio_of_sums",
    "root_by_newton_schulz",
    "sum_of_differences",
    "wasserstein",
]


def mean_of_squares(features: Tensor, target: Tensor) -> Tensor:
    """``torch.nn.MSELoss``, ``tf.reduce_mean(tf.square(...))``."""
    return ((features - target) ** 2).mean()


def half_sum_of_squares(features: Tensor, target: Tensor) -> Tensor:
    """Equation 1 of Gatys, Ecker, Bethge 2016."""
    return 0.5 * ((features - target) ** 2).sum()


def ratio_of_sums(features: Tensor, target: Tensor) -> Tensor:
    """``ScaledMSELoss`` of K. Crowson, 2021."""
    difference = features - target
    return (difference**2).sum() / (difference.abs().sum() + 1e-8)


def _products(features: Tensor) -> tuple[Tensor, int, int]:
    """Return FFᵀ, N and M."""
    matrix = features.flatten(1)
    return matrix @ matrix.T, matrix.shape[0], matrix.shape[1]


def gram_over_elements(features: Tensor, target: Tensor) -> Tensor:
    """Gram over N M, mean of squares (isotton, jcjohnson, neural-style-pt, the tutorial)."""
    (ours, channels, positions), (theirs, _, target_positions) = map(_products, (features, target))
    difference = ours / (channels * positions) - theirs / (channels * target_positions)
    return (difference**2).mean()


def gram_over_elements_summed(features: Tensor, target: Tensor) -> Tensor:
    """Gram over N M, sum of squares (A. Gordić)."""
    return gram_over_elements(features, target) * features.shape[0] ** 2


def gram_over_positions(features: Tensor, target: Tensor) -> Tensor:
    """Gram over M, mean of squares (Gatys's notebook, pystiche, TensorFlow's notebook)."""
    (ours, _, positions), (theirs, _, target_positions) = map(_products, (features, target))
    return ((ours / positions - theirs / target_positions) ** 2).mean()


def gram_unnormalised(features: Tensor, target: Tensor) -> Tensor:
    """FFᵀ as it is, mean of squares (the script behind thakur and isotton-content)."""
    return ((_products(features)[0] - _products(target)[0]) ** 2).mean()


def gatys_style(features: Tensor, target: Tensor) -> Tensor:
    """Equation 4 of Gatys, Ecker, Bethge 2016 for pictures of any size: each M is its own."""
    (ours, channels, positions), (theirs, _, target_positions) = map(_products, (features, target))
    difference = ours / positions - theirs / target_positions
    return (difference**2).sum() / (4 * channels**2)


def ratio_gram(features: Tensor, target: Tensor) -> Tensor:
    """Gram over M by ``ScaledMSELoss`` (K. Crowson, 2021)."""
    (ours, _, positions), (theirs, _, target_positions) = map(_products, (features, target))
    return ratio_of_sums(ours / positions, theirs / target_positions)


def root_by_newton_schulz(matrix: Tensor) -> Tensor:
    """Twelve steps of Newton and Schulz towards the square root; not an exact one."""
    norm = (matrix**2).sum().sqrt()
    three = 3 * torch.eye(len(matrix), dtype=matrix.dtype)
    root, inverse = matrix / norm, torch.eye(len(matrix), dtype=matrix.dtype)
    for _ in range(12):
        factor = (three - inverse @ root) / 2
        root, inverse = root @ factor, factor @ inverse
    return root * norm.sqrt()


class _Root(torch.autograd.Function):
    """The square root with the gradient of Lyapunov's equation instead of the twelve steps'."""

    @staticmethod
    def forward(context: torch.autograd.function.FunctionCtx, matrix: Tensor) -> Tensor:
        """Return the root."""
        root = root_by_newton_schulz(matrix)
        context.save_for_backward(root)
        return root

    @staticmethod
    def backward(context: torch.autograd.function.FunctionCtx, gradient: Tensor) -> Tensor:
        """Return the gradient with regard to the matrix by twelve steps."""
        (root,) = context.saved_tensors
        norm = (root**2).sum().sqrt()
        scaled, result = root / norm, gradient / norm
        three = 3 * torch.eye(len(root), dtype=root.dtype)
        for step in range(12):
            rest = three - scaled @ scaled
            commutator = scaled.T @ result - result @ scaled
            result = (result @ rest - scaled.T @ commutator) / 2
            if step < 11:
                scaled = scaled @ rest / 2
        return result / 2


def _mean_and_covariance(features: Tensor) -> tuple[Tensor, Tensor]:
    matrix = features.flatten(1)
    mean = matrix.mean(dim=1)
    second = matrix @ matrix.T / matrix.shape[1]
    identity = torch.eye(len(mean), dtype=matrix.dtype)
    return mean, second - torch.outer(mean, mean) + 1e-4 * identity


@lru_cache(maxsize=8)
def _root_of_target(target: Tensor) -> Tensor:
    """Return the root of a target's covariance, which is the same at every evaluation."""
    return root_by_newton_schulz(_mean_and_covariance(target)[1])


def wasserstein(features: Tensor, target: Tensor) -> Tensor:
    """``StyleLossW2`` of K. Crowson, 2023: the means' squares and the trace, each over N."""
    (mean, covariance), (target_mean, target_covariance) = map(
        _mean_and_covariance, (features, target)
    )
    root = _root_of_target(target)
    cross = _Root.apply(root @ covariance @ root)
    between = torch.diagonal(target_covariance + covariance - 2 * cross).mean()
    return ((mean - target_mean) ** 2).mean() + between


def sum_of_differences(picture: Tensor) -> Tensor:
    """Σ|dx| + Σ|dy| of what is optimised (isotton, neural-style-pt, A. Gordić)."""
    across = (picture[..., 1:] - picture[..., :-1]).abs().sum()
    down = (picture[..., 1:, :] - picture[..., :-1, :]).abs().sum()
    return across + down


def half_squared_differences(picture: Tensor) -> Tensor:
    """What jcjohnson's gradient belongs to: ½Σ(dx² + dy²) without the last row and column."""
    here = picture[..., :-1, :-1]
    across, down = picture[..., :-1, 1:], picture[..., 1:, :-1]
    return 0.5 * ((here - across) ** 2 + (here - down) ** 2).sum()


def padded_squares(picture: Tensor) -> Tensor:
    """``TVLoss`` of K. Crowson, 2021: the last row and column are repeated; a mean."""
    padded = functional.pad(picture, (0, 1, 0, 1), "replicate")
    across = padded[..., :-1, 1:] - padded[..., :-1, :-1]
    down = padded[..., 1:, :-1] - padded[..., :-1, :-1]
    return (across**2 + down**2).mean()


def nine_point_stencil(picture: Tensor) -> Tensor:
    """``TVLoss`` of K. Crowson, 2023: neighbours along rows, columns and both diagonals."""
    padded = functional.pad(picture, (1, 1, 1, 1), "replicate")
    inner = padded[..., 1:-1, 1:-1]
    across = (padded[..., 1:-1, 2:] - inner).square().mean() / 3
    down = (padded[..., 2:, 1:-1] - inner).square().mean() / 3
    falling = (padded[..., 1:, 1:] - padded[..., :-1, :-1]).square().mean() / 12
    rising = (padded[..., 1:, :-1] - padded[..., :-1, 1:]).square().mean() / 12
    return 2 * (across + down + falling + rising)
