"""The kinds of values that settings have: numbers in ranges, layers with weights, loss weights."""

from collections import Counter
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

__all__ = [
    "BALANCED",
    "BALANCED_KEY",
    "LayerWeights",
    "LossWeights",
    "NonNegative",
    "Positive",
    "Share",
    "balanced_weights",
    "layer_map",
]

NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, lt=1)]


def layer_map(value: Any) -> Any:
    """Write a tap or a list of taps as the map tap → weight, with weight 1 each.

    Anything else comes back as it is, also a list that names a tap twice.
    """
    taps = [value] if isinstance(value, str) else value
    is_list = isinstance(taps, list) and all(isinstance(tap, str) for tap in taps)
    return dict.fromkeys(taps, 1.0) if is_list and _repeated(taps) is None else value


def _repeated(taps: list[str]) -> str | None:
    return next((tap for tap, count in Counter(taps).items() if count > 1), None)


def _layers(value: Any) -> Any:
    layers = layer_map(value)
    if isinstance(layers, list) and all(isinstance(tap, str) for tap in layers):
        raise PydanticCustomError(
            "repeated_tap", "tap {tap} is listed twice", {"tap": _repeated(layers)}
        )
    return layers


def _some_weight(layers: dict[str, float]) -> dict[str, float]:
    if sum(layers.values()) > 0:
        return layers
    raise PydanticCustomError(
        "no_layer",
        "no layer with a weight above zero; name at least one "
        "(a loss is switched off by weights.content: 0 or weights.style: 0)",
    )


LayerWeights = Annotated[
    dict[str, NonNegative],
    BeforeValidator(_layers, json_schema_input_type=str | list[str] | dict[str, NonNegative]),
    AfterValidator(_some_weight),
]


BALANCED = "balanced"
"""The word that stands for weights at which content and style pull equally."""

BALANCED_KEY = "weights.balanced"
"""The settings key that says so."""


def balanced_weights(value: Any) -> Any:
    """Write the word ``balanced`` as weights; balanced ones without a factor get the factor 1.

    The style's default weight is no factor of anything. Anything else comes back as it is.
    """
    if value == BALANCED:
        return {"balanced": True, "style": 1.0}
    if isinstance(value, dict) and value.get("balanced") is True:
        return {"style": 1.0} | value
    return value


class LossWeights(BaseModel):
    """Weights of the loss terms: content (alpha), style (beta) and total variation.

    With ``balanced`` the style's weight is a factor of the weight at which both gradients have
    equal norms, see :func:`harness.transfer.balance.balanced_style_weight`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    content: NonNegative = 1.0
    style: NonNegative = 30.0
    tv: NonNegative = 4.0
    balanced: bool = False
