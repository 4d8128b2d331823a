"""The loop of one optimisation: evaluate, check, move, average; scale by scale."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from harness.errors import TransferError
from harness.transfer.events import StepEvent
from harness.transfer.objective import Evaluation
from harness.transfer.optimizers.average import Outcome
from harness.transfer.optimizers.protocol import PixelOptimizer
from harness.transfer.pixel_function import PixelFunction
from harness.transfer.stopping import OUT_OF_TIME, StallWatch, StopReason, StopRules

__all__ = ["Loop", "Stage"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """One scale of a run, ready to be optimised.

    Attributes:
        function: What is minimised.
        optimizer: Holds the image and moves it.
        outcome: Makes the result of the iterates.
        rules: When the scale is done before its iterations are.
        iterations: Updates to do at most.
    """

    function: PixelFunction
    optimizer: PixelOptimizer
    outcome: Outcome
    rules: StopRules
    iterations: int


@dataclass(slots=True, kw_only=True)
class Loop:
    """One optimisation and what it leaves behind.

    A scale that ends before its iterations are done, by a rule or because nothing moves any more,
    hands over to the next; only time ends the run at once. Iterations are counted over all scales.

    Args:
        begin: Makes a scale, given its place, 0 the coarsest, and the scale before it.
        scales: How many there are.
        learning_rate: By iteration, 1 to ``iterations``, as if no scale ended early.
        make_picture: Makes an 8-bit picture of an image of any scale.
        pixel_range: Largest value of a picture in the optimiser's units.
        iterations: Those of all scales.
        keep_at: Iterations at which the picture is kept; 0 is the start.
        stop_seconds: The first iteration that ends later than this is the last; 0 = no limit.
        begun: ``time.perf_counter()`` when the run began.

    Attributes:
        stage: The scale at work.
        snapshots: Iteration → (H, W, 3) uint8, as the result would be had the run ended there.
        trace: Loss term → one value an iteration, that of the picture before the update.
        step_seconds: Wall time of every iteration, callbacks aside.
        steps_before: Iterations done at the scales before the present one.
        function_evaluations: Evaluations of losses and gradient at the scales before.
    """

    begin: Callable[[int, Stage | None], Stage]
    scales: int
    learning_rate: Callable[[int], float]
    make_picture: Callable[[Tensor], np.ndarray]
    iterations: int
    keep_at: Iterable[int]
    begun: float
    pixel_range: float = 1.0
    stop_seconds: float = 0.0
    stage: Stage = field(init=False)
    snapshots: dict[int, np.ndarray] = field(default_factory=dict)
    trace: dict[str, list[float]] = field(default_factory=dict)
    step_seconds: list[float] = field(default_factory=list)
    steps_before: int = 0
    function_evaluations: int = 0

    def run(
        self, *, on_step: Callable[[StepEvent], None] | None, time_limit_s: float | None
    ) -> StopReason:
        """Iterate to the end.

        Returns:
            Why the last scale ended, or that time did.

        Raises:
            TransferError: if a loss, a gradient or the result is not finite, or the picture no
                longer moves although its gradient is not small.
        """
        before: Stage | None = None
        reason: StopReason = "iterations"
        planned = 0
        for place in range(self.scales):
            self.stage = self.begin(place, before)
            before = None  # frees its targets
            self.steps_before = len(self.step_seconds)
            if place == 0:
                self._keep(0)
            reason = self._run_stage(planned, on_step, time_limit_s)
            self.function_evaluations += self.stage.function.evaluations
            if reason in OUT_OF_TIME:
                break
            planned += self.stage.iterations
            before = self.stage
        if reason != "time limit":
            self._keep(*range(len(self.step_seconds) + 1, self.iterations + 1))
        return reason

    def picture(self) -> np.ndarray:
        """The result so far, (H, W, 3) uint8.

        Raises:
            TransferError: if a pixel is not finite.
        """
        result = self.stage.outcome.value()
        if not bool(result.isfinite().all()):
            raise TransferError(
                f"the picture is not finite at iteration {len(self.step_seconds)}: lower lr"
            )
        return self.make_picture(result)

    def _run_stage(
        self,
        planned: int,
        on_step: Callable[[StepEvent], None] | None,
        time_limit_s: float | None,
    ) -> StopReason:
        """Iterate at one scale; ``planned`` iterations were meant to be done before it."""
        stage = self.stage
        watch = StallWatch(stage.optimizer.image, pixel_range=self.pixel_range)
        for position in range(1, stage.iterations + 1):
            stage.optimizer.lr = self.learning_rate(planned + position)
            evaluation, reason = self._step(watch, is_first_scale=planned == 0)
            if reason is not None:
                return reason
            iteration = len(self.step_seconds)
            reason = watch.reason(stage.optimizer.image, iteration)
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
            if planned + position < self.iterations:
                reason = self._out_of_time(seconds, time_limit_s) or reason
            if reason is not None:
                return reason
        return "iterations"

    def _step(
        self, watch: StallWatch, *, is_first_scale: bool
    ) -> tuple[Evaluation, StopReason | None]:
        """Do one iteration, or say why the picture is left where it is."""
        stage, iteration = self.stage, len(self.step_seconds) + 1
        begun = time.perf_counter()
        evaluation = stage.function(stage.optimizer.image)
        _check_finite(evaluation, iteration)
        if evaluation.gradient_max == 0:
            return evaluation, "converged: zero gradient"
        reason = stage.rules.reason(evaluation.losses["total"])
        if reason is not None:
            return evaluation, reason
        watch.note(evaluation.gradient_max)
        reason = stage.optimizer.update(evaluation)
        if reason is not None:
            if is_first_scale:
                watch.check_end(stage.optimizer.image, reason, iteration)
            return evaluation, reason
        for term, value in evaluation.losses.items():
            self.trace.setdefault(term, []).append(value)
        stage.outcome.add(stage.optimizer.image)
        self.step_seconds.append(time.perf_counter() - begun)
        return evaluation, None

    def _out_of_time(self, seconds: float, time_limit_s: float | None) -> StopReason | None:
        if time_limit_s is not None and seconds > time_limit_s:
            return "time limit"
        return "time" if 0 < self.stop_seconds < seconds else None

    def _keep(self, *iterations: int) -> None:
        wanted = set(self.keep_at).intersection(iterations)
        if wanted:
            self.snapshots |= dict.fromkeys(wanted, self.picture())


def _check_finite(evaluation: Evaluation, iteration: int) -> None:
    readings = {**evaluation.losses, "gradient": evaluation.gradient_max}
    for name, value in readings.items():
        if not math.isfinite(value):
            raise TransferError(
                f"{name} is {value} at iteration {iteration}: "
                "lower lr or the weights of the losses"
            )
