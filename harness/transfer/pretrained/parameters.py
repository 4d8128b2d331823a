"""Load a backbone's parameters: published, from a file, embedded or random."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from harness.errors import ParametersError
from harness.spec.backbones import Backbone, backbone_named
from harness.transfer.pretrained.choice import (
    is_cached,
    parameters_file,
    parameters_identity,
    resolve_pretrained,
)
from harness.transfer.pretrained.fetch import Progress, fetch_parameters
from harness.transfer.pretrained.kmeans.asset import (
    Asset,
    embedded_bytes,
    layer_arrays,
    read_asset,
)
from harness.transfer.pretrained.normalisation import IMAGENET_MEAN, IMAGENET_STD
from harness.transfer.pretrained.state_files import (
    Convolutions,
    load_published_state,
    load_state,
    pick_convolutions,
)

__all__ = [
    "Parameters",
    "is_cached",
    "load_parameters",
    "parameters_identity",
    "resolve_pretrained",
]

_RANDOM_SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The parameters of one backbone, all its convolutions.

    Attributes:
        backbone: ``vgg16`` or ``vgg19``.
        name: ``imagenet``, ``kmeans``, ``random`` or a file's name.
        identity: what ``parameters_identity`` says of them.
        convolutions: by name, filters (O, I, 3, 3) float32 and biases (O,) float32 on the CPU.
        learned: the convolutions whose filters were learned from pictures.
        mean: of the input's RGB in [0, 1], subtracted before the first convolution.
        std: of the input's RGB in [0, 1], divided by before the first convolution.
    """

    backbone: str
    name: str
    identity: str
    convolutions: Mapping[str, tuple[torch.Tensor, torch.Tensor]]
    learned: frozenset[str]
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD


def load_parameters(
    choice: str,
    backbone: str,
    *,
    role: str = "engine",
    download: bool = False,
    progress: Progress | None = None,
) -> Parameters:
    """Load the parameters that a choice stands for.

    Args:
        choice: ``auto``, ``imagenet``, ``kmeans``, ``random`` or the path of a torchvision-style
            state dictionary.
        backbone: ``vgg16`` or ``vgg19``.
        role: ``engine`` or ``scoring``: which of the embedded parameters ``kmeans`` means.
        download: whether missing ImageNet parameters may be downloaded (hundreds of MiB).
        progress: told of the bytes received by a download.

    Raises:
        ParametersError: if the parameters are missing, damaged or another network's.
        ValueError: if there is no such backbone or role.
    """
    shape, resolved = backbone_named(backbone), resolve_pretrained(choice, backbone)
    if resolved == "imagenet" and download:
        fetch_parameters(backbone, progress=progress)
    learned = frozenset(shape.conv_names)
    convolutions: Mapping[str, tuple[torch.Tensor, torch.Tensor]]
    match resolved:
        case "imagenet":
            state = load_published_state(backbone)
            convolutions = pick_convolutions(state, shape, f"the {backbone} ImageNet file")
        case "kmeans":
            convolutions, learned = _embedded(shape, role)
        case "random":
            convolutions, learned = _random(shape), frozenset()
        case path:
            convolutions = pick_convolutions(load_state(parameters_file(path)), shape, path)
    return Parameters(
        backbone=backbone,
        name=resolved if resolved in ("imagenet", "kmeans", "random") else Path(resolved).name,
        identity=parameters_identity(resolved, backbone, role=role),
        convolutions=convolutions,
        learned=learned,
    )


class _LazyLayers(Mapping[str, tuple[torch.Tensor, torch.Tensor]]):
    """Layers by name, each built when it is first asked for.

    A trunk ends at its deepest tap; making the random layers beyond it would take longer than
    everything else.
    """

    def __init__(self, asset: Asset, backbone: Backbone) -> None:
        self._asset = asset
        self._backbone = backbone
        self._built: Convolutions = {}

    def __getitem__(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        if name not in self._built:
            names = self._backbone.conv_names
            convolution = self._backbone.convolutions[names.index(name)]
            weight, bias = layer_arrays(self._asset, self._backbone, convolution)
            self._built[name] = torch.from_numpy(weight), torch.from_numpy(bias)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._backbone.conv_names)

    def __len__(self) -> int:
        return len(self._backbone.conv_names)


def _embedded(backbone: Backbone, role: str) -> tuple[_LazyLayers, frozenset[str]]:
    asset = read_asset(embedded_bytes(role))
    if backbone.name not in asset.metadata.learned:
        raise ParametersError(f"the embedded {role} parameters have no {backbone.name}")
    return _LazyLayers(asset, backbone), frozenset(asset.metadata.learned[backbone.name])


def _random(backbone: Backbone) -> Convolutions:
    """Draw normal filters of variance 2 / fan-in and no biases: the control without learning.

    Reference: He et al. 2015 (arXiv 1502.01852), equation 10, for the filters; He, Wang and
    Hopcroft 2016 (arXiv 1606.04801) for style transfer with them.
    """
    layers = {}
    for one in backbone.convolutions:
        generator = np.random.default_rng((_RANDOM_SEED, one.features_index))
        shape = (one.out_channels, one.in_channels, 3, 3)
        deviation = np.float32(np.sqrt(2 / (one.in_channels * 9)))
        weight = generator.standard_normal(shape, dtype=np.float32) * deviation
        layers[one.name] = (torch.from_numpy(weight), torch.zeros(one.out_channels))
    return layers
