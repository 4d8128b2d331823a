"""What all losses share: the shape of features, and the number format they are summed in."""

import torch
from torch import Tensor

__all__ = ["check_maps", "flat_rows", "pair_of_maps", "widened"]

_BATCH_NDIM = 4


def widened(values: Tensor) -> Tensor:
    """Return values in float32, or as they are if they are float64."""
    return values if values.dtype == torch.float64 else values.float()


def check_maps(features: Tensor) -> None:
    """Refuse what is not (B, C, H, W).

    Raises:
        ValueError: if ``features`` has another number of dimensions.
    """
    if features.ndim != _BATCH_NDIM:
        raise ValueError(f"features must be (B, C, H, W), got {tuple(features.shape)}")


def pair_of_maps(features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return features and target widened.

    Args:
        features: (B, C, H, W) float.
        target: (B, C, H, W) or (1, C, H, W) float.

    Raises:
        ValueError: if the maps are not of the same shape, batch aside.
    """
    if features.ndim != _BATCH_NDIM or features.shape[1:] != target.shape[1:]:
        raise ValueError(
            "features and target must both be (B, C, H, W) of one shape, "
            f"got {tuple(features.shape)} and {tuple(target.shape)}"
        )
    return widened(features), widened(target)


def flat_rows(features: Tensor) -> Tensor:
    """View (B, C, H, W) as (B, H·W, C): free where channels come last in memory."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)
