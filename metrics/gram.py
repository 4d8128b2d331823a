"""Gram distances: how different two pictures' feature correlations are, from 0 to 1."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from metrics.taps import Features, TapDistances, balanced_by_tap, check_same_taps, check_tap

__all__ = [
    "balanced_distance",
    "balanced_gram_distance",
    "cosine_distance",
    "gram_matrices",
    "gram_matrix",
]

Gram = NDArray[np.float64]

_NOUN = "Gram matrices"


def gram_matrix(features: NDArray[np.float32]) -> Gram:
    """Correlations between the channels, averaged over the positions: G = F Fᵀ / (H W).

    Args:
        features: (C, H, W), floating point.

    Returns:
        (C, C) float64, in the square of the features' unit; not divided by the channels.

    Raises:
        TypeError: the features are not floating point.
        ValueError: the shape is not (C, H, W), it is empty, or a value is not finite.

    Reference:
        Gatys, Ecker, Bethge 2015, arXiv 1508.06576, eq. 3, which does not divide.
    """
    return _gram_matrix("gram_matrix", features)


def gram_matrices(features: Features) -> dict[str, Gram]:
    """``gram_matrix`` of every tap; keep those of a style that many results are compared with."""
    return {tap: _gram_matrix(tap, values) for tap, values in features.items()}


def _gram_matrix(tap: str, features: NDArray[np.float32]) -> Gram:
    check_tap(tap, features)
    # float64: the distance subtracts two nearly equal matrices once a transfer has converged.
    flat = features.reshape(features.shape[0], -1).astype(np.float64)
    gram: Gram = flat @ flat.T / flat.shape[1]
    return gram


def balanced_distance(a: Mapping[str, Gram], b: Mapping[str, Gram]) -> TapDistances:
    """Compare Gram matrices: d = ‖A - B‖² / (‖A‖² + ‖B‖²) for each tap (Frobenius norms).

    Args:
        a: Tap name to Gram matrix, (C, C) each.
        b: The same taps of the other picture.

    Returns:
        One distance in [0, 1] a tap: 0 if and only if the matrices are equal (two matrices of
        zeros too), 1 if and only if no direction in channel space carries energy in both.

    Raises:
        ValueError: the taps or the shapes of the matrices differ, or a value is not finite.

    Reference:
        Cheng et al. 2021, arXiv 2104.10064, divide by the supremum of the loss; Gram matrices
        are positive semidefinite, so their inner product is at least 0 and the bound is 1.
    """
    return balanced_by_tap(a, b, _NOUN)


def balanced_gram_distance(a: Features, b: Features) -> TapDistances:
    """``style/gram``: balanced distance of the Gram matrices of two pictures' features.

    Args:
        a: Tap name to features, (C, H, W) float32 each.
        b: The same taps and channels of the other picture; H and W may differ.

    Returns:
        One distance in [0, 1] a tap and their ``mean``; symmetric, 0 for equal pictures.

    Raises:
        TypeError: features are not floating point.
        ValueError: the taps or the channels differ, a shape is not (C, H, W), or a value is not
            finite.
    """
    check_same_taps(a, b)
    return balanced_distance(gram_matrices(a), gram_matrices(b))


def cosine_distance(a: Mapping[str, Gram], b: Mapping[str, Gram]) -> TapDistances:
    """``style/gram_cosine``: 1 - ⟨A, B⟩ / (‖A‖ ‖B‖) for each tap (Frobenius norms).

    Blind to the strength of the features, so to a contrast that differs; ``balanced_distance`` is
    not.

    Args:
        a: Tap name to Gram matrix, (C, C) each.
        b: The same taps of the other picture.

    Returns:
        One distance in [0, 1] a tap and their ``mean``: 0 if and only if the matrices are
        proportional, 1 if and only if no direction in channel space carries energy in both. A
        matrix of zeros has no direction: it is at 0 from another such, else at 1. Symmetric.

    Raises:
        ValueError: the taps or the shapes of the matrices differ, or a value is not finite.

    Reference:
        Wang, Zhao, Chen et al. 2021, CVIU 207, 103203: the first term of GE, subtracted from 1.
    """
    check_same_taps(a, b)
    return TapDistances(by_tap={tap: _cosine(tap, a[tap], b[tap]) for tap in a})


def _cosine(tap: str, a: Gram, b: Gram) -> float:
    if a.shape != b.shape:
        raise ValueError(f"{tap}: {_NOUN} of equal shape, got {a.shape} and {b.shape}")
    norms = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if not all(map(math.isfinite, norms)):
        raise ValueError(f"{tap}: {_NOUN} must be finite, got norms of {norms[0]} and {norms[1]}")
    if 0 in norms:
        return float(norms[0] != norms[1])
    # ‖u - v‖² / 2 of the unit matrices: the same number, without the digits that 1 - cos loses.
    difference = a / norms[0] - b / norms[1]
    return min(1.0, float(np.vdot(difference, difference)) / 2)
