"""What is in the store: its sweeps, how far each one is, what failed and why. Reads only."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.errors import InputError, StoreError
from harness.spec.diagnosis import nearest
from harness.sweep.tracking.database import Content, content_of, refuse_foreign
from harness.sweep.tracking.membership import Membership, read_membership
from harness.sweep.tracking.names import Kind, Status, Tag
from harness.sweep.tracking.standing import (
    Counts,
    Failure,
    Standing,
    VariantEntry,
    is_abandoned,
)
from harness.sweep.tracking.store import Location, connect, search

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment, Run

__all__ = [
    "SWEEPS",
    "SweepDetail",
    "SweepEntry",
    "SweepState",
    "all_experiments",
    "connect_to_read",
    "explain_unknown_sweep",
    "inspect_sweep",
    "is_there",
    "list_sweeps",
]

PAGE = 1000
MOST_NAMES = 12  # that a message lists
RUNS = f"tags.`{Tag.KIND}` = '{Kind.RUN}'"
UNFINISHED_RUNS = f"{RUNS} AND attributes.status != '{Status.FINISHED}'"
SWEEPS = f"tags.`{Tag.KIND}` = '{Kind.SWEEP}'"


class SweepState(StrEnum):
    """What became of a sweep."""

    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    INCOMPLETE = "incomplete"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepEntry:
    """One sweep of the store; ``owner`` names the process that works on it, or did."""

    name: str
    state: SweepState
    runs: Counts
    begun: datetime
    changed: datetime
    question: str = ""
    answer: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepDetail:
    """One sweep from near; ``reused`` counts finished runs that another sweep made."""

    entry: SweepEntry
    variants: tuple[VariantEntry, ...] = ()
    failures: tuple[Failure, ...] = ()
    reused: int = 0


def is_there(location: Location) -> bool:
    """Whether there is a store; a server is taken to be one. Makes none.

    Raises:
        StoreError: The file belongs to another program, or cannot be read.
    """
    if location.database is None:
        return True
    refuse_foreign(location.database)
    return content_of(location.database) is not Content.NOTHING


def connect_to_read(location: Location) -> "MlflowClient | None":
    """Return a client of a store that is there; None where there is none, and none is made.

    Raises:
        StoreError: The store cannot be opened, or its file belongs to another program.
    """
    return connect(location) if is_there(location) else None


def list_sweeps(client: "MlflowClient") -> list[SweepEntry]:
    """Return every sweep of the store, the one that changed last first.

    Finished runs, which are most of a store, are not read where a parent's list names them.
    """
    experiments = {one.experiment_id: one for one in all_experiments(client)}
    newest_first = list(search(client, experiments, SWEEPS))
    parents = {run.info.experiment_id: run for run in reversed(newest_first)}
    lists = {one: _membership(client, parent) for one, parent in parents.items()}
    runs = _runs_that_matter(client, experiments, parents, lists)
    entries = [
        _entry(experiments[one].name, parent, Standing(lists[one], runs[one]), runs[one])
        for one, parent in parents.items()
    ]
    entries += [
        _leftover(experiments[one].name, found)
        for one, found in runs.items()
        if found and one not in parents
    ]
    return sorted(entries, key=lambda entry: entry.changed, reverse=True)


def inspect_sweep(client: "MlflowClient", name: str) -> SweepDetail:
    """Return one sweep of the store with its variants and failures.

    Raises:
        InputError: The store has no sweep of this name.
    """
    experiment = client.get_experiment_by_name(name)
    found = list(search(client, [experiment.experiment_id], "")) if experiment else []
    parents = [run for run in found if run.data.tags.get(Tag.KIND) == Kind.SWEEP]
    runs = [run for run in found if run.data.tags.get(Tag.KIND) == Kind.RUN]
    if experiment is None or not (parents or runs):
        raise InputError(explain_unknown_sweep(client, name))
    if not parents:
        return SweepDetail(entry=_leftover(name, runs))
    membership = _membership(client, parents[0])
    standing = Standing(membership, runs)
    made_here = {run.info.run_id for run in runs}
    return SweepDetail(
        entry=_entry(name, parents[0], standing, runs),
        variants=standing.variants,
        failures=standing.failures,
        reused=len(membership.run_ids - made_here) if membership else 0,
    )


def explain_unknown_sweep(client: "MlflowClient", name: str) -> str:
    """Say that the store has no such sweep, what it has, and what may have been meant."""
    names = [entry.name for entry in list_sweeps(client)]
    if not names:
        return f"found {name!r}; the store has no sweep yet: `harness sweep FILE` makes one"
    close = nearest(name, names)
    hint = f"; did you mean {close}?" if close else ""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"found {name!r}; the store has: {', '.join(names[:MOST_NAMES])}{more}{hint}"


def all_experiments(client: "MlflowClient") -> Iterator["Experiment"]:
    """Yield every experiment that is not deleted, page by page."""
    token: str | None = None
    while True:
        page = client.search_experiments(max_results=PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _runs_that_matter(
    client: "MlflowClient",
    experiments: Iterable[str],
    parents: Mapping[str, "Run"],
    lists: Mapping[str, Membership | None],
) -> dict[str, list["Run"]]:
    """Return, by experiment, the runs that a parent's list says nothing of."""
    every, unfinished = [], []
    for one in experiments:
        membership = lists.get(one)
        if membership is None or str(parents[one].info.status) == Status.RUNNING:
            every.append(one)
        elif not membership.is_complete:
            unfinished.append(one)
    found: dict[str, list[Run]] = defaultdict(list)
    for chosen, text in ((every, RUNS), (unfinished, UNFINISHED_RUNS)):
        for run in search(client, chosen, text):
            found[run.info.experiment_id].append(run)
    return found


def _membership(client: "MlflowClient", parent: "Run") -> Membership | None:
    """Return a parent's list; one that cannot be read tells no more than one that is not there."""
    try:
        return read_membership(client, parent)
    except StoreError:
        return None


def _entry(name: str, parent: "Run", standing: Standing, runs: list["Run"]) -> SweepEntry:
    tags = parent.data.tags
    counts = standing.counts
    return SweepEntry(
        name=name,
        state=_state(parent, counts),
        runs=counts,
        begun=_moment(parent.info.start_time),
        changed=_changed([parent, *runs]),
        question=tags.get(Tag.QUESTION, ""),
        answer=tags.get(Tag.ANSWER, ""),
        owner=tags.get(Tag.OWNER, ""),
    )


def _leftover(name: str, runs: list["Run"]) -> SweepEntry:
    """Describe runs whose sweep was removed: kept for other sweeps, or not removed yet."""
    return SweepEntry(
        name=name,
        state=SweepState.REMOVED,
        runs=Standing(None, runs).counts,
        begun=_moment(min(run.info.start_time for run in runs)),
        changed=_changed(runs),
    )


def _state(parent: "Run", counts: Counts) -> SweepState:
    match str(parent.info.status):
        case Status.FINISHED if counts.planned in {None, counts.finished}:
            return SweepState.FINISHED
        case Status.FINISHED | Status.FAILED:
            return SweepState.INCOMPLETE
        case Status.RUNNING if not is_abandoned(parent):
            return SweepState.RUNNING
        case _:
            return SweepState.INTERRUPTED


def _changed(runs: Iterable["Run"]) -> datetime:
    return _moment(max(max(run.info.start_time, run.info.end_time or 0) for run in runs))


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
