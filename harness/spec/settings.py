"""Settings: every knob of one style transfer, fully resolved. Defaults: the ``house`` preset."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from harness.spec.backbones import backbone_names, is_backbone, tap_names
from harness.spec.network_rules import network_clashes
from harness.spec.setting_types import (
    LayerWeights,
    LossWeights,
    NonNegative,
    Positive,
    Share,
    balanced_weights,
)
from harness.spec.settings_rules import clashes_of

__all__ = ["FILE", "LAYER_FIELDS", "PRETRAINED", "Settings"]

FILE = "file:"
"""Prefix of a ``start`` or ``pretrained`` that is read from a file."""

LAYER_FIELDS = ("content_layers", "style_layers")

STARTS = (
    "content",
    "style",
    "noise",
    "gaussian",
    "truncated_normal",
    "style_statistics",
    "gray",
    "stripes",
)
PRETRAINED = ("auto", "imagenet", "kmeans", "random")


def _enumerate_backbones(schema: dict[str, Any]) -> None:
    schema["enum"] = list(backbone_names())


class Settings(BaseModel):
    """Every knob of one style transfer.

    ``start`` is ``content``, ``style``, ``noise`` (uniform), ``gaussian``, ``truncated_normal``,
    ``style_statistics``, ``gray``, ``stripes`` or ``file:PATH``; ``pretrained`` is ``auto``,
    ``imagenet``, ``kmeans``, ``random`` or ``file:PATH``. Layers are a map tap → weight; a tap or
    a list of taps is accepted and means weight 1 each. Knobs that go with one choice of another
    (``lbfgs_history`` with ``optimizer: lbfgs``) do nothing beside the others.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    # the network
    backbone: str = Field(
        default="vgg19",
        description="The network whose features define the losses: a VGG network, or another of "
        "torchvision's classification networks, whose taps are its node names.",
        json_schema_extra=_enumerate_backbones,
    )
    pretrained: str = Field(
        default="auto",
        description="Where the backbone's parameters come from: auto (imagenet if it is on this "
        "machine, else kmeans), imagenet, kmeans, random or file:PATH.",
    )
    preprocessing: Literal[
        "auto", "imagenet", "none", "caffe", "caffe_256", "caffe_swapped", "mean_255"
    ] = Field(
        default="auto",
        description="What the first convolution sees: auto (what the parameters were trained "
        "with), imagenet (RGB in [0, 1] less mean, over deviation), none (RGB in [0, 1]), caffe "
        "(BGR in 0 to 255 less mean), caffe_256 (the same from 0 to 256), caffe_swapped (caffe "
        "with red's mean for blue and blue's for red, as some code has it) or mean_255 (RGB in 0 "
        "to 255 less mean).",
    )
    pooling: Literal["max", "avg", "l2"] = Field(
        default="avg", description="How the backbone pools."
    )
    pooling_scale: Positive = Field(
        default=1.0, description="Factor of every pooled value, to keep magnitudes as with max."
    )
    padding: Literal["zeros", "replicate", "reflect", "replicate_first"] = Field(
        default="replicate",
        description="What the convolutions see beyond the picture's border; replicate_first is "
        "replicate at the first convolution and zeros at the others.",
    )
    # sizes and colours
    image_size: Annotated[int, Field(ge=32, le=8192)] = Field(
        default=256, description="Size of the result in pixels, of the side that size_of names."
    )
    size_of: Literal["long_side", "short_side", "height", "square", "crop"] = Field(
        default="long_side",
        description="What image_size measures; square stretches the pictures to a square, crop "
        "cuts one out of their middle.",
    )
    size_rounding: Literal["nearest", "down"] = Field(
        default="nearest", description="How the other side comes to whole pixels."
    )
    interpolation: Literal[
        "lanczos", "bicubic", "bilinear", "bicubic_aliased", "bilinear_aliased"
    ] = Field(
        default="lanczos",
        description="How pictures are resized; the aliased ones do not average when shrinking.",
    )
    style_size: Literal["own", "content", "never_larger"] = Field(
        default="own",
        description="Size of the style: by the same rule as the content's (own), the same but "
        "never enlarged, or stretched to the content's size.",
    )
    style_scale: Positive = Field(
        default=1.0, description="Factor of the style's size; its strokes grow with it."
    )
    color: Literal["none", "luminance", "histogram", "original"] = Field(
        default="none",
        description="How the content's colours are kept: not at all (none), transfer of the "
        "luminance alone, a style whose histograms are matched to the content's beforehand, or "
        "the content's chroma put back into the result (original).",
    )
    # the losses
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
    layer_combination: Literal["mean", "sum"] = Field(
        default="mean",
        description="How the layers of a loss make one number: their weighted mean or sum.",
    )
    style_layer_scale: Literal["none", "inverse_squared_channels"] = Field(
        default="none", description="Factor of each style layer's weight; C is its channels."
    )
    style_layer_decay: Positive = Field(
        default=1.0,
        description="Each style layer's weight is multiplied by this once for every style layer "
        "before it.",
    )
    content_loss: Literal["mse", "normalized_mse", "half_sum", "scaled_mse"] = Field(
        default="normalized_mse",
        description="mse; normalized_mse divides it by the variance of the target; half_sum is "
        "half the sum of squares; scaled_mse is the sum of squares over that of magnitudes.",
    )
    style_loss: Literal[
        "gram",
        "normalized_gram",
        "gram_elements",
        "gram_raw",
        "gatys",
        "scaled_gram",
        "shifted_gram",
        "covariance",
        "mean",
        "mean_std",
        "wasserstein",
        "sliced_wasserstein",
    ] = Field(
        default="normalized_gram",
        description="What of a layer is compared: its Gram matrix (gram: over positions; "
        "normalized_gram: over the norm of the target; gram_elements: over channels and "
        "positions; gram_raw: neither; gatys: 1/(4N²M²); scaled_gram; shifted_gram: of features "
        "less 1), covariance, channel means, means and deviations, or the Wasserstein distance "
        "of Gaussians or of random projections.",
    )
    tv_loss: Literal[
        "squared",
        "squared_padded",
        "half_squared_sum",
        "l1_sum",
        "isotropic_sum",
        "power_sum",
        "nine_point",
    ] = Field(
        default="squared", description="How total variation measures differences of neighbours."
    )
    tv_power: Positive = Field(default=1.25, description="Exponent of tv_loss: power_sum.")
    weights: Annotated[
        LossWeights,
        BeforeValidator(
            balanced_weights, json_schema_input_type=LossWeights | Literal["balanced"]
        ),
    ] = Field(
        default=LossWeights(),
        description="Weights of the loss terms; with balanced: true that of the style is a factor "
        "of the one at which the gradients of content and style have equal norms.",
    )
    # the start
    start: str = Field(
        default="content",
        description="The picture the optimisation starts from: content, style, noise (uniform), "
        "gaussian, truncated_normal, style_statistics, gray, stripes or file:PATH.",
    )
    start_blend: Share = Field(
        default=0.0, description="Share of the content that is mixed into the start."
    )
    noise_std: NonNegative = Field(
        default=0.25,
        description="Deviation of a gaussian or truncated_normal start, for values in [0, 1].",
    )
    noise_mean: Literal["gray", "imagenet"] = Field(
        default="gray",
        description="Mean of a gaussian or gray start: 0.5, or the mean colour of ImageNet.",
    )
    stripes_period: Annotated[float, Field(ge=2, allow_inf_nan=False)] = Field(
        default=16.0, description="Pixels from one black stripe to the next."
    )
    stripes_angle: Annotated[float, Field(ge=0, lt=180)] = Field(
        default=45.0,
        description="Direction across the stripes in degrees: 0 along a row, 90 down a column.",
    )
    # the optimisation
    optimizer: Literal["adam", "lbfgs"] = Field(
        default="adam", description="Who moves the pixels."
    )
    pixel_range: Positive = Field(
        default=1.0,
        description="Largest pixel value in the optimiser's and total variation's units: 1, or "
        "255 as in Caffe.",
    )
    lr: Positive = Field(
        default=0.02,
        description="Learning rate, for pixel values in [0, pixel_range]; L-BFGS wants about 1.",
    )
    lr_schedule: Literal["constant", "linear", "cosine"] = Field(
        default="constant", description="How the learning rate goes from lr to lr · lr_end."
    )
    lr_end: NonNegative = Field(
        default=0.1, description="Learning rate of the last iteration, as a factor of lr."
    )
    adam_betas: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]] = (
        Field(default=(0.9, 0.99), description="Adam's decay of the gradient and of its square.")
    )
    adam_epsilon: NonNegative = Field(
        default=1e-8, description="What Adam adds to the root of the mean squared gradient."
    )
    adam_form: Literal["paper", "tensorflow"] = Field(
        default="paper",
        description="Whether Adam adds epsilon after the bias correction (paper) or before it.",
    )
    lbfgs_history: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=20, description="Steps that L-BFGS remembers."
    )
    lbfgs_variant: Literal["relative_step", "torch", "scipy"] = Field(
        default="relative_step",
        description="relative_step has a first step of 2.5 levels and no tolerances; torch and "
        "scipy are those libraries' own L-BFGS.",
    )
    lbfgs_line_search: Literal["none", "strong_wolfe"] = Field(
        default="none", description="Line search of lbfgs_variant: torch."
    )
    lbfgs_tolerance_gradient: NonNegative = Field(
        default=0.0, description="L-BFGS ends when no gradient is larger."
    )
    lbfgs_tolerance_change: NonNegative = Field(
        default=0.0, description="L-BFGS ends when loss and pixels change no more than this."
    )
    lbfgs_evaluations: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=20,
        description="Evaluations an iteration of lbfgs_variant: scipy may use; it then restarts.",
    )
    clamp: Literal["auto", "none", "step", "in_closure"] = Field(
        default="auto",
        description="When pixels are clamped to the range of a picture: after every step, in the "
        "evaluation (a fault of the PyTorch tutorial), or in the result only (none); auto is step "
        "for adam, none for lbfgs.",
    )
    averaging: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.95,
        description="Decay of the moving average of the iterates that is the result; 0 = the "
        "last iterate.",
    )
    result: Literal["last", "best_loss", "after_best_loss"] = Field(
        default="last",
        description="Which iterate is the result: the last, that of the lowest loss, or the one "
        "after it (as some code has it); the latter two need averaging: 0.",
    )
    iterations: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=150, description="Steps of the optimisation, at every scale of a pyramid."
    )
    pyramid: Literal["none", "octave", "sqrt2"] = Field(
        default="none", description="Coarse to fine: factor 2 or √2 between the scales."
    )
    pyramid_min: Annotated[int, Field(ge=16, le=8192)] = Field(
        default=128, description="Least image_size of a pyramid's scales, in pixels."
    )
    pyramid_first: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        default=0, description="Iterations at a pyramid's first scale; 0 = as at the others."
    )
    pyramid_carry: bool = Field(
        default=True, description="Whether Adam's moments are carried to the next scale."
    )
    stop_plateau: NonNegative = Field(
        default=0.0,
        description="End when the loss fell by no more than this share of itself over "
        "stop_window iterations; 0 = never.",
    )
    stop_window: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=50, description="Iterations that stop_plateau looks back."
    )
    stop_loss: NonNegative = Field(
        default=0.0, description="End when the total loss is no larger; 0 = never."
    )
    stop_seconds: NonNegative = Field(
        default=0.0, description="End after so many seconds; 0 = never."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="Number format inside the backbone; auto = what this machine does best.",
    )

    @field_validator("backbone")
    @classmethod
    def _known_backbone(cls, value: str) -> str:
        if is_backbone(value):
            return value
        raise PydanticCustomError("no_such_backbone", "must be a backbone", {})

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

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        clashes = [*clashes_of(self), *network_clashes(self)]
        if clashes:
            first = f"{clashes[0].keys[0]}: {clashes[0].message}"
            raise PydanticCustomError(
                "do_not_go_together", "{first}", {"first": first, "clashes": clashes}
            )
        return self


def _one_of(value: str, names: tuple[str, ...]) -> str:
    if value in names or (value.startswith(FILE) and value != FILE):
        return value
    raise PydanticCustomError(
        "not_one_of", "must be one of {listed}", {"listed": ", ".join(names), "names": names}
    )
