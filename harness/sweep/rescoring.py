"""Scores of stored pictures by another evaluator than the one that scored their runs."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from harness.images.decode import Picture, decode_picture
from harness.images.geometry import framed
from harness.scoring.evaluators import EvaluatorSpec
from harness.spec.frames import Frame, frame_of_size
from harness.spec.neutral import with_neutral
from harness.spec.style_files import StyleFiles
from harness.sweep.tracking.artifacts import stored_file
from harness.sweep.tracking.kept_scores import keep_scores, kept_scores
from harness.sweep.tracking.names import ANCHOR_PREFIX, File
from harness.sweep.tracking.reader import picture_path
from harness.sweep.tracking.stored import StoredRun
from metrics.catalog import CATALOG

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from harness.scoring.score import PairScorer

__all__ = ["Rescorer"]

# What a name begins with if it belongs to an evaluator.
MEASURED = {
    ANCHOR_PREFIX.rstrip("/"),
    *(name.split("/")[0] for name, entry in CATALOG.items() if entry.needs),
}


class Rescorer:
    """Scores pictures of the store by one evaluator.

    What was computed is kept as a file of the run, named by the evaluator, and never computed
    again; the network and torch are loaded only if there is something to compute.

    Args:
        client: The store, with its writer lock held.
        evaluator_id: Who scores.
        evaluator: Returns all that determines the scores.
        picture: Finds a content or a style by the SHA-256 of its file.
    """

    def __init__(
        self,
        client: "MlflowClient",
        evaluator_id: str,
        evaluator: Callable[[], EvaluatorSpec],
        picture: Callable[[str], Picture],
    ) -> None:
        self._client = client
        self._id = evaluator_id
        self._evaluator = evaluator
        self._picture = picture
        self._scorer: tuple[tuple[str, StyleFiles, Frame], PairScorer] | None = None

    def metrics(
        self, stored: StoredRun, *, content_sha256: str, styles: StyleFiles
    ) -> Mapping[str, float]:
        """Return a stored run's numbers, with distances, anchors and scores by the evaluator.

        Args:
            stored: The run.
            content_sha256: Of the file of the content it was made of.
            styles: The files of the style, with their weights.
        """
        if stored.evaluator == self._id:
            return stored.metrics
        metrics = kept_scores(self._client, stored, self._id)
        if metrics is None:
            frame = self._frame(stored)
            scorer = self._pair_scorer(content_sha256, styles, frame)
            metrics = self._measure(stored, scorer)
            keep_scores(self._client, stored, self._id, metrics)
        return _without_scores(stored.metrics) | metrics

    def _measure(self, stored: StoredRun, scorer: "PairScorer") -> dict[str, float]:
        data = picture_path(self._client, stored).read_bytes()
        measured = scorer.measure(decode_picture(data, name=stored.run_id))
        anchors = {f"{ANCHOR_PREFIX}{name}": value for name, value in scorer.anchors.items()}
        return {**measured.distances, **measured.scores, **anchors}

    def _frame(self, stored: StoredRun) -> Frame:
        """Return what a stored run's picture shows of the content."""
        path = stored_file(self._client, stored, File.SETTINGS)
        written = with_neutral(json.loads(path.read_text(encoding="utf-8")) if path else {})
        return frame_of_size(written["size_of"])

    def _pair_scorer(self, content_sha256: str, styles: StyleFiles, frame: Frame) -> "PairScorer":
        """Return the scorer of a pair; the last is kept, since runs of a pair come together."""
        from harness.scoring.score import PairScorer  # noqa: PLC0415 - torch: often not needed

        key = (content_sha256, styles, frame)
        if self._scorer is None or self._scorer[0] != key:
            content = framed(self._pixels(content_sha256), frame)
            style = [(self._pixels(sha256), share) for sha256, share in styles.shares]
            self._scorer = (key, PairScorer(content, style, self._evaluator()))
        return self._scorer[1]

    def _pixels(self, sha256: str) -> np.ndarray:
        picture = self._picture(sha256)
        return decode_picture(picture.data, name=picture.name)


def _without_scores(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return what no evaluator has measured: times, losses, memory."""
    return {name: value for name, value in metrics.items() if name.split("/")[0] not in MEASURED}
