"""The price of a plan before the work: minutes, memory, disk, from measured rates."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.errors import TransferError
from harness.spec.backbones import backbone_named, deepest_conv
from harness.sweep.executor import InProcessExecutor
from harness.sweep.plan import Plan, PlannedRun, bundles
from harness.sweep.rates import MEMORY, OVERHEAD, Rates, workload
from harness.sweep.record import RunRecord
from harness.transfer.objective import taps_in_use

__all__ = ["CALIBRATION_S", "Price", "estimate", "learn"]

logger = logging.getLogger(__name__)

CALIBRATION_S = 5
CALIBRATION_ITERATIONS = 4
KERNEL = 9  # multiplications of a 3×3 kernel
# Measured on the 36 runs of sweeps/layers.yaml: 27 MB for pictures and database.
PNG_BYTES_PER_PIXEL = 2.6
THUMBNAIL_FACTOR = 1.15  # MLflow keeps a small copy beside every logged picture
LOGGING_S = 0.5  # a guess of MLflow's share until the first real run has shown it
RUN_FILES_BYTES = 300_000  # trace, settings, and the run's rows in the database


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a plan will cost on this machine, start-up not counted."""

    seconds: float
    memory_bytes: float
    disk_bytes: float


def estimate(plan: Plan, runs: Sequence[PlannedRun], rates: Rates) -> Price:
    """Price the runs, measuring the machine first where its rates are not known."""
    if not runs:
        return Price(seconds=0, memory_bytes=0, disk_bytes=0)
    _calibrate(plan, runs, rates)
    per_pixel = _rates_per_pixel(runs, rates)
    seconds = 0.0
    disk = 0.0
    for run in runs:
        settings = run.task.settings
        pixels = _pixels(plan, run)
        scored = len(run.task.snapshots) + 1
        seconds += settings.iterations * pixels * per_pixel[workload(settings)]
        seconds += scored * rates.values[OVERHEAD]
        disk += RUN_FILES_BYTES + pixels * PNG_BYTES_PER_PIXEL * (1 + scored * THUMBNAIL_FACTOR)
    return Price(seconds=seconds, memory_bytes=rates.values[MEMORY], disk_bytes=disk)


def _calibrate(plan: Plan, runs: Sequence[PlannedRun], rates: Rates) -> None:
    unknown = {
        workload(run.task.settings): run
        for run in runs
        if workload(run.task.settings) not in rates.values
    }
    if not unknown and OVERHEAD in rates.values:
        return
    logger.info("measuring this machine's speed (about %d seconds) …", CALIBRATION_S)
    by_cost = sorted(unknown.values(), key=_cost) or [runs[0]]
    executor = InProcessExecutor()
    _measure(plan, by_cost[0], executor)  # loads libraries and parameters: not part of a rate
    deadline = time.perf_counter() + CALIBRATION_S
    for run in _extremes_first(by_cost):
        record, wall = _measure(plan, run, executor)
        if record.status == "FINISHED":
            learn(plan, run, record, wall + LOGGING_S, rates)
        if time.perf_counter() > deadline:
            break
    rates.save()


def _extremes_first(by_cost: list[PlannedRun]) -> list[PlannedRun]:
    """Return the dearest, the cheapest, then the rest: two points make a line."""
    if len(by_cost) == 1:
        return by_cost
    return [by_cost[-1], by_cost[0], *by_cost[1:-1]]


def _measure(plan: Plan, run: PlannedRun, executor: InProcessExecutor) -> tuple[RunRecord, float]:
    """Do a run of a few iterations, as a worker would; return its record and wall seconds."""
    settings = run.task.settings.model_copy(update={"iterations": CALIBRATION_ITERATIONS})
    task = replace(run.task, settings=settings, snapshots=())
    begun = time.perf_counter()
    (record,) = executor.run(
        bundles(plan, [replace(run, task=task)], size=1), on_start=_ignore, on_step=_ignore
    )
    return record, time.perf_counter() - begun


def learn(
    plan: Plan, run: PlannedRun, record: RunRecord, wall_seconds: float, rates: Rates
) -> None:
    """Note what a finished run took: its iterations, its overhead, its memory."""
    per_pixel = record.seconds_per_iteration / _pixels(plan, run)
    rates.learn(workload(run.task.settings), per_pixel)
    overhead = max(wall_seconds - record.seconds, 0) / len(record.scores)
    rates.learn(OVERHEAD, overhead)
    rates.learn(MEMORY, record.peak_memory_bytes)


def _rates_per_pixel(runs: Sequence[PlannedRun], rates: Rates) -> dict[str, float]:
    """Return seconds per iteration and pixel by workload; the unmeasured lie on a line.

    Time grows with the multiplications of the convolutions and a constant for the rest.
    """
    costs = {workload(run.task.settings): _cost(run) for run in runs}
    known = {key: rates.values[key] for key in costs if key in rates.values}
    if not known:
        reason = "no run of the plan could be measured; it would fail when run"
        raise TransferError(reason)
    line = _line([costs[key] for key in known], list(known.values()))
    return {key: known.get(key, max(line(cost), 0.0)) for key, cost in costs.items()}


def _line(costs: Sequence[float], seconds: Sequence[float]) -> Callable[[float], float]:
    if len(set(costs)) == 1:
        ratio = float(np.mean(seconds)) / costs[0]
        return lambda cost: cost * ratio
    slope, constant = np.polyfit(costs, seconds, 1)
    return lambda cost: float(slope * cost + constant)


def _cost(run: PlannedRun) -> float:
    """Return the multiplications of the trunk's convolutions per pixel of the picture."""
    settings = run.task.settings
    deepest = deepest_conv(settings.backbone, taps_in_use(settings))
    total = 1.0  # a trunk of `rgb` alone still does something
    for convolution in backbone_named(settings.backbone).convolutions:
        if deepest is None:
            break
        pixels = 4.0 ** (1 - convolution.block)  # every pooling leaves a quarter
        total += pixels * KERNEL * convolution.in_channels * convolution.out_channels
        if convolution.name == deepest:
            break
    return total


def _pixels(plan: Plan, run: PlannedRun) -> float:
    """Return the pixels of a run's result."""
    content = plan.picture(run.task.content_sha256)
    long_side, short_side = max(content.width, content.height), min(content.width, content.height)
    return run.task.settings.image_size**2 * short_side / long_side


def _ignore(*_: object) -> None:
    """Take no note of a calibration's progress."""
