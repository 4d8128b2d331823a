"""Features of a picture in the evaluator's network, always on the CPU in float32."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from harness.scoring.evaluators import EvaluatorSpec, torch_home
from harness.transfer.pretrained.normalisation import IMAGENET_MEAN, IMAGENET_STD
from harness.transfer.pretrained.parameters import load_parameters
from harness.transfer.pretrained.state_files import load_published_state
from harness.transfer.trunk import Trunk

if TYPE_CHECKING:
    from metrics.lpips_distance import Lpips

__all__ = ["Features", "alexnet_taps", "features_of", "lpips_network"]

Features = dict[str, np.ndarray]
Network = Callable[[Tensor], Mapping[str, Tensor]]

# Indices of the ReLUs in torchvision's AlexNet.features: the five taps of LPIPS.
ALEXNET_RELUS = {1: "relu1", 4: "relu2", 7: "relu3", 9: "relu4", 11: "relu5"}


def features_of(picture: np.ndarray, evaluator: EvaluatorSpec) -> tuple[Features, Features]:
    """Return the features (C, H, W) by tap: those of the style taps, those of the content taps.

    Args:
        picture: (H, W, 3) uint8, sRGB, at the evaluation size.
        evaluator: The evaluator whose network is asked.
    """
    network = _network(evaluator.kind, evaluator.style_taps + evaluator.content_taps)
    image = torch.from_numpy(picture.astype(np.float32) / 255).permute(2, 0, 1)[None]
    with torch.no_grad():
        taps = network(image)
    found = {name: value[0].numpy() for name, value in taps.items()}
    return (
        {tap: found[tap] for tap in evaluator.style_taps},
        {tap: found[tap] for tap in evaluator.content_taps},
    )


@lru_cache(maxsize=2)
def _network(kind: str, taps: tuple[str, ...]) -> Network:
    if kind == "imagenet-alexnet":
        return alexnet_taps(load_published_state("alexnet"))
    embedded = kind == "kmeans"
    parameters = load_parameters(
        "kmeans" if embedded else "imagenet", "vgg19", role="scoring" if embedded else "engine"
    )
    trunk = Trunk(
        parameters,
        taps=taps,
        pooling="avg" if embedded else "max",  # as each of them was made
        padding="replicate" if embedded else "zeros",
        device=torch.device("cpu"),
        dtype=torch.float32,
    )
    return trunk.features


def alexnet_taps(state: Mapping[str, Tensor]) -> Network:
    """Return AlexNet up to its last convolution, as a function from picture to taps.

    Args:
        state: torchvision's state dictionary.

    Reference:
        Krizhevsky 2014 (arXiv 1404.5997), as in torchvision.models.alexnet.
    """
    from torchvision.models import alexnet  # noqa: PLC0415 - costs 5 s, and is often not needed

    model = alexnet(weights=None)
    model.load_state_dict(dict(state))
    layers = model.features.eval().requires_grad_(requires_grad=False)
    mean, std = (torch.tensor(value).view(1, 3, 1, 1) for value in (IMAGENET_MEAN, IMAGENET_STD))

    def network(image: Tensor) -> dict[str, Tensor]:
        x, found = (image - mean) / std, {}
        for index, layer in enumerate(layers):
            x = layer(x)
            if index in ALEXNET_RELUS:
                found[ALEXNET_RELUS[index]] = x.clone()  # the ReLUs of torchvision are in place
        return found

    return network


@lru_cache(maxsize=3)
def lpips_network(net: str) -> "Lpips":
    """Return LPIPS with its published parameters, loaded once.

    Args:
        net: ``alex``, ``vgg`` or ``squeeze``.

    Raises:
        LpipsUnavailableError: They are not on this machine.
    """
    from metrics.lpips_distance import Lpips  # noqa: PLC0415 - costs 5 s, and is often absent

    return Lpips(torch_home(), net)
