"""Named settings with the source of each value."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from harness.spec.settings import Settings

__all__ = ["PRESETS", "Preset"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Settings with a name; ``sources`` says, by field of the settings, where values come from."""

    name: str
    summary: str
    settings: Settings
    sources: Mapping[str, str]

    def source_of(self, key: str) -> str:
        """Return where the value at a dotted key comes from, such as ``weights.style``.

        Raises:
            KeyError: there is no such setting.
        """
        return self.sources[key.split(".", 1)[0]]


_GATYS = "Gatys, Ecker, Bethge 2016"
_CROWSON = "K. Crowson's style-transfer-pytorch"

_HOUSE = Preset(
    name="house",
    summary="our own: losses normalised by their targets, so weights mean the same everywhere",
    settings=Settings(),
    sources=MappingProxyType(
        {
            "backbone": f"{_GATYS}, section 2",
            "pretrained": "ours: ImageNet parameters if they are on this machine, else kmeans",
            "pooling": f"{_GATYS}, section 2",
            "padding": f"{_CROWSON}, where it is in the first layer only",
            "image_size": "ours: about a minute a picture on two CPU cores",
            "content_layers": f"{_GATYS}, section 3 (conv4_2), after its ReLU as in {_CROWSON}",
            "style_layers": f"{_GATYS}, section 3; rgb is ours and keeps colours the style's own",
            "content_loss": "ours: mean squared error over the variance of the target",
            "style_loss": "ours: squared norm of the difference of Grams over the target's",
            "weights": "ours: chosen by eye on the embedded backbone",
            "start": "L. Gatys's notebook PytorchNeuralStyleTransfer",
            "optimizer": _CROWSON,
            "lr": _CROWSON,
            "adam_betas": _CROWSON,
            "lbfgs_history": "ours; in use with optimizer: lbfgs only",
            "averaging": f"{_CROWSON}, with a shorter memory for fewer iterations",
            "iterations": "ours: about a minute a picture on two CPU cores",
            "precision": "ours: bfloat16 where the machine has units for it, else float32",
        }
    ),
)

PRESETS: Mapping[str, Preset] = MappingProxyType({_HOUSE.name: _HOUSE})
"""Every preset by name."""
