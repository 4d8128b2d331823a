"""Runs in lanes: their results, and the seconds of an iteration of one picture."""

import time
from collections.abc import Callable, Sequence

import numpy as np

from harness.errors import TransferError
from harness.transfer.engine import TransferResult, TransferTask
from harness.transfer.events import StepEvent
from harness.transfer.lanes import run_lanes
from harness.transfer.pretrained.parameters import Parameters

__all__ = ["in_lanes", "lane_results"]


def lane_results(
    tasks: Sequence[TransferTask],
    parameters: Parameters,
    precision: str,
    *,
    device: str = "cpu",
    on_step: Callable[[int, StepEvent], None] | None = None,
) -> list[TransferResult]:
    """Do runs as one batch.

    Raises:
        TransferError: A run failed: nothing was measured.
    """
    found = run_lanes(tasks, parameters, device=device, precision=precision, on_step=on_step)
    for one in found:
        if isinstance(one, TransferError):
            raise one
    return [one for one in found if not isinstance(one, TransferError)]


def in_lanes(
    parameters: Parameters,
    tasks: Sequence[TransferTask],
    precision: str,
    *,
    device: str = "cpu",
    on_iteration: Callable[[int], None] | None = None,
) -> list[float]:
    """Return the seconds of each iteration of a picture but the first: those of the batch, shared.

    Args:
        parameters: Of the backbone.
        tasks: Runs of equally many iterations, one a lane.
        precision: As the engine takes it.
        device: Likewise.
        on_iteration: Called with the number of each iteration that is done in all lanes.
    """
    ends: list[float] = []

    def note(lane: int, event: StepEvent) -> None:
        if lane < len(tasks) - 1:
            return
        ends.append(time.perf_counter())  # of the whole batch: an event tells a lane's share
        if on_iteration is not None:
            on_iteration(event.iteration)

    lane_results(tasks, parameters, precision, device=device, on_step=note)
    return [float(seconds) / len(tasks) for seconds in np.diff(ends)]
