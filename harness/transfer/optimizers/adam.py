"""Adam over the pixels of one image."""

from typing import Literal

import torch
from torch import Tensor

from harness.transfer.objective import Evaluation
from harness.transfer.pyramid import enlarged, enlarged_squares

__all__ = ["Adam"]


class Adam:
    """Adam with a projection onto the range of a picture after every step.

    Args:
        start: (1, 3, H, W) float32 in [0, ``largest``]; copied.
        lr: Step size in units of the picture's range.
        betas: Decay of the two moments.
        epsilon: Added to the root of the second moment; where that sum is 0, nothing moves.
        form: Whether epsilon is added to the root after the bias correction of the moments
            (``paper``: algorithm 1, PyTorch) or before it (``tensorflow``: "epsilon hat" of the
            paper's section 2, TensorFlow and Torch7).
        largest: Upper end of the range that values are clamped to; None leaves them alone.

    Reference:
        Kingma and Ba 2015 (arXiv 1412.6980), algorithm 1 and the end of section 2.

    Deviations:
        The projection, as in crowsonkb/style-transfer-pytorch.
    """

    # written out: the first use of torch.optim imports torch._dynamo, seconds for nothing

    def __init__(
        self,
        start: Tensor,
        *,
        lr: float,
        betas: tuple[float, float],
        epsilon: float = 1e-8,
        form: Literal["paper", "tensorflow"] = "paper",
        largest: float | None = 1.0,
    ) -> None:
        self.image = start.detach().clone()
        self.lr = lr
        self._betas = betas
        self._epsilon, self._form, self._largest = epsilon, form, largest
        self._mean = torch.zeros_like(start)
        self._square = torch.zeros_like(start)
        self._steps = 0

    def continue_at(self, start: Tensor) -> None:
        """Go on at a larger image with the same moments.

        Args:
            start: (1, 3, H', W') float32, where it goes on; copied.

        Reference:
            crowsonkb/style-transfer-pytorch, ``scale_adam``: the mean is enlarged bicubically,
            the squares bilinearly, and the steps are counted on.
        """
        size = (start.shape[2], start.shape[3])
        self.image = start.detach().clone()
        self._mean = enlarged(self._mean, size)
        self._square = enlarged_squares(self._square, size)

    def update(self, evaluation: Evaluation) -> None:
        """Take one step and clamp the image."""
        self._steps += 1
        gradient = evaluation.gradient
        first, second = self._betas
        self._mean.lerp_(gradient, 1 - first)
        self._square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        rate, shrinkage = self.lr / (1 - first**self._steps), 1 - second**self._steps
        if self._form == "paper":
            root = (self._square / shrinkage).sqrt_().add_(self._epsilon)
        else:
            root = self._square.sqrt().add_(self._epsilon).div_(shrinkage**0.5)
        if self._epsilon == 0:
            root.masked_fill_(root == 0, torch.inf)
        self.image.addcdiv_(self._mean, root, value=-rate)
        if self._largest is not None:
            self.image.clamp_(0, self._largest)
