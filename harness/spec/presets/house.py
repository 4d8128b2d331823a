"""Our own settings: the defaults of every knob."""

from types import MappingProxyType

from harness.spec.presets.preset import Preset
from harness.spec.settings import Settings

__all__ = ["HOUSE"]

_GATYS = "Gatys, Ecker, Bethge 2016"
_CROWSON = "K. Crowson's style-transfer-pytorch"

HOUSE = Preset(
    name="house",
    summary="our own: losses normalised by their targets, so weights mean the same everywhere",
    settings=Settings(),
    sources=MappingProxyType(
        {
            "backbone": f"{_GATYS}, section 2",
            "pretrained": "ours: ImageNet parameters if they are on this machine, else kmeans",
            "preprocessing": "ours: what the parameters were trained with",
            "pooling": f"{_GATYS}, section 2",
            "padding": f"{_CROWSON}, where it is in the first layer only",
            "image_size": "ours: about a minute a picture on two CPU cores",
            "size_of": _CROWSON,
            "size_rounding": _CROWSON,
            "interpolation": "ours: the sharpest of Pillow's filters; the result shows it",
            "style_size": "ours: content and style by one rule",
            "content_layers": f"{_GATYS}, section 3 (conv4_2), after its ReLU as in {_CROWSON}",
            "style_layers": f"{_GATYS}, section 3; rgb is ours and keeps colours the style's own",
            "layer_combination": "ours: one more layer does not change the balance",
            "content_loss": "ours: mean squared error over the variance of the target",
            "style_loss": "ours: squared norm of the difference of Grams over the target's",
            "tv_loss": "Mahendran and Vedaldi 2015, equation 6 with beta 2, as a mean",
            "weights": "ours: chosen by eye on the embedded backbone",
            "start": "L. Gatys's notebook PytorchNeuralStyleTransfer",
            "optimizer": _CROWSON,
            "pixel_range": _CROWSON,
            "lr": _CROWSON,
            "adam_betas": _CROWSON,
            "adam_epsilon": f"{_CROWSON}, PyTorch's default",
            "adam_form": f"{_CROWSON}, as PyTorch has it",
            "lbfgs_history": "ours; in use with optimizer: lbfgs only",
            "lbfgs_variant": "ours; in use with optimizer: lbfgs only",
            "clamp": f"{_CROWSON}, which clamps with Adam and not with L-BFGS",
            "averaging": f"{_CROWSON}, with a shorter memory for fewer iterations",
            "result": f"{_CROWSON}, the last average",
            "iterations": "ours: about a minute a picture on two CPU cores",
            "precision": "ours: bfloat16 where the machine has units for it, else float32",
        }
    ),
)
