"""The price of a plan before the work: minutes, memory, disk, from measured rates."""

import logging
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import numpy as np

from harness.errors import TransferError
from harness.spec.backbones import multiplications
from harness.spec.chain_models import RESULT_START
from harness.spec.schedule import AT_FULL_SIZE, scales_of, total_iterations, work_of
from harness.sweep.crew import result_pixels
from harness.sweep.executor import Executor
from harness.sweep.memory import needed_bytes
from harness.sweep.plan import Plan, PlannedRun, bundles
from harness.sweep.rates import OVERHEAD, Rates, evaluations_per_iteration, workload
from harness.sweep.record import RunRecord, RunTask
from harness.sweep.work_queue import WorkQueue
from harness.transfer.objective import taps_in_use

__all__ = ["CALIBRATION_S", "Price", "estimate", "is_measured", "learn", "predict"]

logger = logging.getLogger(__name__)

CALIBRATION_S = 5
CALIBRATED = {**AT_FULL_SIZE, "iterations": 4}
# Measured on the 36 runs of sweeps/layers.yaml: 27 MB for pictures and database.
PNG_BYTES_PER_PIXEL = 2.6
THUMBNAIL_FACTOR = 1.15  # MLflow keeps a small copy beside every logged picture
RUN_FILES_BYTES = 300_000  # trace, settings, and the run's rows in the database
GUESSED_OVERHEAD_S = 1.0  # a picture, until one has been measured
GUESSED_RATE = 1e-11  # seconds per multiplication, until one has been measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a plan will cost on this machine, start-up not counted."""

    seconds: float
    memory_bytes: float
    disk_bytes: float


def estimate(
    plan: Plan,
    runs: Sequence[PlannedRun],
    rates: Rates,
    workers: int,
    measuring: AbstractContextManager[Executor],
    *,
    lanes: int = 1,
) -> Price:
    """Price the runs, measuring the machine first where its rates are not known.

    Args:
        plan: The plan.
        runs: The runs to be done.
        rates: What is known of the machine; learns what is measured.
        workers: How many runs are performed at a time.
        measuring: Gives the executor that would perform the runs; entered only if need be.
        lanes: How many runs a worker optimises at a time.
    """
    if not runs:
        return Price(seconds=0, memory_bytes=0, disk_bytes=0)
    if _unknown(runs, rates):
        with measuring as executor:
            _calibrate(plan, runs, rates, executor, lanes)
    seconds = sum(predict(plan, runs, rates).values()) / workers
    lanes = min(lanes, len(runs))
    memory = max(needed_bytes(run.task.settings, _pixels(plan, run), lanes=lanes) for run in runs)
    disk = sum(_disk_bytes(plan, run) for run in runs)
    return Price(seconds=seconds, memory_bytes=memory * workers, disk_bytes=disk)


def predict(plan: Plan, runs: Sequence[PlannedRun], rates: Rates) -> dict[str, float]:
    """Return the seconds that each run will take a worker, by fingerprint.

    Where nothing has been measured the proportions are right and the scale is a guess.
    """
    per_pixel = _rates_per_pixel(runs, rates)
    overhead = rates.values.get(OVERHEAD, GUESSED_OVERHEAD_S)
    return {
        run.task.fingerprint: work_of(run.task.settings)
        * _pixels(plan, run)
        * per_pixel[workload(run.task.settings)]
        + (len(run.task.snapshots) + 1) * overhead
        for run in runs
    }


def is_measured(runs: Sequence[PlannedRun], rates: Rates) -> bool:
    """Tell whether the machine's speed is known for every run, so that its price is no guess."""
    return not _unknown(runs, rates)


def _unknown(runs: Sequence[PlannedRun], rates: Rates) -> dict[str, PlannedRun]:
    """Return a run of each workload that was never measured here."""
    return {key: run for run in runs if (key := workload(run.task.settings)) not in rates.values}


def _calibrate(
    plan: Plan, runs: Sequence[PlannedRun], rates: Rates, executor: Executor, lanes: int
) -> None:
    logger.info("measuring this machine's speed (about %d seconds) …", CALIBRATION_S)
    by_cost = sorted(_unknown(runs, rates).values(), key=_cost)
    # loads libraries and parameters: not part of a rate
    _measure(plan, by_cost[0], executor, lanes)
    deadline = time.perf_counter() + CALIBRATION_S
    measured = False
    for run in _extremes_first(by_cost):
        record = _measure(plan, run, executor, lanes)
        if record is not None:
            learn(plan, replace(run, task=_calibration(run.task)), record, rates)
            measured = True
        if time.perf_counter() > deadline:
            break
    if not measured:
        raise TransferError("no run of the plan could be measured; it would fail when run")
    rates.save()


def _extremes_first(by_cost: list[PlannedRun]) -> list[PlannedRun]:
    """Return the dearest, the cheapest, then the rest: two points make a line."""
    if len(by_cost) == 1:
        return by_cost
    return [by_cost[-1], by_cost[0], *by_cost[1:-1]]


def _measure(plan: Plan, run: PlannedRun, executor: Executor, lanes: int) -> RunRecord | None:
    """Do a few iterations on every worker at once, as in a sweep; return the median record."""
    short = replace(run, task=_calibration(run.task))
    bundle = next(bundles(plan, [short] * lanes, size=lanes))
    queue = WorkQueue(
        iter([bundle] * max(executor.workers, 1)),
        single=lambda _: bundle,
        retries=0,
        time_s=None,
    )
    records = [
        record
        for record in executor.run(queue, on_start=_ignore, on_step=_ignore)
        if record.status == "FINISHED"
    ]
    if not records:
        return None
    records.sort(key=lambda record: record.seconds_per_iteration)
    return records[len(records) // 2]


def _calibration(task: RunTask) -> RunTask:
    changes = CALIBRATED
    if task.settings.start == RESULT_START:  # there is no such picture yet
        changes = CALIBRATED | {"start": "content"}
    settings = task.settings.model_copy(update=changes)
    return replace(task, settings=settings, snapshots=(), earlier=None)


def learn(
    plan: Plan, run: PlannedRun, record: RunRecord, rates: Rates, *, logging_s: float = 0.0
) -> None:
    """Note what a finished run took: its iterations at full size, and what comes on top.

    Args:
        plan: The plan.
        run: The run.
        record: What came of it.
        rates: Learns.
        logging_s: Seconds of logging that kept its worker from the next run.
    """
    settings = run.task.settings
    work = work_of(settings, record.iterations)
    if record.iterations <= total_iterations(settings) - scales_of(settings)[-1].iterations:
        return  # ended before the scale whose iterations are the measure
    rates.learn(workload(settings), record.seconds_per_iteration / _pixels(plan, run))
    iterating = record.seconds_per_iteration * work
    overhead = max(record.busy_seconds + logging_s - iterating, 0) / len(record.scores)
    rates.learn(OVERHEAD, overhead)


def _rates_per_pixel(runs: Sequence[PlannedRun], rates: Rates) -> dict[str, float]:
    """Return seconds per iteration and pixel by workload; the unmeasured lie on a line.

    Time grows with the multiplications of the convolutions and a constant for the rest.
    """
    costs = {workload(run.task.settings): _cost(run) for run in runs}
    known = {key: rates.values[key] for key in costs if key in rates.values}
    if not known:
        return {key: cost * GUESSED_RATE for key, cost in costs.items()}
    line = _line([costs[key] for key in known], list(known.values()))
    return {key: known.get(key, max(line(cost), 0.0)) for key, cost in costs.items()}


def _line(costs: Sequence[float], seconds: Sequence[float]) -> Callable[[float], float]:
    if len(set(costs)) == 1:
        ratio = statistics.fmean(seconds) / costs[0]
        return lambda cost: cost * ratio
    slope, constant = np.polyfit(costs, seconds, 1)
    return lambda cost: float(slope * cost + constant)


def _cost(run: PlannedRun) -> float:
    """Return the multiplications of an iteration's convolutions per pixel of the picture."""
    settings = run.task.settings
    # A trunk of `rgb` alone still does something.
    one = 1.0 + multiplications(settings.backbone, taps_in_use(settings))
    return one * evaluations_per_iteration(settings)


def _disk_bytes(plan: Plan, run: PlannedRun) -> float:
    pictures = 1 + (len(run.task.snapshots) + 1) * THUMBNAIL_FACTOR
    return RUN_FILES_BYTES + _pixels(plan, run) * PNG_BYTES_PER_PIXEL * pictures


def _pixels(plan: Plan, run: PlannedRun) -> float:
    """Return the pixels of a run's result."""
    return result_pixels(run.task.settings, plan.picture(run.task.content_sha256))


def _ignore(*_: object) -> None:
    """Take no note of a calibration's progress."""
