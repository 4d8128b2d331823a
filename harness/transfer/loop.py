"""The loop of one optimisation: evaluate, check, move, average; and why it ends."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from harness.errors import TransferError
from harness.transfer.events import StepEvent
from harness.transfer.objective import Evaluation
from harness.transfer.optimizers import MovingAverage, PixelOptimizer
from harness.transfer.pictures import picture_of

__all__ = ["Loop", "StopReason"]

STALL_ITERATIONS = 5
"""A picture that so many iterations leave as it is, although its gradient is not zero, failed."""

StopReason = Literal["iterations", "converged: zero gradient", "time limit"]


@dataclass(slots=True, kw_only=True)
class Loop:
    """One optimisation and what it leaves behind.

    Args:
        evaluate: Gives losses and gradient of an image.
        optimizer: Holds the image and moves it.
        average: Makes the result of the iterates.
        iterations: Updates to do.
        keep_at: Iterations at which the picture is kept; 0 is the start.
        begun: ``time.perf_counter()`` when the run began.

    Attributes:
        snapshots: Iteration → (H, W, 3) uint8, as the result would be after so many iterations.
        trace: Loss term → one value an iteration, that of the picture before the update.
        step_seconds: Wall time of every iteration, callbacks aside.
        function_evaluations: Calls of ``evaluate``.
    """

    evaluate: Callable[[Tensor], Evaluation]
    optimizer: PixelOptimizer
    average: MovingAverage
    iterations: int
    keep_at: Iterable[int]
    begun: float
    snapshots: dict[int, np.ndarray] = field(default_factory=dict)
    trace: dict[str, list[float]] = field(default_factory=dict)
    step_seconds: list[float] = field(default_factory=list)
    function_evaluations: int = 0

    def run(
        self, *, on_step: Callable[[StepEvent], None] | None, time_limit_s: float | None
    ) -> StopReason:
        """Iterate to the end.

        Raises:
            TransferError: if a loss, a gradient or the result is not finite, or the picture no
                longer moves although its gradient is not zero.
        """
        watch = _StallWatch(self.optimizer.image)
        self._keep(0)
        for iteration in range(1, self.iterations + 1):
            evaluation = self._step(iteration)
            if evaluation is None:
                self._keep(*range(iteration, self.iterations + 1))
                return "converged: zero gradient"
            watch.check(self.optimizer.image, iteration)
            self._keep(iteration)
            seconds = time.perf_counter() - self.begun
            if on_step is not None:
                on_step(
                    StepEvent(
                        iteration=iteration,
                        iterations=self.iterations,
                        losses=evaluation.losses,
                        seconds=seconds,
                    )
                )
            if time_limit_s is not None and seconds > time_limit_s and iteration < self.iterations:
                return "time limit"
        return "iterations"

    def picture(self) -> np.ndarray:
        """The result so far, (H, W, 3) uint8.

        Raises:
            TransferError: if a pixel is not finite.
        """
        average = self.average.value()
        if not bool(average.isfinite().all()):
            raise TransferError(
                f"the picture is not finite at iteration {len(self.step_seconds)}: lower lr"
            )
        return picture_of(average)

    def _step(self, iteration: int) -> Evaluation | None:
        """Do one iteration; None if the gradient is zero, so that there is nowhere to go."""
        begun = time.perf_counter()
        evaluation = self.evaluate(self.optimizer.image)
        self.function_evaluations += 1
        _check_finite(evaluation, iteration)
        if evaluation.gradient_max == 0:
            return None
        for term, value in evaluation.losses.items():
            self.trace.setdefault(term, []).append(value)
        self.optimizer.update(evaluation)
        self.average.add(self.optimizer.image)
        self.step_seconds.append(time.perf_counter() - begun)
        return evaluation

    def _keep(self, *iterations: int) -> None:
        wanted = set(self.keep_at).intersection(iterations)
        if wanted:
            self.snapshots |= dict.fromkeys(wanted, self.picture())


class _StallWatch:
    """Compares the image with itself every ``STALL_ITERATIONS`` iterations."""

    def __init__(self, image: Tensor) -> None:
        self._last = image.detach().clone()

    def check(self, image: Tensor, iteration: int) -> None:
        if iteration % STALL_ITERATIONS:
            return
        if torch.equal(image, self._last):
            raise TransferError(
                f"stalled at iteration {iteration}: {STALL_ITERATIONS} iterations left the "
                "picture as it was although its gradient is not zero; raise lr"
            )
        self._last.copy_(image)


def _check_finite(evaluation: Evaluation, iteration: int) -> None:
    readings = {**evaluation.losses, "gradient": evaluation.gradient_max}
    for name, value in readings.items():
        if not math.isfinite(value):
            raise TransferError(
                f"{name} is {value} at iteration {iteration}: "
                "lower lr or the weights of the losses"
            )
