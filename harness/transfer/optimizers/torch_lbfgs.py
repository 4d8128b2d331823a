"""PyTorch's own L-BFGS over the pixels of one image, iteration by iteration."""

import torch
from torch import Tensor

from harness.transfer.objective import Evaluation
from harness.transfer.pixel_function import PixelFunction
from harness.transfer.stopping import LINE_SEARCH, TOLERANCE, StopReason

__all__ = ["TorchLbfgs"]

LARGEST_LINE_SEARCH = 25
"""Evaluations of one line search at most: what ``torch.optim.LBFGS`` allows itself by default."""


class TorchLbfgs:
    """``torch.optim.LBFGS``, stopped after every iteration; its curvature stays.

    Its first step is lr · min(1, 1/‖g‖₁) · g, a step counts as curvature where y·s > 1e-10, and
    its tolerances are absolute: all in units of the loss and of the pixels, so that a large loss
    may end a run after a few iterations. The iterates are those of one call of its ``step`` with
    ``max_iter`` iterations, as long as that does not run into ``max_eval``.

    Args:
        start: (1, 3, H, W) float32; copied.
        function: The function that it minimises; for the trial points of the line search.
        lr: Factor of every step; with a line search, of its first trial.
        history: Number of past steps that make up the curvature.
        has_line_search: Whether steps have the length that ``strong_wolfe`` finds.
        tolerance_gradient: It ends where no gradient is larger.
        tolerance_change: It ends where no pixel moved more, or the loss changed by less.
    """

    def __init__(
        self,
        start: Tensor,
        function: PixelFunction,
        *,
        lr: float,
        history: int,
        has_line_search: bool,
        tolerance_gradient: float,
        tolerance_change: float,
    ) -> None:
        self.image = start.detach().clone()
        self.lr = lr
        self._function = function
        self._tolerance_gradient = tolerance_gradient
        self._tolerance_change = tolerance_change
        self._optimizer: torch.optim.Optimizer = torch.optim.LBFGS(
            [self.image],
            lr=lr,
            max_iter=1,
            max_eval=1 + LARGEST_LINE_SEARCH,
            tolerance_grad=tolerance_gradient,
            tolerance_change=tolerance_change,
            history_size=history,
            line_search_fn="strong_wolfe" if has_line_search else None,
        )

    def update(self, evaluation: Evaluation) -> StopReason | None:
        """Take one step, unless the tolerances are met or the line search finds no better."""
        if self._is_done(evaluation):
            return TOLERANCE
        self._optimizer.param_groups[0]["lr"] = self.lr
        self._optimizer.step(self._closure)
        memory = self._optimizer.state[self.image]
        slope = float(evaluation.gradient.flatten().dot(memory["d"]))
        if self._tolerance_change > 0 and slope > -self._tolerance_change:
            return TOLERANCE  # it went nowhere: the slope is below its tolerance
        return LINE_SEARCH if float(memory["t"]) == 0 else None

    def _closure(self) -> float:
        evaluation = self._function(self.image)
        self.image.grad = evaluation.gradient.contiguous()  # its layout is the network's
        return evaluation.losses["total"]

    def _is_done(self, evaluation: Evaluation) -> bool:
        """Tell what PyTorch checks after an iteration, and forgets between calls."""
        if evaluation.gradient_max <= self._tolerance_gradient:
            return True
        memory = self._optimizer.state[self.image]
        if self._tolerance_change == 0 or not memory:
            return False
        moved = float(memory["d"].abs().amax() * memory["t"])
        fell = abs(evaluation.losses["total"] - memory["prev_loss"])
        return moved <= self._tolerance_change or fell < self._tolerance_change
