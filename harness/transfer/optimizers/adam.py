"""Adam over the pixels of one image, or of a batch of them."""

from typing import Literal

import torch
from torch import Tensor

from harness.transfer.objective import Evaluation
from harness.transfer.pyramid import enlarged, enlarged_squares

__all__ = ["Adam"]


class Adam:
    """Adam with a projection onto the range of a picture after every step.

    Args:
        start: (B, 3, H, W) float32 in [0, ``largest``]; copied.
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

    def keep(self, places: Tensor) -> None:
        """Go on with some images of a batch only.

        Args:
            places: (n,) int64, theirs in the batch.
        """
        self.image = self.image.index_select(0, places)
        self._mean = self._mean.index_select(0, places)
        self._square = self._square.index_select(0, places)

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
        self.step(evaluation.gradient, self.lr)

    def step(self, gradient: Tensor, lr: float | Tensor) -> None:
        """Take one step and clamp the image.

        Args:
            gradient: Shaped like the image.
            lr: Step size; of a batch one for all, or (B, 1, 1, 1) float32.
        """
        self._steps += 1
        first, second = self._betas
        self._mean.lerp_(gradient, 1 - first)
        self._square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        rate, shrinkage = lr / (1 - first**self._steps), 1 - second**self._steps
        if self._form == "paper":
            root = (self._square / shrinkage).sqrt_().add_(self._epsilon)
        else:
            root = self._square.sqrt().add_(self._epsilon).div_(shrinkage**0.5)
        if self._epsilon == 0:
            root.masked_fill_(root == 0, torch.inf)
        if isinstance(rate, Tensor):
            self.image.addcdiv_(self._mean * -rate, root)
        else:
            self.image.addcdiv_(self._mean, root, value=-rate)
        if self._largest is not None:
            self.image.clamp_(0, self._largest)
