"""The objective: named loss terms over tap features, and one evaluation of a picture."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from harness.spec.backbones import RGB_TAP, tap_names
from harness.spec.layer_weights import style_layer_weights
from harness.spec.settings import Settings
from harness.transfer import losses
from harness.transfer.layer_losses import averaged, content_loss, pixel_loss, style_loss
from harness.transfer.terms import Terms, make_group
from harness.transfer.trunk import Trunk

__all__ = [
    "BatchEvaluation",
    "Evaluation",
    "Objective",
    "evaluate",
    "evaluate_batch",
    "gradient_of",
    "taps_in_use",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What is known of one picture: its losses, and where to go from there.

    ``losses`` maps terms to values, unweighted; ``total``, their weighted sum, is last.
    ``gradient``, (1, 3, H, W) in the image's number format, is that of ``total``;
    ``gradient_max`` is its largest absolute value, NaN if it holds one.
    """

    losses: dict[str, float]
    gradient: Tensor
    gradient_max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEvaluation:
    """What is known of the pictures of a batch: an :class:`Evaluation` of each.

    ``losses`` maps terms to one value a picture; ``gradient`` is (B, 3, H, W).
    """

    losses: Mapping[str, Sequence[float]]
    gradient: Tensor
    gradient_max: Sequence[float]

    def per(self, pixel_range: float) -> Self:
        """Return the same with gradients by pixels in [0, ``pixel_range``]."""
        if pixel_range == 1:
            return self
        return replace(
            self,
            gradient=self.gradient / pixel_range,
            gradient_max=[one / pixel_range for one in self.gradient_max],
        )

    def lane(self, row: int, terms: Sequence[str]) -> Evaluation:
        """Return the evaluation of one picture, with the terms that it has."""
        return Evaluation(
            losses={term: self.losses[term][row] for term in terms},
            gradient=self.gradient[row : row + 1],
            gradient_max=self.gradient_max[row],
        )


def taps_in_use(settings: Settings) -> tuple[str, ...]:
    """Taps that the objective of these settings reads, in the order of the data.

    Those that pull at the picture, ``rgb`` (for the total variation), and taps of weight zero
    where reading them costs little: not behind the deepest tap that pulls.
    """
    order = tap_names(settings.backbone)
    groups = (
        (settings.weights.content, settings.content_layers),
        (settings.weights.style, settings.style_layers),
    )
    pulling = {tap for weight, layers in groups for tap in layers if weight * layers[tap] > 0}
    deepest = max((order.index(tap) for tap in pulling), default=0)
    named = {RGB_TAP, *settings.content_layers, *settings.style_layers}
    return tuple(tap for tap in order[: deepest + 1] if tap in named)


class Objective:
    """Loss terms of a picture from its tap features.

    ``content`` and ``style`` are weighted means over their layers, Σ w·L / Σ w, so that one more
    layer does not change the balance of the two; with ``layer_combination: sum`` they are Σ w·L.
    ``total`` is α·content + β·style + τ·tv. Terms of weight zero are reported where
    :func:`taps_in_use` has their tap, and carry no gradient.

    Args:
        settings: Layers, weights and kinds of loss.
        content: Tap features of the content picture, as the trunk gives them.
        style: Tap features of every style picture; their sizes may differ.
        style_weights: Of each style; only their ratios matter.

    Attributes:
        terms: What is computed of a picture's features, apart from where the targets came from.

    Raises:
        ValueError: if there is not one weight above or at zero for each style, or all are zero.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        content: Mapping[str, Tensor],
        style: Sequence[Mapping[str, Tensor]],
        style_weights: Sequence[float] = (1.0,),
    ) -> None:
        taps, weights = taps_in_use(settings), settings.weights
        shares = _shares(style_weights, len(style))
        self._content = {tap: content[tap] for tap in settings.content_layers if tap in taps}
        styles = {tap: [one[tap] for one in style] for tap in settings.style_layers if tap in taps}
        self._grams = {
            tap: averaged([losses.gram_matrix(one) for one in ones], shares)
            for tap, ones in styles.items()
        }
        by_content = {tap: content_loss(settings, one) for tap, one in self._content.items()}
        by_style = {tap: style_loss(settings, tap, ones, shares) for tap, ones in styles.items()}
        layers = style_layer_weights(
            settings, {tap: one[0].shape[1] for tap, one in styles.items()}
        )
        averages = settings.layer_combination == "mean"
        self.terms = Terms(
            groups=(
                make_group(
                    "content",
                    weights.content,
                    settings.content_layers,
                    by_content,
                    averages=averages,
                ),
                make_group("style", weights.style, layers, by_style, averages=averages),
            ),
            tv_weight=weights.tv,
            tv_loss=pixel_loss(settings),
        )

    def with_style_weight(self, weight: float) -> Self:
        """Return the same objective with another weight of ``style`` in ``total``.

        Args:
            weight: At least 0, in place of ``settings.weights.style``. Raising it from 0 brings
                no tap back that was not read for it.
        """
        other = copy(self)
        groups = tuple(
            group.with_weight(weight) if group.name == "style" else group
            for group in self.terms.groups
        )
        other.terms = replace(self.terms, groups=groups)
        return other

    def __call__(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Compute every term.

        Args:
            features: Tap → (B, C, H, W) float: the taps of :func:`taps_in_use`.

        Returns:
            Term → (B,) float32 (float64 for float64 features), in this order: ``content``,
            ``content/<tap>`` (where there are several), ``style``, ``style/<tap>``, ``tv``,
            ``total``. A group without a layer of weight above zero, or with one that costs too
            much to read, has no term of its own.
        """
        return self.terms(features)

    def canonical(self, features: Mapping[str, Tensor]) -> dict[str, float]:
        """Measure a picture in units that do not depend on the losses that are optimised.

        Args:
            features: Tap → (1, C, H, W) float: the taps of :func:`taps_in_use`.

        Returns:
            ``canonical/content/<tap>``: mean squared difference of features to the content's;
            ``canonical/style/<tap>``: mean over the C² entries of the squared difference of the
            Gram matrices over positions to the styles'; by the layers of content and style,
            those of weight zero too where they are read.
        """
        with torch.no_grad():
            content = {
                f"canonical/content/{tap}": losses.content_mse(features[tap], target)
                for tap, target in self._content.items()
            }
            style = {
                f"canonical/style/{tap}": losses.gram_loss(
                    losses.gram_matrix(features[tap]), target
                )
                for tap, target in self._grams.items()
            }
            values = content | style
        if not values:
            return {}
        return dict(zip(values, torch.cat([*values.values()]).tolist(), strict=True))


def evaluate(image: Tensor, *, trunk: Trunk, objective: Objective) -> Evaluation:
    """Losses of one picture and the gradient of their total.

    Args:
        image: (1, 3, H, W) float32 in [0, 1], sRGB, on the trunk's device.
        trunk: Gives the taps that ``objective`` reads.
        objective: Gives the terms.

    Returns:
        The evaluation; its numbers leave the device in one transfer.
    """
    return evaluate_batch(image, trunk=trunk, terms=objective.terms).lane(0, objective.terms.names)


def evaluate_batch(image: Tensor, *, trunk: Trunk, terms: Terms) -> BatchEvaluation:
    """Losses of several pictures, and of each the gradient of its own total.

    Args:
        image: (B, 3, H, W) float32 in [0, 1], sRGB, on the trunk's device.
        trunk: Gives the taps that ``terms`` reads.
        terms: Of one picture, or of a batch of as many lanes.

    Returns:
        The evaluations; their numbers leave the device in one transfer.
    """
    features = {tap: one.requires_grad_() for tap, one in trunk.features(image).items()}
    values = terms(features)
    gradient = trunk.vjp(_tap_gradients(values["total"], features))
    largest = gradient.abs().amax(dim=(1, 2, 3))
    *losses_of_terms, gradient_max = torch.stack([*values.values(), largest]).tolist()
    return BatchEvaluation(
        losses=dict(zip(values, losses_of_terms, strict=True)),
        gradient=gradient,
        gradient_max=gradient_max,
    )


def gradient_of(term: str, image: Tensor, *, trunk: Trunk, objective: Objective) -> Tensor:
    """Gradient of one term, unweighted, with respect to a picture.

    Args:
        term: One that ``objective`` gives and whose weights are above zero.
        image: (1, 3, H, W) float32 in [0, 1], sRGB, on the trunk's device.
        trunk: Gives the taps that ``objective`` reads.
        objective: Gives the term.

    Returns:
        (1, 3, H, W) in the image's number format.
    """
    features = {tap: one.requires_grad_() for tap, one in trunk.features(image).items()}
    return trunk.vjp(_tap_gradients(objective(features)[term], features))


def _tap_gradients(total: Tensor, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
    if not total.requires_grad:  # every weight is zero
        return {}
    gradients = torch.autograd.grad(total.sum(), list(features.values()), allow_unused=True)
    return {
        tap: gradient
        for tap, gradient in zip(features, gradients, strict=True)
        if gradient is not None
    }


def _shares(weights: Sequence[float], count: int) -> tuple[float, ...]:
    if len(weights) != count or min(weights, default=-1) < 0 or sum(weights) <= 0:
        raise ValueError(
            f"{count} styles need as many weights of 0 or more, not all 0; got {list(weights)}"
        )
    return tuple(weight / sum(weights) for weight in weights)
