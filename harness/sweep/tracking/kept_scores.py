"""Scores of a run by another evaluator than its own, kept as a file of the run."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.errors import StoreError
from harness.sweep.tracking.artifacts import stored_file
from harness.sweep.tracking.stored import StoredRun

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["keep_scores", "kept_scores"]


def kept_scores(
    client: "MlflowClient", stored: StoredRun, evaluator_id: str
) -> dict[str, float] | None:
    """Return a run's distances, anchors and scores by an evaluator; None if there are none.

    Raises:
        StoreError: They are there, and cannot be read.
    """
    name = _file(evaluator_id)
    try:
        path = stored_file(client, stored, name)
        if path is None:
            return None
        scores: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{name} of the run {stored.run_id} cannot be read: {error}; delete it, and "
            "`harness report` writes it anew"
        ) from error
    return scores


def keep_scores(
    client: "MlflowClient", stored: StoredRun, evaluator_id: str, scores: Mapping[str, float]
) -> None:
    """Keep a run's distances, anchors and scores by an evaluator."""
    text = json.dumps(dict(scores), indent=1, sort_keys=True)
    client.log_text(stored.run_id, text, _file(evaluator_id))


def _file(evaluator_id: str) -> str:
    return f"scores/{evaluator_id}.json"
