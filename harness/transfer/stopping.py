"""Why an optimisation ends, and how one finds that it leads nowhere."""

from collections import deque
from typing import Final, Literal

import torch
from torch import Tensor

from harness.errors import TransferError

__all__ = [
    "AT_REST",
    "LINE_SEARCH",
    "OUT_OF_TIME",
    "STALL_ITERATIONS",
    "TOLERANCE",
    "StallWatch",
    "StopReason",
    "StopRules",
]

StopReason = Literal[
    "iterations",
    "converged: zero gradient",
    "converged: picture at rest",
    "tolerance",
    "line search: nothing lower",
    "plateau",
    "target loss",
    "time",
    "time limit",
]
"""``time`` is ``stop_seconds``, ``time limit`` that of the caller, ``tolerance`` L-BFGS's."""

AT_REST: Final = "converged: picture at rest"
TOLERANCE: Final = "tolerance"
LINE_SEARCH: Final = "line search: nothing lower"
OUT_OF_TIME: Final = ("time", "time limit")

STALL_ITERATIONS = 5
"""How many iterations may leave a picture as it is, although its gradient is not zero."""

CONVERGED_GRADIENT = 1e-3
"""A picture at rest is an optimum where the gradient fell to this share of the first one."""

VISIBLE = 0.5 / 255
"""Change of a value in [0, 1] that an 8-bit picture may show."""


class StopRules:
    """The rules of the settings on the total loss, at one scale.

    Args:
        plateau: The least share of itself that the loss must fall over ``window`` iterations;
            0 = whatever.
        window: Iterations that are looked back.
        target: The loss that is low enough; 0 = none.
    """

    def __init__(self, *, plateau: float, window: int, target: float) -> None:
        self._plateau, self._target = plateau, target
        self._lowest: deque[float] = deque(maxlen=window + 1)

    def reason(self, total: float) -> StopReason | None:
        """Take in the loss of the next iterate, before its update; say whether to end there.

        A plateau is seen in the lowest loss so far: one bad step of an optimiser is none.
        """
        self._lowest.append(min(total, self._lowest[-1]) if self._lowest else total)
        if self._target > 0 and total <= self._target:
            return "target loss"
        before, now = self._lowest[0], self._lowest[-1]
        is_full = len(self._lowest) == self._lowest.maxlen
        if self._plateau > 0 and is_full and before - now <= self._plateau * abs(before):
            return "plateau"
        return None


class StallWatch:
    """Tells pictures that have converged from those that never got anywhere.

    Args:
        image: The start, in [0, ``pixel_range``].
        pixel_range: Largest value of a picture.
    """

    def __init__(self, image: Tensor, *, pixel_range: float = 1.0) -> None:
        self._start = image.detach().clone()
        self._last = self._start.clone()
        self._visible = VISIBLE * pixel_range
        self._first_gradient: float | None = None
        self._gradient = 0.0
        self._updates = 0

    def note(self, gradient_max: float) -> None:
        """Take in the largest gradient of the next iterate, before its update."""
        self._gradient = gradient_max
        if self._first_gradient is None:
            self._first_gradient = gradient_max

    def is_still(self, image: Tensor) -> bool:
        """Tell, after an update, that the last ``STALL_ITERATIONS`` of them changed nothing."""
        self._updates += 1
        if self._updates % STALL_ITERATIONS:
            return False
        if torch.equal(image, self._last):
            return True
        self._last.copy_(image)
        return False

    def at_rest(self, iteration: int) -> StopReason:
        """Say what it means that the image no longer moves.

        Args:
            iteration: Of the run, for the message.

        Returns:
            That it has converged.

        Raises:
            TransferError: if its gradient is not small.
        """
        if self._has_converged():
            return AT_REST
        raise TransferError(
            f"stalled at iteration {iteration}: {STALL_ITERATIONS} iterations left the "
            "picture as it was although its gradient is not zero; raise lr"
        )

    def check_end(self, image: Tensor, reason: StopReason, iteration: int) -> None:
        """Look at the image that L-BFGS would not move further.

        Args:
            image: The iterate.
            reason: What L-BFGS said.
            iteration: Of the run, for the message.

        Raises:
            TransferError: if it still shows the start although its gradient is not small.
        """
        moved = float((image - self._start).abs().amax())
        if moved >= self._visible or self._has_converged():
            return
        raise TransferError(
            f"stalled at iteration {iteration}: L-BFGS ended ({reason}) before the picture "
            "changed by one level although its gradient is not zero; take lbfgs_variant: "
            "relative_step, whose first step does not hang on the size of the loss"
            + (", or lower lbfgs_tolerance_change" if reason == TOLERANCE else "")
        )

    def _has_converged(self) -> bool:
        first = self._first_gradient
        return first is not None and self._gradient <= CONVERGED_GRADIENT * first
