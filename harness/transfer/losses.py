"""Stateless losses over tap features and pictures.

Every function takes a batch and returns one value per picture, shape (B,). Features may be
bfloat16; differences, Gram matrices and sums are formed in float32 (float64 stays float64).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional

__all__ = [
    "RGB_SCALES",
    "RgbMoments",
    "content_mse",
    "gram_loss",
    "gram_matrix",
    "normalized_content_mse",
    "normalized_gram_loss",
    "rgb_loss",
    "rgb_moments",
    "total_variation",
]

RGB_SCALES = (1, 4, 16)
"""Sides in pixels of the average-pooling windows at which :func:`rgb_loss` looks."""

SMALLEST_DENOMINATOR = 1e-8
"""Floor of variances and squared Gram norms: a target of dead features stays finite."""

SMALLEST_COVARIANCE = 1e-4**2
"""Floor of ‖Σ_s‖²: a style of one flat colour counts as having a standard deviation of 0.01."""

_BATCH_NDIM = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RgbMoments:
    """Mean (B, 3) and covariance (B, 3, 3) of a picture averaged over ``scale``² windows."""

    scale: int
    mean: Tensor
    covariance: Tensor


def content_mse(features: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of two feature maps.

    Args:
        features: (B, C, H, W) float.
        target: (B, C, H, W) or (1, C, H, W) float: the content's features at the same tap.

    Returns:
        (B,) float32, at least 0: mean over C, H and W.

    Raises:
        ValueError: if the maps are not of the same shape, batch aside.

    Reference:
        Gatys, Ecker, Bethge 2016 (CVPR), eq. 1.

    Deviations:
        Eq. 1 is half the sum: it grows with the size of the picture, a mean does not.
    """
    if features.ndim != _BATCH_NDIM or features.shape[1:] != target.shape[1:]:
        raise ValueError(
            "features and target must both be (B, C, H, W) of one shape, "
            f"got {tuple(features.shape)} and {tuple(target.shape)}"
        )
    return (_widened(features) - _widened(target)).square().mean(dim=(1, 2, 3))


def normalized_content_mse(features: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference over the variance of the target: 1 means "as far as its mean".

    Args:
        features: (B, C, H, W) float.
        target: (B, C, H, W) or (1, C, H, W) float: the content's features at the same tap.

    Returns:
        (B,) float32, at least 0. The variance is over C, H and W together, so that it means the
        same at every tap, size and backbone.

    Raises:
        ValueError: if the maps are not of the same shape, batch aside.
    """
    variance = _widened(target).var(dim=(1, 2, 3), correction=0)
    return content_mse(features, target) / variance.clamp_min(SMALLEST_DENOMINATOR)


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
    if features.ndim != _BATCH_NDIM:
        raise ValueError(f"features must be (B, C, H, W), got {tuple(features.shape)}")
    return cast("Tensor", _GramMatrix.apply(features))


def gram_loss(gram: Tensor, target: Tensor) -> Tensor:
    """Mean over the C² entries of the squared difference of two Gram matrices.

    Args:
        gram: (B, C, C) float, of :func:`gram_matrix`.
        target: (B, C, C) or (1, C, C) float.

    Returns:
        (B,), at least 0.

    Reference:
        Gatys, Ecker, Bethge 2016 (CVPR), eq. 4, without its factor 1/4.
    """
    return (gram - target).square().mean(dim=(1, 2))


def normalized_gram_loss(gram: Tensor, target: Tensor) -> Tensor:
    """Relative squared distance of two Gram matrices, ‖G - G_s‖² / ‖G_s‖².

    Args:
        gram: (B, C, C) float, of :func:`gram_matrix`.
        target: (B, C, C) or (1, C, C) float: G_s.

    Returns:
        (B,), at least 0; 1 for features that are zero everywhere. It means the same at every
        tap and backbone.
    """
    scale = target.square().sum(dim=(1, 2)).clamp_min(SMALLEST_DENOMINATOR)
    return (gram - target).square().sum(dim=(1, 2)) / scale


def rgb_moments(image: Tensor) -> tuple[RgbMoments, ...]:
    """Colour statistics at every scale of ``RGB_SCALES`` that fits the picture.

    Args:
        image: (B, 3, H, W) float32 in [0, 1], sRGB.

    Returns:
        One entry a scale, finest first. A scale fits with two windows or more in each
        direction; scale 1 is always there. The covariance divides by the number of windows.
    """
    fitting = [scale for scale in RGB_SCALES if scale == 1 or 2 * scale <= min(image.shape[2:])]
    return tuple(_moments_at(image, scale) for scale in fitting)


def rgb_loss(image: Tensor, target: Sequence[RgbMoments]) -> Tensor:
    """Distance of the colours of a picture to those of a style, at several scales.

    Mean over scales of ‖μ - μ_s‖² + ‖Σ - Σ_s‖² / ‖Σ_s‖², with the RGB mean μ and covariance Σ
    of the average-pooled pictures. Deep features learned without labels lose colour; this term
    at the input gives it back.

    Args:
        image: (B, 3, H, W) float32 in [0, 1], sRGB.
        target: :func:`rgb_moments` of the style.

    Returns:
        (B,) float32, at least 0. Scales that fit only one of the two pictures are left out.
    """
    distances = [
        (own.mean - wanted.mean).square().sum(dim=1)
        + (own.covariance - wanted.covariance).square().sum(dim=(1, 2))
        / wanted.covariance.square().sum(dim=(1, 2)).clamp_min(SMALLEST_COVARIANCE)
        for own, wanted in zip(rgb_moments(image), target, strict=False)
    ]
    return torch.stack(distances).mean(dim=0)


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference of horizontal neighbours plus that of vertical neighbours.

    Args:
        image: (B, 3, H, W) float32 in [0, 1], sRGB.

    Returns:
        (B,) float32, at least 0; a direction with a single pixel adds 0.

    Reference:
        Mahendran and Vedaldi 2015 (arXiv 1412.0035), eq. 6 with beta = 2.

    Deviations:
        Means instead of sums, each direction over its own number of pairs of neighbours.
    """
    return _mean_square(image.diff(dim=3)) + _mean_square(image.diff(dim=2))


class _GramMatrix(Function):
    """The Gram matrix with half of autograd's work on the way back, in the features' dtype.

    Autograd sees a product of two factors and multiplies twice. Its gradients would be float32
    and be rounded for the trunk afterwards; G itself, whose small differences matter, is exact.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> Tensor:
        ctx.save_for_backward(features)
        rows = _rows(_widened(features))
        return rows.transpose(1, 2) @ rows / rows.shape[1]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (features,) = ctx.saved_tensors
        rows = _rows(features)
        symmetric = (gradient + gradient.transpose(1, 2)) / rows.shape[1]
        height, width = features.shape[2:]
        product = rows @ symmetric.to(rows.dtype)
        return product.view(-1, height, width, product.shape[2]).permute(0, 3, 1, 2)


def _rows(features: Tensor) -> Tensor:
    """View (B, C, H, W) as (B, H·W, C): free where channels come last in memory."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


def _moments_at(image: Tensor, scale: int) -> RgbMoments:
    pooled = functional.avg_pool2d(image, scale) if scale > 1 else image
    colours = pooled.flatten(2)
    mean = colours.mean(dim=2)
    centred = colours - mean.unsqueeze(2)
    covariance = centred @ centred.transpose(1, 2) / colours.shape[2]
    return RgbMoments(scale=scale, mean=mean, covariance=covariance)


def _mean_square(differences: Tensor) -> Tensor:
    pairs = max(1, differences[0].numel())
    return differences.square().sum(dim=(1, 2, 3)) / pairs


def _widened(values: Tensor) -> Tensor:
    return values if values.dtype == torch.float64 else values.float()
