"""A folder of its own for a benchmark that works as a user does, and runs without a store."""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.sweep.record import Bundle, RunRecord
from harness.sweep.worker import Worker

__all__ = ["in_new_folder", "perform_all"]


@contextlib.contextmanager
def in_new_folder() -> Iterator[Path]:
    """Work in a temporary folder, with a cache of the harness that is empty and there too."""
    before, cache = Path.cwd(), os.environ.get("HARNESS_CACHE")
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        os.environ["HARNESS_CACHE"] = str(Path(name) / "cache")
        try:
            yield Path(name)
        finally:
            os.chdir(before)
            del os.environ["HARNESS_CACHE"]
            if cache is not None:
                os.environ["HARNESS_CACHE"] = cache


def perform_all(worker: Worker, work: Iterable[Bundle]) -> list[RunRecord]:
    """Perform bundles in this process, nothing logged.

    Raises:
        RuntimeError: A run failed: nothing was measured.
    """
    records = [
        record
        for bundle in work
        for record in worker.perform(bundle, on_start=_ignore, on_step=_ignore)
    ]
    for record in records:
        if record.status != "FINISHED":
            raise RuntimeError(f"a run failed: {record.reason}")
    return records


def _ignore(*_: object) -> None:
    """Take no note."""
