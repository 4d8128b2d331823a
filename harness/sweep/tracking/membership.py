"""The list, on a sweep's parent run, of which run fills which cell of its table."""

import contextlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import StoreError
from harness.sweep.tracking.artifacts import artifact_text
from harness.sweep.tracking.names import File

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

    from harness.sweep.plan import Plan
    from harness.sweep.tracking.stored import StoredRun

__all__ = ["Member", "Membership", "forget_runs", "membership_text", "read_membership"]

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One cell of a sweep's table; ``run_id`` is empty where no run has finished."""

    variant: int
    case: int
    fingerprint: str
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Every cell of a sweep's table, the names of its variants, and which is the baseline."""

    variants: tuple[str, ...]
    baseline: int
    members: tuple[Member, ...]

    @classmethod
    def parse(cls, text: str) -> "Membership":
        """Read the file's text.

        Raises:
            ValueError: The text has another form or version.
        """
        try:
            return _parsed(json.loads(text))
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"not a list of runs ({error!r})") from error

    @property
    def run_ids(self) -> frozenset[str]:
        """Every finished run that the table shows."""
        return frozenset(member.run_id for member in self.members if member.run_id)

    @property
    def is_complete(self) -> bool:
        """Whether every cell has its run."""
        return all(member.run_id for member in self.members)


def _parsed(content: Mapping[str, Any]) -> Membership:
    if content["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"version {content['schema_version']}, this one reads {SCHEMA_VERSION}")
    variants = tuple(str(variant["name"]) for variant in content["variants"])
    members = tuple(
        Member(
            variant=range(len(variants))[row["variant"]],
            case=int(row["case"]),
            fingerprint=str(row["fingerprint"]),
            run_id=str(row["run_id"] or ""),
        )
        for row in content["runs"]
    )
    baseline = range(len(variants))[content["baseline"]]
    return Membership(variants=variants, baseline=baseline, members=members)


def read_membership(client: "MlflowClient", parent: "Run") -> Membership | None:
    """Return a parent's list of runs; None where it has none (a sweep's first, unfinished go).

    Raises:
        StoreError: The list is there, and cannot be read.
    """
    try:
        text = artifact_text(client, parent, File.MEMBERSHIP)
        return Membership.parse(text) if text is not None else None
    except (OSError, ValueError) as error:
        name = parent.data.tags.get("mlflow.runName", parent.info.run_id)
        raise StoreError(f"{File.MEMBERSHIP} of {name!r} cannot be read: {error}") from error


def forget_runs(client: "MlflowClient", parent: "Run", run_ids: Collection[str]) -> None:
    """Take runs that are no more from a parent's list, so that it does not name them.

    A list that cannot be read is left as it is.
    """
    with contextlib.suppress(StoreError, OSError, ValueError):
        membership = read_membership(client, parent)
        text = artifact_text(client, parent, File.MEMBERSHIP)
        if text is None or membership is None or membership.run_ids.isdisjoint(run_ids):
            return
        content = json.loads(text)
        for row in content["runs"]:
            row["run_id"] = None if row["run_id"] in run_ids else row["run_id"]
        changed = json.dumps(content, indent=1, ensure_ascii=False)
        client.log_text(parent.info.run_id, changed, File.MEMBERSHIP)


def membership_text(plan: "Plan", stored: "Mapping[str, StoredRun]") -> str:
    """Return which run fills which cell of the table, for reports made from MLflow alone."""
    runs = []
    for (variant, case), fingerprint in plan.cells.items():
        run_id = stored[fingerprint].run_id if fingerprint in stored else None
        runs.append(
            {"variant": variant, "case": case, "fingerprint": fingerprint, "run_id": run_id}
        )
    content = {
        "schema_version": SCHEMA_VERSION,
        "baseline": plan.spec.baseline_index,
        "variants": [
            {"name": variant.name, "assignment": dict(variant.assignment)}
            for variant in plan.spec.variants
        ],
        "cases": [
            {"content": case.content.text, "style": case.style.text, "seed": case.seed}
            for case in plan.spec.cases
        ],
        "runs": runs,
    }
    return json.dumps(content, indent=1, ensure_ascii=False)
