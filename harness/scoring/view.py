"""A picture as evaluators see it: pixels at the evaluation size, and a network's features."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harness.scoring.evaluators import EvaluatorSpec
from harness.scoring.features import Features, features_of
from metrics.channel_statistics import channel_statistics
from metrics.feature_swd import Projections, projections
from metrics.gram import gram_matrices
from metrics.histogram import color_histogram

__all__ = ["Details", "View", "make_view"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What only the measurements need that no score is made of."""

    channels: Mapping[str, np.ndarray]
    projections: Mapping[str, Projections]
    colors: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Pixels (H, W, 3) uint8, Gram matrices of the style taps, features of the content taps.

    The features of the style taps are not kept: they are the largest part, and two pictures' are
    never compared place by place.
    """

    pixels: np.ndarray
    grams: Mapping[str, np.ndarray]
    content: Features
    details: Details | None


def make_view(pixels: np.ndarray, evaluator: EvaluatorSpec, *, detailed: bool) -> View:
    """Look at a picture with an evaluator's network.

    Args:
        pixels: (H, W, 3) uint8, sRGB, at the evaluation size.
        evaluator: Names the network and its taps.
        detailed: Whether more is asked for than scores.
    """
    style, content = features_of(pixels, evaluator)
    details = (
        Details(
            channels=channel_statistics(style),
            projections=projections(style),
            colors=color_histogram(pixels),
        )
        if detailed
        else None
    )
    return View(pixels=pixels, grams=gram_matrices(style), content=content, details=details)
