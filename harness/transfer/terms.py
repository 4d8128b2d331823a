"""The weighted terms of a loss: of layers in groups, of one picture or of a batch of lanes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from harness.spec.backbones import RGB_TAP
from harness.transfer.joined_loss import JoinedLoss
from harness.transfer.layer_losses import LayerLoss

__all__ = ["Group", "Layer", "Terms", "make_group"]

Weight = float | Tensor
"""One for all lanes of a batch, or (B,) float32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The loss at one tap; ``weight`` is that in the group's mean or sum.

    One that does not pull has no gradient.
    """

    tap: str
    weight: Weight
    loss: LayerLoss | JoinedLoss
    pulls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The layers of ``content`` or ``style``; ``weight`` is that of their term in the total.

    Their term is the weighted sum over ``divisor``; a group that is not whole has none.
    """

    name: str
    weight: Weight
    layers: tuple[Layer, ...]
    is_whole: bool
    divisor: Weight

    @property
    def pulls(self) -> bool:
        """Whether the total has this group's term."""
        return self.is_whole and bool(isinstance(self.weight, Tensor) or self.weight > 0)

    @property
    def names(self) -> tuple[str, ...]:
        """The terms that it gives: its own, then those of its layers unless one says it all."""
        own = (self.name,) if self.is_whole else ()
        if self.name != "style" and len(self.layers) == 1:
            return own
        return (*own, *(f"{self.name}/{layer.tap}" for layer in self.layers))

    def with_weight(self, weight: float) -> Self:
        """Return the same group with another weight of its term."""
        layers = tuple(
            replace(layer, pulls=_pulls(weight, float(layer.weight))) for layer in self.layers
        )
        return replace(self, weight=weight, layers=layers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Loss terms of pictures from their tap features.

    Attributes:
        groups: Of content and of style.
        tv_weight: That of the total variation.
        tv_loss: Of pictures with values in [0, 1].
    """

    groups: tuple[Group, ...]
    tv_weight: Weight
    tv_loss: Callable[[Tensor], Tensor]

    @property
    def names(self) -> tuple[str, ...]:
        """The terms that :meth:`__call__` gives, in its order."""
        return (*(name for group in self.groups for name in group.names), "tv", "total")

    def __call__(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Compute every term.

        Args:
            features: Tap → (B, C, H, W) float: those of the layers, and ``rgb``.

        Returns:
            Term → (B,) float32 (float64 for float64 features), in the order of ``names``.
        """
        image = features[RGB_TAP]
        terms: dict[str, Tensor] = {}
        total = image.new_zeros(len(image))
        for group in self.groups:
            terms |= _group_terms(group, features)
            if group.pulls:
                total = total + group.weight * terms[group.name]
        pulls = isinstance(self.tv_weight, Tensor) or self.tv_weight > 0
        terms["tv"] = self.tv_loss(image if pulls else image.detach())
        return terms | {"total": total + self.tv_weight * terms["tv"]}

    @classmethod
    def joined(cls, lanes: Sequence[Self], *, device: torch.device) -> Self:
        """Return the terms of a batch that has one picture of each lane.

        Layers and weights may differ between lanes; where a lane lacks a term, it is 0 there.

        Args:
            lanes: Each with weights that are plain numbers; of one kind of total variation.
            device: Where the features are.
        """
        first = lanes[0]
        weights = [float(lane.tv_weight) for lane in lanes]
        return replace(
            first,
            groups=tuple(
                _joined_group(groups, device)
                for groups in zip(*(lane.groups for lane in lanes), strict=True)
            ),
            tv_weight=_joined_weight(weights, device),
        )


def make_group(
    name: str,
    weight: float,
    layers: Mapping[str, float],
    layer_losses: Mapping[str, LayerLoss],
    *,
    averages: bool,
) -> Group:
    """Make a group of the losses at its taps.

    Args:
        name: ``content`` or ``style``.
        weight: Of its term in the total.
        layers: Tap → weight in the group.
        layer_losses: Tap → loss, where the tap is read.
        averages: Whether its term is the mean over its layers, or their sum.
    """
    weighted = {tap for tap, layer_weight in layers.items() if layer_weight > 0}
    return Group(
        name=name,
        weight=weight,
        layers=tuple(
            Layer(tap=tap, weight=layers[tap], loss=loss, pulls=_pulls(weight, layers[tap]))
            for tap, loss in layer_losses.items()
        ),
        is_whole=bool(weighted) and weighted <= layer_losses.keys(),
        divisor=sum(layers[tap] for tap in layer_losses) if averages else 1,
    )


def _pulls(weight: float, layer_weight: float) -> bool:
    return weight * layer_weight > 0


def _group_terms(group: Group, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
    values = {}
    for layer in group.layers:
        own = features[layer.tap]
        values[layer.tap] = layer.loss(own if layer.pulls else own.detach())
    terms: dict[str, Tensor] = {}
    if group.is_whole:
        weighted = torch.stack([layer.weight * values[layer.tap] for layer in group.layers])
        terms[group.name] = weighted.sum(dim=0) / group.divisor
    terms |= {f"{group.name}/{tap}": value for tap, value in values.items()}
    return {name: terms[name] for name in group.names}


def _joined_group(lanes: Sequence[Group], device: torch.device) -> Group:
    taps = dict.fromkeys(layer.tap for lane in lanes for layer in lane.layers)
    return Group(
        name=lanes[0].name,
        weight=_joined_weight([float(one.weight) if one.pulls else 0.0 for one in lanes], device),
        layers=tuple(_joined_layer(tap, lanes, device) for tap in taps),
        is_whole=any(one.is_whole for one in lanes),
        divisor=_joined_weight([float(one.divisor) or 1.0 for one in lanes], device),
    )


def _joined_layer(tap: str, lanes: Sequence[Group], device: torch.device) -> Layer:
    found = [next((one for one in lane.layers if one.tap == tap), None) for lane in lanes]
    losses = [
        (one.loss, one.pulls) if one is not None and isinstance(one.loss, LayerLoss) else None
        for one in found
    ]
    weights = [float(one.weight) if one is not None else 0.0 for one in found]
    return Layer(
        tap=tap,
        weight=_joined_weight(weights, device),
        loss=JoinedLoss.of(losses, device=device),
        pulls=True,  # each part of the loss knows for itself
    )


def _joined_weight(weights: Sequence[float], device: torch.device) -> Weight:
    """Return one number for all where they agree: it needs no kernel of its own."""
    if len(set(weights)) == 1:
        return weights[0]
    return torch.tensor(weights, dtype=torch.float32, device=device)
