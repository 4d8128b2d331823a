"""One style transfer: from two pictures and settings to a picture and its trace."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median

import numpy as np
import torch
from torch import Tensor

from harness.images.resize import resize_long_side
from harness.spec.settings import Settings
from harness.transfer.events import StepEvent
from harness.transfer.loop import Loop, StopReason
from harness.transfer.objective import Evaluation, Objective, evaluate, taps_in_use
from harness.transfer.optimizers import MovingAverage, make_optimizer
from harness.transfer.pictures import image_of
from harness.transfer.precision import (
    dtype_of,
    precision_note,
    repeatable_kernels,
    resolve_device,
    resolve_precision,
)
from harness.transfer.pretrained.parameters import Parameters
from harness.transfer.starts import make_start
from harness.transfer.trunk import Trunk

__all__ = ["TransferResult", "TransferTask", "run_transfer"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TransferTask:
    """What to do: pictures are (H, W, 3) uint8, sRGB, of any size.

    ``start_picture`` is what the file of a ``file:`` start holds. ``snapshots`` are iterations,
    0 (the start) to ``settings.iterations``, at which the picture is kept.
    """

    settings: Settings
    content: np.ndarray
    style: np.ndarray
    seed: int
    start_picture: np.ndarray | None = None
    snapshots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TransferResult:
    """What came of it.

    Attributes:
        image: (H, W, 3) uint8, sRGB.
        snapshots: Iteration → picture, exactly the ``image`` of a run of so many iterations.
            Those that a time limit cut off are missing.
        trace: Loss term → one value an iteration: the loss of the picture before that update.
        stop_reason: ``iterations``, ``converged: zero gradient`` or ``time limit``.
        iterations: Updates done.
        function_evaluations: Evaluations of losses and gradient.
        seconds: Wall time, the preparation of the targets included.
        seconds_per_iteration: Median wall time of an iteration, the first aside; of the first
            if there is no other, 0 if there is none.
        warnings: What a reader of the result should know.
    """

    image: np.ndarray
    snapshots: dict[int, np.ndarray]
    trace: dict[str, list[float]]
    stop_reason: StopReason
    iterations: int
    function_evaluations: int
    seconds: float
    seconds_per_iteration: float
    warnings: list[str]


def run_transfer(
    task: TransferTask,
    parameters: Parameters,
    *,
    device: str | torch.device,
    precision: str,
    on_step: Callable[[StepEvent], None] | None = None,
    time_limit_s: float | None = None,
) -> TransferResult:
    """Perform one style transfer.

    Equal arguments give equal bytes on one machine with one number of threads.

    Args:
        task: Pictures, settings and seed.
        parameters: Of the backbone that the settings name.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
        precision: ``auto``, ``float32`` or ``bfloat16``; that of the settings is not read.
        on_step: Called after every iteration.
        time_limit_s: The first iteration that ends later than this is the last.

    Returns:
        The picture, its trace and how the run ended.

    Raises:
        InputError: if the device or the precision cannot be had here.
        TransferError: if a loss or a gradient is not finite, or the picture no longer moves.
        ValueError: if the parameters are another backbone's, a picture is too small for the
            deepest tap, a snapshot lies outside the run or the start picture is missing.
    """
    begun = time.perf_counter()
    place = resolve_device(str(device))
    number_format = resolve_precision(precision, place)
    note = precision_note(number_format, place)
    _check(task, parameters)
    with repeatable_kernels(place):
        loop = _prepare(task, parameters, place, dtype_of(number_format), begun)
        stop_reason = loop.run(on_step=on_step, time_limit_s=time_limit_s)
    return TransferResult(
        image=loop.picture(),
        snapshots=loop.snapshots,
        trace=loop.trace,
        stop_reason=stop_reason,
        iterations=len(loop.step_seconds),
        function_evaluations=loop.function_evaluations,
        seconds=time.perf_counter() - begun,
        seconds_per_iteration=median(loop.step_seconds[1:] or loop.step_seconds or [0.0]),
        warnings=[note] if note is not None else [],
    )


def _check(task: TransferTask, parameters: Parameters) -> None:
    settings = task.settings
    if parameters.backbone != settings.backbone:
        raise ValueError(
            f"the settings name the backbone {settings.backbone}, "
            f"the parameters are those of {parameters.backbone}"
        )
    outside = [at for at in task.snapshots if not 0 <= at <= settings.iterations]
    if outside:
        raise ValueError(f"snapshots {outside} lie outside 0 to {settings.iterations} iterations")


def _prepare(
    task: TransferTask,
    parameters: Parameters,
    device: torch.device,
    dtype: torch.dtype,
    begun: float,
) -> Loop:
    """Bring the pictures to size, compute the targets and set the optimiser on the start."""
    settings = task.settings
    content = resize_long_side(task.content, settings.image_size)
    style = resize_long_side(task.style, settings.image_size)
    trunk = Trunk(
        parameters,
        taps=taps_in_use(settings),
        pooling=settings.pooling,
        padding=settings.padding,
        device=device,
        dtype=dtype,
    )
    start = make_start(
        settings.start,
        content=content,
        style=style,
        start_picture=task.start_picture,
        generator=torch.Generator().manual_seed(task.seed),
    ).to(device)
    return Loop(
        evaluate=_objective_of(trunk, settings, image_of(content), image_of(style), device),
        optimizer=make_optimizer(settings, start),
        average=MovingAverage(start, decay=settings.averaging),
        iterations=settings.iterations,
        keep_at=task.snapshots,
        begun=begun,
    )


def _objective_of(
    trunk: Trunk, settings: Settings, content: Tensor, style: Tensor, device: torch.device
) -> Callable[[Tensor], Evaluation]:
    with torch.no_grad():
        objective = Objective(
            settings,
            content=trunk.features(content.to(device)),
            style=trunk.features(style.to(device)),
        )
    return partial(evaluate, trunk=trunk, objective=objective)
