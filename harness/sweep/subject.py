"""A sweep in its store, for whoever makes its answer or its report."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.images.decode import Picture
from harness.scoring.evaluators import EvaluatorSpec
from harness.sweep.rescoring import Rescorer
from harness.sweep.tracking.membership import Membership
from harness.sweep.tracking.names import Tag
from harness.sweep.tracking.store import Location
from harness.sweep.tracking.stored import StoredRun

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["Subject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an answer is about: a sweep as the store has it, and who judges it.

    Attributes:
        client: The store, with its writer lock held.
        location: Where the store is.
        parent: The sweep's parent run.
        membership: Which run fills which cell of its table.
        stored: The finished runs, by fingerprint.
        failures: Why others failed, by fingerprint.
        evaluator_id: Who scores.
        evaluator: Returns all that determines the scores; called only if some are missing.
        lpips_reason: Why LPIPS has no values; empty where it has.
        picture: Finds a content or a style by the SHA-256 of its file.
    """

    client: "MlflowClient"
    location: Location
    parent: "Run"
    membership: Membership
    stored: Mapping[str, StoredRun]
    failures: Mapping[str, str]
    evaluator_id: str
    evaluator: Callable[[], EvaluatorSpec]
    lpips_reason: str
    picture: Callable[[str], Picture]

    @property
    def name(self) -> str:
        """The sweep's name."""
        return self.tags[Tag.OCCASION]

    @property
    def tags(self) -> Mapping[str, str]:
        """What the parent run is tagged with."""
        tags: Mapping[str, str] = self.parent.data.tags
        return tags

    @property
    def notes(self) -> tuple[str, ...]:
        """What belongs under every table of the sweep."""
        return tuple(json.loads(self.tags.get(Tag.NOTES, "[]")))

    @property
    def absent(self) -> dict[str, str]:
        """Metric → why it has no values."""
        return {"content/lpips": self.lpips_reason} if self.lpips_reason else {}

    @property
    def baseline(self) -> str:
        """Name of the variant the others are compared with."""
        return self.membership.variants[self.membership.baseline]

    @property
    def rescorer(self) -> Rescorer:
        """What gives every run the scores of the evaluator."""
        return Rescorer(self.client, self.evaluator_id, self.evaluator, self.picture)
