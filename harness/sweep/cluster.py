"""Dask underneath the sweep: worker processes of our own, or a scheduler started by hand."""

import contextlib
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from harness.errors import ClusterError
from harness.sweep.remote import allowed_failures

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

__all__ = ["connected_cluster", "local_cluster"]

logger = logging.getLogger(__name__)

CONNECT_S = 10
CLOSE_S = 5
CLOSE_WORKERS_S = 30  # a process that is just starting, or busy, may take Dask 10 s to end
ALLOWED_FAILURES = 0

# Retries and hanging runs are the coordinator's business, and a run's memory is not Dask's.
LOCAL_CONFIG: dict[str, Any] = {
    "distributed.scheduler.allowed-failures": ALLOWED_FAILURES,
    "distributed.scheduler.worker-ttl": None,  # compares wall clocks, which may be set
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.admin.low-level-log-length": 1000,
    # Looks at every thread's stack a hundred times a second, for a dashboard that is off.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",  # wakes every process; 20 ms by default
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.scheduler.work-stealing-interval": "1s",
    "distributed.worker.memory.monitor-interval": "250ms",
    "distributed.admin.large-graph-warning-threshold": "1GiB",  # bundles carry pictures
    "distributed.worker.preload": ["harness.sweep.steady_streams"],
    # Dask's own would forbid threads, and switch off malloc's reuse of large blocks.
    "distributed.nanny.pre-spawn-environ": {},
}


@contextlib.contextmanager
def local_cluster(*, workers: int, threads: int, memory_bytes: int) -> Iterator["Client"]:
    """Start worker processes on this machine, reachable from it alone.

    Args:
        workers: Number of processes; a process that dies is replaced.
        threads: Of each process.
        memory_bytes: A process that uses more is ended, and with it its run.

    Raises:
        ClusterError: They could not be started.
    """
    import dask  # noqa: PLC0415 - costs a second: not for --help
    from distributed import Client, LocalCluster  # noqa: PLC0415

    import harness.sweep.steady_streams  # noqa: F401, PLC0415 - before anything connects

    _quieten()
    environment = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    with contextlib.ExitStack() as stack:
        stack.enter_context(dask.config.set(LOCAL_CONFIG))
        try:
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,  # runs at a time; torch has its own threads
                memory_limit=memory_bytes,
                host="127.0.0.1",
                dashboard_address=None,
                # without a dashboard Dask still answers HTTP, for all the world, on port 8787
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                silence_logs=logging.CRITICAL,
                env=environment,
            )
            stack.callback(_close_workers, cluster)
            client = Client(cluster, set_as_default=False)
        except Exception as error:
            raise ClusterError(f"cannot start {workers} worker processes: {error}") from error
        stack.callback(_closed, client)
        yield client


@contextlib.contextmanager
def connected_cluster(address: str) -> Iterator["Client"]:
    """Connect to a scheduler that somebody started with ``dask scheduler``.

    Raises:
        ClusterError: Nothing answers there, or its Dask is another version.
    """
    import dask  # noqa: PLC0415 - see local_cluster
    from distributed import Client  # noqa: PLC0415

    import harness.sweep.steady_streams  # noqa: F401, PLC0415 - before anything connects

    quiet = {"distributed.admin.large-graph-warning-threshold": "1GiB"}
    with contextlib.ExitStack() as stack:
        stack.enter_context(dask.config.set(quiet))
        _quieten()
        try:
            client = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterError(
                f"no Dask scheduler answers at {address} ({_first_line(error)}). Start one with "
                "`dask scheduler`, and `dask worker ADDRESS --nthreads 1` on every machine."
            ) from error
        stack.callback(_closed, client)
        try:
            client.get_versions(check=True)
        except ValueError as error:
            raise ClusterError(
                f"the cluster at {address} runs other versions than this process; install the "
                f"same on all of them:\n{error}"
            ) from error
        allowed = client.run_on_scheduler(allowed_failures)
        if allowed != ALLOWED_FAILURES:
            logger.warning(
                "note: a run that crashes its worker will crash %d of this cluster's workers "
                "before we hear of it; start the scheduler with "
                "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=0",
                allowed + 1,
            )
        yield client


def _quieten() -> None:
    """Keep Dask's messages from the terminal: what a person must know we say in our words."""
    for name in ("distributed", *logging.root.manager.loggerDict):
        if name.split(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _closed(closing: Any) -> None:
    with contextlib.suppress(Exception):  # what is being left need not leave politely
        closing.close(timeout=CLOSE_S)


def _close_workers(cluster: "LocalCluster") -> None:
    from distributed.core import Status  # noqa: PLC0415 - see local_cluster

    for _ in range(2):
        try:
            cluster.close(timeout=CLOSE_WORKERS_S)
        except Exception as error:  # noqa: BLE001 - a process that would not end in time
            # left half closed, it would wait for itself at the next try
            cluster.status = Status.failed
            logger.debug("worker processes are closed again: %s", error)
        else:
            return


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
