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

    :meth:`run` iterates to the end. Who evaluates and moves the images of several runs at a time
    calls :meth:`start` instead, then for every iteration :meth:`goes_on` and :meth:`moved`, until
    there is a ``reason``.

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
        elapsed: Seconds that the run has taken so far.

    Attributes:
        stage: The scale at work.
        reason: Why the last scale ended, or that time did; None as long as the run goes on.
        snapshots: Iteration → (H, W, 3) uint8, as the result would be had the run ended there.
        trace: Loss term → one value an iteration, that of the picture before the update.
        step_seconds: Wall time of every iteration, callbacks aside.
        steps_before: Iterations done at the scales before the present one.
        function_evaluations: Evaluations of losses and gradient at the scales that have ended.
    """

    begin: Callable[[int, Stage | None], Stage]
    scales: int
    learning_rate: Callable[[int], float]
    make_picture: Callable[[Tensor], np.ndarray]
    iterations: int
    keep_at: Iterable[int]
    elapsed: Callable[[], float]
    pixel_range: float = 1.0
    stop_seconds: float = 0.0
    stage: Stage = field(init=False)
    reason: StopReason | None = None
    snapshots: dict[int, np.ndarray] = field(default_factory=dict)
    trace: dict[str, list[float]] = field(default_factory=dict)
    step_seconds: list[float] = field(default_factory=list)
    steps_before: int = 0
    function_evaluations: int = 0
    _watch: StallWatch = field(init=False)
    _place: int = 0
    _planned_before: int = 0
    _on_step: Callable[[StepEvent], None] | None = None
    _time_limit_s: float | None = None

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
        self.start(on_step=on_step, time_limit_s=time_limit_s)
        while self.reason is None:
            self._step()
        return self.reason

    def start(
        self, *, on_step: Callable[[StepEvent], None] | None, time_limit_s: float | None
    ) -> None:
        """Prepare the first scale.

        Args:
            on_step: Called after every iteration.
            time_limit_s: The first iteration that ends later than this is the last.
        """
        self._on_step, self._time_limit_s = on_step, time_limit_s
        self._enter(None)
        self._keep(0)

    @property
    def rate(self) -> float:
        """The learning rate of the next iteration."""
        done = len(self.step_seconds) - self.steps_before
        return self.learning_rate(self._planned_before + done + 1)

    def goes_on(self, evaluation: Evaluation) -> bool:
        """Judge the picture before its update; tell whether it is to be updated.

        Where it is not, the next scale has been prepared, or there is a ``reason``.

        Raises:
            TransferError: if a loss or the gradient is not finite.
        """
        _check_finite(evaluation, len(self.step_seconds) + 1)
        reason: StopReason | None = "converged: zero gradient"
        if evaluation.gradient_max != 0:
            reason = self.stage.rules.reason(evaluation.losses["total"])
        if reason is not None:
            self._leave(reason)
            return False
        self._watch.note(evaluation.gradient_max)
        return True

    def moved(self, evaluation: Evaluation, *, seconds: float, is_still: bool) -> None:
        """Note an update.

        Args:
            evaluation: Of the picture before it.
            seconds: Wall time of the iteration.
            is_still: Whether this and the last few updates changed nothing.

        Raises:
            TransferError: if the picture is not finite, or no longer moves although its gradient
                is not small.
        """
        for term, value in evaluation.losses.items():
            self.trace.setdefault(term, []).append(value)
        self.step_seconds.append(seconds)
        iteration = len(self.step_seconds)
        reason = self._watch.at_rest(iteration) if is_still else None
        self._keep(iteration)
        elapsed = self.elapsed()
        if self._on_step is not None:
            self._on_step(
                StepEvent(
                    iteration=iteration,
                    iterations=self.iterations,
                    losses=evaluation.losses,
                    seconds=elapsed,
                )
            )
        done = iteration - self.steps_before
        if self._planned_before + done < self.iterations:
            reason = self._out_of_time(elapsed) or reason
        if reason is None and done == self.stage.iterations:
            reason = "iterations"
        if reason is not None:
            self._leave(reason)

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

    def _step(self) -> None:
        """Do one iteration, or find that the picture is left where it is."""
        begun, stage = time.perf_counter(), self.stage
        stage.optimizer.lr = self.rate
        evaluation = stage.function(stage.optimizer.image)
        if not self.goes_on(evaluation):
            return
        reason = stage.optimizer.update(evaluation)
        if reason is not None:
            self._give_up(reason)
            return
        stage.outcome.add(stage.optimizer.image)
        seconds = time.perf_counter() - begun
        is_still = self._watch.is_still(stage.optimizer.image)
        self.moved(evaluation, seconds=seconds, is_still=is_still)

    def _give_up(self, reason: StopReason) -> None:
        """End a scale whose optimiser moves no further."""
        if self._place == 0:
            iteration = len(self.step_seconds) + 1
            self._watch.check_end(self.stage.optimizer.image, reason, iteration)
        self._leave(reason)

    def _enter(self, before: Stage | None) -> None:
        """Prepare the scale whose turn it is; nothing holds on to the targets of the last."""
        self.stage = self.begin(self._place, before)
        self._watch = StallWatch(self.stage.optimizer.image, pixel_range=self.pixel_range)
        self.steps_before = len(self.step_seconds)

    def _leave(self, reason: StopReason) -> None:
        """End the scale at work: go on to the next, or end the run."""
        stage = self.stage
        self.function_evaluations += stage.function.evaluations
        if reason not in OUT_OF_TIME and self._place + 1 < self.scales:
            self._planned_before += stage.iterations
            self._place += 1
            self._enter(stage)
            return
        if reason != "time limit":
            self._keep(*range(len(self.step_seconds) + 1, self.iterations + 1))
        self.reason = reason

    def _out_of_time(self, seconds: float) -> StopReason | None:
        limit = self._time_limit_s
        if limit is not None and seconds > limit:
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
