"""Sliced Wasserstein distance of features: sorted projections on fixed random directions."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from harness.transfer.losses.values import check_maps, flat_rows, widened

__all__ = ["SortedProjections", "sliced_wasserstein_loss", "sorted_projections"]

FEWEST_DIRECTIONS = 32
"""Directions for taps of few channels; where there are more channels, as many as these."""

_SEED = 0
"""Of the directions: they are part of the loss, not of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedProjections:
    """The style's side: directions (D, C), and its projections (1, D, M) in ascending order."""

    directions: Tensor
    values: Tensor


def sorted_projections(style: Tensor) -> SortedProjections:
    """Project the features of a style on random directions and sort them.

    Args:
        style: (1, C, H, W) float.

    Returns:
        C directions, at least 32, uniform on the unit sphere and the same in every run.

    Raises:
        ValueError: if ``style`` is not (B, C, H, W).
    """
    check_maps(style)
    channels = style.shape[1]
    directions = torch.randn(
        max(channels, FEWEST_DIRECTIONS),
        channels,
        generator=torch.Generator().manual_seed(_SEED),
        dtype=torch.float64,
    )
    unit = functional.normalize(directions, dim=1)
    unit = unit.to(dtype=widened(style).dtype, device=style.device)
    return SortedProjections(directions=unit, values=_sorted(style, unit))


def sliced_wasserstein_loss(features: Tensor, target: SortedProjections) -> Tensor:
    """Mean over directions of the squared Wasserstein-2 distance of the projected features.

    Args:
        features: (B, C, H, W) float.
        target: :func:`sorted_projections` of the style; its positions may be more or fewer.

    Returns:
        (B,) float32, at least 0: 0 if and, but for the number of directions, only if both hold
        the same features, wherever they are.

    Raises:
        ValueError: if ``features`` is not (B, C, H, W).

    Reference:
        Heitz, Vanhoey, Chambon, Belcour 2021 (arXiv 2006.07229), eq. 4 to 6.

    Deviations:
        The directions stay the same, so that the loss is a function of the picture alone; there
        are at least 32 of them. Where the numbers of positions differ, the style's sorted
        projections are interpolated.
    """
    check_maps(features)
    own, wanted = _sorted(features, target.directions), target.values
    if wanted.shape[2] != own.shape[2]:
        wanted = functional.interpolate(
            wanted, size=own.shape[2], mode="linear", align_corners=False
        )
    return (own - wanted).square().mean(dim=(1, 2))


def _sorted(features: Tensor, directions: Tensor) -> Tensor:
    projections = directions @ flat_rows(widened(features)).transpose(1, 2)
    # stable: equal values get their gradients in the same order on every device
    return projections.sort(dim=2, stable=True).values
