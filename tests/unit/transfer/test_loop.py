"""The loop with played evaluations: how it ends, what it keeps, when it fails."""

import itertools
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from harness.errors import TransferError
from harness.transfer.events import StepEvent
from harness.transfer.loop import Loop, Stage
from harness.transfer.objective import Evaluation
from harness.transfer.optimizers.adam import Adam
from harness.transfer.optimizers.average import MovingAverage
from harness.transfer.optimizers.protocol import PixelOptimizer
from harness.transfer.pictures import picture_of
from harness.transfer.pixel_function import PixelFunction
from harness.transfer.stopping import StopRules

START = torch.full((1, 3, 4, 4), 0.5)


class _Still:
    """An optimiser that never moves its image."""

    def __init__(self) -> None:
        self.image = START.clone()
        self.lr = 0.0

    def update(self, evaluation: Evaluation) -> None:
        """Leave the image where it is."""


class _Exploding(_Still):
    """An optimiser whose update leaves no number."""

    def update(self, evaluation: Evaluation) -> None:
        """Move the image endlessly far."""
        self.image -= float("inf") * evaluation.gradient


def _pull(total: float = 1.0, gradient: float = 1.0) -> Callable[[Tensor], Evaluation]:
    def evaluate(image: Tensor) -> Evaluation:
        return Evaluation(
            losses={"style": total, "total": total},
            gradient=torch.full_like(image, gradient),
            gradient_max=abs(gradient),
        )

    return evaluate


def _stage(
    evaluate: Callable[[Tensor], Evaluation],
    *,
    iterations: int,
    optimizer: PixelOptimizer | None = None,
    rules: StopRules | None = None,
) -> Stage:
    mover = optimizer or Adam(START, lr=0.01, betas=(0.9, 0.99))
    return Stage(
        function=PixelFunction(evaluate),
        optimizer=mover,
        outcome=MovingAverage(mover.image.clone(), decay=0.0),
        rules=rules or StopRules(plateau=0.0, window=1, target=0.0),
        iterations=iterations,
    )


def _loop_of(
    *stages: Stage, lr: float = 0.01, keep_at: Sequence[int] = (), stop_seconds: float = 0.0
) -> Loop:
    begun = time.perf_counter()
    return Loop(
        begin=lambda place, _before: stages[place],
        scales=len(stages),
        learning_rate=lambda _iteration: lr,
        make_picture=picture_of,
        iterations=sum(stage.iterations for stage in stages),
        keep_at=keep_at,
        elapsed=lambda: time.perf_counter() - begun,
        stop_seconds=stop_seconds,
    )


def _loop(
    evaluate: Callable[[Tensor], Evaluation],
    *,
    iterations: int = 12,
    keep_at: Sequence[int] = (),
    optimizer: PixelOptimizer | None = None,
    lr: float = 0.01,
) -> Loop:
    return _loop_of(
        _stage(evaluate, iterations=iterations, optimizer=optimizer), lr=lr, keep_at=keep_at
    )


def _then(
    first: Callable[[Tensor], Evaluation], after: int, then: Callable[[Tensor], Evaluation]
) -> Callable[[Tensor], Evaluation]:
    calls = itertools.count()

    def evaluate(image: Tensor) -> Evaluation:
        played = first if next(calls) < after else then
        return played(image)

    return evaluate


def test_a_run_ends_after_its_iterations() -> None:
    """All iterations are done, evaluated once each and entered in the trace."""
    loop = _loop(_pull(total=3.0), iterations=4)

    reason = loop.run(on_step=None, time_limit_s=None)

    assert reason == "iterations"
    assert loop.function_evaluations == 4
    assert len(loop.step_seconds) == 4
    assert loop.trace == {"style": [3.0] * 4, "total": [3.0] * 4}


def test_every_iteration_is_told() -> None:
    """The callback hears of every iteration, with its losses and rising seconds."""
    events: list[StepEvent] = []

    _loop(_pull(total=3.0), iterations=3).run(on_step=events.append, time_limit_s=None)

    assert [(one.iteration, one.iterations) for one in events] == [(1, 3), (2, 3), (3, 3)]
    assert all(one.losses["total"] == 3.0 for one in events)
    assert sorted(one.seconds for one in events) == [one.seconds for one in events]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_is_no_number_fails(value: float) -> None:
    """NaN and Inf in a loss end the run, naming term, value and iteration."""
    evaluate = _then(_pull(), 2, _pull(total=value))
    with pytest.raises(TransferError, match=f"style is {value} at iteration 3"):
        _loop(evaluate).run(on_step=None, time_limit_s=None)


def test_a_gradient_that_is_no_number_fails() -> None:
    """NaN in the gradient alone ends the run too."""
    evaluate = _then(_pull(), 4, _pull(gradient=float("nan")))
    with pytest.raises(TransferError, match="gradient is nan at iteration 5"):
        _loop(evaluate).run(on_step=None, time_limit_s=None)


def test_a_picture_that_is_no_number_fails() -> None:
    """A last update that leaves no number is found although no loss is computed after it."""
    loop = _loop(_pull(), iterations=1, optimizer=_Exploding())
    loop.run(on_step=None, time_limit_s=None)
    with pytest.raises(TransferError, match="not finite at iteration 1"):
        loop.picture()


def test_a_picture_that_does_not_move_fails() -> None:
    """Five iterations without any change, although there is a gradient, are a failure."""
    loop = _loop(_pull(), optimizer=_Still())
    with pytest.raises(TransferError, match="stalled at iteration 5"):
        loop.run(on_step=None, time_limit_s=None)


def test_a_picture_that_stops_moving_fails() -> None:
    """A stall is found within ten iterations of its beginning."""
    optimizer = Adam(START, lr=0.125, betas=(0.0, 0.0))  # reaches 0 after four steps
    with pytest.raises(TransferError, match="stalled at iteration 10"):
        _loop(_pull(), optimizer=optimizer, lr=0.125).run(on_step=None, time_limit_s=None)


def test_a_gradient_of_zero_is_the_end() -> None:
    """Where the gradient is zero the run has converged: no update, no entry in the trace."""
    loop = _loop(_then(_pull(), 2, _pull(gradient=0.0)), keep_at=(1, 2, 7))

    reason = loop.run(on_step=None, time_limit_s=None)

    assert reason == "converged: zero gradient"
    assert len(loop.step_seconds) == len(loop.trace["total"]) == 2
    assert loop.function_evaluations == 3
    assert np.array_equal(loop.picture(), loop.snapshots[7])
    assert not np.array_equal(loop.snapshots[1], loop.snapshots[7])


def test_a_start_at_the_optimum_is_the_result() -> None:
    """A gradient of zero at the start gives the start."""
    loop = _loop(_pull(gradient=0.0))

    reason = loop.run(on_step=None, time_limit_s=None)

    assert reason == "converged: zero gradient"
    assert loop.trace == {}
    assert (loop.picture() == 128).all()


def test_a_time_limit_ends_the_run_after_the_iteration() -> None:
    """The iteration that is done after the limit is the last; later snapshots are missing."""
    loop = _loop(_pull(), keep_at=(0, 1, 2))

    reason = loop.run(on_step=None, time_limit_s=0)

    assert reason == "time limit"
    assert len(loop.step_seconds) == 1
    assert sorted(loop.snapshots) == [0, 1]


def test_a_limit_that_passes_with_the_last_iteration_cuts_nothing() -> None:
    """A run that has done all its iterations ended by itself."""
    assert _loop(_pull(), iterations=1).run(on_step=None, time_limit_s=0) == "iterations"


def test_snapshots_are_the_averages_so_far() -> None:
    """The picture kept at an iteration is the result as it is then; 0 is the start."""
    loop = _loop(_pull(), iterations=3, keep_at=(0, 1, 3))

    loop.run(on_step=None, time_limit_s=None)

    levels = {at: int(picture[0, 0, 0]) for at, picture in loop.snapshots.items()}
    assert levels == {0: 128, 1: round(255 * 0.49), 3: round(255 * 0.47)}
    assert np.array_equal(loop.picture(), loop.snapshots[3])


def test_a_loss_that_is_low_enough_ends_the_run() -> None:
    """The picture that has the loss is the result, whatever snapshots were still to come."""
    played = _then(_pull(total=3.0), 2, _pull(total=1.0))
    rules = StopRules(plateau=0.0, window=1, target=1.0)
    loop = _loop_of(_stage(played, iterations=9, rules=rules), keep_at=(2, 9))

    reason = loop.run(on_step=None, time_limit_s=None)

    assert (reason, len(loop.step_seconds)) == ("target loss", 2)
    assert loop.trace["total"] == [3.0, 3.0]
    assert np.array_equal(loop.snapshots[2], loop.snapshots[9])


def test_seconds_of_the_settings_end_the_run() -> None:
    """Like the limit of the caller, but later snapshots show the result: the settings said so."""
    loop = _loop_of(_stage(_pull(), iterations=9), keep_at=(5,), stop_seconds=1e-9)

    reason = loop.run(on_step=None, time_limit_s=None)

    assert (reason, len(loop.step_seconds)) == ("time", 1)
    assert np.array_equal(loop.picture(), loop.snapshots[5])


def test_a_scale_that_ends_early_hands_over_to_the_next() -> None:
    """Iterations done count over all scales; the rate goes by the plan; the last one's reason."""
    rules = StopRules(plateau=0.5, window=2, target=0.0)
    stages = (_stage(_pull(), iterations=6, rules=rules), _stage(_pull(), iterations=3))
    rates: list[int] = []
    events: list[StepEvent] = []
    loop = _loop_of(*stages)

    def rate(iteration: int) -> float:
        rates.append(iteration)
        return 0.01

    loop.learning_rate = rate
    reason = loop.run(on_step=events.append, time_limit_s=None)

    assert (reason, loop.function_evaluations) == ("iterations", 3 + 3)
    assert [one.iteration for one in events] == [1, 2, 3, 4, 5]
    assert {one.iterations for one in events} == {9}
    assert rates == [1, 2, 3, 7, 8, 9]
    assert loop.steps_before == 2


def test_time_ends_all_scales() -> None:
    """A limit that passes at a coarse scale ends the run there."""
    stages = (_stage(_pull(), iterations=2), _stage(_pull(), iterations=2))
    loop = _loop_of(*stages)

    assert loop.run(on_step=None, time_limit_s=0) == "time limit"
    assert loop.stage is stages[0]
