"""Executors on Dask: worker processes on this machine, or a cluster started by hand."""

import contextlib
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from harness.errors import ClusterError
from harness.sweep.cluster import connected_cluster, local_cluster
from harness.sweep.crew import Crew
from harness.sweep.deaths import DeathLog
from harness.sweep.dispatcher import Dispatcher, Patience
from harness.sweep.executor import OnStart, OnStep, Records
from harness.sweep.remote import describe, own_versions, warm_up
from harness.sweep.work_queue import WorkQueue

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["ClusterExecutor", "LocalExecutor"]


class LocalExecutor:
    """Worker processes on this machine.

    They start in the background when they are asked for or first needed.
    """

    def __init__(self, crew: Crew, *, patience: Patience | None = None) -> None:
        self.workers = crew.workers
        self._crew = crew
        self._patience = patience or Patience()
        self._deaths = DeathLog()
        self._stack = contextlib.ExitStack()
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="start-workers")
        self._client: Future[Client] | None = None
        self._warming: list[object] = []

    def __str__(self) -> str:
        return str(self._crew)

    def __enter__(self) -> Self:
        return self

    def warm(self) -> None:
        """Start the workers in the background, if they have not been started."""
        self._starting()

    def _starting(self) -> "Future[Client]":
        if self._client is None:
            self._client = self._starter.submit(self._start)
        return self._client

    def _start(self) -> "Client":
        crew = self._crew
        client = self._stack.enter_context(
            local_cluster(
                workers=crew.workers, threads=crew.threads, memory_bytes=crew.memory_bytes
            )
        )
        self._deaths.listen()  # after Dask's loggers have been quietened
        self._warming = [
            client.submit(warm_up, crew.threads, workers=[address], pure=False, retries=0)
            for address in _workers(client)
        ]
        return client

    def __exit__(self, *_: object) -> None:
        """End the worker processes, whatever they are doing."""
        self._starter.shutdown()
        self._warming.clear()
        self._stack.close()
        self._deaths.stop()

    def resolve(self, device: str) -> tuple[str, str] | None:
        """Leave it to this process, which is on the same machine."""

    def run(self, queue: WorkQueue, *, on_start: OnStart, on_step: OnStep) -> Records:
        """Perform the bundles on the workers; see ``Executor.run``."""
        dispatcher = Dispatcher(
            client=self._starting().result(),
            workers=self.workers,
            threads=self._crew.threads,
            deaths=self._deaths,
            patience=self._patience,
        )
        yield from dispatcher.run(queue, on_start=on_start, on_step=on_step)


class ClusterExecutor:
    """The workers of a scheduler that somebody started by hand, on any number of machines."""

    def __init__(self, address: str, *, patience: Patience | None = None) -> None:
        self.workers = 0
        self._address = address
        self._patience = patience or Patience()
        self._stack = contextlib.ExitStack()
        self._client: Client | None = None
        self._threads = 1

    def __str__(self) -> str:
        return f"{self.workers} workers of {self._address} with {self._threads} threads each"

    def __enter__(self) -> Self:
        """Connect, and refuse workers that would compute something else.

        Raises:
            ClusterError: No scheduler, no workers, or workers of another version.
        """
        try:
            client = self._stack.enter_context(connected_cluster(self._address))
            workers = _workers(client)
            self._check_workers(workers)
            facts = self._facts(client, "auto")
            _check_versions(facts)
        except BaseException:
            self._stack.close()
            raise
        self.workers = len(facts)
        self._threads = _threads(facts)
        self._client = client
        return self

    def warm(self) -> None:
        """The workers are there already."""

    def __exit__(self, *_: object) -> None:
        """Leave the cluster; its workers stay."""
        self._stack.close()

    def _check_workers(self, workers: Mapping[str, Mapping[str, Any]]) -> None:
        if not workers:
            raise ClusterError(
                f"the scheduler at {self._address} has no workers. Start some with "
                f"`dask worker {self._address} --nthreads 1`."
            )
        crowded = [name for name, worker in workers.items() if worker["nthreads"] != 1]
        if crowded:
            raise ClusterError(
                f"{len(crowded)} workers of {self._address} do several tasks at a time, which "
                "would disturb each other's runs; start them with --nthreads 1"
            )

    def _facts(self, client: "Client", device: str) -> dict[str, dict[str, Any]]:
        """Return what each worker says of its machine.

        Raises:
            ClusterError: A worker cannot run the harness, or none answers.
        """
        answers = client.run(describe, device, on_error="return")
        facts: dict[str, dict[str, Any]] = {}
        for address, answer in answers.items():
            if isinstance(answer, OSError):
                continue  # gone, though the scheduler has not noticed yet
            if isinstance(answer, Exception):
                raise ClusterError(
                    f"the worker {address} cannot run style-harness ({answer}); install the same "
                    "version there"
                ) from answer
            facts[address] = answer
        if not facts:
            raise ClusterError(f"no worker of {self._address} answers")
        return facts

    def resolve(self, device: str) -> tuple[str, str] | None:
        """Return (device, precision) that ``auto`` means on the workers.

        Raises:
            ClusterError: The workers differ, or lack the device.
        """
        facts = self._facts(self._connected(), device)
        found = {(one["device"], one["precision"]) for one in facts.values()}
        errors = {one["error"] for one in facts.values() if one["error"]}
        if errors:
            raise ClusterError(f"workers of {self._address}: {'; '.join(sorted(errors))}")
        if len(found) > 1:
            raise ClusterError(
                f"the workers of {self._address} differ: {sorted(found)}; name one --device and "
                "--precision for all"
            )
        return found.pop()

    def run(self, queue: WorkQueue, *, on_start: OnStart, on_step: OnStep) -> Records:
        """Perform the bundles on the workers; see ``Executor.run``."""
        dispatcher = Dispatcher(
            client=self._connected(),
            workers=self.workers,
            threads=self._threads,
            deaths=DeathLog(),  # their nannies are elsewhere: only Dask's events arrive
            patience=self._patience,
        )
        yield from dispatcher.run(queue, on_start=on_start, on_step=on_step)

    def _connected(self) -> "Client":
        if self._client is None:
            raise RuntimeError("enter the executor before using it")
        return self._client


def _workers(client: "Client") -> dict[str, dict[str, Any]]:
    workers: dict[str, dict[str, Any]] = client.scheduler_info(n_workers=-1)["workers"]
    return workers


def _check_versions(facts: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse workers whose pictures could differ from ours.

    Raises:
        ClusterError: with every difference.
    """
    own = own_versions()
    differences = {
        f"{name}: {one['versions'][name]} on {address}, {own[name]} here"
        for address, one in facts.items()
        for name in own
        if one["versions"][name] != own[name]
    }
    if differences:
        listed = "\n".join(sorted(differences))
        raise ClusterError(f"the workers run other versions; install the same:\n{listed}")


def _threads(facts: Mapping[str, Mapping[str, Any]]) -> int:
    """Return the threads for each worker: the fewest that a host's cores allow."""
    hosts = Counter(urlsplit(address).hostname for address in facts)
    return min(
        max(int(one["cores"]) // hosts[urlsplit(address).hostname], 1)
        for address, one in facts.items()
    )
