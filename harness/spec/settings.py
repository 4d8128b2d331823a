"""Settings: every knob of one style transfer, fully resolved. Defaults: the ``house`` preset."""

from collections import Counter
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from harness.spec.backbones import tap_names

__all__ = ["FILE", "LAYER_FIELDS", "LayerWeights", "LossWeights", "Settings", "layer_map"]

FILE = "file:"
"""Prefix of a ``start`` or ``pretrained`` that is read from a file."""

LAYER_FIELDS = ("content_layers", "style_layers")

STARTS = ("content", "style", "noise", "stripes")
PRETRAINED = ("auto", "imagenet", "kmeans", "random")

NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


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


class LossWeights(BaseModel):
    """Weights of the loss terms: content (alpha), style (beta) and total variation."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    content: NonNegative = 1.0
    style: NonNegative = 30.0
    tv: NonNegative = 4.0


class Settings(BaseModel):
    """Every knob of one style transfer.

    ``image_size`` is the long side of content, style and result in pixels. ``start`` is
    ``content``, ``style``, ``noise``, ``stripes`` or ``file:PATH``; ``pretrained`` is ``auto``,
    ``imagenet``, ``kmeans``, ``random`` or ``file:PATH``. ``averaging`` is the decay of the
    moving average of the iterates that becomes the result (0 = the last iterate). Layers are a
    map tap → weight; a tap or a list of taps is accepted and means weight 1 each.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    backbone: Literal["vgg16", "vgg19"] = Field(
        default="vgg19", description="The network whose features define the losses."
    )
    pretrained: str = Field(
        default="auto",
        description="Where the backbone's parameters come from: auto (imagenet if it is on this "
        "machine, else kmeans), imagenet, kmeans, random or file:PATH.",
    )
    pooling: Literal["max", "avg", "l2"] = Field(
        default="avg", description="How the backbone pools."
    )
    padding: Literal["zeros", "replicate", "reflect"] = Field(
        default="replicate", description="What the convolutions see beyond the picture's border."
    )
    image_size: Annotated[int, Field(ge=32, le=8192)] = Field(
        default=256, description="Long side of content, style and result, in pixels."
    )
    content_layers: LayerWeights = Field(
        default={"relu4_2": 1.0},
        description="Taps of the content loss: a tap, a list, or a map tap → weight.",
    )
    style_layers: LayerWeights = Field(
        default={
            "rgb": 1.0,
            "relu1_1": 1.0,
            "relu2_1": 1.0,
            "relu3_1": 1.0,
            "relu4_1": 1.0,
            "relu5_1": 1.0,
        },
        description="Taps of the style loss: a tap, a list, or a map tap → weight.",
    )
    content_loss: Literal["mse", "normalized_mse"] = Field(
        default="normalized_mse",
        description="normalized_mse divides by the variance of the target.",
    )
    style_loss: Literal["gram", "normalized_gram"] = Field(
        default="normalized_gram",
        description="normalized_gram divides each layer by the norm of its target.",
    )
    weights: LossWeights = Field(default=LossWeights(), description="Weights of the loss terms.")
    start: str = Field(
        default="content",
        description="The picture the optimisation starts from: content, style, noise, stripes or "
        "file:PATH.",
    )
    optimizer: Literal["adam", "lbfgs"] = Field(
        default="adam", description="Who moves the pixels."
    )
    lr: Annotated[float, Field(gt=0, allow_inf_nan=False)] = Field(
        default=0.02,
        description="Learning rate, for pixel values in [0, 1]; L-BFGS wants about 1.",
    )
    adam_betas: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]] = (
        Field(default=(0.9, 0.99), description="Adam's decay of the gradient and of its square.")
    )
    lbfgs_history: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=20, description="Steps that L-BFGS remembers."
    )
    averaging: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.95,
        description="Decay of the moving average of the iterates; 0 = the last iterate.",
    )
    iterations: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=150, description="Steps of the optimisation."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="Number format inside the backbone; auto = what this machine does best.",
    )

    @field_validator("start")
    @classmethod
    def _known_start(cls, value: str) -> str:
        return _one_of(value, STARTS)

    @field_validator("pretrained")
    @classmethod
    def _known_pretrained(cls, value: str) -> str:
        return _one_of(value, PRETRAINED)

    @model_validator(mode="after")
    def _backbone_has_taps(self) -> Self:
        names = tap_names(self.backbone)
        missing = [
            (field, tap)
            for field in LAYER_FIELDS
            for tap in getattr(self, field)
            if tap not in names
        ]
        if missing:
            raise PydanticCustomError(
                "no_such_tap",
                "{backbone} has no tap {first}",
                {"backbone": self.backbone, "first": missing[0][1], "missing": missing},
            )
        return self


def _one_of(value: str, names: tuple[str, ...]) -> str:
    if value in names or (value.startswith(FILE) and value != FILE):
        return value
    raise PydanticCustomError(
        "not_one_of", "must be one of {listed}", {"listed": ", ".join(names), "names": names}
    )
