"""The objective: named loss terms over tap features, and one evaluation of a picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from harness.spec.backbones import RGB_TAP, tap_names
from harness.spec.settings import Settings
from harness.transfer import losses
from harness.transfer.trunk import Trunk

__all__ = ["Evaluation", "Objective", "evaluate", "taps_in_use"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What is known of one picture: its losses, and where to go from there.

    ``losses`` maps terms to values, unweighted; ``total``, their weighted sum, is last.
    ``gradient``, (1, 3, H, W) float32, is that of ``total``; ``gradient_max`` is its largest
    absolute value, NaN if it holds one.
    """

    losses: dict[str, float]
    gradient: Tensor
    gradient_max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """The loss at one tap; ``weight`` is its share in the group's mean."""

    tap: str
    weight: float
    loss: Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """The layers of ``content`` or ``style``; ``weight`` is that of their mean in the total."""

    name: str
    weight: float
    layers: tuple[_Layer, ...]
    has_mean: bool


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
    layer does not change the balance of the two. ``total`` is α·content + β·style + τ·tv. Terms
    of weight zero are reported where :func:`taps_in_use` has their tap, and carry no gradient.
    At the tap ``rgb`` the style loss is always :func:`harness.transfer.losses.rgb_loss`.

    Args:
        settings: Layers, weights and kinds of loss.
        content: Tap features of the content picture, as the trunk gives them.
        style: Tap features of the style picture.
    """

    def __init__(
        self, settings: Settings, *, content: Mapping[str, Tensor], style: Mapping[str, Tensor]
    ) -> None:
        taps, weights = taps_in_use(settings), settings.weights
        content_losses = {
            tap: _content_loss(settings, content[tap])
            for tap in settings.content_layers
            if tap in taps
        }
        style_losses = {
            tap: _style_loss(settings, tap, style[tap])
            for tap in settings.style_layers
            if tap in taps
        }
        self._groups = (
            _group("content", weights.content, settings.content_layers, content_losses),
            _group("style", weights.style, settings.style_layers, style_losses),
        )
        self._tv_weight = weights.tv

    def __call__(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Compute every term.

        Args:
            features: Tap → (B, C, H, W) float: the taps of :func:`taps_in_use`.

        Returns:
            Term → (B,) float32, in this order: ``content``, ``content/<tap>`` (where there are
            several), ``style``, ``style/<tap>``, ``tv``, ``total``. A group without a layer of
            weight above zero, or with one that costs too much to read, has no mean.
        """
        image = features[RGB_TAP]
        terms: dict[str, Tensor] = {}
        total = torch.zeros(len(image), device=image.device)
        for group in self._groups:
            terms |= _group_terms(group, features)
            if group.weight > 0 and group.has_mean:
                total = total + group.weight * terms[group.name]
        terms["tv"] = losses.total_variation(image if self._tv_weight > 0 else image.detach())
        return terms | {"total": total + self._tv_weight * terms["tv"]}


def evaluate(image: Tensor, *, trunk: Trunk, objective: Objective) -> Evaluation:
    """Losses of one picture and the gradient of their total.

    Args:
        image: (1, 3, H, W) float32 in [0, 1], sRGB, on the trunk's device.
        trunk: Gives the taps that ``objective`` reads.
        objective: Gives the terms.

    Returns:
        The evaluation; its numbers leave the device in one transfer.
    """
    features = {tap: one.requires_grad_() for tap, one in trunk.features(image).items()}
    terms = objective(features)
    gradient = trunk.vjp(_tap_gradients(terms["total"], features))
    readings = torch.cat([*terms.values(), gradient.abs().amax().view(1)]).tolist()
    return Evaluation(
        losses=dict(zip(terms, readings[:-1], strict=True)),
        gradient=gradient,
        gradient_max=readings[-1],
    )


def _tap_gradients(total: Tensor, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
    if not total.requires_grad:  # every weight is zero
        return {}
    gradients = torch.autograd.grad(total.sum(), list(features.values()), allow_unused=True)
    return {
        tap: gradient
        for tap, gradient in zip(features, gradients, strict=True)
        if gradient is not None
    }


def _group_terms(group: _Group, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
    values = {}
    for layer in group.layers:
        own = features[layer.tap]
        values[layer.tap] = layer.loss(own if group.weight * layer.weight > 0 else own.detach())
    terms: dict[str, Tensor] = {}
    if group.has_mean:
        weights = {layer.tap: layer.weight for layer in group.layers}
        weighted = torch.stack([weights[tap] * value for tap, value in values.items()])
        terms[group.name] = weighted.sum(dim=0) / sum(weights.values())
    if group.name == "style" or len(values) > 1:
        terms |= {f"{group.name}/{tap}": value for tap, value in values.items()}
    return terms


def _group(
    name: str,
    weight: float,
    layers: Mapping[str, float],
    layer_losses: Mapping[str, Callable[[Tensor], Tensor]],
) -> _Group:
    weighted = {tap for tap, layer_weight in layers.items() if layer_weight > 0}
    return _Group(
        name=name,
        weight=weight,
        layers=tuple(
            _Layer(tap=tap, weight=layers[tap], loss=loss) for tap, loss in layer_losses.items()
        ),
        has_mean=bool(weighted) and weighted <= layer_losses.keys(),
    )


def _content_loss(settings: Settings, target: Tensor) -> Callable[[Tensor], Tensor]:
    if settings.content_loss == "mse":
        return partial(losses.content_mse, target=target)
    return partial(losses.normalized_content_mse, target=target)


def _style_loss(settings: Settings, tap: str, style: Tensor) -> Callable[[Tensor], Tensor]:
    if tap == RGB_TAP:
        return partial(losses.rgb_loss, target=losses.rgb_moments(style))
    target = losses.gram_matrix(style)
    distance = losses.gram_loss if settings.style_loss == "gram" else losses.normalized_gram_loss
    return lambda features: distance(losses.gram_matrix(features), target)
