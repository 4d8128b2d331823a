"""The answer of a sweep made again from the store, by its own or by another evaluator."""

from pathlib import Path
from typing import TYPE_CHECKING

from harness.scoring.evaluators import (
    EvaluatorSpec,
    choose_evaluator,
    evaluator_size,
    rebuild_evaluator,
)
from harness.sweep.answer import Answer, write_answer
from harness.sweep.mlflow_page import show_on_page
from harness.sweep.side_scores import Scoring
from harness.sweep.subject import Subject
from harness.sweep.tracking.lookup import stored_sweep
from harness.sweep.tracking.names import Kind, Status, Tag
from harness.sweep.tracking.picture_files import KeptPictures
from harness.sweep.tracking.reader import finished_runs
from harness.sweep.tracking.store import Location, search

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["rebuild_answer", "stored_subject"]


def rebuild_answer(
    client: "MlflowClient", location: Location, sweep: str, *, out: Path, scoring: Scoring
) -> Answer:
    """Write a sweep's page, tables, figures and pictures again, from the store alone.

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
    subject = stored_subject(client, location, sweep, scoring=scoring)
    is_own = subject.evaluator_id == subject.tags[Tag.EVALUATOR]
    folder = out / sweep
    answer = write_answer(
        subject,
        folder if is_own else folder / f"by {subject.evaluator_id}",
        with_figures=True,
    )
    if is_own:
        show_on_page(subject, answer.summary, answer.material.study)
    return answer


def stored_subject(
    client: "MlflowClient", location: Location, sweep: str, *, scoring: Scoring
) -> Subject:
    """Return a sweep as the store has it.

    Args:
        client: The store, with its writer lock held: new scores are kept in it.
        location: Where the store is.
        sweep: The sweep's name.
        scoring: Who scores.

    Raises:
        InputError: The store has no such sweep.
        ParametersError: The evaluator asked for has no parameters on this machine.
        StoreError: The store cannot be read.
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
    return Subject(
        client=client,
        location=location,
        parent=parent,
        membership=membership,
        stored=stored,
        failures=_failures(client, parent.info.experiment_id),
        evaluator_id=spec.id if spec is not None else own,
        evaluator=lambda: spec or rebuild_evaluator(own, optimised),
        lpips_reason=spec.lpips_reason if spec is not None else tags.get(Tag.LPIPS, ""),
        picture=KeptPictures(client, parent),
    )


def _asked_for(own: str, scoring: Scoring, optimised: set[str]) -> EvaluatorSpec | None:
    """Return the evaluator that was asked for; None if it is the sweep's own."""
    if not scoring.is_asked:
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
