"""The list, on a sweep's parent run, of which run fills which cell of its table."""

import contextlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from harness.errors import StoreError
from harness.spec.chain import loss_keys
from harness.spec.style_files import FileWeights, StyleFiles
from harness.sweep.pictures import style_files
from harness.sweep.tracking.artifacts import artifact_text
from harness.sweep.tracking.names import File

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

    from harness.sweep.plan import Plan
    from harness.sweep.tracking.stored import StoredRun

__all__ = ["Member", "MemberCase", "Membership", "forget_runs", "read_membership"]

SCHEMA_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One cell of a sweep's table; ``run_id`` is empty where no run has finished."""

    variant: int
    case: int
    fingerprint: str
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCase:
    """A case as tables name it, and the hashes of its pictures' files.

    ``style_weights`` are the files of a style that is several pictures, of which
    ``style_sha256`` is a hash.
    """

    name: str
    pair: str
    content: str
    style: str
    seed: int
    content_sha256: str
    style_sha256: str
    style_weights: FileWeights = ()

    @property
    def styles(self) -> StyleFiles:
        """The files of the style, with their weights."""
        return StyleFiles.stored(self.style_sha256, self.style_weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Every cell of a sweep's table, its variants and cases, and which is the baseline.

    ``variants`` are names; ``assignments`` and ``loss_keys`` go with them. ``layout`` says what
    the rows and columns of the contact sheet are, as far as the sweep says so.
    """

    variants: tuple[str, ...]
    baseline: int
    members: tuple[Member, ...]
    assignments: tuple[Mapping[str, str], ...] = ()
    loss_keys: tuple[str, ...] = ()
    cases: tuple[MemberCase, ...] = ()
    layout: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: "Plan", stored: "Mapping[str, StoredRun]") -> Self:
        """Return the list of a plan, with the runs that have finished, by fingerprint."""
        spec, pictures = plan.spec, plan.pictures
        layout = {"rows": spec.layout.rows, "columns": spec.layout.columns}
        return cls(
            variants=tuple(variant.name for variant in spec.variants),
            baseline=spec.baseline_index,
            members=tuple(
                Member(
                    variant=variant,
                    case=case,
                    fingerprint=fingerprint,
                    run_id=stored[fingerprint].run_id if fingerprint in stored else "",
                )
                for (variant, case), fingerprint in plan.cells.items()
            ),
            assignments=tuple(dict(variant.assignment) for variant in spec.variants),
            loss_keys=loss_keys(spec.variants, plan.settings),
            cases=tuple(
                MemberCase(
                    name=case.name,
                    pair=case.pair.name,
                    content=case.content.name,
                    style=case.style.name,
                    seed=case.seed,
                    content_sha256=pictures[case.content.text].sha256,
                    style_sha256=styles.sha256,
                    style_weights=styles.weights_if_several,
                )
                for case in spec.cases
                for styles in [style_files(case.style, pictures)]
            ),
            layout={name: value for name, value in layout.items() if value is not None},
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the file's text.

        Raises:
            ValueError: The text has another form or version.
        """
        try:
            return cls(**_parsed(json.loads(text)))
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"not a list of runs ({error!r})") from error

    def dumps(self) -> str:
        """Return the file's text."""
        variants = zip(self.variants, self.assignments, self.loss_keys, strict=True)
        content = {
            "schema_version": SCHEMA_VERSION,
            "baseline": self.baseline,
            "layout": dict(self.layout),
            "variants": [
                {"name": name, "assignment": dict(assignment), "loss_key": key}
                for name, assignment, key in variants
            ],
            "cases": [asdict(case) for case in self.cases],
            "runs": [asdict(one) | {"run_id": one.run_id or None} for one in self.members],
        }
        return json.dumps(content, indent=1, ensure_ascii=False)

    @property
    def run_ids(self) -> frozenset[str]:
        """Every finished run that the table shows."""
        return frozenset(member.run_id for member in self.members if member.run_id)

    @property
    def is_complete(self) -> bool:
        """Whether every cell has its run."""
        return all(member.run_id for member in self.members)


def _parsed(content: Mapping[str, Any]) -> dict[str, Any]:
    if content["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"version {content['schema_version']}, this one reads {SCHEMA_VERSION}")
    variants = content["variants"]
    members = tuple(
        Member(
            variant=range(len(variants))[row["variant"]],
            case=int(row["case"]),
            fingerprint=str(row["fingerprint"]),
            run_id=str(row["run_id"] or ""),
        )
        for row in content["runs"]
    )
    return {
        "variants": tuple(str(variant["name"]) for variant in variants),
        "baseline": range(len(variants))[content["baseline"]],
        "members": members,
        "assignments": tuple(dict(variant["assignment"]) for variant in variants),
        "loss_keys": tuple(str(variant["loss_key"]) for variant in variants),
        "cases": tuple(map(_case, content["cases"])),
        "layout": dict(content["layout"]),
    }


def _case(row: Mapping[str, Any]) -> MemberCase:
    values = {"style_weights": (), **row}  # older lists know of one picture a style
    weights = tuple((str(sha256), int(weight)) for sha256, weight in values["style_weights"])
    return MemberCase(**values | {"style_weights": weights})


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
        if membership is None or membership.run_ids.isdisjoint(run_ids):
            return
        left = tuple(
            replace(one, run_id="") if one.run_id in run_ids else one for one in membership.members
        )
        changed = replace(membership, members=left)
        client.log_text(parent.info.run_id, changed.dumps(), File.MEMBERSHIP)
