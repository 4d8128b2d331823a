"""Losses of style: distances of statistics of features."""

from torch import Tensor

from harness.transfer.losses.content import SMALLEST_MAGNITUDE

__all__ = ["gatys_loss", "gram_loss", "mean_loss", "normalized_gram_loss", "scaled_gram_loss"]

SMALLEST_GRAM = 1e-8
"""Floor of squared Gram norms: a target of dead features stays finite."""

_MATRIX = (1, 2)


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
    return (gram - target).square().mean(dim=_MATRIX)


def normalized_gram_loss(gram: Tensor, target: Tensor) -> Tensor:
    """Relative squared distance of two Gram matrices, ‖G - G_s‖² / ‖G_s‖².

    Args:
        gram: (B, C, C) float, of :func:`gram_matrix`.
        target: (B, C, C) or (1, C, C) float: G_s.

    Returns:
        (B,), at least 0; 1 for features that are zero everywhere. It means the same at every
        tap and backbone.
    """
    scale = target.square().sum(dim=_MATRIX).clamp_min(SMALLEST_GRAM)
    return (gram - target).square().sum(dim=_MATRIX) / scale


def gatys_loss(gram: Tensor, target: Tensor) -> Tensor:
    """A quarter of the mean squared difference of two Gram matrices: the paper's 1/(4 N² M²).

    Args:
        gram: (B, C, C) float, of :func:`gram_matrix`.
        target: (B, C, C) or (1, C, C) float.

    Returns:
        (B,), at least 0.

    Reference:
        Gatys, Ecker, Bethge 2016 (CVPR), eq. 4, with N channels and M positions.

    Deviations:
        The paper has style and picture of one size. Where they differ, each sum over positions
        is divided by its own M.
    """
    return gram_loss(gram, target) / 4


def scaled_gram_loss(gram: Tensor, target: Tensor) -> Tensor:
    """Sum of squared differences of two Gram matrices over the sum of their magnitudes.

    Args:
        gram: (B, C, C) float, of :func:`gram_matrix`.
        target: (B, C, C) or (1, C, C) float.

    Returns:
        (B,), at least 0.

    Reference:
        crowsonkb/style-transfer-pytorch of 2021, ``StyleLoss``: its gradient with respect to the
        Gram matrix has an L1 norm of about 1.
    """
    difference = gram - target
    magnitude = difference.abs().sum(dim=_MATRIX) + SMALLEST_MAGNITUDE
    return difference.square().sum(dim=_MATRIX) / magnitude


def mean_loss(means: Tensor, target: Tensor) -> Tensor:
    """Mean over channels of the squared difference of one number a channel.

    Args:
        means: (B, C) float, of :func:`channel_means` or :func:`standard_deviations`.
        target: (B, C) or (1, C) float.

    Returns:
        (B,), at least 0.

    Reference:
        Li, Wang, Liu, Hou 2017 (arXiv 1701.01036), matching of batch normalisation statistics,
        which adds that of means and that of standard deviations.
    """
    return (means - target).square().mean(dim=1)
