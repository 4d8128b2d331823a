"""Adam and L-BFGS over the pixels of one image, and the average of their iterates."""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from harness.spec.settings import Settings
from harness.transfer.objective import Evaluation

__all__ = ["Adam", "Lbfgs", "MovingAverage", "PixelOptimizer", "make_optimizer"]


ADAM_EPSILON = 1e-8
"""Added to the root of Adam's second moment, as in the paper."""

FIRST_STEP = 0.01
"""Mean absolute change of a value by the first step of L-BFGS at lr 1: 2.5 levels of 255."""

SMALLEST_COSINE = 1e-8
"""Least cosine between a step and its change of gradient that counts as curvature."""


class PixelOptimizer(Protocol):
    """Moves an image, by one iteration at a time.

    The engine evaluates ``image`` and hands the evaluation to :meth:`update`, once an iteration.
    """

    image: Tensor
    """(1, 3, H, W) float32: the iterate, changed in place by :meth:`update`."""

    def update(self, evaluation: Evaluation) -> None:
        """Move ``image`` by one iteration, given the evaluation of where it is."""


class Adam:
    """Adam with a projection onto [0, 1] after every step.

    Args:
        start: (1, 3, H, W) float32 in [0, 1]; copied.
        lr: Step size in units of the picture's range.
        betas: Decay of the two moments.

    Reference:
        Kingma and Ba 2015 (arXiv 1412.6980), algorithm 1.

    Deviations:
        The projection, as in crowsonkb/style-transfer-pytorch.
    """

    # written out: the first use of torch.optim imports torch._dynamo, 3.7 s on two cores

    def __init__(self, start: Tensor, *, lr: float, betas: tuple[float, float]) -> None:
        self.image = start.detach().clone()
        self._lr = lr
        self._betas = betas
        self._mean = torch.zeros_like(start)
        self._square = torch.zeros_like(start)
        self._steps = 0

    def update(self, evaluation: Evaluation) -> None:
        """Take one step and clamp the image to [0, 1]."""
        self._steps += 1
        gradient = evaluation.gradient
        first, second = self._betas
        self._mean.lerp_(gradient, 1 - first)
        self._square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        root = (self._square / (1 - second**self._steps)).sqrt_().add_(ADAM_EPSILON)
        self.image.addcdiv_(self._mean, root, value=-self._lr / (1 - first**self._steps))
        self.image.clamp_(0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A step s, the change y of the gradient along it, and 1 / (y·s)."""

    step: Tensor
    change: Tensor
    inverse_curvature: Tensor


class Lbfgs:
    """Limited-memory BFGS without line search: one evaluation an iteration.

    Nothing but the number of iterations ends it: tolerances, meant for losses of another scale,
    end runs after a few iterations elsewhere. The image is not clamped, since the optimiser
    would take the clamping for curvature; it may leave [0, 1].

    Args:
        start: (1, 3, H, W) float32; copied.
        lr: Factor of every step; 1 is the textbook's.
        history: Number of past steps that make up the curvature.

    Reference:
        Liu and Nocedal 1989; Nocedal and Wright 2006, algorithms 7.4 and 7.5.

    Deviations:
        No line search. Without curvature, at first, the step along the gradient changes values
        by ``FIRST_STEP`` on average: a step as small as PyTorch's (1 in the sum of absolute
        values) measures nothing but the rounding of bfloat16.
    """

    def __init__(self, start: Tensor, *, lr: float, history: int) -> None:
        self.image = start.detach().clone()
        self._lr = lr
        self._pairs: deque[_Pair] = deque(maxlen=history)
        self._last: tuple[Tensor, Tensor] | None = None  # step and gradient before it

    def update(self, evaluation: Evaluation) -> None:
        """Take one quasi-Newton step."""
        gradient = evaluation.gradient.flatten()
        if self._last is not None:
            self._remember(self._last[0], gradient - self._last[1])
        step = -self._lr * self._newton_direction(gradient)
        self.image += step.view_as(self.image)
        self._last = (step, gradient)

    def _remember(self, step: Tensor, change: Tensor) -> None:
        curvature = step.dot(change)
        if bool(curvature > SMALLEST_COSINE * step.norm() * change.norm()):
            self._pairs.append(_Pair(step=step, change=change, inverse_curvature=1 / curvature))

    def _newton_direction(self, gradient: Tensor) -> Tensor:
        """Multiply the gradient with the inverse Hessian as far as it is known."""
        if not self._pairs:
            return gradient * (FIRST_STEP / gradient.abs().mean())
        direction = gradient
        weights = []
        for pair in reversed(self._pairs):
            weight = pair.inverse_curvature * pair.step.dot(direction)
            direction = direction - weight * pair.change
            weights.append(weight)
        newest = self._pairs[-1]
        direction = direction / (newest.inverse_curvature * newest.change.dot(newest.change))
        for pair, weight in zip(self._pairs, reversed(weights), strict=True):
            other = pair.inverse_curvature * pair.change.dot(direction)
            direction = direction + (weight - other) * pair.step
        return direction


class MovingAverage:
    """Bias-corrected exponential moving average of the iterates; the start does not count.

    Args:
        decay: In [0, 1); 0 keeps the last iterate only.

    Reference:
        Kingma and Ba 2015 (arXiv 1412.6980), section 7.2.
    """

    def __init__(self, start: Tensor, *, decay: float) -> None:
        self._start = start
        self._decay = decay
        self._sum = torch.zeros_like(start)
        self._count = 0

    def add(self, image: Tensor) -> None:
        """Take in one more iterate."""
        self._count += 1
        self._sum.lerp_(image.detach(), 1 - self._decay)

    def value(self) -> Tensor:
        """The average so far; the start as long as there is no iterate."""
        if self._count == 0:
            return self._start
        return self._sum / (1 - self._decay**self._count)


def make_optimizer(settings: Settings, start: Tensor) -> PixelOptimizer:
    """Make the optimiser that the settings name, at the start image."""
    if settings.optimizer == "adam":
        return Adam(start, lr=settings.lr, betas=settings.adam_betas)
    return Lbfgs(start, lr=settings.lr, history=settings.lbfgs_history)
