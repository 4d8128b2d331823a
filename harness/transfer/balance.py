"""The weight of the style at which content and style pull equally at the start."""

import math

from torch import Tensor

from harness.errors import TransferError
from harness.spec.settings import Settings
from harness.transfer.objective import Objective, gradient_of
from harness.transfer.trunk import Trunk

__all__ = ["balanced_style_weight"]

VANISHING = 1e-3
"""A gradient that is smaller than this share of what it is midway says nothing of the balance."""


def balanced_style_weight(
    settings: Settings, *, trunk: Trunk, objective: Objective, start: Tensor, midway: Tensor
) -> float:
    """Weight of the style at which its gradient has the norm of the content's, times a factor.

    β = ``weights.style`` · ‖α ∇content‖₂ / ‖∇style‖₂, the gradients being those with respect to
    the picture at the start. Where either nearly vanishes there (a content start has no content
    loss at all), both are taken at ``midway``.

    Args:
        settings: Their ``weights``: content (α) and style (the factor) are above zero.
        trunk: Gives the taps that ``objective`` reads.
        objective: Gives the terms ``content`` and ``style``; its own weights do not matter.
        start: (1, 3, H, W) float32 in [0, 1], sRGB, on the trunk's device: the first picture.
        midway: The same shape: the mean of content and style, stretched to the content's size.

    Returns:
        β, above zero and finite; the same in whatever units pixels are optimised.

    Raises:
        TransferError: if a gradient vanishes at both pictures, or is not finite.
    """
    content, style = _norms(midway, trunk=trunk, objective=objective)
    at_start = _norms(start, trunk=trunk, objective=objective)
    if at_start[0] > VANISHING * content and at_start[1] > VANISHING * style:
        content, style = at_start
    weight = settings.weights.style * settings.weights.content * content / (style or math.nan)
    if 0 < weight < math.inf:
        return weight
    raise TransferError(
        f"content and style cannot be balanced: the norms of their gradients are {content:.3g} "
        f"and {style:.3g}; set weights.balanced: false, or choose other layers or pictures"
    )


def _norms(image: Tensor, *, trunk: Trunk, objective: Objective) -> tuple[float, float]:
    content, style = (
        float(gradient_of(term, image, trunk=trunk, objective=objective).norm())
        for term in ("content", "style")
    )
    return content, style
