"""L-BFGS over the pixels of one image whose first step has a fixed size."""

from collections import deque
from dataclasses import dataclass

from torch import Tensor

from harness.transfer.objective import Evaluation

__all__ = ["FIRST_STEP", "Lbfgs"]

FIRST_STEP = 0.01
"""Mean absolute change of a value by the first step of L-BFGS at lr 1: 2.5 levels of 255."""

SMALLEST_COSINE = 1e-8
"""Least cosine between a step and its change of gradient that counts as curvature."""


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
    would take the clamping for curvature; it may leave the range of a picture.

    Args:
        start: (1, 3, H, W) float32; copied.
        lr: Factor of every step; 1 is the textbook's.
        history: Number of past steps that make up the curvature.
        pixel_range: Largest value of a picture, in whose units ``FIRST_STEP`` is.

    Reference:
        Liu and Nocedal 1989; Nocedal and Wright 2006, algorithms 7.4 and 7.5.

    Deviations:
        No line search. Without curvature, at first, the step along the gradient changes values
        by ``FIRST_STEP`` on average: a step as small as PyTorch's (1 in the sum of absolute
        values) measures nothing but the rounding of bfloat16.
    """

    def __init__(
        self, start: Tensor, *, lr: float, history: int, pixel_range: float = 1.0
    ) -> None:
        self.image = start.detach().clone()
        self.lr = lr
        self._first_step = FIRST_STEP * pixel_range
        self._pairs: deque[_Pair] = deque(maxlen=history)
        self._last: tuple[Tensor, Tensor] | None = None  # step and gradient before it

    def update(self, evaluation: Evaluation) -> None:
        """Take one quasi-Newton step."""
        gradient = evaluation.gradient.flatten()
        if self._last is not None:
            self._remember(self._last[0], gradient - self._last[1])
        step = -self.lr * self._newton_direction(gradient)
        self.image += step.view_as(self.image)
        self._last = (step, gradient)

    def _remember(self, step: Tensor, change: Tensor) -> None:
        curvature = step.dot(change)
        if bool(curvature > SMALLEST_COSINE * step.norm() * change.norm()):
            self._pairs.append(_Pair(step=step, change=change, inverse_curvature=1 / curvature))

    def _newton_direction(self, gradient: Tensor) -> Tensor:
        """Multiply the gradient with the inverse Hessian as far as it is known."""
        if not self._pairs:
            return gradient * (self._first_step / gradient.abs().mean())
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
