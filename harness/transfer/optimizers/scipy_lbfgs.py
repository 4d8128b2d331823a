"""SciPy's own L-BFGS over the pixels of one image, restarted every iteration."""

import numpy as np
import torch
from scipy.optimize import fmin_l_bfgs_b
from torch import Tensor

from harness.transfer.objective import Evaluation
from harness.transfer.pixel_function import PixelFunction
from harness.transfer.stopping import LINE_SEARCH, TOLERANCE, StopReason

__all__ = ["ScipyLbfgs"]

_CONVERGED = 0  # SciPy's warnflag


class ScipyLbfgs:
    """``scipy.optimize.fmin_l_bfgs_b``, called anew every iteration, without its curvature so far.

    So do scripts that descend from Keras's example. The pixels are float64 between evaluations,
    which are float32. SciPy looks at the number of evaluations after a line search only, and may
    do a few more. It has no learning rate.

    Args:
        start: (1, 3, H, W) float32; copied.
        function: The function that it minimises.
        lr: Not used.
        history: Number of past steps that make up the curvature.
        evaluations: Evaluations an iteration may use.
        tolerance_gradient: An iteration ends where no gradient is larger (``pgtol``).
        tolerance_change: An iteration ends where the loss fell by no larger share of the loss,
            or of 1 if that is larger (``factr`` in units of the machine's precision).
    """

    def __init__(
        self,
        start: Tensor,
        function: PixelFunction,
        *,
        lr: float,
        history: int,
        evaluations: int,
        tolerance_gradient: float,
        tolerance_change: float,
    ) -> None:
        self.image = start.detach().clone()
        self.lr = lr
        self._function = function
        self._options = {
            "m": history,
            "factr": tolerance_change / np.finfo(np.float64).eps,
            "pgtol": tolerance_gradient,
            "maxfun": evaluations,
        }
        self._variable = _vector(self.image)

    def update(self, evaluation: Evaluation) -> StopReason | None:
        """Do as many steps as the evaluations allow, unless that leads nowhere."""
        if evaluation.gradient_max <= self._options["pgtol"]:
            return TOLERANCE
        if not torch.equal(self._tensor(self._variable), self.image):  # clamped meanwhile
            self._variable = _vector(self.image)
        variable, _, facts = fmin_l_bfgs_b(
            self._value_and_gradient, self._variable, **self._options
        )
        image = self._tensor(variable)
        if torch.equal(image, self.image):
            return TOLERANCE if facts["warnflag"] == _CONVERGED else LINE_SEARCH
        self._variable = variable
        self.image.copy_(image)
        return None

    def _value_and_gradient(self, variable: np.ndarray) -> tuple[float, np.ndarray]:
        evaluation = self._function(self._tensor(variable))
        return evaluation.losses["total"], _vector(evaluation.gradient)

    def _tensor(self, variable: np.ndarray) -> Tensor:
        values = torch.from_numpy(variable.astype(np.float32)).to(self.image.device)
        return values.view_as(self.image)


def _vector(image: Tensor) -> np.ndarray:
    values: np.ndarray = image.detach().flatten().double().cpu().numpy()
    return values
