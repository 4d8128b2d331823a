"""Published updates in float64, after which the losses are known, and before the first.

``evaluate`` gives the loss terms of what is optimised. Every function here returns those of the
start first and those after ``updates`` updates last.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import fmin_l_bfgs_b
from torch import Tensor

__all__ = [
    "Evaluate",
    "Moments",
    "Terms",
    "adam",
    "adam_averaged",
    "adam_by_tensorflow",
    "carried",
    "lbfgs",
    "lbfgs_clamped_inside",
    "lbfgs_with_line_search",
    "scipy_restarted",
]


class Terms(NamedTuple):
    """Loss terms with their weights in them."""

    content: Tensor
    style: Tensor
    tv: Tensor

    @property
    def total(self) -> Tensor:
        """Their sum."""
        return self.content + self.style + self.tv

    def numbers(self) -> dict[str, float]:
        """Return the terms and the total as numbers."""
        return {name: float(value.detach()) for name, value in self._asdict().items()} | {
            "total": float(self.total.detach())
        }


Evaluate = Callable[[Tensor], Terms]
Losses = list[dict[str, float]]


class Moments(NamedTuple):
    """Where Adam is: both moments, the updates done, the variable and its moving average."""

    first: Tensor
    second: Tensor
    updates: int
    average: Tensor


def adam(
    evaluate: Evaluate,
    start: Tensor,
    updates: int,
    *,
    lr: float,
    betas: tuple[float, float] = (0.9, 0.999),
    box: tuple[float, float] | None = None,
) -> Losses:
    """``torch.optim.Adam``; ``box`` clamps after every update."""
    return adam_averaged(evaluate, start, updates, lr=lr, betas=betas, box=box)[0]


def adam_averaged(
    evaluate: Evaluate,
    start: Tensor,
    updates: int,
    *,
    lr: float,
    betas: tuple[float, float] = (0.9, 0.999),
    box: tuple[float, float] | None = None,
    decay: float = 0.99,
    carried_over: Moments | None = None,
) -> tuple[Losses, Moments]:
    """``torch.optim.Adam`` with K. Crowson's average of the start and all iterates.

    The average is of ``updates`` updates; the losses reach one evaluation further.
    """
    variable = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([variable], lr=lr, betas=betas, eps=1e-8)
    if carried_over is not None:
        optimizer.state[variable] = {
            "step": torch.tensor(float(carried_over.updates)),
            "exp_avg": carried_over.first.clone(),
            "exp_avg_sq": carried_over.second.clone(),
        }
    losses: Losses = []
    value, share = (1 - decay) * start, decay
    for _ in range(updates):
        optimizer.zero_grad()
        terms = evaluate(variable)
        losses.append(terms.numbers())
        terms.total.backward()
        optimizer.step()
        if box is not None:
            with torch.no_grad():
                variable.clamp_(*box)
        value, share = decay * value + (1 - decay) * variable.detach(), share * decay
    losses.append(evaluate(variable).numbers())
    state = optimizer.state[variable]
    moments = Moments(
        first=state["exp_avg"],
        second=state["exp_avg_sq"],
        updates=int(state["step"]),
        average=value / (1 - share),
    )
    return losses, moments


def carried(moments: Moments, shape: tuple[int, int]) -> Moments:
    """Bring Adam to another size: bicubic, the second moment bilinear and not below 0."""
    resized = torch.nn.functional.interpolate
    return Moments(
        first=resized(moments.first, shape, mode="bicubic"),
        second=resized(moments.second, shape, mode="bilinear").relu(),
        updates=moments.updates,
        average=resized(moments.average, shape, mode="bicubic").clamp(0, 1),
    )


def adam_by_tensorflow(
    evaluate: Evaluate,
    start: Tensor,
    updates: int,
    *,
    lr: float,
    betas: tuple[float, float],
    epsilon: float,
    box: tuple[Tensor, Tensor],
) -> Losses:
    """TensorFlow's formula by hand: epsilon beside the root before the bias correction."""
    variable = start.clone()
    first, second = torch.zeros_like(start), torch.zeros_like(start)
    losses: Losses = []
    for count in range(1, updates + 1):
        variable.requires_grad_()
        terms = evaluate(variable)
        losses.append(terms.numbers())
        (gradient,) = torch.autograd.grad(terms.total, variable)
        first = betas[0] * first + (1 - betas[0]) * gradient
        second = betas[1] * second + (1 - betas[1]) * gradient**2
        rate = lr * (1 - betas[1] ** count) ** 0.5 / (1 - betas[0] ** count)
        moved = variable.detach() - rate * first / (second.sqrt() + epsilon)
        variable = torch.minimum(torch.maximum(moved, box[0]), box[1])
    losses.append(evaluate(variable).numbers())
    return losses


def lbfgs(
    evaluate: Evaluate,
    start: Tensor,
    updates: int,
    *,
    at_once: bool,
    before: Callable[[Tensor], None] = lambda _: None,
    **options: float,
) -> Losses:
    """``torch.optim.LBFGS`` without a line search: one evaluation an update.

    Args:
        evaluate: The loss.
        start: Where it begins.
        updates: How many.
        at_once: All in one ``step``; otherwise ``step`` with ``max_iter=1`` each.
        before: What the closure does with the variable first.
        **options: Of ``torch.optim.LBFGS``.
    """
    variable = start.clone().requires_grad_()
    evaluations = updates + 1
    optimizer = torch.optim.LBFGS(
        [variable], max_iter=evaluations if at_once else 1, max_eval=2 * evaluations, **options
    )
    losses: Losses = []

    def closure() -> Tensor:
        before(variable)
        optimizer.zero_grad()
        terms = evaluate(variable)
        losses.append(terms.numbers())
        total = terms.total
        total.backward()
        return total

    for _ in range(1 if at_once else evaluations):
        optimizer.step(closure)
    return losses


def lbfgs_clamped_inside(evaluate: Evaluate, start: Tensor, updates: int) -> Losses:
    """``torch.optim.LBFGS`` as it comes, with the tutorial's clamping in the closure."""

    def clamp(variable: Tensor) -> None:
        with torch.no_grad():
            variable.clamp_(0, 1)

    return lbfgs(evaluate, start, updates, at_once=True, before=clamp)


def lbfgs_with_line_search(
    evaluate: Evaluate, start: Tensor, updates: int, *, lr: float = 1.0
) -> Losses:
    """``torch.optim.LBFGS`` with ``strong_wolfe``: losses of the start and the last iterate."""
    variable = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS(
        [variable], lr=lr, max_iter=updates, max_eval=1250, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        total = evaluate(variable).total
        total.backward()
        return total

    first = evaluate(variable).numbers()
    optimizer.step(closure)
    return [first, evaluate(variable).numbers()]


def scipy_restarted(
    evaluate: Evaluate, start: Tensor, updates: int, *, evaluations: int
) -> Losses:
    """SciPy's L-BFGS-B with a limit of evaluations, begun anew for every update."""

    def loss_and_gradient(values: np.ndarray) -> tuple[float, np.ndarray]:
        variable = torch.from_numpy(values.copy()).view_as(start).requires_grad_()
        total = evaluate(variable).total
        total.backward()
        return float(total.detach()), variable.grad.numpy().ravel()

    values = start.numpy().ravel()
    for _ in range(updates):
        values, _, _ = fmin_l_bfgs_b(loss_and_gradient, values, maxfun=evaluations)
    end = torch.from_numpy(values).view_as(start)
    return [evaluate(one).numbers() for one in (start, end)]
