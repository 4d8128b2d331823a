"""Feature distance: how far two pictures' features differ, place by place."""

import numpy as np
from numpy.typing import NDArray

from metrics.taps import Features, TapDistances, check_same_taps, check_tap

__all__ = ["feature_distance"]

# The same guard against empty positions as the lpips package's normalize_tensor.
_TINY = 1e-10


def feature_distance(a: Features, b: Features) -> TapDistances:
    """``content/feature_distance``: LPIPS without its learned weights.

    At every position the vector of channels is scaled to length one; the squared distance of the
    two vectors is averaged over the positions.

    Args:
        a: Tap name to features, (C, H, W) float32 each.
        b: The same taps and shapes of the other picture.

    Returns:
        One distance a tap and their ``mean``: 0 for equal features, 2 for orthogonal ones, at most
        4; features after a ReLU are never negative and stay within [0, 2]. Symmetric. A position
        where all channels are zero has no direction: it is at 0 from another such, else at 1.

    Raises:
        TypeError: features are not floating point.
        ValueError: the taps or the shapes differ, or a shape is not (C, H, W).

    Reference:
        Zhang et al. 2018, arXiv 1801.03924, eq. 1.

    Deviations:
        All channel weights are 1, and the taps are averaged instead of summed.
    """
    check_same_taps(a, b)
    return TapDistances(by_tap={tap: _tap_distance(tap, a[tap], b[tap]) for tap in a})


def _tap_distance(tap: str, a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    check_tap(tap, a)
    check_tap(tap, b)
    if a.shape != b.shape:
        raise ValueError(f"{tap}: features of equal shape are needed, got {a.shape} and {b.shape}")
    difference = _unit_channels(a) - _unit_channels(b)
    squared = np.einsum("chw,chw->hw", difference, difference)
    return float(squared.mean(dtype=np.float64))


def _unit_channels(features: NDArray[np.float32]) -> NDArray[np.float32]:
    norm = np.sqrt(np.einsum("chw,chw->hw", features, features))
    unit: NDArray[np.float32] = features / (norm + _TINY)
    return unit
