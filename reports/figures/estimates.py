"""Means over pairs with what is known of them: what figures draw as a point and its bar."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reports import statistics
from reports.clusters import infer_mean, sharing_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Estimate", "estimate_mean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over pairs.

    ``low`` and ``high`` are the ends of its 95 % interval where ``is_interval``, else the
    smallest and the largest pair; NaN without pairs.
    """

    mean: float
    low: float
    high: float
    n_pairs: int
    is_interval: bool


def estimate_mean(column: "pd.Series[float]", pictures: Mapping[str, tuple[str, str]]) -> Estimate:
    """Estimate the mean of one value per pair, by the rules of the table.

    Args:
        column: index pair; NaN where there is no value.
        pictures: content and style of every pair.
    """
    present = column.dropna()
    values = np.asarray(present, dtype=np.float64)
    if not values.size:
        return Estimate(mean=math.nan, low=math.nan, high=math.nan, n_pairs=0, is_interval=False)
    mean = float(values.mean())
    shared = sharing_of(tuple(pictures[str(pair)] for pair in present.index))
    if values.size < statistics.MINIMUM_PAIRS or shared.refusal:
        low, high = float(values.min()), float(values.max())
        return Estimate(mean=mean, low=low, high=high, n_pairs=values.size, is_interval=False)
    half = infer_mean(values, shared).half_width
    return Estimate(
        mean=mean, low=mean - half, high=mean + half, n_pairs=values.size, is_interval=True
    )
