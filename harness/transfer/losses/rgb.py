"""Colour statistics of pictures at several scales: the house style loss at the tap ``rgb``."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["RGB_SCALES", "RgbMoments", "mixed_moments", "rgb_loss", "rgb_moments"]

RGB_SCALES = (1, 4, 16)
"""Sides in pixels of the average-pooling windows at which :func:`rgb_loss` looks."""

SMALLEST_COVARIANCE = 1e-4**2
"""Floor of ‖Σ_s‖²: a style of one flat colour counts as having a standard deviation of 0.01."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RgbMoments:
    """Mean (B, 3) and covariance (B, 3, 3) of a picture averaged over ``scale``² windows."""

    scale: int
    mean: Tensor
    covariance: Tensor


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


def mixed_moments(
    styles: Sequence[Sequence[RgbMoments]], shares: Sequence[float]
) -> tuple[RgbMoments, ...]:
    """Colour statistics of several styles taken together.

    Args:
        styles: :func:`rgb_moments` of each.
        shares: Of each style; they sum to 1.

    Returns:
        The moments of the colours of all of them, at the scales that fit every style.
    """
    if len(styles) == 1:
        return tuple(styles[0])
    return tuple(_mixed(ones, shares) for ones in zip(*styles, strict=False))


def _moments_at(image: Tensor, scale: int) -> RgbMoments:
    pooled = functional.avg_pool2d(image, scale) if scale > 1 else image
    colours = pooled.flatten(2)
    mean = colours.mean(dim=2)
    centred = colours - mean.unsqueeze(2)
    covariance = centred @ centred.transpose(1, 2) / colours.shape[2]
    return RgbMoments(scale=scale, mean=mean, covariance=covariance)


def _mixed(ones: Sequence[RgbMoments], shares: Sequence[float]) -> RgbMoments:
    mean = torch.stack([share * one.mean for one, share in zip(ones, shares, strict=True)]).sum(0)
    within = [share * one.covariance for one, share in zip(ones, shares, strict=True)]
    shifts = [one.mean - mean for one in ones]
    between = [
        share * shift.unsqueeze(2) * shift.unsqueeze(1)
        for shift, share in zip(shifts, shares, strict=True)
    ]
    return RgbMoments(
        scale=ones[0].scale, mean=mean, covariance=torch.stack([*within, *between]).sum(0)
    )
