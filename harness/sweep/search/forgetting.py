"""Forget a study: its trials go, the rest of its database stays."""

import contextlib

import optuna

from harness.sweep.search.storage import close_storage, open_storage, work_on

__all__ = ["forget_study"]


def forget_study(name: str, *, storage: str) -> None:
    """Delete a study from its database, if it is there.

    Args:
        name: Of the study.
        storage: As in ``Search.open``.

    Raises:
        InputError: The address is wrong.
        StoreError: The database fails or belongs to another program.
    """
    database, place = open_storage(storage)
    try:
        with work_on(place), contextlib.suppress(KeyError):
            optuna.delete_study(study_name=name, storage=database)
    finally:
        close_storage(database)
