"""The start of a sweep: workers first, so that they make ready while this process does.

Torch, MLflow and what reads the answer take seconds to import, here as in every worker.
"""

import logging
import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.images.decode import Picture
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.executor import Executor
from harness.sweep.executors import make_executor
from harness.sweep.options import Options
from harness.sweep.output import check_writable
from harness.sweep.progress import Watch
from harness.sweep.tracking.database import is_finished
from harness.sweep.tracking.store import Location, locate

if TYPE_CHECKING:
    from harness.sweep.coordinator import Outcome

__all__ = ["run_sweep", "seems_unfinished"]

logger = logging.getLogger(__name__)


def run_sweep(
    spec: SweepSpec,
    pictures: Mapping[str, Picture],
    options: Options,
    *,
    executor: Executor | None = None,
    watch: Watch | None = None,
) -> "Outcome":
    """Do what is not done of a sweep, log it, and write the answer.

    An interruption (Ctrl-C, SIGTERM) ends the runs in flight as KILLED and returns what there
    is, with ``interruption`` set; the same call goes on where it ended.

    Args:
        spec: The sweep.
        pictures: What ``load_with_pictures`` returned for it.
        options: Store, output folder, device, workers.
        executor: Where runs are performed; as the options say if not given.
        watch: Is told of every change of the progress.

    Raises:
        InputError: Something the sweep needs cannot be used; nothing has been written then.
        StoreError: The store cannot be opened or written, or another harness writes to it.
        ClusterError: The workers cannot be reached or used.
    """
    location = locate(options.tracking_uri)
    check_writable(options.out / spec.name)
    with executor or make_executor(spec, pictures, options) as crew:
        logger.info("%s", crew)
        if options.fresh or seems_unfinished(location, spec.name):
            crew.warm()
        from harness.sweep.coordinator import coordinate  # noqa: PLC0415 - see above

        return coordinate(spec, pictures, options, location=location, crew=crew, watch=watch)


def seems_unfinished(location: Location, sweep: str) -> bool:
    """Tell, without MLflow, whether there will be runs to do; a wrong answer costs seconds."""
    if location.database is None or not location.exists:
        return True
    try:
        return not is_finished(location.database, sweep)
    except (OSError, sqlite3.Error):
        return False  # opening the store will say what is wrong with it
