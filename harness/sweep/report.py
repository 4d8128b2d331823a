"""The answer of a sweep made again from the store, by its own or by another evaluator."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.scoring.evaluators import (
    EvaluatorSpec,
    choose_evaluator,
    evaluator_size,
    rebuild_evaluator,
)
from harness.sweep.answer import Answer, Subject, write_answer
from harness.sweep.cells import external_cells, table_cells
from harness.sweep.rescoring import Rescorer
from harness.sweep.seed_distances import seed_distances
from harness.sweep.tracking.externals import find_externals
from harness.sweep.tracking.lookup import stored_sweep
from harness.sweep.tracking.names import Kind, Status, Tag
from harness.sweep.tracking.picture_files import KeptPictures
from harness.sweep.tracking.reader import finished_runs
from harness.sweep.tracking.store import Location, search

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["Scoring", "rebuild_answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """Who is to score a sweep's pictures again; what is None stays as the sweep had it."""

    evaluator: str | None = None
    size_px: int | None = None


def rebuild_answer(
    client: "MlflowClient", location: Location, sweep: str, *, out: Path, scoring: Scoring
) -> Answer:
    """Write a sweep's tables and contact sheet again, from the store alone.

    By another evaluator than the sweep's own they get a folder of their own inside the sweep's:
    scores of different evaluators never share a table.

    Args:
        client: The store, with its writer lock held: new scores are kept in it.
        location: Where the store is.
        sweep: The sweep's name.
        out: Folder of all results.
        scoring: Who scores.

    Raises:
        InputError: The store has no such sweep.
        ParametersError: The evaluator asked for has no parameters on this machine.
        NotComparableError: Scores are missing, and the sweep's own evaluator cannot be had here.
        StoreError: The store or the folder cannot be read or written.
    """
    parent, membership = stored_sweep(client, sweep)
    tags = parent.data.tags
    stored = finished_runs(
        client,
        prefer=sweep,
        only_own=bool(tags.get(Tag.ONLY_OWN)),
        wanted={one.fingerprint for one in membership.members},
    )
    optimised = {run.tags[Tag.PARAMETERS] for run in stored.values() if Tag.PARAMETERS in run.tags}
    own = tags[Tag.EVALUATOR]
    spec = _asked_for(own, scoring, optimised)
    evaluator_id = spec.id if spec is not None else own
    pictures = KeptPictures(client, parent)
    rescorer = Rescorer(
        client, evaluator_id, lambda: spec or rebuild_evaluator(own, optimised), pictures
    )
    failures = _failures(client, parent.info.experiment_id)
    cells = table_cells(client, membership, stored, failures, rescorer)
    others = find_externals(client, sweep, membership)
    subject = Subject(
        name=sweep,
        question=tags.get(Tag.QUESTION, ""),
        store=location.uri,
        membership=membership,
        evaluator_id=evaluator_id,
        balance=float(tags[Tag.BALANCE]),
        lpips_reason=spec.lpips_reason if spec is not None else tags.get(Tag.LPIPS, ""),
        notes=tuple(json.loads(tags.get(Tag.NOTES, "[]"))),
        picture=pictures,
    )
    folder = out / sweep
    return write_answer(
        subject,
        cells,
        folder if evaluator_id == own else folder / f"by {evaluator_id}",
        externals=external_cells(client, membership, others, rescorer),
        between_seeds=seed_distances(
            client, parent, membership, cells, size_px=evaluator_size(evaluator_id)
        ),
    )


def _asked_for(own: str, scoring: Scoring, optimised: set[str]) -> EvaluatorSpec | None:
    """Return the evaluator that was asked for; None if it is the sweep's own."""
    if scoring.evaluator is None and scoring.size_px is None:
        return None
    kind = own.partition("@")[0]
    size = scoring.size_px or evaluator_size(own)
    return choose_evaluator(scoring.evaluator or kind, size_px=size, optimised=optimised)


def _failures(client: "MlflowClient", experiment_id: str) -> dict[str, str]:
    """Return why runs failed, by fingerprint; the last reason of each."""
    text = f"tags.`{Tag.KIND}` = '{Kind.RUN}' AND attributes.status = '{Status.FAILED}'"
    newest_first = list(search(client, [experiment_id], text))
    return {
        run.data.tags[Tag.FINGERPRINT]: run.data.tags.get(Tag.REASON, "")
        for run in reversed(newest_first)
    }
