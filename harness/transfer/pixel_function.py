"""The objective as the function that an optimiser minimises, in the optimiser's units."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from harness.transfer.objective import Evaluation

__all__ = ["Evaluate", "PixelFunction"]

Evaluate = Callable[[Tensor], Evaluation]
"""Gives losses and gradient of an image in [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Known:
    """An image that was evaluated, and what came of it."""

    image: Tensor
    evaluation: Evaluation


class PixelFunction:
    """Losses and gradient of an image whose values lie in [0, ``pixel_range``].

    Args:
        evaluate: The same for an image in [0, 1].
        pixel_range: Largest value of a picture in the optimiser's units.
        clamps: Clamp the image, in place, before it is evaluated: ``clamp: in_closure``.
        remembers: Keep the last image and the one of the least loss, so that asking for them
            again costs nothing: for line searches, which end at one of them.

    Attributes:
        evaluations: How often ``evaluate`` was called.
    """

    def __init__(
        self,
        evaluate: Evaluate,
        *,
        pixel_range: float = 1.0,
        clamps: bool = False,
        remembers: bool = False,
    ) -> None:
        self.evaluations = 0
        self._evaluate = evaluate
        self._pixel_range = pixel_range
        self._clamps, self._remembers = clamps, remembers
        self._last: _Known | None = None
        self._best: _Known | None = None

    def __call__(self, image: Tensor) -> Evaluation:
        """Evaluate an image.

        Args:
            image: (1, 3, H, W) float32 in the optimiser's units.

        Returns:
            The evaluation; its gradient is with respect to ``image``.
        """
        if self._clamps:
            image.clamp_(0, self._pixel_range)
        for known in (self._last, self._best):
            if known is not None and torch.equal(known.image, image):
                return known.evaluation
        self.evaluations += 1
        evaluation = self._evaluated(image)
        if self._remembers:
            self._remember(image, evaluation)
        return evaluation

    def _evaluated(self, image: Tensor) -> Evaluation:
        if self._pixel_range == 1:
            return self._evaluate(image)
        evaluation = self._evaluate(image / self._pixel_range)
        return replace(
            evaluation,
            gradient=evaluation.gradient / self._pixel_range,
            gradient_max=evaluation.gradient_max / self._pixel_range,
        )

    def _remember(self, image: Tensor, evaluation: Evaluation) -> None:
        self._last = _Known(image=image.detach().clone(), evaluation=evaluation)
        total = evaluation.losses["total"]
        if self._best is None or total < self._best.evaluation.losses["total"]:
            self._best = self._last
