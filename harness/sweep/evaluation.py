"""Scores of pictures outside a sweep's runs, by the same evaluators."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from harness.errors import InputError
from harness.images.decode import Picture, decode_picture
from harness.images.geometry import framed
from harness.scoring.evaluators import KINDS, EvaluatorSpec, choose_evaluator
from harness.scoring.score import Measurement, PairScorer
from harness.spec.diagnosis import refusal
from harness.spec.frames import Frame
from harness.spec.models import Evaluation
from harness.sweep.settings_notes import scoring_notes
from metrics.balance import balance

__all__ = ["SIZE_PX", "Evaluated", "PictureJudge", "asked_evaluator", "evaluate_picture"]

SIZE_PX = Evaluation().size
"""Long side at which pictures are scored unless another is asked for."""

SMALLEST_SIZE_PX = 32  # of Evaluation.size
PAIRS_KEPT = 4  # pictures of one pair usually come one after the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What a picture scores.

    Attributes:
        scores: ``style/gain`` (nats) and ``content/score`` (1 = untouched, 0 = lost), the same
            of the second evaluator under ``second/``, and ``balance``; one that has no meaning
            for this pair is absent.
        distances: Raw distances by metric.
        anchors: The distances that give the scores their zero.
        flags: What looks broken: ``grey``, ``flat``, ``untouched``.
        absent: Why a distance could not be measured, by metric.
        evaluator: Name of the evaluator; scores of different ones are not comparable.
        second_evaluator: Name of the second, which has no parameters.
        notes: What a reader of the scores should know.
    """

    scores: Mapping[str, float]
    distances: Mapping[str, float]
    anchors: Mapping[str, float]
    flags: tuple[str, ...]
    absent: Mapping[str, str]
    evaluator: str
    second_evaluator: str
    notes: tuple[str, ...]


def asked_evaluator(
    evaluator: str, size_px: int, *, optimised: Collection[str] = ()
) -> EvaluatorSpec:
    """Return the evaluator that a user asks for.

    Args:
        evaluator: ``auto`` or a kind, see ``harness.scoring.evaluators.KINDS``.
        size_px: Long side in pixels at which pictures are compared.
        optimised: Identities of the parameters that the pictures were made with, if known.

    Raises:
        InputError: There is no such evaluator, or the size is too small.
        ParametersError: The evaluator's parameters are not on this machine.
    """
    if evaluator not in ("auto", *KINDS):
        raise InputError(f"evaluator: {refusal(evaluator, ('auto', *KINDS))}")
    if size_px < SMALLEST_SIZE_PX:
        raise InputError(f"size: found {size_px}; allowed: {SMALLEST_SIZE_PX} or more")
    return choose_evaluator(evaluator, size_px=size_px, optimised=optimised)


class PictureJudge:
    """Scores pictures by one evaluator; the anchors of recent pairs are kept.

    Args:
        evaluator: Who scores.
        style_share: Share of the style in ``balance``.
    """

    def __init__(self, evaluator: EvaluatorSpec, *, style_share: float) -> None:
        self.evaluator = evaluator
        self._style_share = style_share
        self._scorers: OrderedDict[tuple[str, str, str], PairScorer] = OrderedDict()

    def judge(
        self,
        picture: np.ndarray,
        content: Picture,
        style: Picture,
        *,
        frame: Frame = "whole",
    ) -> Evaluated:
        """Score a picture made of a content and a style.

        Args:
            picture: (H, W, 3) uint8, sRGB, of the proportions that the content has in it.
            content: What it was made of.
            style: Likewise.
            frame: What the picture shows of the content.

        Raises:
            InputError: The picture cannot be compared with the content.
        """
        try:
            scorer = self._scorer(content, style, frame)
            measured = scorer.measure(picture)
        except ValueError as error:  # proportions differ
            raise InputError(f"no scores at {self.evaluator.size_px} pixels: {error}") from error
        return Evaluated(
            scores={**measured.scores, **self._balance(measured, scorer)},
            distances=measured.distances,
            anchors=scorer.anchors,
            flags=measured.flags,
            absent=measured.absent,
            evaluator=self.evaluator.id,
            second_evaluator=self.evaluator.second_id,
            notes=tuple(scoring_notes(self.evaluator)),
        )

    def _balance(self, measured: Measurement, scorer: PairScorer) -> dict[str, float]:
        if not measured.scores.keys() >= {"content/score", "style/gain"}:
            return {}
        weighed = balance(
            measured.distances["style/gram"],
            scorer.anchors["style/gram"],
            measured.scores["content/score"],
            style_share=self._style_share,
        )
        return {"balance": weighed}

    def _scorer(self, content: Picture, style: Picture, frame: Frame) -> PairScorer:
        pair = (content.sha256, style.sha256, frame)
        if pair not in self._scorers:
            while len(self._scorers) >= PAIRS_KEPT:
                self._scorers.popitem(last=False)
            self._scorers[pair] = PairScorer(
                framed(decode_picture(content.data, name=content.name), frame),
                decode_picture(style.data, name=style.name),
                self.evaluator,
            )
        return self._scorers[pair]


def evaluate_picture(
    picture: np.ndarray,
    content: Picture,
    style: Picture,
    *,
    evaluator: str = "auto",
    size_px: int = SIZE_PX,
    optimised: Collection[str] = (),
    frame: Frame = "whole",
) -> Evaluated:
    """Score one picture made of a content and a style; see ``PictureJudge`` for many.

    Args:
        picture: (H, W, 3) uint8, sRGB, of the proportions that the content has in it.
        content: What it was made of.
        style: Likewise.
        evaluator: See ``asked_evaluator``.
        size_px: Likewise.
        optimised: Likewise.
        frame: What the picture shows of the content.

    Raises:
        InputError: There is no such evaluator, the size is too small, or the picture cannot be
            compared with the content.
        ParametersError: The evaluator's parameters are not on this machine.
    """
    spec = asked_evaluator(evaluator, size_px, optimised=optimised)
    judge = PictureJudge(spec, style_share=Evaluation().balance)
    return judge.judge(picture, content, style, frame=frame)
