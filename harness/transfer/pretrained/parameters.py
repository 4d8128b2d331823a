"""Load a backbone's parameters: published, from a file, embedded or random."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from harness.errors import ParametersError
from harness.spec.backbones import BACKBONES, Backbone, backbone_named
from harness.spec.networks import network_named
from harness.transfer.pretrained.choice import (
    is_cached,
    parameters_file,
    parameters_identity,
    resolve_pretrained,
)
from harness.transfer.pretrained.conventions import (
    Convention,
    convention_of_keys,
    convention_of_name,
)
from harness.transfer.pretrained.digests import remembered_sha256
from harness.transfer.pretrained.fetch import Progress, fetch_parameters
from harness.transfer.pretrained.kmeans.asset import (
    Asset,
    embedded_bytes,
    layer_arrays,
    read_asset,
)
from harness.transfer.pretrained.network_states import RandomTensors, pick_tensors
from harness.transfer.pretrained.normalisation import IMAGENET_MEAN, IMAGENET_STD
from harness.transfer.pretrained.state_files import load_published_state, load_state
from harness.transfer.pretrained.vgg_states import Convolutions, pick_convolutions, pick_norms

__all__ = [
    "Parameters",
    "is_cached",
    "load_parameters",
    "parameters_identity",
    "resolve_pretrained",
]

_RANDOM_SEED = 0

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The parameters of one backbone.

    Attributes:
        backbone: one of ``backbone_names()``.
        name: ``imagenet``, ``kmeans``, ``random`` or a file's name.
        identity: what ``parameters_identity`` says of them.
        convolutions: of a VGG network, by name, filters (O, I, 3, 3) float32 and biases (O,)
            float32 on the CPU; empty for the other networks.
        learned: the convolutions whose filters were learned from pictures.
        mean: of the input's RGB in [0, 1], subtracted before the first convolution.
        std: of the input's RGB in [0, 1], divided by before the first convolution.
        norms: by convolution, scales (O,) and shifts (O,) float32 of the batch normalisation
            behind it; empty where the network has none.
        tensors: of the other networks, by torchvision's key, float32 on the CPU.
        convention: what the parameters were trained to see: ``torch`` (RGB less ``mean``, over
            ``std``), ``caffe`` (BGR from 0 to 255 less mean) or None, not known.
    """

    backbone: str
    name: str
    identity: str
    convolutions: Mapping[str, tuple[torch.Tensor, torch.Tensor]]
    learned: frozenset[str]
    mean: Triple = IMAGENET_MEAN
    std: Triple = IMAGENET_STD
    norms: Mapping[str, tuple[torch.Tensor, torch.Tensor]] = field(default_factory=dict)
    tensors: Mapping[str, torch.Tensor] = field(default_factory=dict)
    convention: Convention | None = None


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
        choice: ``auto``, ``imagenet``, ``kmeans``, ``random`` or the path of a state dictionary:
            torchvision's (whole, or of its features alone), or for VGG networks Caffe's.
        backbone: one of ``backbone_names()``.
        role: ``engine`` or ``scoring``: which of the embedded parameters ``kmeans`` means.
        download: whether missing ImageNet parameters may be downloaded (hundreds of MiB).
        progress: told of the bytes received by a download.

    Raises:
        ParametersError: if the parameters are missing, damaged or another network's.
        ValueError: if there is no such backbone or role.
    """
    resolved = resolve_pretrained(choice, backbone)
    if resolved == "imagenet" and download:
        fetch_parameters(backbone, progress=progress)
    mean, std = _normalisation(backbone)
    empty = Parameters(
        backbone=backbone,
        name=resolved if resolved in ("imagenet", "kmeans", "random") else Path(resolved).name,
        identity=parameters_identity(resolved, backbone, role=role),
        convolutions={},
        learned=frozenset(),
        mean=mean,
        std=std,
        convention="torch",
    )
    match resolved:
        case "imagenet":
            return _filled(empty, load_published_state(backbone), f"the {backbone} ImageNet file")
        case "kmeans":
            return _embedded(empty, role)
        case "random":
            return _random(empty)
        case path:
            return _from_file(empty, path)


def _normalisation(backbone: str) -> tuple[Triple, Triple]:
    if backbone in BACKBONES:
        return IMAGENET_MEAN, IMAGENET_STD
    network = network_named(backbone)
    return network.mean, network.std


def _filled(empty: Parameters, state: Mapping[str, torch.Tensor], source: str) -> Parameters:
    if empty.backbone not in BACKBONES:
        return replace(empty, tensors=pick_tensors(state, empty.backbone, source))
    shape = backbone_named(empty.backbone)
    return replace(
        empty,
        convolutions=pick_convolutions(state, shape, source),
        norms=pick_norms(state, shape, source),
        learned=frozenset(shape.conv_names),
    )


def _from_file(empty: Parameters, path: str) -> Parameters:
    file = parameters_file(path)
    state = load_state(file)
    convention = convention_of_name(file, remembered_sha256(file))
    if convention is None and empty.backbone in BACKBONES:
        convention = convention_of_keys(state)
    return replace(_filled(empty, state, path), convention=convention)


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


def _embedded(empty: Parameters, role: str) -> Parameters:
    asset, name = read_asset(embedded_bytes(role)), empty.backbone
    if name not in asset.metadata.learned:
        raise ParametersError(
            f"the embedded {role} parameters have no {name}; "
            f"they have {' and '.join(sorted(asset.metadata.learned))}"
        )
    return replace(
        empty,
        convolutions=_LazyLayers(asset, backbone_named(name)),
        learned=frozenset(asset.metadata.learned[name]),
    )


def _random(empty: Parameters) -> Parameters:
    """Draw normal filters of variance 2 / fan-in and no biases: the control without learning.

    A batch normalisation changes next to nothing.

    Reference: He et al. 2015 (arXiv 1502.01852), equation 10, for the filters; He, Wang and
    Hopcroft 2016 (arXiv 1606.04801) for style transfer with them.
    """
    if empty.backbone not in BACKBONES:
        return replace(empty, tensors=RandomTensors(empty.backbone))
    layers, norms = {}, {}
    shape = backbone_named(empty.backbone)
    for one in shape.convolutions:
        generator = np.random.default_rng((_RANDOM_SEED, one.features_index))
        filters = (one.out_channels, one.in_channels, 3, 3)
        deviation = np.float32(np.sqrt(2 / (one.in_channels * 9)))
        weight = generator.standard_normal(filters, dtype=np.float32) * deviation
        zeros = torch.zeros(one.out_channels)
        layers[one.name] = (torch.from_numpy(weight), zeros)
        if shape.batch_norm:
            norms[one.name] = (torch.ones(one.out_channels), zeros)
    return replace(empty, convolutions=layers, norms=norms)
