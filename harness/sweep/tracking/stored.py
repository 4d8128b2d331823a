"""A finished run as the store has it, and the parent run of a sweep."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.sweep.tracking.names import Kind, Tag

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["StoredRun", "find_parent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """A finished run as the store has it; ``metrics`` are the values at the last iteration."""

    run_id: str
    fingerprint: str
    occasion: str
    evaluator: str
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    artifact_uri: str
    experiment_id: str

    @classmethod
    def of(cls, run: "Run") -> "StoredRun":
        """Read a run that MLflow returned."""
        tags = run.data.tags
        return cls(
            run_id=run.info.run_id,
            fingerprint=tags[Tag.FINGERPRINT],
            occasion=tags[Tag.OCCASION],
            evaluator=tags.get(Tag.EVALUATOR, ""),
            metrics=run.data.metrics,
            tags=tags,
            artifact_uri=run.info.artifact_uri,
            experiment_id=run.info.experiment_id,
        )


def find_parent(client: "MlflowClient", sweep: str) -> str | None:
    """Return the id of a sweep's parent run, or None if the store has none."""
    experiment = client.get_experiment_by_name(sweep)
    if experiment is None:
        return None
    text = f"tags.`{Tag.KIND}` = '{Kind.SWEEP}'"
    runs = client.search_runs([experiment.experiment_id], text, max_results=1)
    return str(runs[0].info.run_id) if runs else None
