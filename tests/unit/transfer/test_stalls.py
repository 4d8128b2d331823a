"""L-BFGS that converges, and L-BFGS that stalls: the loop tells one from the other."""

import time
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from harness.errors import TransferError
from harness.transfer.loop import Loop, Stage
from harness.transfer.objective import Evaluation
from harness.transfer.optimizers.average import MovingAverage
from harness.transfer.optimizers.lbfgs import Lbfgs
from harness.transfer.optimizers.protocol import PixelOptimizer
from harness.transfer.optimizers.torch_lbfgs import TorchLbfgs
from harness.transfer.pictures import picture_of
from harness.transfer.pixel_function import PixelFunction
from harness.transfer.stopping import StopRules

START = torch.full((1, 3, 4, 4), 0.5)


def _loop(evaluate: Callable[[Tensor], Evaluation], optimizer: PixelOptimizer) -> Loop:
    stage = Stage(
        function=PixelFunction(evaluate),
        optimizer=optimizer,
        outcome=MovingAverage(optimizer.image.clone(), decay=0.0),
        rules=StopRules(plateau=0.0, window=1, target=0.0),
        iterations=300,
    )
    begun = time.perf_counter()
    return Loop(
        begin=lambda _place, _before: stage,
        scales=1,
        learning_rate=lambda _iteration: 1.0,
        make_picture=picture_of,
        iterations=300,
        keep_at=(300,),
        elapsed=lambda: time.perf_counter() - begun,
    )


def _quadratic(image: Tensor) -> Evaluation:
    """½ Σ c (x - 0.25)² with curvatures c from 1 to 30."""
    curvature = torch.linspace(1, 30, image.numel()).view_as(image)
    gradient = curvature * (image - 0.25)
    total = float(0.5 * (gradient * (image - 0.25)).sum())
    return Evaluation(
        losses={"total": total}, gradient=gradient, gradient_max=float(gradient.abs().max())
    )


def _torch_lbfgs(evaluate: Callable[[Tensor], Evaluation], image: Tensor) -> TorchLbfgs:
    return TorchLbfgs(
        image,
        PixelFunction(evaluate),
        lr=1.0,
        history=20,
        has_line_search=False,
        tolerance_gradient=1e-7,
        tolerance_change=1e-9,
    )


def test_lbfgs_at_the_optimum_of_a_known_quadratic_has_converged() -> None:
    """Where the gradient fell to nothing, a picture that rests is no stall."""
    optimizer = Lbfgs(START, lr=1.0, history=48)
    loop = _loop(_quadratic, optimizer)

    reason = loop.run(on_step=None, time_limit_s=None)

    assert reason in ("converged: picture at rest", "converged: zero gradient")
    assert len(loop.step_seconds) < 150
    torch.testing.assert_close(optimizer.image, torch.full_like(START, 0.25), atol=1e-6, rtol=0)


def test_tolerances_end_the_known_quadratic_at_its_optimum() -> None:
    """L-BFGS that ends by its tolerances after it got somewhere is a result, with the reason."""
    optimizer = _torch_lbfgs(_quadratic, START)
    loop = _loop(_quadratic, optimizer)

    reason = loop.run(on_step=None, time_limit_s=None)

    assert reason == "tolerance"
    assert len(loop.trace["total"]) == len(loop.step_seconds) < 300
    torch.testing.assert_close(optimizer.image, torch.full_like(START, 0.25), atol=1e-3, rtol=0)
    assert np.array_equal(loop.picture(), loop.snapshots[300])


def test_an_lbfgs_that_stalls_is_told() -> None:
    """A large loss and a first step below its resolution: PyTorch's tolerances end at the start.

    That is how published programs come to no picture at all without an error.
    """

    def evaluate(image: Tensor) -> Evaluation:
        total = torch.tensor(1e8) + image.sum()  # float32: changes below 4 are lost
        return Evaluation(
            losses={"total": float(total)}, gradient=torch.ones_like(image), gradient_max=1.0
        )

    image = torch.full((1, 3, 64, 64), 0.5)
    loop = _loop(evaluate, _torch_lbfgs(evaluate, image))

    with pytest.raises(TransferError, match=r"stalled at iteration 2: L-BFGS ended \(tolerance\)"):
        loop.run(on_step=None, time_limit_s=None)
