"""Balanced Gram distance: how different two pictures' feature correlations are, from 0 to 1."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from metrics.taps import Features, TapDistances, check_same_taps, check_tap

__all__ = ["balanced_distance", "balanced_gram_distance", "gram_matrices", "gram_matrix"]

Gram = NDArray[np.float64]


def gram_matrix(features: NDArray[np.float32]) -> Gram:
    """Correlations between the channels, averaged over the positions: G = F Fᵀ / (H W).

    Args:
        features: (C, H, W), floating point.

    Returns:
        (C, C) float64, in the square of the features' unit; not divided by the channels.

    Raises:
        TypeError: the features are not floating point.
        ValueError: the shape is not (C, H, W), or it is empty.

    Reference:
        Gatys, Ecker, Bethge 2015, arXiv 1508.06576, eq. 3, which does not divide.
    """
    check_tap("gram_matrix", features)
    # float64: the distance subtracts two nearly equal matrices once a transfer has converged.
    flat = features.reshape(features.shape[0], -1).astype(np.float64)
    gram: Gram = flat @ flat.T / flat.shape[1]
    return gram


def gram_matrices(features: Features) -> dict[str, Gram]:
    """``gram_matrix`` of every tap; keep those of a style that many results are compared with."""
    return {tap: gram_matrix(values) for tap, values in features.items()}


def balanced_distance(a: Mapping[str, Gram], b: Mapping[str, Gram]) -> TapDistances:
    """Compare Gram matrices: d = ‖A - B‖² / (‖A‖² + ‖B‖²) for each tap (Frobenius norms).

    Args:
        a: Tap name to Gram matrix, (C, C) each.
        b: The same taps of the other picture.

    Returns:
        One distance in [0, 1] a tap: 0 if and only if the matrices are equal (two matrices of
        zeros too), 1 if and only if no direction in channel space carries energy in both.

    Raises:
        ValueError: the taps or the shapes of the matrices differ.

    Reference:
        Cheng et al. 2021, arXiv 2104.10064, divide by the supremum of the loss; Gram matrices
        are positive semidefinite, so their inner product is at least 0 and the bound is 1.
    """
    check_same_taps(a, b)
    return TapDistances(by_tap={tap: _balanced(tap, a[tap], b[tap]) for tap in a})


def _balanced(tap: str, a: Gram, b: Gram) -> float:
    if a.shape != b.shape:
        raise ValueError(f"{tap}: Gram matrices of equal shape, got {a.shape} and {b.shape}")
    difference = a - b
    total = float(np.vdot(a, a) + np.vdot(b, b))
    return float(np.vdot(difference, difference)) / total if total > 0 else 0.0


def balanced_gram_distance(a: Features, b: Features) -> TapDistances:
    """``style/gram``: balanced distance of the Gram matrices of two pictures' features.

    Args:
        a: Tap name to features, (C, H, W) float32 each.
        b: The same taps and channels of the other picture; H and W may differ.

    Returns:
        One distance in [0, 1] a tap and their ``mean``; symmetric, 0 for equal pictures.

    Raises:
        TypeError: features are not floating point.
        ValueError: the taps or the channels differ, or a shape is not (C, H, W).
    """
    check_same_taps(a, b)
    return balanced_distance(gram_matrices(a), gram_matrices(b))
