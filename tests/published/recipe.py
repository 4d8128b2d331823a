"""A published style transfer as data, and its losses in float64 with nothing of ``harness``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from torch import Tensor

from tests.published.network import Network, features
from tests.published.pictures import Size, resized
from tests.published.steps import Evaluate, Losses, Terms

__all__ = ["Recipe"]

LayerLoss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a published implementation does.

    Attributes:
        network: The backbone.
        size: Width, height and ``image_size`` → width and height of the content.
        style_size: The same for the style; None = ``size``.
        style_as_content: The style is stretched to the size of the content.
        interpolation: Pillow's filter, or ``cubic_aliased``.
        variable: (H, W, 3) levels → what is optimised.
        seen: What is optimised → what the first convolution sees.
        content: Tap → weight of its loss in the total.
        content_loss: Of one tap.
        style: Tap → weight of its loss in the total.
        style_loss: Of one tap.
        tv: Of what is optimised.
        tv_weight: In the total.
        optimise: One of :mod:`tests.published.steps`.
        stated: Settings of the preset that no loss shows, by dotted key.
        starts_from_noise: The published start is noise; a picture stands for it here.
    """

    network: Network
    size: Callable[[Size, int], Size]
    style_size: Callable[[Size, int], Size] | None = None
    style_as_content: bool = False
    interpolation: str
    variable: Callable[[Tensor], Tensor]
    seen: Callable[[Tensor], Tensor]
    content: Mapping[str, float]
    content_loss: LayerLoss
    style: Mapping[str, float]
    style_loss: LayerLoss
    tv: Callable[[Tensor], Tensor] | None = None
    tv_weight: float = 0.0
    optimise: Callable[[Evaluate, Tensor, int], Losses]
    stated: Mapping[str, object] = field(default_factory=dict)
    starts_from_noise: bool = False

    def content_variable(self, pixels: np.ndarray, image_size: int) -> Tensor:
        """Return the content as the optimiser would have it."""
        return self._prepared(pixels, self._size(pixels, image_size))

    def evaluator(
        self,
        state: Mapping[str, Tensor],
        content: np.ndarray,
        style: np.ndarray,
        image_size: int,
    ) -> Evaluate:
        """Return what gives the weighted loss terms of a variable."""
        taps_at = partial(features, self.network, state)
        content_picture = self.seen(self.content_variable(content, image_size))
        style_size = self._size(content if self.style_as_content else style, image_size)
        if self.style_size is not None:
            style_size = self.style_size((style.shape[1], style.shape[0]), image_size)
        style_picture = self.seen(self._prepared(style, style_size))
        with torch.no_grad():
            content_targets = taps_at(content_picture, self.content)
            style_targets = taps_at(style_picture, self.style)

        def evaluate(variable: Tensor) -> Terms:
            found = taps_at(self.seen(variable), {*self.content, *self.style})
            nothing = torch.zeros((), dtype=torch.float64)
            return Terms(
                content=_weighted(self.content, self.content_loss, found, content_targets),
                style=_weighted(self.style, self.style_loss, found, style_targets),
                tv=nothing if self.tv is None else self.tv_weight * self.tv(variable),
            )

        return evaluate

    def _size(self, pixels: np.ndarray, image_size: int) -> Size:
        return self.size((pixels.shape[1], pixels.shape[0]), image_size)

    def _prepared(self, pixels: np.ndarray, size: Size) -> Tensor:
        return self.variable(resized(pixels, size, self.interpolation)).contiguous()


def _weighted(
    weights: Mapping[str, float],
    loss: LayerLoss,
    found: Mapping[str, Tensor],
    targets: Mapping[str, Tensor],
) -> Tensor:
    terms = [weight * loss(found[tap], targets[tap]) for tap, weight in weights.items()]
    return torch.stack(terms).sum()
