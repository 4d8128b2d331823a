"""What the coordinator has done in worker processes: here by Dask, or on other machines.

Scheduler and coordinator import this module to name its functions, so torch is imported only
where a function runs.
"""

import os
import pickle
import time
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from harness import __version__
from harness.errors import HarnessError
from harness.spec.fingerprint import ENGINE_REVISION
from harness.sweep.crew import usable_cores

if TYPE_CHECKING:
    from distributed import Scheduler as DaskScheduler
    from distributed import Worker as DaskWorker

    from harness.sweep.record import RunRecord
    from harness.sweep.worker import Worker
    from harness.transfer.events import StepEvent

__all__ = ["TOPIC", "allowed_failures", "describe", "own_versions", "perform", "warm_up"]

TOPIC = "harness-runs"
STEP_INTERVAL_S = 0.25  # a person reads no faster, and a scheduler serves many workers


class AbandonedError(HarnessError):
    """Nobody waits for this bundle any more: its coordinator has gone, or called it back."""


def describe(device: str) -> dict[str, Any]:
    """Return what a coordinator must know of this worker's machine.

    Args:
        device: As on the command line; ``auto`` is resolved here, where the device is.

    Returns:
        ``device`` and the ``precision`` that ``auto`` means on it, ``cores``, ``versions``, and
        ``error``, which is not empty where the device cannot be had.
    """
    from harness.transfer.precision import resolve_device, resolve_precision  # noqa: PLC0415

    facts: dict[str, Any] = {"cores": usable_cores(), "versions": own_versions()}
    try:
        place = resolve_device(device)
        return facts | {
            "device": str(place),
            "precision": resolve_precision("auto", place),
            "error": "",
        }
    except HarnessError as error:
        return facts | {"device": "", "precision": "", "error": str(error)}


def own_versions() -> dict[str, str]:
    """Return the versions that must be equal where pictures are to be equal."""
    return {
        "style-harness": __version__,
        "engine revision": str(ENGINE_REVISION),
        "torch": version("torch"),
    }


def allowed_failures(dask_scheduler: "DaskScheduler") -> int:
    """Return how many workers a scheduler lets a task take down before it gives the task up."""
    return int(dask_scheduler.allowed_failures)


def warm_up(threads: int) -> None:
    """Import what the first run needs, so that it starts at once."""
    _worker(threads)


@cache
def _worker(threads: int) -> "Worker":
    import torch  # noqa: PLC0415 - see the module's docstring
    from distributed import get_worker  # noqa: PLC0415

    from harness.sweep.worker import Worker  # noqa: PLC0415

    torch.set_num_threads(threads)
    if torch.cuda.device_count() > 1:
        number = str(get_worker().name)  # of our own workers: 0, 1, …
        torch.cuda.set_device(int(number) % torch.cuda.device_count() if number.isdigit() else 0)
    return Worker()


def perform(payload: bytes, threads: int) -> "list[RunRecord]":
    """Perform a pickled bundle in this worker process; return one record a run.

    Args:
        payload: The bundle, pickled so that a scheduler without torch can pass it on.
        threads: Of torch, in this process.
    """
    from distributed import get_worker  # noqa: PLC0415

    worker = _worker(threads)
    reporter = _Reporter(get_worker())
    bundle = pickle.loads(payload)  # noqa: S301 - from our own coordinator
    return list(worker.perform(bundle, on_start=reporter.start, on_step=reporter.step))


class _Reporter:
    """Sends what happens in a bundle to the coordinator, as Dask events."""

    def __init__(self, dask_worker: "DaskWorker") -> None:
        self._dask_worker = dask_worker
        self._key = dask_worker.get_current_task()
        self._last: dict[str, float] = {}

    def start(self, fingerprint: str) -> None:
        """Say that a run begins, and where."""
        self._stop_if_abandoned()
        place = {"worker": self._dask_worker.address, "pid": os.getpid()}
        self._send({"kind": "start", "run": fingerprint, **place})

    def step(self, fingerprint: str, event: "StepEvent") -> None:
        """Say how far a run is: the first and the last step, and some between."""
        self._stop_if_abandoned()
        now = time.monotonic()
        is_soon = now - self._last.get(fingerprint, -STEP_INTERVAL_S) < STEP_INTERVAL_S
        if is_soon and event.iteration < event.iterations:
            return
        self._last[fingerprint] = now
        facts = {
            "iteration": event.iteration,
            "iterations": event.iterations,
            "losses": dict(event.losses),
            "seconds": event.seconds,
        }
        self._send({"kind": "step", "run": fingerprint, **facts})

    def _send(self, message: dict[str, Any]) -> None:
        self._dask_worker.log_event(TOPIC, {"bundle": self._key, **message})

    def _stop_if_abandoned(self) -> None:
        """End a run that nobody waits for; Dask itself cannot stop a thread.

        Raises:
            AbandonedError: The task was cancelled, or its coordinator has gone.
        """
        task = self._dask_worker.state.tasks.get(self._key)
        if task is None or task.state == "cancelled":
            raise AbandonedError("nobody waits for this run any more")
