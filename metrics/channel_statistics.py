"""Channel statistics: how different the means and the spread of two pictures' features are."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from metrics.taps import Features, TapDistances, balanced_by_tap, check_tap

__all__ = ["ChannelStatistics", "channel_distance", "channel_statistics"]

ChannelStatistics = NDArray[np.float64]
"""(2, C) float64: the channels' means, then their standard deviations."""


def channel_statistics(features: Features) -> dict[str, ChannelStatistics]:
    """Mean and standard deviation of every channel over the positions.

    Args:
        features: Tap name to features, (C, H, W) float32 each.

    Returns:
        Tap name to (2, C) float64; keep those of a style that many results are compared with. The
        deviations are those of the positions at hand, divided by their number.

    Raises:
        TypeError: features are not floating point.
        ValueError: a shape is not (C, H, W), it is empty, or a value is not finite.
    """
    return {tap: _statistics(tap, values) for tap, values in features.items()}


def channel_distance(
    a: Mapping[str, ChannelStatistics], b: Mapping[str, ChannelStatistics]
) -> TapDistances:
    """``style/channel_stats``: balanced distance of the channels' means and deviations.

    d = (‖μa - μb‖² + ‖σa - σb‖²) / (‖μa‖² + ‖μb‖² + ‖σa‖² + ‖σb‖²) for each tap.

    Args:
        a: ``channel_statistics`` of one picture.
        b: Those of the other: the same taps and channels.

    Returns:
        One distance a tap and their ``mean``: 0 if and only if the statistics are equal; at most
        1 for features after a ReLU, whose means are never negative, else at most 2. Symmetric.

    Raises:
        ValueError: the taps or the channels differ, or a value is not finite.

    Reference:
        Huang & Belongie 2017, arXiv 1703.06868, eq. 13, for the statistics.

    Deviations:
        Squared and balanced as ``style/gram``, so that taps and styles can be compared.
    """
    return balanced_by_tap(a, b, "channel statistics")


def _statistics(tap: str, features: NDArray[np.float32]) -> ChannelStatistics:
    check_tap(tap, features)
    flat = features.reshape(features.shape[0], -1)
    mean = flat.mean(axis=1, dtype=np.float64)
    # Around the mean: the mean of squares less the squared mean would lose a faint spread.
    centred = flat - mean[:, np.newaxis]
    return np.stack([mean, np.sqrt(np.einsum("cp,cp->c", centred, centred) / flat.shape[1])])
