"""Scores of a stored picture by another evaluator than the one that scored its run."""

import json
from typing import TYPE_CHECKING

from harness.images.decode import decode_picture
from harness.scoring.score import PairScorer
from harness.sweep.plan import Plan, PlannedRun
from harness.sweep.tracking.names import ANCHOR_PREFIX
from harness.sweep.tracking.reader import picture_path
from harness.sweep.tracking.store import local_path
from harness.sweep.tracking.stored import StoredRun

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["rescored_metrics"]


def rescored_metrics(
    client: "MlflowClient", plan: Plan, planned: PlannedRun, stored: StoredRun
) -> dict[str, float]:
    """Return a stored run's distances, anchors and scores by the plan's evaluator.

    Computed once from the stored PNG, then kept as a file of the run, named by the evaluator.
    """
    name = f"scores/{plan.evaluator.id}.json"
    folder = local_path(stored.artifact_uri)
    if folder is not None and (folder / name).exists():
        kept: dict[str, float] = json.loads((folder / name).read_text())
        return kept
    metrics = _score(client, plan, planned, stored)
    client.log_text(stored.run_id, json.dumps(metrics, indent=1, sort_keys=True), name)
    return metrics


def _score(
    client: "MlflowClient", plan: Plan, planned: PlannedRun, stored: StoredRun
) -> dict[str, float]:
    content = plan.picture(planned.task.content_sha256)
    style = plan.picture(planned.task.style_sha256)
    content_pixels = decode_picture(content.data, name=content.name)
    style_pixels = decode_picture(style.data, name=style.name)
    result = decode_picture(picture_path(client, stored).read_bytes(), name=stored.run_id)
    scorer = PairScorer(content_pixels, style_pixels, plan.evaluator)
    measured = scorer.measure(result)
    anchors = {f"{ANCHOR_PREFIX}{name}": value for name, value in scorer.anchors.items()}
    return {**measured.distances, **measured.scores, **anchors}
