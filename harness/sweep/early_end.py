"""Runs that end before all of their iterations: which pictures they have, and what is said."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from harness.spec.schedule import total_iterations
from harness.spec.settings import Settings
from reports.numbers import counted

if TYPE_CHECKING:
    from harness.transfer.engine import TransferResult

__all__ = ["WHOLE", "early_end_notes", "early_ends_note", "reached"]

WHOLE = "iterations"
"""The stop reason of a run that did all of its iterations."""


def reached(result: "TransferResult", wanted: Iterable[int]) -> tuple[int, ...]:
    """Return the iterations of these that a run came to and kept the picture of.

    What it would have shown later is its result, or was never made.
    """
    return tuple(at for at in wanted if at <= result.iterations and at in result.snapshots)


def early_end_notes(
    settings: Settings, result: "TransferResult", wanted: Iterable[int]
) -> Iterator[str]:
    """Say that a run ended before all of its iterations, and which pictures it therefore lacks.

    Args:
        settings: Of the run.
        result: What came of it.
        wanted: Iterations whose pictures were asked for.
    """
    planned = total_iterations(settings)
    if result.iterations == planned:
        return
    wanted = tuple(wanted)
    kept = reached(result, wanted)
    missing = ", ".join(str(at) for at in wanted if at not in kept)
    lacks = f"; there is no picture of iteration {missing}" if missing else ""
    yield f"ended at iteration {result.iterations} of {planned}: {result.stop_reason}{lacks}"


def early_ends_note(reasons: Iterable[str]) -> tuple[str, ...]:
    """Say how many runs of a sweep ended before all of their iterations, and why.

    Args:
        reasons: Stop reason of every finished run.
    """
    found = list(reasons)
    early = Counter(reason for reason in found if reason != WHOLE)
    if not early:
        return ()
    why = ", ".join(f"{reason} ({count})" for reason, count in early.most_common())
    return (
        f"{early.total()} of {counted(len(found), 'run')} ended before all iterations: {why}; "
        "they have no pictures of later ones",
    )
