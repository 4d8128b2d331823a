"""Which points of a curve are kept where it is drawn."""

import numpy as np

__all__ = ["curve_steps"]

CURVE_POINTS = 100  # a curve of this many points is drawn well; trace.json has them all


def curve_steps(length: int) -> list[int]:
    """Return at most ``CURVE_POINTS`` indices of a curve, its first and last among them."""
    if length <= CURVE_POINTS:
        return list(range(length))
    return [int(step) for step in np.unique(np.linspace(0, length - 1, CURVE_POINTS).round())]
