"""How a sweep is run, as opposed to what it is."""

from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import InputError

__all__ = ["Options"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says beside the sweep file.

    Attributes:
        tracking_uri: The MLflow store; None for the environment's, else ``./mlflow.db``.
        out: Folder of all results.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
        workers: Number of worker processes, 0 for this process; None to choose.
        lanes: Runs of a grid that are optimised at a time as one batch, at most; None to choose.
        cluster: Address of a Dask scheduler to use instead.
        fresh: Do every run anew, and take none from other sweeps.
        only: Names of the variants to run, or patterns of them; all if empty.
        study_storage: Address of the database that a study is kept in; None for ``study.db``
            beside the store.
    """

    tracking_uri: str | None = None
    out: Path = field(default_factory=lambda: Path("results"))
    device: str = "auto"
    workers: int | None = 0
    lanes: int | None = 1
    cluster: str | None = None
    fresh: bool = False
    only: tuple[str, ...] = ()
    study_storage: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            InputError: Fewer lanes than one.
        """
        if self.lanes is not None and self.lanes < 1:
            raise InputError(f"lanes: found {self.lanes}; allowed: a number from 1, or auto")
