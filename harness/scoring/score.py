"""Raw distances of a picture, the anchors of its pair, and the scores made of both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from harness.images.resize import resize_long_side, resize_to
from harness.scoring.distances import (
    Collected,
    averaged,
    content_distances,
    picture_distances,
    start_distances,
    style_distances,
)
from harness.scoring.evaluators import EvaluatorSpec
from harness.scoring.view import View, make_view
from metrics.flags import flags_of
from metrics.scores import anchored_similarity, content_score, mean_of_logs, style_gain

__all__ = ["Measurement", "PairScorer", "StylePixels"]

ASPECT_TOLERANCE = 0.02  # a picture of other proportions is not aligned with the content
ROUNDED_PX = 1  # but every side is a whole number of pixels, which is much of a short one

GAINS = ("style/gram", "style/color_swd", "style/gabor")
"""Distances whose logarithm is in a score: the least that means something must be known."""

Numbers = dict[str, float]

StylePixels = np.ndarray | Sequence[tuple[np.ndarray, float]]
"""(H, W, 3) uint8, sRGB, at its own size; or several of these, each with its weight."""


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

    Of several styles every distance to a style, those of the anchors too, is the mean of the
    distances to each, with their weights; the content's distances and what a style leaves of them
    likewise. So the style gain is still how much closer to the styles, on average, a picture is
    than the content. No picture is as close to all of several styles as to one, so the gains of
    a mixture lie lower than those of a single style.

    Args:
        content: (H, W, 3) uint8, sRGB, at its own size, framed as the results are (see
            ``harness.images.geometry.framed``).
        style: (H, W, 3) uint8, sRGB, at its own size; or several of these with their weights,
            of which only the ratios matter.
        evaluator: The sweep's evaluator.

    Raises:
        ValueError: A weight is not above 0, or there is no style.
    """

    def __init__(self, content: np.ndarray, style: StylePixels, evaluator: EvaluatorSpec) -> None:
        self._evaluator = evaluator
        self._shape = content.shape[:2]
        self._content = self._view(resize_long_side(content, evaluator.size_px))
        styles = _with_shares(style)
        self._styles = [
            (self._view(resize_long_side(one, evaluator.size_px)), share) for one, share in styles
        ]
        self.anchors = self._anchors(styles)

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
            ValueError: The picture's proportions differ from the content's by more than 2 % and
                by more than rounding its sides to pixels explains.
        """
        pixels = self._aligned(picture)
        view = self._view(pixels, detailed=detailed)
        found = self._content_distances(view) | self._style_distances(view)
        flags: tuple[str, ...] = ()
        if detailed:
            found |= picture_distances(pixels)
            flags = self._flags(pixels)
            if start is not None:
                found |= start_distances(pixels, self._aligned(start))
        return Measurement(
            distances=found.values,
            scores=scores_of(found.values, self.anchors, self._evaluator.content_metric),
            flags=flags,
            absent=found.absent,
        )

    def _anchors(self, styles: Sequence[tuple[np.ndarray, float]]) -> Numbers:
        height, width = self._content.pixels.shape[:2]
        stretched = averaged(
            (self._content_distances(self._view(resize_to(style, height, width))), share)
            for style, share in styles
        ).values
        epsilons = averaged(
            (style_distances(self._moved(view), view), share) for view, share in self._styles
        ).values
        return (
            self._style_distances(self._content).values
            | stretched
            | {f"epsilon/{name}": epsilons[name] for name in GAINS if name in epsilons}
        )

    def _moved(self, view: View) -> View:
        return self._view(np.ascontiguousarray(view.pixels[1:, 1:]), detailed=False)

    def _style_distances(self, view: View) -> Collected:
        return averaged((style_distances(view, style), share) for style, share in self._styles)

    def _flags(self, pixels: np.ndarray) -> tuple[str, ...]:
        """Return every flag that a picture has beside the content and one of the styles."""
        found = [flags_of(pixels, self._content.pixels, style.pixels) for style, _ in self._styles]
        return tuple(dict.fromkeys(flag for flags in found for flag in flags))

    def _aligned(self, picture: np.ndarray) -> np.ndarray:
        """Bring a picture to the size of the content's view, place upon place."""
        if not _has_proportions(picture.shape[:2], self._shape):
            raise ValueError(
                f"a picture of {picture.shape[1]}×{picture.shape[0]} pixels cannot be compared "
                f"with a content of {self._shape[1]}×{self._shape[0]}: their proportions differ "
                "by more than 2 %"
            )
        return resize_to(picture, *self._content.pixels.shape[:2])

    def _view(self, pixels: np.ndarray, *, detailed: bool = True) -> View:
        return make_view(pixels, self._evaluator, detailed=detailed)

    def _content_distances(self, view: View) -> Collected:
        detailed = view.details is not None
        return content_distances(view, self._content, self._evaluator, detailed=detailed)


def _with_shares(style: StylePixels) -> list[tuple[np.ndarray, float]]:
    """Return every style with its part of the whole."""
    styles = [(style, 1.0)] if isinstance(style, np.ndarray) else list(style)
    if not styles or not all(weight > 0 for _, weight in styles):
        raise ValueError(
            f"the weights of styles are above 0, got {[weight for _, weight in styles]}"
        )
    total = sum(weight for _, weight in styles)
    return [(pixels, weight / total) for pixels, weight in styles]


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


def _has_proportions(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Tell whether a picture shows all of another one, height and width scaled alike."""
    (height, width), (wanted_height, wanted_width) = shape, wanted
    proportion = (width / height) / (wanted_width / wanted_height)
    return (
        abs(proportion - 1) <= ASPECT_TOLERANCE
        or abs(height - width * wanted_height / wanted_width) <= ROUNDED_PX
        or abs(width - height * wanted_width / wanted_height) <= ROUNDED_PX
    )
