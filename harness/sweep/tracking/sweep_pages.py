"""Which pages of MLflow show what of the sweeps in a store."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import InputError
from harness.sweep.tracking.inventory import SWEEPS, all_experiments, explain_unknown_sweep
from harness.sweep.tracking.names import File, Tag
from harness.sweep.tracking.pages import file_page, run_page, view_page
from harness.sweep.tracking.store import search
from harness.sweep.tracking.views import written_views

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment, Run

__all__ = ["SweepPages", "sweep_pages"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPages:
    """The pages of a sweep: what is seen there → its address after the server's."""

    sweep: str
    question: str
    pages: tuple[tuple[str, str], ...]


def sweep_pages(
    client: "MlflowClient", sweep: str | None = None, *, most: int
) -> tuple[list[SweepPages], int]:
    """Return the pages of sweeps, the one that began last first, and how many are left out.

    Args:
        client: The store; nothing is written.
        sweep: The only one wanted; None for every one.
        most: How many sweeps at most.

    Raises:
        InputError: The store has no sweep of this name.
        StoreError: The store cannot be read.
    """
    experiments = {one.experiment_id: one for one in _asked_for(client, sweep)}
    newest_first = search(client, experiments, SWEEPS)
    parents: dict[str, Run] = {}
    for run in newest_first:
        parents.setdefault(run.info.experiment_id, run)
    if sweep is not None and not parents:
        raise InputError(explain_unknown_sweep(client, sweep))
    shown = list(parents.items())[:most]
    found = [_pages(client, experiments[one], parent) for one, parent in shown]
    return found, len(parents) - len(shown)


def _asked_for(client: "MlflowClient", sweep: str | None) -> "Iterable[Experiment]":
    if sweep is None:
        return all_experiments(client)
    found = client.get_experiment_by_name(sweep)
    return [found] if found is not None else []


def _pages(client: "MlflowClient", experiment: "Experiment", parent: "Run") -> SweepPages:
    return SweepPages(
        sweep=experiment.name,
        question=parent.data.tags.get(Tag.QUESTION, ""),
        pages=tuple(_listed(client, experiment, parent)),
    )


def _listed(
    client: "MlflowClient", experiment: "Experiment", parent: "Run"
) -> Iterator[tuple[str, str]]:
    home, parent_id = experiment.experiment_id, parent.info.run_id
    for view in written_views(experiment.tags):
        yield view.shows, view_page(home, view.key, is_charts=view.is_charts)
    if any(one.path == File.REPORT for one in client.list_artifacts(parent_id)):
        yield "report", file_page(home, parent_id, File.REPORT)
    yield "answer, table, files", run_page(home, parent_id)
