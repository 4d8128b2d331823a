"""The weights that layers have in the total loss, and in units in which presets compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from harness.spec.backbones import BACKBONES, RGB_TAP, tap_names
from harness.spec.settings import Settings

__all__ = ["CanonicalWeight", "canonical_weights", "channels_of", "style_layer_weights"]

_COLOURS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CanonicalWeight:
    """What one layer counts in the total, in canonical units.

    Those are the mean squared difference of features for content, and for style the mean over C²
    entries of the squared difference of Gram matrices over M positions.

    Attributes:
        loss: ``content`` or ``style``.
        tap: Of the layer.
        weight: What a unit counts, divided by ``per``; None where the loss is of another kind.
        per: ``""``, ``M`` or ``M²``: what the weight is still to be multiplied with, where it
            grows with the picture.
        reason: Why there is no weight; empty where there is one.
    """

    loss: str
    tap: str
    weight: float | None
    per: str = ""
    reason: str = ""

    def __str__(self) -> str:
        if self.weight is None:
            return self.reason
        return f"{self.weight:.3g}{f' · {self.per}' if self.per else ''}"


def style_layer_weights(settings: Settings, channels: Mapping[str, int]) -> dict[str, float]:
    """Return the weights of the style layers after ``style_layer_scale`` and ``_decay``.

    Args:
        settings: Layers, scale and decay. A layer comes before another if the data pass it
            first, whatever its weight.
        channels: Tap → channels; taps without are not scaled.

    Returns:
        Tap → weight, for all style layers in the order of the settings.
    """
    order = tap_names(settings.backbone)
    place = {tap: at for at, tap in enumerate(sorted(settings.style_layers, key=order.index))}
    by_channels = settings.style_layer_scale == "inverse_squared_channels"
    return {
        tap: weight
        * settings.style_layer_decay ** place[tap]
        * (channels.get(tap, 1) ** -2 if by_channels else 1.0)
        for tap, weight in settings.style_layers.items()
    }


def channels_of(settings: Settings) -> dict[str, int]:
    """Return the channels of the taps that settings name, as far as tables of them are there."""
    channels = {RGB_TAP: _COLOURS}
    if settings.backbone in BACKBONES:
        for one in BACKBONES[settings.backbone].convolutions:
            taps = (one.name, one.norm_name, one.relu_name)
            channels |= dict.fromkeys(taps, one.out_channels)
    named = {*settings.content_layers, *settings.style_layers}
    return {tap: count for tap, count in channels.items() if tap in named}


def canonical_weights(settings: Settings) -> tuple[CanonicalWeight, ...]:
    """Return what each layer counts in the total loss, content first, in canonical units.

    With ``weights.balanced`` the style's are to be multiplied with the weight that balances.
    """
    channels = channels_of(settings)
    groups = (
        ("content", settings.weights.content, settings.content_layers, settings.content_loss),
        (
            "style",
            settings.weights.style,
            style_layer_weights(settings, channels),
            settings.style_loss,
        ),
    )
    return tuple(
        _canonical(loss, tap, weight * share, kind, channels.get(tap))
        for loss, weight, layers, kind in groups
        for tap, share in _shares(settings, layers).items()
    )


def _shares(settings: Settings, layers: Mapping[str, float]) -> dict[str, float]:
    divisor = sum(layers.values()) if settings.layer_combination == "mean" else 1.0
    return {tap: weight / divisor for tap, weight in layers.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Factor:
    """What a kind of loss is in canonical units: a number, channels to a power, positions."""

    number: float = 1.0
    power: int = 0
    per: str = ""


_FACTORS: Mapping[str, _Factor] = MappingProxyType(
    {
        "mse": _Factor(),
        "half_sum": _Factor(number=0.5, power=1, per="M"),
        "gram": _Factor(),
        "gram_elements": _Factor(power=-2),
        "gram_raw": _Factor(per="M²"),
        "gatys": _Factor(number=0.25),
    }
)
"""By ``content_loss`` and ``style_loss``; the others are no multiples of a canonical loss."""


def _canonical(
    loss: str, tap: str, weight: float, kind: str, channels: int | None
) -> CanonicalWeight:
    factor = _FACTORS.get(kind)
    if factor is None:
        return CanonicalWeight(loss=loss, tap=tap, weight=None, reason=f"none: {kind}")
    if factor.power and channels is None:
        return CanonicalWeight(loss=loss, tap=tap, weight=None, reason="channels not known")
    scale = factor.number * (channels or 1) ** factor.power
    return CanonicalWeight(loss=loss, tap=tap, weight=weight * scale, per=factor.per)
