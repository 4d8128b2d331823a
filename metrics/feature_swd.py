"""Feature SWD: sliced Wasserstein distance between two pictures' distributions of features."""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from metrics.taps import Features, TapDistances, balanced_by_tap, check_same_taps, check_tap

__all__ = ["Projections", "projections", "swd_distance"]

_DIRECTIONS = 64
_QUANTILES = 1024
# Sorting every position of a shallow tap would cost more than the network itself.
_MOST_POSITIONS = 16_384
_SEED = 2021


@dataclass(frozen=True, slots=True, kw_only=True)
class Projections:
    """Distribution of one tap's features along the directions of its channel space.

    Attributes:
        channels: Number of the tap's channels, on which the directions depend.
        quantiles: (64, 1024) float64, ascending along each direction.
    """

    channels: int
    quantiles: NDArray[np.float64]


def projections(features: Features) -> dict[str, Projections]:
    """Distribution of the features along 64 fixed directions of channel space.

    Each position of a tap is a point in channel space. The points are projected on the directions;
    of each projection 1024 quantiles are kept: the values at the levels 1/2048, 3/2048 … of its
    cumulative distribution, which is a staircase.

    The directions are normalised vectors of normal numbers, made from the raw output of PCG64,
    which NumPy promises not to change, by the inverse of the normal distribution. Of a tap with
    more than 16384 positions that many are taken, spread by the plastic number's sequence.

    Args:
        features: Tap name to features, (C, H, W) float32 each.

    Returns:
        Tap name to projections; keep those of a style that many results are compared with.

    Raises:
        TypeError: features are not floating point.
        ValueError: a shape is not (C, H, W), it is empty, or a value is not finite.
    """
    return {tap: _projections(tap, values) for tap, values in features.items()}


def swd_distance(a: Mapping[str, Projections], b: Mapping[str, Projections]) -> TapDistances:
    """``style/feature_swd``: balanced sliced Wasserstein-2 distance of features, squared.

    d = Σ (qa - qb)² / (Σ qa² + Σ qb²) for each tap, over the quantiles of all directions. Unlike
    Gram matrices and channel statistics it sees the whole distribution.

    Args:
        a: ``projections`` of one picture.
        b: Those of the other: the same taps and channels. The pictures' sizes may differ.

    Returns:
        One distance a tap and their ``mean``: 0 for equal distributions; at most 1 for features
        after a ReLU but for the directions' unevenness, else at most 2. Symmetric; the same where
        both pictures' features are multiplied by one number.

    Raises:
        ValueError: the taps or the channels differ, or a value is not finite.

    Reference:
        Heitz, Vanhoey, Chambon, Belcour 2021, arXiv 2006.07229.

    Deviations:
        The directions are fixed instead of drawn anew each time, the numbers of positions may
        differ, and the sum of squares is balanced as in ``style/gram``.
    """
    check_same_taps(a, b)
    for tap in a:
        if a[tap].channels != b[tap].channels:
            found = f"{a[tap].channels} and {b[tap].channels}"
            raise ValueError(f"{tap}: projections of as many channels are needed, got {found}")
    return balanced_by_tap(_quantiles(a), _quantiles(b), "projections")


def _quantiles(by_tap: Mapping[str, Projections]) -> dict[str, NDArray[np.float64]]:
    return {tap: found.quantiles for tap, found in by_tap.items()}


def _projections(tap: str, features: NDArray[np.float32]) -> Projections:
    check_tap(tap, features)
    channels, rows, columns = features.shape
    points = features.reshape(channels, -1)
    if rows * columns > _MOST_POSITIONS:
        points = points[:, _spread_positions(rows, columns)]
    projected = np.sort(_directions(channels) @ points.astype(np.float32, copy=False), axis=1)
    count = projected.shape[1]
    levels = ((np.arange(_QUANTILES) + 0.5) * count / _QUANTILES).astype(np.intp)
    return Projections(channels=channels, quantiles=projected[:, levels].astype(np.float64))


@functools.lru_cache(maxsize=16)
def _directions(channels: int) -> NDArray[np.float32]:
    """Unit vectors that no version of NumPy or SciPy draws differently: (64, channels)."""
    raw = np.random.PCG64(_SEED).random_raw(_DIRECTIONS * channels)
    # The upper 52 bits, in the middle of their step: never 0 or 1, where the inverse is infinite.
    uniform = ((raw >> np.uint64(12)).astype(np.float64) + 0.5) / 2**52
    normal = ndtri(uniform).reshape(_DIRECTIONS, channels)
    unit: NDArray[np.float64] = normal / np.linalg.norm(normal, axis=1, keepdims=True)
    return unit.astype(np.float32)


@functools.lru_cache(maxsize=16)
def _spread_positions(rows: int, columns: int) -> NDArray[np.intp]:
    """Positions spread evenly over a tap, off any grid that a texture could share.

    Reference:
        Roberts 2018, "The unreasonable effectiveness of quasirandom sequences": R2.
    """
    plastic = (((9 + math.sqrt(69)) / 18) ** (1 / 3)) + (((9 - math.sqrt(69)) / 18) ** (1 / 3))
    index = np.arange(_MOST_POSITIONS)
    row = ((0.5 + index / plastic) % 1 * rows).astype(np.intp)
    column = ((0.5 + index / plastic**2) % 1 * columns).astype(np.intp)
    positions: NDArray[np.intp] = row * columns + column
    return positions
