"""L-BFGS as PyTorch and SciPy have it: the same iterates as those libraries' own."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import fmin_l_bfgs_b
from torch import Tensor

from harness.transfer.objective import Evaluation
from harness.transfer.optimizers.protocol import PixelOptimizer
from harness.transfer.optimizers.scipy_lbfgs import ScipyLbfgs
from harness.transfer.optimizers.torch_lbfgs import TorchLbfgs
from harness.transfer.pixel_function import PixelFunction

SHAPE = (1, 3, 4, 4)
START = torch.rand(SHAPE, generator=torch.Generator().manual_seed(1))
TARGET = torch.rand(SHAPE, generator=torch.Generator().manual_seed(0))


def _valley(image: Tensor) -> Evaluation:
    """Σ cosh(k (x - t)) + (Σ (x - t))²: neither quadratic nor separable; least at ``TARGET``."""
    stiffness = torch.linspace(1, 6, image.numel()).view_as(image)
    variable = image.detach().clone().requires_grad_()
    distance = variable - TARGET
    total = (stiffness * distance).cosh().sum() + distance.sum().square()
    (gradient,) = torch.autograd.grad(total, variable)
    return Evaluation(
        losses={"total": float(total.detach())},
        gradient=gradient,
        gradient_max=float(gradient.abs().max()),
    )


def _drive(
    optimizer: PixelOptimizer, function: PixelFunction, updates: int
) -> tuple[int, str | None]:
    """Do what the loop does; return the updates done and why they ended."""
    for done in range(updates):
        reason = optimizer.update(function(optimizer.image))
        if reason is not None:
            return done, reason
    return updates, None


def _torch(
    function: PixelFunction,
    *,
    lr: float = 1.0,
    history: int = 100,
    has_line_search: bool = False,
    tolerance_gradient: float = 0.0,
    tolerance_change: float = 0.0,
) -> TorchLbfgs:
    return TorchLbfgs(
        START,
        function,
        lr=lr,
        history=history,
        has_line_search=has_line_search,
        tolerance_gradient=tolerance_gradient,
        tolerance_change=tolerance_change,
    )


def _reference(
    evaluate: Callable[[Tensor], Evaluation], updates: int, **options: object
) -> tuple[Tensor, dict[str, int]]:
    """One call of PyTorch's own ``step``; the image and its counters."""
    image = START.clone()
    own = torch.optim.LBFGS([image], max_iter=updates, max_eval=10_000, **options)  # type: ignore[arg-type]
    optimizer: torch.optim.Optimizer = own

    def closure() -> float:
        evaluation = evaluate(image)
        image.grad = evaluation.gradient
        return evaluation.losses["total"]

    optimizer.step(closure)
    return image, optimizer.state[image]


@pytest.mark.parametrize("history", [1, 3, 100])
@pytest.mark.parametrize("lr", [0.2, 1.0])
def test_iterates_without_line_search_are_those_of_pytorch(history: int, lr: float) -> None:
    """Bit for bit, first step included, and with as many evaluations."""
    expected, counters = _reference(
        _valley, 12, lr=lr, history_size=history, tolerance_grad=-1, tolerance_change=-1
    )
    function = PixelFunction(_valley, remembers=True)
    optimizer = _torch(function, lr=lr, history=history)

    assert _drive(optimizer, function, 12) == (12, None)
    assert torch.equal(expected, optimizer.image)
    assert counters["func_evals"] == function.evaluations == 12


def test_the_first_step_is_that_of_pytorch() -> None:
    """It is lr · min(1, 1/‖g‖₁) · g."""
    function = PixelFunction(_valley, remembers=True)
    optimizer = _torch(function, lr=0.5)
    gradient = _valley(START).gradient

    _drive(optimizer, function, 1)

    assert float(gradient.abs().sum()) > 1
    expected = START - 0.5 * gradient / gradient.abs().sum()
    torch.testing.assert_close(optimizer.image, expected, atol=1e-7, rtol=1e-6)


@pytest.mark.parametrize(("lr", "trials"), [(4.0, 1), (12.0, 2)])
def test_iterates_with_line_search_are_those_of_pytorch(lr: float, trials: int) -> None:
    """Bit for bit, from long first trials; where a search ends is not evaluated again."""
    expected, counters = _reference(
        _valley,
        10,
        lr=lr,
        history_size=5,
        line_search_fn="strong_wolfe",
        tolerance_grad=0,
        tolerance_change=0,
    )
    function = PixelFunction(_valley, remembers=True)
    optimizer = _torch(function, lr=lr, history=5, has_line_search=True)

    assert _drive(optimizer, function, 10) == (10, None)
    assert torch.equal(expected, optimizer.image)
    assert counters["func_evals"] == function.evaluations > 1 + 10 * trials


@pytest.mark.parametrize("has_line_search", [False, True])
@pytest.mark.parametrize("tolerances", [(0.05, 0.0), (0.0, 0.002), (1e-7, 1e-9)])
def test_tolerances_end_where_pytorch_ends(
    tolerances: tuple[float, float], *, has_line_search: bool
) -> None:
    """After as many updates, at the same image."""
    expected, counters = _reference(
        _valley,
        200,
        tolerance_grad=tolerances[0],
        tolerance_change=tolerances[1],
        line_search_fn="strong_wolfe" if has_line_search else None,
    )
    function = PixelFunction(_valley, remembers=True)
    optimizer = _torch(
        function,
        has_line_search=has_line_search,
        tolerance_gradient=tolerances[0],
        tolerance_change=tolerances[1],
    )

    done, reason = _drive(optimizer, function, 200)

    assert reason in ("tolerance", "line search: nothing lower")
    assert 3 < done <= counters["n_iter"] < 200
    assert torch.equal(expected, optimizer.image)


def test_a_line_search_that_finds_nothing_says_so() -> None:
    """A gradient that points uphill leaves no lower point: the image is left where it is."""

    def wrong(image: Tensor) -> Evaluation:
        right = _valley(image)
        return Evaluation(
            losses=right.losses, gradient=-right.gradient, gradient_max=right.gradient_max
        )

    function = PixelFunction(wrong, remembers=True)
    optimizer = _torch(function, has_line_search=True)

    assert _drive(optimizer, function, 5) == (0, "line search: nothing lower")
    assert torch.equal(START, optimizer.image)


def test_clamping_in_the_closure_is_the_fault_of_the_tutorial() -> None:
    """The image is clamped behind the optimiser's back, exactly as there."""
    image = START.clone()
    own = torch.optim.LBFGS([image], max_iter=8, tolerance_grad=-1, tolerance_change=-1)
    reference: torch.optim.Optimizer = own

    def outside(values: Tensor) -> Evaluation:
        gradient = 3 * (values - 2 * TARGET)
        total = float(gradient.square().sum() / 6)
        return Evaluation(
            losses={"total": total},
            gradient=gradient,
            gradient_max=float(gradient.abs().max()),
        )

    def closure() -> float:
        image.clamp_(0, 1)
        evaluation = outside(image)
        image.grad = evaluation.gradient
        return evaluation.losses["total"]

    reference.step(closure)
    function = PixelFunction(outside, clamps=True, remembers=True)
    optimizer = _torch(function)
    _drive(optimizer, function, 8)

    assert torch.equal(image, optimizer.image)
    free = PixelFunction(outside, remembers=True)
    unclamped = _torch(free)
    _drive(unclamped, free, 8)
    assert not torch.equal(unclamped.image, optimizer.image)


def _scipy(function: PixelFunction, *, history: int = 10, evaluations: int = 20) -> ScipyLbfgs:
    return ScipyLbfgs(
        START,
        function,
        lr=1.0,
        history=history,
        evaluations=evaluations,
        tolerance_gradient=1e-5,
        tolerance_change=1e7 * float(np.finfo(float).eps),
    )


@pytest.mark.parametrize("evaluations", [3, 6])
def test_iterates_are_those_of_scipy_restarted(evaluations: int) -> None:
    """As scripts call it: again and again from where it ended, with SciPy's own tolerances."""

    def value_and_gradient(variable: np.ndarray) -> tuple[float, np.ndarray]:
        found = _valley(torch.from_numpy(variable.astype(np.float32)).view(SHAPE))
        return found.losses["total"], found.gradient.flatten().double().numpy()

    variable = START.flatten().double().numpy()
    for _ in range(3):
        variable, _, _ = fmin_l_bfgs_b(value_and_gradient, variable, maxfun=evaluations)
    function = PixelFunction(_valley, remembers=True)
    optimizer = _scipy(function, evaluations=evaluations)

    assert _drive(optimizer, function, 3) == (3, None)
    assert variable.astype(np.float32).tolist() == optimizer.image.flatten().tolist()
    assert 3 * (evaluations - 1) <= function.evaluations <= 3 * (evaluations + 20)


def test_scipy_ends_where_a_restart_leads_nowhere() -> None:
    """Iterations go on after SciPy's tolerances as long as that moves the image."""
    function = PixelFunction(_valley, remembers=True)
    optimizer = _scipy(function, evaluations=200)

    done, reason = _drive(optimizer, function, 50)

    assert reason in ("tolerance", "line search: nothing lower")
    assert 1 <= done < 50
    torch.testing.assert_close(optimizer.image, TARGET, atol=4e-3, rtol=0)


def test_an_image_that_is_clamped_meanwhile_is_where_scipy_goes_on() -> None:
    """Clamping in the closure moves the image between two iterations too."""
    function = PixelFunction(_valley, clamps=True, remembers=True)
    optimizer = _scipy(function, evaluations=4)
    optimizer.update(function(optimizer.image))
    optimizer.image.fill_(2.0)

    optimizer.update(function(optimizer.image))  # begins at 1, the clamped image

    assert _valley(optimizer.image).losses["total"] < _valley(torch.ones(SHAPE)).losses["total"]
