"""Where a study is kept if nobody says."""

from pathlib import Path

from harness.sweep.tracking.store import Location

__all__ = ["default_storage", "forget_trials"]

STUDY = "study.db"


def default_storage(location: Location) -> str:
    """Return the address of the study's database: beside the store, else in this folder."""
    return f"sqlite:///{_file(location)}"


def forget_trials(location: Location, sweep: str) -> None:
    """Forget what a removed sweep had tried, if it was a study kept in the usual place.

    Raises:
        StoreError: The database fails.
    """
    if not _file(location).exists():
        return
    from harness.sweep.search.forgetting import forget_study  # noqa: PLC0415 - Optuna

    forget_study(sweep, storage=default_storage(location))


def _file(location: Location) -> Path:
    folder = location.database.parent if location.database is not None else Path.cwd()
    return folder / STUDY
