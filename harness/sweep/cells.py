"""The cells of a sweep's table, read from the store: what is known of every run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.sweep.rescoring import Rescorer
from harness.sweep.results import Cell, ExternalCell
from harness.sweep.tracking.artifacts import stored_file
from harness.sweep.tracking.externals import External
from harness.sweep.tracking.membership import MemberCase, Membership
from harness.sweep.tracking.names import File, Status
from harness.sweep.tracking.stored import StoredRun

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["external_cells", "table_cells"]


def table_cells(
    client: "MlflowClient",
    membership: Membership,
    stored: Mapping[str, StoredRun],
    failures: Mapping[str, str],
    rescorer: Rescorer,
) -> dict[str, Cell]:
    """Return what is known of each run of a sweep's table, by fingerprint.

    Args:
        client: The store.
        membership: Which run fills which cell.
        stored: The finished runs, by fingerprint.
        failures: Why others failed, by fingerprint.
        rescorer: Gives every run the scores of one evaluator.
    """
    cells: dict[str, Cell] = {}
    for one in membership.members:
        if one.fingerprint in cells:
            continue
        found = stored.get(one.fingerprint)
        if found is not None:
            case = membership.cases[one.case]
            cells[one.fingerprint] = _finished(client, found, case, rescorer)
        else:
            failure = failures.get(one.fingerprint)
            status = "MISSING" if failure is None else str(Status.FAILED)
            cells[one.fingerprint] = Cell(
                stored=None, metrics={}, status=status, error=failure or ""
            )
    return cells


def external_cells(
    client: "MlflowClient",
    membership: Membership,
    externals: tuple[External, ...],
    rescorer: Rescorer,
) -> list[ExternalCell]:
    """Return what is known of the pictures made elsewhere.

    Args:
        client: The store.
        membership: Of the sweep they stand beside.
        externals: What ``find_externals`` returned for it.
        rescorer: Gives every picture the scores of one evaluator.
    """
    return [
        ExternalCell(
            name=one.name,
            case=one.case,
            fingerprint=one.stored.fingerprint,
            cell=_finished(client, one.stored, membership.cases[one.case], rescorer),
        )
        for one in externals
    ]


def _finished(
    client: "MlflowClient", stored: StoredRun, case: MemberCase, rescorer: Rescorer
) -> Cell:
    return Cell(
        stored=stored,
        metrics=rescorer.metrics(stored, content_sha256=case.content_sha256, styles=case.styles),
        status=str(Status.FINISHED),
        picture=stored_file(client, stored, File.RESULT),
    )
