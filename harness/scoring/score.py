"""Raw distances of a picture, the anchors of its pair, and the scores made of both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from harness.images.resize import resize_long_side, resize_to
from harness.scoring.distances import (
    Collected,
    content_distances,
    picture_distances,
    start_distances,
    style_distances,
)
from harness.scoring.evaluators import EvaluatorSpec
from harness.scoring.view import View, make_view
from metrics.flags import flags_of
from metrics.scores import anchored_similarity, content_score, mean_of_logs, style_gain

__all__ = ["Measurement", "PairScorer"]

ASPECT_TOLERANCE = 0.02  # a picture of other proportions is not aligned with the content

GAINS = ("style/gram", "style/color_swd", "style/gabor")
"""Distances whose logarithm is in a score: the least that means something must be known."""

Numbers = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Raw distances by metric, and the scores derived from them with the pair's anchors.

    A score that has no meaning for the pair (content and style are the same picture, say) is
    absent. ``absent`` says of a distance why it could not be measured. ``flags`` name what looks
    broken: ``grey``, ``flat``, ``untouched``.
    """

    distances: Mapping[str, float]
    scores: Mapping[str, float]
    flags: tuple[str, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)


class PairScorer:
    """Scores pictures made of one content and one style.

    ``anchors`` are the distances that give the pair's scores their zero, by metric:
    ``style/*`` of the untouched content from the style; ``content/*`` of the style, stretched
    over the content, from the content; ``epsilon/style/*`` of the style from itself moved by one
    pixel, below which a distance means nothing.

    Args:
        content: (H, W, 3) uint8, sRGB, at its own size.
        style: (H, W, 3) uint8, sRGB, at its own size.
        evaluator: The sweep's evaluator.
    """

    def __init__(self, content: np.ndarray, style: np.ndarray, evaluator: EvaluatorSpec) -> None:
        self._evaluator = evaluator
        self._content = self._view(resize_long_side(content, evaluator.size_px))
        self._style = self._view(resize_long_side(style, evaluator.size_px))
        self.anchors = self._anchors(style)

    def measure(
        self, picture: np.ndarray, *, start: np.ndarray | None = None, detailed: bool = True
    ) -> Measurement:
        """Score a picture.

        Args:
            picture: (H, W, 3) uint8, sRGB: the saved 8-bit result, of any size.
            start: What the optimisation started from, likewise, unless that was the content.
            detailed: Whether to take every measurement and look for flags, not only what scores
                are made of.

        Raises:
            ValueError: The picture's proportions differ from the content's by more than 2 %.
        """
        pixels = _aligned(picture, self._content.pixels)
        view = self._view(pixels, detailed=detailed)
        found = self._content_distances(view) | style_distances(view, self._style)
        flags: tuple[str, ...] = ()
        if detailed:
            found |= picture_distances(pixels)
            flags = flags_of(pixels, self._content.pixels, self._style.pixels)
            if start is not None:
                found |= start_distances(pixels, _aligned(start, pixels))
        return Measurement(
            distances=found.values,
            scores=scores_of(found.values, self.anchors, self._evaluator.content_metric),
            flags=flags,
            absent=found.absent,
        )

    def _anchors(self, style: np.ndarray) -> Numbers:
        height, width = self._content.pixels.shape[:2]
        stretched = self._view(resize_to(style, height, width))
        moved = self._view(np.ascontiguousarray(self._style.pixels[1:, 1:]), detailed=False)
        epsilons = style_distances(moved, self._style).values
        return (
            style_distances(self._content, self._style).values
            | self._content_distances(stretched).values
            | {f"epsilon/{name}": epsilons[name] for name in GAINS if name in epsilons}
        )

    def _view(self, pixels: np.ndarray, *, detailed: bool = True) -> View:
        return make_view(pixels, self._evaluator, detailed=detailed)

    def _content_distances(self, view: View) -> Collected:
        detailed = view.details is not None
        return content_distances(view, self._content, self._evaluator, detailed=detailed)


def scores_of(
    distances: Mapping[str, float], anchors: Mapping[str, float], content_metric: str
) -> Numbers:
    """Derive both evaluators' style gain (nats) and content score (1 = untouched, 0 = lost).

    Args:
        distances: Raw distances by metric; a score that lacks one is absent.
        anchors: Those of the pair, see ``PairScorer``.
        content_metric: ``content/lpips`` or ``content/feature_distance``.
    """

    def gain(name: str) -> float:
        return style_gain(distances[name], anchors[name], anchors[f"epsilon/{name}"])

    def kept(name: str) -> float:
        return anchored_similarity(distances[name], anchors[name])

    candidates: dict[str, Callable[[], float]] = {
        "style/gain": lambda: gain("style/gram"),
        "content/score": lambda: content_score(distances[content_metric], anchors[content_metric]),
        "second/style/gain": lambda: mean_of_logs([gain("style/color_swd"), gain("style/gabor")]),
        "second/content/score": lambda: (kept("content/ms_ssim") + kept("content/edge_f1")) / 2,
    }
    scores: Numbers = {}
    for name, compute in candidates.items():
        try:
            scores[name] = compute()
        except (ValueError, KeyError):  # no meaning for this pair, or made of what is absent
            continue
    return scores


def _aligned(picture: np.ndarray, reference: np.ndarray) -> np.ndarray:
    height, width = reference.shape[:2]
    proportion = (picture.shape[1] / picture.shape[0]) / (width / height)
    if abs(proportion - 1) > ASPECT_TOLERANCE:
        raise ValueError(
            f"a picture of {picture.shape[1]}×{picture.shape[0]} pixels cannot be compared with a "
            f"content of {width}×{height}: their proportions differ by more than 2 %"
        )
    return resize_to(picture, height, width)
