"""Remove a sweep from the store for good: its runs, its parent, their files, its results.

What a removal would do is found first, as a ``Removal``, so that a person can be asked. It may
be broken off anywhere: runs are marked deleted before their files go, so that no sweep reuses a
run without its pictures, and the record goes last, so that the same command finds the rest.
"""

import contextlib
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.errors import InputError, StoreError
from harness.sweep.owner import Owner
from harness.sweep.tracking.folders import (
    Load,
    delete_folder,
    experiment_folder,
    load_of,
    results_folder,
    run_folders,
    why_not_ours,
)
from harness.sweep.tracking.inventory import (
    SWEEPS,
    all_experiments,
    explain_unknown_sweep,
)
from harness.sweep.tracking.membership import forget_runs, read_membership
from harness.sweep.tracking.names import Kind, Status, Tag
from harness.sweep.tracking.standing import is_abandoned
from harness.sweep.tracking.store import ACTIVE, EVERY, Location, search
from harness.sweep.tracking.views import remove_views

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment, Run

__all__ = ["Removal", "carry_out", "plan_removal"]

DEFAULT_EXPERIMENT = "0"  # MLflow's own, which it does not let go
DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What a removal would do.

    ``runs`` are the runs to go, ``parents`` the sweep's own and the lines of its variants;
    ``folders`` holds the files of both by run id, ``home`` those folders. ``sharers`` says how
    many of the sweep's runs each other sweep uses: they are kept, or with ``with_shared`` go and
    are missed. ``foreign`` counts runs that no harness made, which always stay; ``remarks`` say
    what else stays, or may happen.
    ``worker`` names a process that may still work on the sweep.
    """

    sweep: str
    question: str
    experiment_id: str
    is_deleted: bool
    is_on_server: bool
    runs: tuple[str, ...]
    parents: tuple[str, ...]
    folders: Mapping[str, Path]
    home: Path | None
    files: Load
    results: Path | None
    results_files: Load
    sharers: Mapping[str, int]
    with_shared: bool
    foreign: int
    remarks: tuple[str, ...]
    worker: str

    @property
    def keeps_experiment(self) -> bool:
        """Whether MLflow's experiment must stay, for the runs that stay in it."""
        kept = bool(self.sharers) and not self.with_shared
        return kept or self.foreign > 0 or self.experiment_id == DEFAULT_EXPERIMENT

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to remove but what is kept."""
        return self.keeps_experiment and not (self.runs or self.parents or self.results)


def plan_removal(
    client: "MlflowClient", location: Location, sweep: str, *, out: Path, with_shared: bool
) -> Removal:
    """Find what removing a sweep means; changes nothing.

    Args:
        client: The store, with its writer lock held.
        location: Where the store is.
        sweep: The sweep's name.
        out: Folder of all results; the sweep's own is the one of its name in it.
        with_shared: Whether runs that other sweeps use go too.

    Raises:
        InputError: The store has no sweep of this name.
        StoreError: The store cannot be read.
    """
    experiment, found = _everything(client, location, sweep)
    parents = [run for run in found if _kind(run) == Kind.SWEEP]
    lines = [run for run in found if _kind(run) == Kind.VARIANT]
    children = [run for run in found if _kind(run) in (Kind.RUN, Kind.EXTERNAL)]
    users, unreadable = _users_of(client, children, experiment)
    kept = set() if with_shared else set().union(*users.values())
    doomed = [run for run in children if run.info.run_id not in kept]
    folders, folder_remarks = run_folders(location, [*doomed, *parents, *lines])
    results, results_remarks = _results(out, sweep)
    return Removal(
        sweep=sweep,
        question=parents[0].data.tags.get(Tag.QUESTION, "") if parents else "",
        experiment_id=experiment.experiment_id,
        is_deleted=experiment.lifecycle_stage == DELETED,
        is_on_server=location.database is None,
        runs=tuple(run.info.run_id for run in doomed),
        parents=tuple(run.info.run_id for run in (*parents, *lines)),
        folders=folders,
        home=experiment_folder(location, experiment.artifact_location),
        files=load_of(folders.values()),
        results=results,
        results_files=load_of([results] if results else []),
        sharers={name: len(ids) for name, ids in users.items()},
        with_shared=with_shared,
        foreign=len(found) - len(parents) - len(lines) - len(children),
        remarks=(*folder_remarks, *results_remarks, *unreadable),
        worker=_worker(location, found),
    )


def carry_out(client: "MlflowClient", location: Location, removal: Removal) -> None:
    """Do what a removal says; from a server runs can only be marked deleted.

    Args:
        client: The store, with its writer lock held since the removal was planned.
        location: Where the store is.
        removal: What to do.

    Raises:
        StoreError: The store or the disk failed; the same removal goes on then.
    """
    doomed = (*removal.parents, *removal.runs)
    if removal.sharers and removal.with_shared:
        for parent in _other_parents(client, removal.experiment_id):
            forget_runs(client, parent, doomed)
    _mark_deleted(client, removal)
    if removal.results is not None:
        delete_folder(removal.results)
    if not removal.is_on_server:
        _delete_for_good(location, removal, doomed)


def _everything(
    client: "MlflowClient", location: Location, sweep: str
) -> tuple["Experiment", list["Run"]]:
    """Return a sweep's experiment and all runs in it.

    In a store of this machine also deleted ones, which a removal broken off left; those of a
    server are its administrator's.
    """
    experiment = client.get_experiment_by_name(sweep)
    if experiment is None:
        raise InputError(explain_unknown_sweep(client, sweep))
    if experiment.lifecycle_stage == DELETED and location.database is None:
        raise InputError(
            f"{sweep!r} is deleted already; the server keeps it until its administrator runs "
            f"`mlflow gc --experiment-ids {experiment.experiment_id}`"
        )
    view = ACTIVE if location.database is None else EVERY
    found = list(search(client, [experiment.experiment_id], "", view=view))
    if not any(_kind(run) for run in found) and not _is_where_we_put_it(experiment, location):
        raise InputError(
            f"{sweep!r} is an experiment of the store, but no sweep: no run in it is the "
            "harness's. MLflow's own page and `mlflow experiments delete` remove it."
        )
    return experiment, found


def _is_where_we_put_it(experiment: "Experiment", location: Location) -> bool:
    """Whether an experiment without runs is one that a sweep began."""
    root = location.artifacts
    if root is None:
        return False
    return bool(experiment.artifact_location == (root / quote(experiment.name, safe=" ")).as_uri())


def _other_parents(client: "MlflowClient", experiment_id: str) -> list["Run"]:
    ids = [one.experiment_id for one in all_experiments(client)]
    return list(search(client, (one for one in ids if one != experiment_id), SWEEPS))


def _users_of(
    client: "MlflowClient", runs: Iterable["Run"], experiment: "Experiment"
) -> tuple[dict[str, set[str]], list[str]]:
    """Return which of the runs each other sweep uses, and remarks on those that do not tell."""
    ids = {run.info.run_id for run in runs}
    users: dict[str, set[str]] = {}
    remarks = []
    for parent in _other_parents(client, experiment.experiment_id):
        name = parent.data.tags.get(Tag.OCCASION, parent.info.run_id)
        try:
            membership = read_membership(client, parent)
        except StoreError as error:
            remarks.append(f"{name} may use runs of this sweep: {error}")
            continue
        used = ids & membership.run_ids if membership else set()
        if used:
            users[name] = used
    return users, remarks


def _results(out: Path, sweep: str) -> tuple[Path | None, list[str]]:
    folder = results_folder(out, sweep)
    reason = why_not_ours(folder) if folder else ""
    if folder is None or reason:
        return None, [f"{folder} {reason}: it stays"] if reason else []
    return folder, []


def _worker(location: Location, runs: Iterable["Run"]) -> str:
    """Name a process that may still work on the runs; empty if there can be none.

    On this host nobody writes to a file whose lock is held here. Other hosts may not see the
    lock, and a server has none.
    """
    for run in runs:
        is_open = str(run.info.status) == Status.RUNNING and not is_abandoned(run)
        if not is_open or run.info.lifecycle_stage == DELETED:
            continue
        with contextlib.suppress(ValueError):
            owner = Owner.parse(run.data.tags.get(Tag.OWNER, ""))
            if location.database is None or not owner.is_on_this_host:
                return f"process {owner.pid} on {owner.host}"
    return ""


def _mark_deleted(client: "MlflowClient", removal: Removal) -> None:
    if removal.keeps_experiment:
        if removal.is_deleted:  # what others use is to be found again
            client.restore_experiment(removal.experiment_id)
        ids = [removal.experiment_id]
        active = {run.info.run_id for run in search(client, ids, "")}
        for run_id in (*removal.parents, *removal.runs):  # parents first: no sweep without runs
            if run_id in active:
                client.delete_run(run_id)
        remove_views(client, removal.experiment_id)
        return
    if removal.is_deleted:
        return
    if removal.is_on_server:  # a deleted experiment holds its name, and cannot be renamed
        moment = datetime.now(UTC).strftime("%Y-%m-%d %H.%M.%S")
        client.rename_experiment(removal.experiment_id, f"{removal.sweep} removed {moment}")
    client.delete_experiment(removal.experiment_id)


def _delete_for_good(location: Location, removal: Removal, doomed: Sequence[str]) -> None:
    """Delete files and records, as ``mlflow gc`` does, but those of one sweep only."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - see store.connect
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    store = _store(location)
    try:
        for run_id in doomed:
            if run_id in removal.folders:
                delete_folder(removal.folders[run_id])
            store._hard_delete_run(run_id)  # noqa: SLF001 - what `mlflow gc` calls
        if removal.home is not None:
            with contextlib.suppress(OSError):  # not empty: not all in it was the sweep's
                removal.home.rmdir()
        if not removal.keeps_experiment:
            store._hard_delete_experiment(removal.experiment_id)  # noqa: SLF001
    except (MlflowException, SQLAlchemyError) as error:
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(
            f"the store {location.database} failed: {first_line}. "
            "The same command goes on where this one stopped."
        ) from error


def _store(location: Location) -> Any:
    """Return MLflow's access to the database, which can do more than its client."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations between MLflow and its own libraries
        from mlflow.store.tracking.sqlalchemy_store import (  # noqa: PLC0415 - see store.connect
            SqlAlchemyStore,
        )

        store = SqlAlchemyStore(  # type: ignore[no-untyped-call]
            location.uri, str(location.artifacts)
        )
    if not hasattr(store, "_hard_delete_run") or not hasattr(store, "_hard_delete_experiment"):
        raise StoreError(
            "this version of MLflow deletes in another way. The sweep is marked deleted; "
            f"`mlflow gc --backend-store-uri {location.uri}` deletes for good."
        )
    return store


def _kind(run: "Run") -> str:
    return str(run.data.tags.get(Tag.KIND, ""))
