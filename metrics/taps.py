"""Features by tap: the checks and the result that the measurements on features share."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Features", "TapDistances", "check_same_taps", "check_tap"]

Features = Mapping[str, NDArray[np.float32]]
"""Tap name to features, (C, H, W) float32 each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TapDistances:
    """One distance for each tap; ``mean`` is the measurement."""

    by_tap: Mapping[str, float]

    @property
    def mean(self) -> float:
        """Mean over the taps, each counting the same."""
        return math.fsum(self.by_tap.values()) / len(self.by_tap)


def check_tap(tap: str, features: NDArray[np.float32]) -> None:
    """Refuse what is not the features of one tap.

    Raises:
        TypeError: not floating point.
        ValueError: the shape is not (C, H, W), or something is empty.
    """
    if not np.issubdtype(features.dtype, np.floating):
        raise TypeError(f"{tap}: features are floating point, got {features.dtype}")
    if features.ndim != 3 or features.size == 0:  # noqa: PLR2004 (C, H, W)
        raise ValueError(f"{tap}: features have shape (C, H, W), got {features.shape}")


def check_same_taps(a: Mapping[str, object], b: Mapping[str, object]) -> None:
    """Refuse two sets of features that are empty or not of the same taps.

    Raises:
        ValueError: the taps differ, or there are none.
    """
    if not a or a.keys() != b.keys():
        raise ValueError(f"the same taps are needed, at least one; got {list(a)} and {list(b)}")
