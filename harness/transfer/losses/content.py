"""Losses of content: how far a feature map is from the content's at the same tap."""

from torch import Tensor

from harness.transfer.losses.values import pair_of_maps, widened

__all__ = ["content_half_sum", "content_mse", "content_scaled_mse", "normalized_content_mse"]

SMALLEST_VARIANCE = 1e-8
"""Floor of the target's variance: a target of dead features stays finite."""

SMALLEST_MAGNITUDE = 1e-8
"""Added to the sum of magnitudes of a scaled square, as crowsonkb/style-transfer-pytorch does."""

_MAP = (1, 2, 3)


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
    own, wanted = pair_of_maps(features, target)
    return (own - wanted).square().mean(dim=_MAP)


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
    variance = widened(target).var(dim=_MAP, correction=0)
    return content_mse(features, target) / variance.clamp_min(SMALLEST_VARIANCE)


def content_half_sum(features: Tensor, target: Tensor) -> Tensor:
    """Half the sum of squared differences of two feature maps.

    Args:
        features: (B, C, H, W) float.
        target: (B, C, H, W) or (1, C, H, W) float: the content's features at the same tap.

    Returns:
        (B,) float32, at least 0. It grows with the number of channels and positions.

    Raises:
        ValueError: if the maps are not of the same shape, batch aside.

    Reference:
        Gatys, Ecker, Bethge 2016 (CVPR), eq. 1.
    """
    own, wanted = pair_of_maps(features, target)
    return (own - wanted).square().sum(dim=_MAP) / 2


def content_scaled_mse(features: Tensor, target: Tensor) -> Tensor:
    """Sum of squared differences of two feature maps over the sum of their magnitudes.

    Args:
        features: (B, C, H, W) float.
        target: (B, C, H, W) or (1, C, H, W) float: the content's features at the same tap.

    Returns:
        (B,) float32, at least 0, in the units of the features: a mean magnitude, weighted
        towards the large ones.

    Raises:
        ValueError: if the maps are not of the same shape, batch aside.

    Reference:
        crowsonkb/style-transfer-pytorch of 2021, ``ScaledMSELoss``: its gradient has an L1 norm
        of about 1.
    """
    own, wanted = pair_of_maps(features, target)
    difference = own - wanted
    return difference.square().sum(dim=_MAP) / (
        difference.abs().sum(dim=_MAP) + SMALLEST_MAGNITUDE
    )
