"""What the loop asks of an optimiser."""

from typing import Protocol

from torch import Tensor

from harness.transfer.objective import Evaluation
from harness.transfer.stopping import StopReason

__all__ = ["PixelOptimizer"]


class PixelOptimizer(Protocol):
    """Moves an image, by one iteration at a time.

    The loop evaluates ``image`` and hands the evaluation to :meth:`update`, once an iteration.
    Optimisers that evaluate more pictures have been given the function when they were made.
    """

    image: Tensor
    """(1, 3, H, W) float32 in [0, pixel_range]: the iterate, moved by :meth:`update`."""

    lr: float
    """Learning rate of the next iteration."""

    def update(self, evaluation: Evaluation) -> StopReason | None:
        """Move ``image`` by one iteration, given the evaluation of where it is.

        Returns:
            Why ``image`` was left where it is for good; None if it was moved.
        """
