"""Statistics of feature maps that do not know where a feature is: what style is measured by."""

from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd import Function

from harness.transfer.losses.values import check_maps, flat_rows, widened

__all__ = [
    "channel_means",
    "covariance_matrix",
    "gram_matrix",
    "mean_squares",
    "raw_gram_matrix",
    "shifted_gram_matrix",
    "standard_deviations",
]

SMALLEST_VARIANCE = 1e-5
"""Added under the root of a standard deviation, as Huang and Belongie do: channels that are zero
everywhere have a finite gradient."""

ACTIVATION_SHIFT = 1.0
"""What :func:`shifted_gram_matrix` takes from every feature."""

SLICE_POSITIONS = 256
MANY_POSITIONS = 16 * SLICE_POSITIONS
"""From here on bfloat16 features are multiplied as they are, slice by slice, on the CPU."""


def gram_matrix(features: Tensor) -> Tensor:
    """Mean over positions of the products of channels.

    Args:
        features: (B, C, H, W) float.

    Returns:
        (B, C, C) float32, symmetric: Σ_positions f fᵀ / (H·W), so the size of the picture
        does not matter.

    Raises:
        ValueError: if ``features`` is not (B, C, H, W).

    Reference:
        Gatys, Ecker, Bethge 2016 (CVPR), eq. 3.

    Deviations:
        Eq. 3 is the sum over positions; its 1/(4 N² M²) (eq. 4) stands partly here.
    """
    check_maps(features)
    return cast("Tensor", _GramMatrix.apply(features))


def raw_gram_matrix(features: Tensor) -> Tensor:
    """Sum over positions of the products of channels.

    Args:
        features: (B, C, H, W) float.

    Returns:
        (B, C, C) float32, symmetric. It grows with the number of positions.

    Raises:
        ValueError: if ``features`` is not (B, C, H, W).

    Reference:
        Gatys, Ecker, Bethge 2016 (CVPR), eq. 3.
    """
    return gram_matrix(features) * features[0, 0].numel()


def shifted_gram_matrix(features: Tensor) -> Tensor:
    """Mean over positions of the products of channels, 1 taken from every feature beforehand.

    Args:
        features: (B, C, H, W) float.

    Returns:
        (B, C, C) float32, symmetric: Σ_positions (f - 1)(f - 1)ᵀ / (H·W).

    Raises:
        ValueError: if ``features`` is not (B, C, H, W).

    Reference:
        Novak and Nikulin 2016 (arXiv 1605.04603), activation shift; 1 as in titu1994's INetwork.

    Deviations:
        Mean instead of sum over positions.
    """
    return gram_matrix(widened(features) - ACTIVATION_SHIFT)


def channel_means(features: Tensor) -> Tensor:
    """Mean of every channel over positions.

    Args:
        features: (B, C, H, W) float.

    Returns:
        (B, C) float32.

    Raises:
        ValueError: if ``features`` is not (B, C, H, W).
    """
    check_maps(features)
    return widened(features).mean(dim=(2, 3))


def mean_squares(features: Tensor) -> Tensor:
    """Mean square of every channel over positions.

    Args:
        features: (B, C, H, W) float.

    Returns:
        (B, C) float32, at least 0.

    Raises:
        ValueError: if ``features`` is not (B, C, H, W).
    """
    check_maps(features)
    return widened(features).square().mean(dim=(2, 3))


def covariance_matrix(mean: Tensor, gram: Tensor) -> Tensor:
    """Covariance of channels from their means and their Gram matrix.

    Means and Gram matrices of several pictures may be averaged before, covariances may not.

    Args:
        mean: (B, C) float, of :func:`channel_means`.
        gram: (B, C, C) float, of :func:`gram_matrix`.

    Returns:
        (B, C, C), symmetric; it divides by the number of positions.
    """
    return gram - mean.unsqueeze(2) * mean.unsqueeze(1)


def standard_deviations(mean: Tensor, mean_square: Tensor) -> Tensor:
    """Standard deviation of every channel from its mean and mean square.

    Args:
        mean: (B, C) float, of :func:`channel_means`.
        mean_square: (B, C) float, of :func:`mean_squares`.

    Returns:
        (B, C), above 0: √(variance + 1e-5); the variance divides by the number of positions.

    Reference:
        Huang and Belongie 2017 (arXiv 1703.06868), the deviations of instance normalisation.
    """
    return ((mean_square - mean.square()).clamp_min(0) + SMALLEST_VARIANCE).sqrt()


class _GramMatrix(Function):
    """The Gram matrix with half of autograd's work on the way back, in the features' dtype.

    Autograd sees a product of two factors and multiplies twice. Its gradients would be float32
    and be rounded for the trunk afterwards; G itself, whose small differences matter, is exact.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> Tensor:
        ctx.save_for_backward(features)
        rows = flat_rows(features)
        return _products(rows) / rows.shape[1]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (features,) = ctx.saved_tensors
        rows = flat_rows(features)
        symmetric = (gradient + gradient.transpose(1, 2)) / rows.shape[1]
        height, width = features.shape[2:]
        product = rows @ symmetric.to(rows.dtype)
        return product.view(-1, height, width, product.shape[2]).permute(0, 3, 1, 2)


def _products(rows: Tensor) -> Tensor:
    """Sum over positions of the products of channels: (B, P, C) → (B, C, C) in float32.

    A CPU rounds a product of bfloat16 matrices to bfloat16, 4e-3 at worst. Over slices that are
    summed in float32 these errors average out: 1e-4 to 4e-4 of the matrix's norm, in a third of
    the time.
    """
    positions = rows.shape[1]
    in_slices = rows.dtype == torch.bfloat16 and rows.device.type == "cpu"
    if not in_slices or positions < MANY_POSITIONS:
        wide = widened(rows)
        return wide.transpose(1, 2) @ wide
    whole = positions - positions % SLICE_POSITIONS
    slices = rows[:, :whole].reshape(len(rows), -1, SLICE_POSITIONS, rows.shape[2])
    summed: Tensor = (slices.transpose(2, 3) @ slices).sum(dim=1, dtype=torch.float32)
    rest = rows[:, whole:].float()
    return summed + rest.transpose(1, 2) @ rest
