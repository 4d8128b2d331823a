"""Features by tap: the checks and the result that the measurements on features share."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Features", "TapDistances", "balanced_by_tap", "check_same_taps", "check_tap"]

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
        TypeError: not an array of floating point.
        ValueError: the shape is not (C, H, W), something is empty, or a value is not finite.
    """
    if not isinstance(features, np.ndarray) or not np.issubdtype(features.dtype, np.floating):
        kind = getattr(features, "dtype", type(features).__name__)
        raise TypeError(f"{tap}: features are floating point, got {kind}")
    if features.ndim != 3 or features.size == 0:  # noqa: PLR2004 (C, H, W)
        raise ValueError(f"{tap}: features have shape (C, H, W), got {features.shape}")
    # min and max carry NaN on; isfinite would write an array as large as the features.
    ends = float(features.min()), float(features.max())
    if not all(map(math.isfinite, ends)):
        raise ValueError(f"{tap}: features must be finite, got values from {ends[0]} to {ends[1]}")


def check_same_taps(a: Mapping[str, object], b: Mapping[str, object]) -> None:
    """Refuse two sets of features that are empty or not of the same taps.

    Raises:
        ValueError: the taps differ, or there are none.
    """
    if not a or a.keys() != b.keys():
        raise ValueError(f"the same taps are needed, at least one; got {list(a)} and {list(b)}")


def balanced_by_tap(
    a: Mapping[str, NDArray[np.float64]], b: Mapping[str, NDArray[np.float64]], noun: str
) -> TapDistances:
    """Compare statistics: ‖A - B‖² / (‖A‖² + ‖B‖²) for each tap, whatever their shape.

    Args:
        a: Tap name to statistics.
        b: The same taps and shapes of the other picture.
        noun: What the statistics are, for messages.

    Returns:
        One distance a tap: 0 for equal statistics (two of zeros too); 1 for orthogonal ones and
        at most 1 where their inner product is never negative; at most 2.

    Raises:
        ValueError: the taps or the shapes differ, or a value is not finite.
    """
    check_same_taps(a, b)
    return TapDistances(by_tap={tap: _balanced(f"{tap}: {noun}", a[tap], b[tap]) for tap in a})


def _balanced(what: str, a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    if a.shape != b.shape:
        raise ValueError(f"{what} of equal shape, got {a.shape} and {b.shape}")
    difference = a - b
    total = float(np.vdot(a, a) + np.vdot(b, b))
    if not math.isfinite(total):
        raise ValueError(f"{what} must be finite, got a sum of squares of {total}")
    return float(np.vdot(difference, difference)) / total if total > 0 else 0.0
