"""Adam, L-BFGS and the average of iterates on problems with known answers."""

from typing import cast

import pytest
import torch
from torch import Tensor

from harness.spec.settings import Settings
from harness.transfer.objective import Evaluation
from harness.transfer.optimizers import FIRST_STEP, Adam, Lbfgs, MovingAverage, make_optimizer

SHAPE = (1, 3, 4, 4)
TARGET = torch.rand(SHAPE, generator=torch.Generator().manual_seed(0))
CURVATURE = torch.linspace(1, 30, 48).view(SHAPE)


def _quadratic(image: Tensor) -> Evaluation:
    """½ Σ c (x - t)²: badly scaled, with its minimum at ``TARGET``."""
    gradient = CURVATURE * (image - TARGET)
    total = 0.5 * float((CURVATURE * (image - TARGET).square()).sum())
    return Evaluation(
        losses={"total": total}, gradient=gradient, gradient_max=float(gradient.abs().max())
    )


def test_lbfgs_solves_a_quadratic() -> None:
    """L-BFGS keeps its curvature from call to call: 40 updates solve 48 unknowns."""
    optimizer = Lbfgs(torch.full(SHAPE, 0.5), lr=1.0, history=40)
    for _ in range(40):
        optimizer.update(_quadratic(optimizer.image))

    torch.testing.assert_close(optimizer.image, TARGET, atol=1e-4, rtol=0)


def _reference_image(optimizer: torch.optim.Optimizer, steps: int, first_lr: float) -> Tensor:
    (group,) = optimizer.param_groups
    (image,) = group["params"]
    lr = group["lr"]

    def closure() -> float:
        image.grad = _quadratic(image).gradient
        return _quadratic(image).losses["total"]

    for step in range(steps):
        group["lr"] = first_lr if step == 0 else lr
        optimizer.step(closure)
    return cast("Tensor", image)


@pytest.mark.parametrize("history", [1, 3, 20])
def test_lbfgs_takes_the_steps_of_pytorch(history: int) -> None:
    """After an equal first step, iterates are those of torch.optim.LBFGS without tolerances."""
    start = torch.full(SHAPE, 0.5)
    gradient = _quadratic(start).gradient
    norm = float(gradient.abs().sum())
    reference = torch.optim.LBFGS(
        [start.clone()],
        lr=0.7,
        max_iter=1,
        history_size=history,
        tolerance_grad=-1,
        tolerance_change=-1,
    )
    # PyTorch's first step is lr·min(1, 1/‖g‖₁)·g
    first_lr = 0.7 * FIRST_STEP * gradient.numel() / norm / min(1.0, 1 / norm)
    expected = _reference_image(reference, 8, first_lr)
    optimizer = Lbfgs(start, lr=0.7, history=history)
    for _ in range(8):
        optimizer.update(_quadratic(optimizer.image))

    torch.testing.assert_close(optimizer.image, expected, atol=1e-5, rtol=0)


def test_lbfgs_without_curvature_goes_along_the_gradient() -> None:
    """On a slope without curvature every step has the size of the first."""
    optimizer = Lbfgs(torch.full(SHAPE, 0.5), lr=1.0, history=5)
    slope = Evaluation(losses={"total": 1.0}, gradient=torch.ones(SHAPE), gradient_max=1.0)
    for _ in range(3):
        optimizer.update(slope)

    torch.testing.assert_close(optimizer.image, torch.full(SHAPE, 0.5 - 3 * FIRST_STEP))


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_first_step_of_lbfgs_has_a_fixed_size(scale: float) -> None:
    """Whatever the scale of the loss, values first move by ``FIRST_STEP`` times lr on average."""
    start = torch.full(SHAPE, 0.5)
    optimizer = Lbfgs(start, lr=0.5, history=5)
    one = _quadratic(start)
    optimizer.update(
        Evaluation(losses=one.losses, gradient=scale * one.gradient, gradient_max=scale)
    )

    moved = optimizer.image - start
    assert moved.abs().mean().item() == pytest.approx(0.5 * FIRST_STEP, rel=1e-3)
    assert (moved * one.gradient <= 0).all()


def test_lbfgs_may_leave_the_range() -> None:
    """L-BFGS does not clamp: that would spoil its curvature."""
    optimizer = Lbfgs(torch.zeros(SHAPE), lr=1.0, history=5)
    gradient = torch.ones(SHAPE)
    optimizer.update(Evaluation(losses={"total": 1.0}, gradient=gradient, gradient_max=1.0))

    assert (optimizer.image < 0).all()


def test_the_first_step_of_adam_is_lr_against_the_gradient() -> None:
    """Adam's first step has the size lr in every value."""
    start = torch.full(SHAPE, 0.5)
    optimizer = Adam(start, lr=0.02, betas=(0.9, 0.99))
    gradient = _quadratic(start).gradient

    optimizer.update(_quadratic(optimizer.image))

    torch.testing.assert_close(optimizer.image, 0.5 - 0.02 * gradient.sign())


def test_adam_takes_the_steps_of_pytorch() -> None:
    """Iterates inside the range are those of torch.optim.Adam."""
    start = torch.full(SHAPE, 0.5)
    reference = torch.optim.Adam([start.clone()], lr=0.02, betas=(0.8, 0.95))
    expected = _reference_image(reference, 6, 0.02)
    optimizer = Adam(start, lr=0.02, betas=(0.8, 0.95))
    for _ in range(6):
        optimizer.update(_quadratic(optimizer.image))

    torch.testing.assert_close(optimizer.image, expected, atol=1e-6, rtol=0)


def test_adam_stays_in_the_range() -> None:
    """Adam's iterates are clamped to [0, 1] after every step."""
    start = torch.tensor([0.01, 0.99, 0.5]).view(1, 3, 1, 1)
    optimizer = Adam(start, lr=0.1, betas=(0.9, 0.99))
    gradient = torch.tensor([1.0, -1.0, 1.0]).view(1, 3, 1, 1)

    optimizer.update(Evaluation(losses={"total": 1.0}, gradient=gradient, gradient_max=1.0))

    torch.testing.assert_close(optimizer.image.flatten(), torch.tensor([0.0, 1.0, 0.4]))


@pytest.mark.parametrize("name", ["adam", "lbfgs"])
def test_the_start_is_left_alone(name: str) -> None:
    """Optimisers move a copy of the start."""
    start = torch.full(SHAPE, 0.5)
    optimizer = make_optimizer(Settings.model_validate({"optimizer": name}), start)

    optimizer.update(_quadratic(optimizer.image))

    assert torch.equal(start, torch.full(SHAPE, 0.5))
    assert not torch.equal(start, optimizer.image)


def test_the_average_is_weighted_and_unbiased() -> None:
    """With decay 0.5 the last of three iterates weighs 4/7, the first 1/7, the start nothing."""
    average = MovingAverage(torch.full((1, 3, 1, 1), 100.0), decay=0.5)
    for value in (7.0, 14.0, 21.0):
        average.add(torch.full((1, 3, 1, 1), value))

    assert average.value().flatten().tolist() == pytest.approx([1 + 4 + 12] * 3)


def test_without_averaging_the_last_iterate_counts() -> None:
    """Decay 0 gives exactly the last iterate."""
    average = MovingAverage(torch.zeros(SHAPE), decay=0.0)
    for image in (CURVATURE, TARGET):
        average.add(image)

    assert torch.equal(TARGET, average.value())


def test_an_average_of_nothing_is_the_start() -> None:
    """Before the first iterate the result is the start."""
    assert torch.equal(TARGET, MovingAverage(TARGET, decay=0.9).value())
