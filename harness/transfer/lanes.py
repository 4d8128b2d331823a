"""Several style transfers at a time: one batch, in which each run has a lane."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch

from harness.errors import TransferError
from harness.spec.lanes import may_share_lanes
from harness.transfer.engine import TransferResult, result_of
from harness.transfer.events import StepEvent
from harness.transfer.lane_batch import LaneBatch
from harness.transfer.lane_rules import lane_key
from harness.transfer.loop import Loop
from harness.transfer.objective import taps_in_use
from harness.transfer.precision import repeatable_kernels, resolve_arithmetic
from harness.transfer.preparation import check_task, make_loop, make_trunk
from harness.transfer.pretrained.parameters import Parameters
from harness.transfer.scales import PictureFeatures, Scales
from harness.transfer.task import TransferTask
from harness.transfer.trunk import Trunk

__all__ = ["OnLaneStep", "run_lanes"]

OnLaneStep = Callable[[int, StepEvent], None]
"""Gets the place of a task among the tasks, and its step."""


class _SharedClock:
    """Divides wall time between lanes, so that their seconds add up to what passed."""

    def __init__(self, lanes: int) -> None:
        self._seconds = [0.0] * lanes
        self._charged = time.perf_counter()

    def charge(self, lanes: Sequence[int]) -> None:
        """Divide what has passed since the last charge equally between these lanes."""
        now = time.perf_counter()
        for lane in lanes:
            self._seconds[lane] += (now - self._charged) / len(lanes)
        self._charged = now

    def seconds(self, lane: int) -> float:
        """What a lane has been charged."""
        return self._seconds[lane]


@dataclass(slots=True, kw_only=True, eq=False)
class _Lane:
    """One run of a batch, and what became of it."""

    number: int
    scales: Scales
    loop: Loop
    clock: _SharedClock
    warnings: list[str]
    result: TransferResult | TransferError | None = None

    def attempt(self, action: Callable[[], object]) -> None:
        """Do something for this lane alone: what fails in it ends it, and no other."""
        try:
            action()
            if self.loop.reason is not None:
                self.result = result_of(
                    self.loop, self.scales, seconds=self._charged, warnings=self.warnings
                )
        except TransferError as error:
            self.result = error

    def _charged(self) -> float:
        """Charge this lane what was done for it alone; return all its seconds."""
        self.clock.charge([self.number])
        return self.clock.seconds(self.number)


def run_lanes(
    tasks: Sequence[TransferTask],
    parameters: Parameters,
    *,
    device: str | torch.device,
    precision: str,
    on_step: OnLaneStep | None = None,
    time_limit_s: float | None = None,
) -> list[TransferResult | TransferError]:
    """Perform several style transfers as lanes of one batch.

    Every lane does what :func:`harness.transfer.engine.run_transfer` would do with its task, but
    for last digits: sums over a batch are formed in another order. A lane that is done or fails
    drops out, and the others go on without it; no other takes its place. Equal arguments give
    equal bytes on one machine with one number of threads, unless the time ends a lane.

    Wall time is divided between lanes: each pays for its own preparation and result, and for its
    share of every iteration, which is that of all lanes under way. So are ``seconds`` and
    ``seconds_per_iteration`` of a result, ``seconds`` of a step and the time limits meant, and
    the seconds of all lanes, failed ones too, add up to those of this call.

    Args:
        tasks: Alike as :func:`harness.transfer.lane_rules.lane_key` says, with contents that are
            prepared to one size.
        parameters: Of the backbone that the settings name.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
        precision: ``auto``, ``float32`` or ``bfloat16``; that of the settings is not read.
        on_step: Called after every iteration of every lane. A ``TransferError`` that it raises
            ends that lane, any other error all of them.
        time_limit_s: The first iteration of a lane that ends later than this is its last.

    Returns:
        For each task what came of it: its result, or why it failed.

    Raises:
        InputError: if the device or the precision cannot be had here.
        ParametersError: if the parameters cannot see anything in the preprocessing asked for.
        ValueError: if the tasks are not alike, or one is wrong as ``run_transfer`` says.
    """
    clock = _SharedClock(len(tasks))
    arithmetic = resolve_arithmetic(device, precision)
    _check(tasks, parameters)
    with repeatable_kernels(arithmetic.device):
        trunk = make_trunk(
            tasks[0].settings,
            parameters,
            taps={tap for task in tasks for tap in taps_in_use(task.settings)},
            device=arithmetic.device,
            dtype=arithmetic.dtype,
        )
        features = PictureFeatures(trunk, arithmetic.device, remembers=True)
        lanes = [
            _Lane(
                number=number,
                scales=(scales := Scales(task, trunk, arithmetic.device, features=features)),
                loop=make_loop(task, scales, partial(clock.seconds, number)),
                clock=clock,
                warnings=list(arithmetic.warnings),
            )
            for number, task in enumerate(tasks)
        ]
        clock.charge(range(len(tasks)))
        for lane in lanes:
            told = partial(on_step, lane.number) if on_step is not None else None
            start = partial(lane.loop.start, on_step=told, time_limit_s=time_limit_s)
            lane.attempt(start)
            clock.charge([lane.number])
        features.forget()  # the targets hold what is needed
        _optimize(lanes, trunk, clock)
    return [lane.result for lane in lanes if lane.result is not None]


def _optimize(lanes: Sequence[_Lane], trunk: Trunk, clock: _SharedClock) -> None:
    """Iterate until every lane has a result."""
    going = [lane for lane in lanes if lane.result is None]
    if not going:
        return
    batch = LaneBatch([lane.loop for lane in going], [lane.scales for lane in going], trunk=trunk)
    while going:
        begun = time.perf_counter()
        evaluations = batch.evaluate()
        for lane, evaluation in zip(going, evaluations, strict=True):
            lane.attempt(partial(lane.loop.goes_on, evaluation))
        evaluations = [
            evaluation
            for lane, evaluation in zip(going, evaluations, strict=True)
            if lane.result is None
        ]
        going = _drop(batch, going)
        if not going:
            return
        is_still = batch.update()
        seconds = (time.perf_counter() - begun) / len(going)
        clock.charge([lane.number for lane in going])
        for lane, evaluation, still in zip(going, evaluations, is_still, strict=True):
            lane.attempt(partial(lane.loop.moved, evaluation, seconds=seconds, is_still=still))
        going = _drop(batch, going)


def _drop(batch: LaneBatch, lanes: list[_Lane]) -> list[_Lane]:
    """Let the lanes that have a result go; return the others."""
    rows = [row for row, lane in enumerate(lanes) if lane.result is None]
    if len(rows) < len(lanes):
        batch.keep(rows)
    return [lanes[row] for row in rows]


def _check(tasks: Sequence[TransferTask], parameters: Parameters) -> None:
    """Refuse tasks that cannot share a batch."""
    if not tasks:
        raise ValueError("lanes need a task")
    for task in tasks:
        check_task(task, parameters)
        if not may_share_lanes(task.settings):
            raise ValueError("these settings cannot share lanes; see may_share_lanes")
    if len({lane_key(task.settings) for task in tasks}) > 1:
        raise ValueError("the settings of the tasks are not alike; see lane_key")
