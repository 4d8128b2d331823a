"""Which picture is the result: the average of the iterates, or the one of the least loss."""

import math
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from harness.transfer.pixel_function import PixelFunction

__all__ = ["AfterLeastLoss", "LeastLoss", "MovingAverage", "Outcome"]


class Outcome(Protocol):
    """Makes the result of the iterates."""

    def add(self, image: Tensor) -> None:
        """Take in one more iterate."""

    def value(self) -> Tensor:
        """The result so far; the start as long as there is no iterate."""


class MovingAverage:
    """Bias-corrected exponential moving average of the iterates, of one image or of a batch.

    Args:
        start: Where the iterates begin.
        decay: In [0, 1); 0 keeps the last iterate only. One, or one for each image of a batch.
        counts_start: Whether the start is an iterate too, as in crowsonkb/style-transfer-pytorch.

    Reference:
        Kingma and Ba 2015 (arXiv 1412.6980), section 7.2.
    """

    def __init__(
        self, start: Tensor, *, decay: float | Sequence[float], counts_start: bool = False
    ) -> None:
        self._start = start
        self._decays = tuple(decay) if isinstance(decay, Sequence) else (decay,)
        self._sum = torch.zeros_like(start)
        self._count = 0
        if counts_start:
            self.add(start)

    def keep(self, rows: Sequence[int], places: Tensor) -> None:
        """Go on with some images of a batch only.

        Args:
            rows: Their places in the batch.
            places: The same, (n,) int64, on the images' device.
        """
        self._start = self._start.index_select(0, places)
        self._sum = self._sum.index_select(0, places)
        self._decays = tuple(self._decays[row] for row in rows)

    def add(self, image: Tensor) -> None:
        """Take in one more iterate."""
        self._count += 1
        first = self._decays[0]
        if all(decay == first for decay in self._decays):
            self._sum.lerp_(image.detach(), 1 - first)
            return
        shares = self._sum.new_tensor([1 - decay for decay in self._decays])
        self._sum.lerp_(image.detach(), shares.view(-1, 1, 1, 1))

    def value(self, row: int = 0) -> Tensor:
        """The average so far; the start as long as there is no iterate.

        Args:
            row: Whose, of a batch.
        """
        if self._count == 0:
            return self._start[row : row + 1]
        return self._sum[row : row + 1] / (1 - self._decays[row] ** self._count)


class LeastLoss:
    """The iterate, or start, of the least total loss; the first of equals.

    Args:
        start: Where the iterates begin.
        function: Evaluates every iterate; it should remember them, since the next iteration
            evaluates them again.
    """

    def __init__(self, start: Tensor, function: PixelFunction) -> None:
        self._function = function
        self._best = start.detach().clone()
        self._least = function(start).losses["total"]

    def add(self, image: Tensor) -> None:
        """Take in one more iterate."""
        total = self._function(image).losses["total"]
        if total < self._least:
            self._least = total
            self._best.copy_(image.detach())

    def value(self) -> Tensor:
        """The best so far."""
        return self._best


class AfterLeastLoss:
    """The iterate after the one, or the start, of the least total loss; the first of equals.

    So does code that notes the loss before a step and keeps the picture after it, such as the
    TensorFlow tutorial with eager execution.

    Args:
        start: Where the iterates begin.
        function: Evaluates every iterate; it should remember the last.
    """

    def __init__(self, start: Tensor, function: PixelFunction) -> None:
        self._function = function
        self._before = start.detach().clone()
        self._after_best = self._before
        self._least = math.inf

    def add(self, image: Tensor) -> None:
        """Take in one more iterate."""
        total = self._function(self._before).losses["total"]
        self._before = image.detach().clone()
        if total < self._least:
            self._least = total
            self._after_best = self._before

    def value(self) -> Tensor:
        """The one after the best so far; the start as long as there is no iterate."""
        return self._after_best
