"""Scores of one picture outside a sweep, by the same evaluators."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from harness.errors import InputError
from harness.scoring.evaluators import KINDS, choose_evaluator
from harness.scoring.score import PairScorer
from harness.spec.diagnosis import refusal
from harness.spec.models import Evaluation
from harness.sweep.settings_notes import scoring_notes

__all__ = ["SIZE_PX", "Evaluated", "evaluate_picture"]

SIZE_PX = Evaluation().size
"""Long side at which pictures are scored unless another is asked for."""

SMALLEST_SIZE_PX = 32  # of Evaluation.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What a picture scores.

    Attributes:
        scores: ``style/gain`` (nats) and ``content/score`` (1 = untouched, 0 = lost), the same
            of the second evaluator under ``second/``; one that has no meaning for this pair is
            absent.
        distances: Raw distances by metric.
        anchors: The distances that give the scores their zero.
        evaluator: Name of the evaluator; scores of different ones are not comparable.
        second_evaluator: Name of the second, which has no parameters.
        notes: What a reader of the scores should know.
    """

    scores: Mapping[str, float]
    distances: Mapping[str, float]
    anchors: Mapping[str, float]
    evaluator: str
    second_evaluator: str
    notes: tuple[str, ...]


def evaluate_picture(
    picture: np.ndarray,
    content: np.ndarray,
    style: np.ndarray,
    *,
    evaluator: str = "auto",
    size_px: int = SIZE_PX,
    optimised: Collection[str] = (),
) -> Evaluated:
    """Score a picture made of a content and a style.

    Args:
        picture: (H, W, 3) uint8, sRGB, of the content's proportions.
        content: (H', W', 3) uint8, sRGB, at its own size.
        style: (H'', W'', 3) uint8, sRGB, at its own size.
        evaluator: ``auto`` or a kind, see ``harness.scoring.evaluators.KINDS``.
        size_px: Long side in pixels at which pictures are compared.
        optimised: Identities of the parameters that the picture was made with, as far as known.

    Raises:
        InputError: There is no such evaluator, the size is too small, or the picture cannot be
            compared with the content.
        ParametersError: The evaluator's parameters are not on this machine.
    """
    if evaluator not in ("auto", *KINDS):
        raise InputError(f"evaluator: {refusal(evaluator, ('auto', *KINDS))}")
    if size_px < SMALLEST_SIZE_PX:
        raise InputError(f"size: found {size_px}; allowed: {SMALLEST_SIZE_PX} or more")
    spec = choose_evaluator(evaluator, size_px=size_px, optimised=optimised)
    try:
        scorer = PairScorer(content, style, spec)
        measured = scorer.measure(picture)
    except ValueError as error:  # proportions differ, or too thin for a metric
        raise InputError(f"no scores at {size_px} pixels: {error}") from error
    return Evaluated(
        scores=measured.scores,
        distances=measured.distances,
        anchors=scorer.anchors,
        evaluator=spec.id,
        second_evaluator=spec.second_id,
        notes=tuple(scoring_notes(spec)),
    )
