"""Find one sweep in a store, for whoever needs its result."""

from typing import TYPE_CHECKING

from harness.errors import InputError
from harness.sweep.tracking.inventory import explain_unknown_sweep, is_there
from harness.sweep.tracking.membership import Membership, read_membership
from harness.sweep.tracking.store import Location, locate
from harness.sweep.tracking.stored import find_parent

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["locate_sweep", "stored_sweep"]


def locate_sweep(tracking_uri: str | None, sweep: str) -> Location:
    """Return the store in which a sweep is looked for; makes none.

    Raises:
        InputError: There is no store.
        StoreError: It belongs to another program, or cannot be read.
    """
    location = locate(tracking_uri)
    if not is_there(location):
        raise InputError(f"found {sweep!r}; there is no store at {location.database}")
    return location


def stored_sweep(client: "MlflowClient", sweep: str) -> "tuple[Run, Membership]":
    """Return a sweep's parent run and its list of runs.

    Raises:
        InputError: The store has no such sweep, or it has no result yet.
        StoreError: The list is damaged.
    """
    parent_id = find_parent(client, sweep)
    if parent_id is None:
        raise InputError(explain_unknown_sweep(client, sweep))
    parent = client.get_run(parent_id)
    membership = read_membership(client, parent)
    if membership is None:
        raise InputError(f"the sweep {sweep!r} has no result yet; run it first")
    return parent, membership
