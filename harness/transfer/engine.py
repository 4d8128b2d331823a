"""One style transfer: from pictures and settings to a picture and its trace."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np
import torch

from harness.transfer.events import StepEvent
from harness.transfer.loop import Loop
from harness.transfer.objective import taps_in_use
from harness.transfer.precision import repeatable_kernels, resolve_arithmetic
from harness.transfer.preparation import check_task, make_loop, make_trunk
from harness.transfer.pretrained.parameters import Parameters
from harness.transfer.scales import Scales
from harness.transfer.stopping import StopReason
from harness.transfer.task import TransferTask

__all__ = ["TransferResult", "TransferTask", "result_of", "run_transfer"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TransferResult:
    """What came of it.

    Attributes:
        image: (H, W, 3) uint8, sRGB.
        snapshots: Iteration → picture, as the result would be had the run ended there, at the
            size of the result: the ``image`` of a run of so many iterations, unless the settings
            divide the iterations (a pyramid, a learning rate that falls). Those that a time
            limit cut off are missing; those that another end cut off are the result.
        trace: Loss term → one value an iteration: the loss of the picture before that update.
        stop_reason: Why the last scale ended: ``iterations``, ``plateau`` or ``target loss`` (by
            the rules of the settings), ``tolerance`` or ``line search: nothing lower`` (said by
            L-BFGS), ``converged: zero gradient`` or ``converged: picture at rest``; or why the
            run ended at whatever scale: ``time`` (by the settings) or ``time limit``.
        iterations: Updates done, at all scales.
        function_evaluations: Evaluations of losses and gradient, those of line searches too.
        seconds: Wall time, the preparation of the targets included.
        seconds_per_iteration: Median wall time of an iteration at the last scale, its first
            aside; of the first if there is no other, 0 if there is none.
        warnings: What a reader of the result should know.
        canonical: ``canonical/content/<tap>`` and ``canonical/style/<tap>`` of the result before
            it is rounded to 8 bits, in units that do not depend on the losses; at the last scale.
        style_weight: With ``weights.balanced``, the weight that the style had; else None.
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
    canonical: dict[str, float]
    style_weight: float | None


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

    Equal arguments give equal bytes on one machine with one number of threads, unless the time
    ends it.

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
        ParametersError: if the parameters cannot see anything in the preprocessing asked for.
        TransferError: if a loss or a gradient is not finite, the picture no longer moves, or
            content and style cannot be balanced.
        ValueError: if the parameters are another backbone's, a picture is too small for the
            deepest tap, a snapshot lies outside the run or the start picture is missing.
    """
    begun = time.perf_counter()

    def elapsed() -> float:
        return time.perf_counter() - begun

    arithmetic = resolve_arithmetic(device, precision)
    check_task(task, parameters)
    with repeatable_kernels(arithmetic.device):
        trunk = make_trunk(
            task.settings,
            parameters,
            taps=taps_in_use(task.settings),
            device=arithmetic.device,
            dtype=arithmetic.dtype,
        )
        scales = Scales(task, trunk, arithmetic.device)
        loop = make_loop(task, scales, elapsed)
        loop.run(on_step=on_step, time_limit_s=time_limit_s)
        return result_of(loop, scales, seconds=elapsed, warnings=list(arithmetic.warnings))


def result_of(
    loop: Loop, scales: Scales, *, seconds: Callable[[], float], warnings: list[str]
) -> TransferResult:
    """Make the result of a loop that has come to its end.

    Args:
        loop: It has a ``reason``.
        scales: Of the same run.
        seconds: Those that the run has taken; asked last.
        warnings: What a reader of the result should know.

    Raises:
        TransferError: if a pixel is not finite.
    """
    if loop.reason is None:
        raise RuntimeError("the loop has not come to its end")
    image = loop.picture()
    canonical = scales.canonical(loop.stage.outcome.value())
    timed = loop.step_seconds[loop.steps_before :]
    return TransferResult(
        image=image,
        snapshots=loop.snapshots,
        trace=loop.trace,
        stop_reason=loop.reason,
        iterations=len(loop.step_seconds),
        function_evaluations=loop.function_evaluations,
        seconds=seconds(),
        seconds_per_iteration=median(timed[1:] or timed or [0.0]),
        warnings=warnings,
        canonical=canonical,
        style_weight=scales.style_weight,
    )
