"""Raw distances of a picture, the anchors of its pair, and the scores made of both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from harness.images.resize import resize_long_side, resize_to
from harness.scoring.evaluators import EvaluatorSpec
from harness.scoring.features import Features, features_of, lpips_network
from metrics.color import color_swd
from metrics.features import feature_distance
from metrics.gabor import gabor_distance
from metrics.gram import balanced_distance, gram_matrices
from metrics.scores import anchored_similarity, content_score, mean_of_logs, style_gain
from metrics.structure import edge_f1, ms_ssim, ssim

__all__ = ["Measurement", "PairScorer"]

ASPECT_TOLERANCE = 0.02  # a picture of other proportions is not aligned with the content

Numbers = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Raw distances by metric, and the scores derived from them with the pair's anchors.

    A score that has no meaning for the pair (content and style are the same picture, say) is
    absent.
    """

    distances: Mapping[str, float]
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """A picture at the evaluation size: pixels, Gram matrices of the style taps, content taps."""

    pixels: np.ndarray
    grams: Mapping[str, np.ndarray]
    content: Features


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

    def measure(self, picture: np.ndarray) -> Measurement:
        """Score a picture.

        Args:
            picture: (H, W, 3) uint8, sRGB: the saved 8-bit result, of any size.

        Raises:
            ValueError: The picture's proportions differ from the content's by more than 2 %.
        """
        view = self._view(_aligned(picture, self._content.pixels))
        distances = self._content_distances(view) | _style_distances(view, self._style)
        return Measurement(
            distances=distances,
            scores=scores_of(distances, self.anchors, self._evaluator.content_metric),
        )

    def _anchors(self, style: np.ndarray) -> Numbers:
        height, width = self._content.pixels.shape[:2]
        stretched = self._view(resize_to(style, height, width))
        moved = self._view(np.ascontiguousarray(self._style.pixels[1:, 1:]))
        epsilons = _style_distances(moved, self._style)
        return (
            _style_distances(self._content, self._style)
            | self._content_distances(stretched)
            | {f"epsilon/{name}": value for name, value in epsilons.items()}
        )

    def _view(self, pixels: np.ndarray) -> _View:
        style, content = features_of(pixels, self._evaluator)
        return _View(pixels=pixels, grams=gram_matrices(style), content=content)

    def _content_distances(self, view: _View) -> Numbers:
        pixels, reference = view.pixels, self._content.pixels
        distances = {
            "content/ssim": ssim(pixels, reference),
            "content/ms_ssim": ms_ssim(pixels, reference),
            "content/edge_f1": edge_f1(pixels, reference),
            "content/feature_distance": feature_distance(view.content, self._content.content).mean,
        }
        if self._evaluator.content_metric == "content/lpips":
            distances["content/lpips"] = lpips_network().distance(pixels, reference)
        return distances


def _style_distances(view: _View, target: _View) -> Numbers:
    return {
        "style/gram": balanced_distance(view.grams, target.grams).mean,
        "style/color_swd": color_swd(view.pixels, target.pixels),
        "style/gabor": gabor_distance(view.pixels, target.pixels),
    }


def scores_of(
    distances: Mapping[str, float], anchors: Mapping[str, float], content_metric: str
) -> Numbers:
    """Derive both evaluators' style gain (nats) and content score (1 = untouched, 0 = lost).

    Args:
        distances: Raw distances by metric.
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
        except ValueError:  # the pair gives this score no meaning: absent, never made up
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
