"""Adam and L-BFGS on problems with known answers."""

from typing import Any, Literal, cast

import pytest
import torch
from torch import Tensor

from harness.spec.settings import Settings
from harness.transfer.objective import Evaluation
from harness.transfer.optimizers.adam import Adam
from harness.transfer.optimizers.choice import make_function, make_optimizer
from harness.transfer.optimizers.lbfgs import FIRST_STEP, Lbfgs
from harness.transfer.pixel_function import PixelFunction

from .quadratic import SHAPE, TARGET, quadratic


def test_lbfgs_solves_a_quadratic() -> None:
    """L-BFGS keeps its curvature from call to call: 40 updates solve 48 unknowns."""
    optimizer = Lbfgs(torch.full(SHAPE, 0.5), lr=1.0, history=40)
    for _ in range(40):
        optimizer.update(quadratic(optimizer.image))

    torch.testing.assert_close(optimizer.image, TARGET, atol=1e-4, rtol=0)


def _reference_image(optimizer: torch.optim.Optimizer, steps: int, first_lr: float) -> Tensor:
    (group,) = optimizer.param_groups
    (image,) = group["params"]
    lr = group["lr"]

    def closure() -> float:
        image.grad = quadratic(image).gradient
        return quadratic(image).losses["total"]

    for step in range(steps):
        group["lr"] = first_lr if step == 0 else lr
        optimizer.step(closure)
    return cast("Tensor", image)


@pytest.mark.parametrize("history", [1, 3, 20])
def test_lbfgs_takes_the_steps_of_pytorch(history: int) -> None:
    """After an equal first step, iterates are those of torch.optim.LBFGS without tolerances."""
    start = torch.full(SHAPE, 0.5)
    gradient = quadratic(start).gradient
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
        optimizer.update(quadratic(optimizer.image))

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
    one = quadratic(start)
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
    gradient = quadratic(start).gradient

    optimizer.update(quadratic(optimizer.image))

    torch.testing.assert_close(optimizer.image, 0.5 - 0.02 * gradient.sign())


def test_adam_takes_the_steps_of_pytorch() -> None:
    """Iterates inside the range are those of torch.optim.Adam."""
    start = torch.full(SHAPE, 0.5)
    reference = torch.optim.Adam([start.clone()], lr=0.02, betas=(0.8, 0.95))
    expected = _reference_image(reference, 6, 0.02)
    optimizer = Adam(start, lr=0.02, betas=(0.8, 0.95))
    for _ in range(6):
        optimizer.update(quadratic(optimizer.image))

    torch.testing.assert_close(optimizer.image, expected, atol=1e-6, rtol=0)


def test_adam_stays_in_the_range() -> None:
    """Adam's iterates are clamped to [0, 1] after every step."""
    start = torch.tensor([0.01, 0.99, 0.5]).view(1, 3, 1, 1)
    optimizer = Adam(start, lr=0.1, betas=(0.9, 0.99))
    gradient = torch.tensor([1.0, -1.0, 1.0]).view(1, 3, 1, 1)

    optimizer.update(Evaluation(losses={"total": 1.0}, gradient=gradient, gradient_max=1.0))

    torch.testing.assert_close(optimizer.image.flatten(), torch.tensor([0.0, 1.0, 0.4]))


def _adam_by_hand(
    gradients: list[Tensor], *, lr: float, betas: tuple[float, float], epsilon: float, form: str
) -> Tensor:
    """What Adam adds to an image, in float64 and written as the two papers' formulas."""
    mean = square = moved = torch.zeros(SHAPE, dtype=torch.float64)
    for step, gradient in enumerate((one.double() for one in gradients), start=1):
        mean = betas[0] * mean + (1 - betas[0]) * gradient
        square = betas[1] * square + (1 - betas[1]) * gradient**2
        first, second = 1 - betas[0] ** step, 1 - betas[1] ** step
        if form == "tensorflow":
            moved = moved - lr * second**0.5 / first * mean / (square.sqrt() + epsilon)
        else:
            moved = moved - lr * (mean / first) / ((square / second).sqrt() + epsilon)
    return moved


@pytest.mark.parametrize("form", ["paper", "tensorflow"])
def test_adam_adds_epsilon_where_it_is_told(form: Literal["paper", "tensorflow"]) -> None:
    """With an epsilon as large as the gradient the two forms differ, and each is its formula."""
    gradients = [quadratic(torch.full(SHAPE, 0.2 * at)).gradient for at in range(5)]
    options: dict[str, Any] = {"betas": (0.9, 0.999), "epsilon": 0.5, "form": form}
    optimizer = Adam(torch.full(SHAPE, 0.5), lr=0.01, largest=None, **options)
    for gradient in gradients:
        optimizer.update(Evaluation(losses={}, gradient=gradient, gradient_max=1.0))

    expected = 0.5 + _adam_by_hand(gradients, lr=0.01, **options)
    torch.testing.assert_close(optimizer.image.double(), expected, atol=1e-6, rtol=0)


def test_adam_without_epsilon_leaves_pixels_without_gradient() -> None:
    """Nothing over nothing is no step."""
    optimizer = Adam(torch.full((1, 3, 1, 1), 0.5), lr=0.1, betas=(0.9, 0.99), epsilon=0.0)
    gradient = torch.tensor([0.0, 3.0, 0.0]).view(1, 3, 1, 1)

    optimizer.update(Evaluation(losses={}, gradient=gradient, gradient_max=3.0))

    torch.testing.assert_close(optimizer.image.flatten(), torch.tensor([0.5, 0.4, 0.5]))


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, [0.0, 255.0]),
        ({"clamp": "step"}, [0.0, 255.0]),
        ({"clamp": "none"}, [-9.0, 264.0]),
    ],
)
def test_adam_is_clamped_unless_told_otherwise(
    choice: dict[str, Any], expected: list[float]
) -> None:
    """The range is that of the optimiser's units."""
    settings = Settings.model_validate({"pixel_range": 255.0, "lr": 10.0, **choice})
    start = torch.tensor([1.0, 254.0]).expand(1, 3, 1, 2)
    optimizer = make_optimizer(settings, start, PixelFunction(quadratic))
    gradient = torch.tensor([1.0, -1.0]).expand(1, 3, 1, 2)

    optimizer.update(Evaluation(losses={}, gradient=gradient, gradient_max=1.0))

    assert optimizer.image[0, 0, 0].tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    "choice",
    [
        {"adam_epsilon": 1e-12},
        {"optimizer": "lbfgs", "lr": 1.0},
    ],
)
def test_the_range_of_pixels_is_but_a_unit(choice: dict[str, Any]) -> None:
    """In [0, 255] and lr times as large, Adam and L-BFGS move as in [0, 1]."""
    images = []
    for pixel_range in (1.0, 255.0):
        values = {"lr": 0.02, **choice, "pixel_range": pixel_range}
        if "optimizer" not in choice:
            values["lr"] *= pixel_range
        settings = Settings.model_validate(values)
        function = make_function(settings, quadratic)
        optimizer = make_optimizer(settings, torch.full(SHAPE, 0.5 * pixel_range), function)
        for _ in range(6):
            optimizer.update(function(optimizer.image))
        images.append(optimizer.image / pixel_range)

    torch.testing.assert_close(*images, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    "choice",
    [
        {"optimizer": "adam"},
        {"optimizer": "lbfgs"},
        {"optimizer": "lbfgs", "lbfgs_variant": "torch", "lbfgs_line_search": "strong_wolfe"},
        {"optimizer": "lbfgs", "lbfgs_variant": "scipy"},
    ],
)
def test_the_start_is_left_alone(choice: dict[str, str]) -> None:
    """Optimisers move a copy of the start."""
    start = torch.full(SHAPE, 0.5)
    settings = Settings.model_validate(choice)
    optimizer = make_optimizer(settings, start, make_function(settings, quadratic))

    optimizer.update(quadratic(optimizer.image))

    assert torch.equal(start, torch.full(SHAPE, 0.5))
    assert not torch.equal(start, optimizer.image)
