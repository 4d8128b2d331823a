"""The arithmetic of the benchmark of samplers: regret, paired comparison, hypervolume."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reports.statistics import ALPHA, Values, holm, sign_flip_p, t_half_width

__all__ = ["BETTER", "UNDECIDED", "WORSE", "Difference", "compared", "hypervolume", "regrets"]

BETTER, UNDECIDED, WORSE = "beats random", "no difference found", "worse than random"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How a method compares with random search, over seeds.

    Attributes:
        mean: Of method less random, one difference a seed.
        half_width: Of its 95 % t interval; NaN for a single seed.
        p: Of the sign-flip test, adjusted by Holm over the methods compared together.
        verdict: In words.
    """

    mean: float
    half_width: float
    p: float
    verdict: str


def regrets(values: Sequence[float], best: float) -> Values:
    """Return how far the best value so far lies below the best of all, after each trial.

    Args:
        values: Of each trial in the order of asking; larger is better.
        best: Of everything that could have been tried.
    """
    so_far: Values = best - np.maximum.accumulate(np.asarray(values, dtype=np.float64))
    return so_far


def compared(
    lost: Mapping[str, Sequence[float]], reference: Sequence[float]
) -> dict[str, Difference]:
    """Compare methods with a reference, seed by seed.

    Args:
        lost: Method to what it lost with each seed: smaller is better.
        reference: The same of the reference, in the same order of seeds.
    """
    differences = {
        method: np.subtract(values, reference, dtype=np.float64) for method, values in lost.items()
    }
    adjusted = holm([sign_flip_p(one, seed=0) for one in differences.values()])
    return {
        method: Difference(
            mean=float(one.mean()),
            half_width=t_half_width(one),
            p=p,
            verdict=_verdict(float(one.mean()), p),
        )
        for (method, one), p in zip(differences.items(), adjusted, strict=True)
    }


def _verdict(mean: float, p: float) -> str:
    if p >= ALPHA:
        return UNDECIDED
    return BETTER if mean < 0 else WORSE


def hypervolume(points: Values, reference: Sequence[float]) -> float:
    """Return the area that points of two metrics dominate.

    Args:
        points: (n, 2), larger is better; what does not exceed the reference counts for nothing.
        reference: The corner from which the area is measured.
    """
    shifted = np.maximum(np.asarray(points, dtype=np.float64) - reference, 0)
    area, height = 0.0, 0.0
    for width, tall in sorted(map(tuple, shifted), reverse=True):
        if tall > height:
            area += width * (tall - height)
            height = tall
    return area
