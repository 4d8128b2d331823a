"""Runs of pairs, and their scores: what quality and parity are measured with."""

from collections.abc import Mapping
from functools import cache

import numpy as np

from benchmarks.pairs import pixels
from harness.scoring.evaluators import EvaluatorSpec, choose_evaluator
from harness.scoring.score import PairScorer
from harness.spec.settings import Settings
from harness.transfer.engine import TransferTask
from harness.transfer.pretrained.parameters import Parameters

__all__ = ["SCORES", "Judge", "Pair", "task_of"]

SCORES = ("style/gain", "content/score")

Pair = tuple[str, str]


class Judge:
    """Scores pictures of pairs by the evaluator that a sweep would take.

    Args:
        parameters: Those that make the pictures; the evaluator must not be made of the same.
    """

    def __init__(self, parameters: Parameters) -> None:
        self.evaluator: EvaluatorSpec = choose_evaluator(
            "auto", size_px=256, optimised=[parameters.identity]
        )
        self._scorer = cache(self._make)

    def __call__(self, picture: np.ndarray, pair: Pair) -> dict[str, float]:
        """Return the scores of a picture, those of :data:`SCORES`."""
        found = self._scorer(pair).measure(picture, detailed=False).scores
        return {name: found[name] for name in SCORES}

    def _make(self, pair: Pair) -> PairScorer:
        content, style = map(pixels, pair)
        return PairScorer(content, style, self.evaluator)


def task_of(pair: Pair, changes: Mapping[str, object], snapshots: tuple[int, ...]) -> TransferTask:
    """Return a run of a pair with the house settings but for some changes."""
    content, style = map(pixels, pair)
    settings = Settings.model_validate(dict(changes))
    return TransferTask(
        settings=settings, content=content, style=style, seed=0, snapshots=snapshots
    )
