"""VGG in float64 by torch's functions alone, and what published code feeds it.

Written from the published code, not from the harness's: nothing of ``harness`` is imported.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

__all__ = [
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "NETWORKS",
    "Network",
    "average_pooling",
    "bgr_less_mean",
    "features",
    "max_pooling",
    "max_pooling_up",
    "normalised",
    "random_state",
    "rgb_less_mean_255",
    "unchanged",
    "unit_rgb",
]

NETWORKS = {
    "vgg16": ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)),
    "vgg19": ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)),
}
"""Channels and convolutions of each block; a pooling follows every block."""

CAFFE_MEAN_BGR = (103.939, 116.779, 123.68)
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

State = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A VGG by name, its pooling, and what its first convolution sees beyond the border."""

    name: str
    pooling: Callable[[Tensor], Tensor]
    replicate_first: bool = False


def random_state(name: str, seed: int) -> dict[str, Tensor]:
    """Draw filters (He 2015) and small biases in torchvision's layout, float32."""
    generator = torch.Generator().manual_seed(seed)
    state, index, incoming = {}, 0, 3
    for channels, count in NETWORKS[name]:
        for _ in range(count):
            weight = torch.randn(channels, incoming, 3, 3, generator=generator)
            state[f"features.{index}.weight"] = weight * (2 / (9 * incoming)) ** 0.5
            state[f"features.{index}.bias"] = torch.randn(channels, generator=generator) * 0.05
            incoming, index = channels, index + 2
        index += 1
    return state


def features(
    network: Network, state: State, picture: Tensor, taps: Iterable[str]
) -> dict[str, Tensor]:
    """Return what comes out at taps such as ``conv4_2`` and ``relu4_2``, each (channels, H, W).

    Args:
        network: Which one.
        state: Its parameters, ``features.N.weight`` and ``features.N.bias``.
        picture: (1, 3, H, W), as the first convolution takes it.
        taps: Names.
    """
    wanted, found = set(taps), {}
    values, index = picture, 0
    for block, (_, count) in enumerate(NETWORKS[network.name], start=1):
        for place in range(1, count + 1):
            mode = "replicate" if index == 0 and network.replicate_first else "constant"
            padded = functional.pad(values, (1, 1, 1, 1), mode=mode)
            weight, bias = (state[f"features.{index}.{kind}"] for kind in ("weight", "bias"))
            values = functional.conv2d(padded, weight.double(), bias.double())
            for kind in ("conv", "relu"):
                values = functional.relu(values) if kind == "relu" else values
                if f"{kind}{block}_{place}" in wanted:
                    found[f"{kind}{block}_{place}"] = values[0]
            if len(found) == len(wanted):
                return found
            index += 2
        values, index = network.pooling(values), index + 1
    raise ValueError(f"no such tap: {sorted(wanted - set(found))}")


def max_pooling(values: Tensor) -> Tensor:
    """Take the maximum of 2 by 2; an odd row or column is left out."""
    return functional.max_pool2d(values, 2)


def max_pooling_up(values: Tensor) -> Tensor:
    """Take the maximum of 2 by 2; an odd row or column makes one of its own (loadcaffe)."""
    return functional.max_pool2d(values, 2, ceil_mode=True)


def average_pooling(values: Tensor) -> Tensor:
    """Take the plain mean of 2 by 2."""
    return functional.avg_pool2d(values, 2)


def unit_rgb(pixels: Tensor) -> Tensor:
    """Return RGB in [0, 1] of (H, W, 3) levels, as (1, 3, H, W)."""
    return pixels.double().permute(2, 0, 1)[None] / 255


def normalised(picture: Tensor) -> Tensor:
    """Return RGB in [0, 1] less ImageNet's mean, over its deviation (torchvision)."""
    mean, std = (torch.tensor(one).double().view(1, 3, 1, 1) for one in _IMAGENET)
    return (picture - mean) / std


_IMAGENET = (IMAGENET_MEAN, IMAGENET_STD)


def bgr_less_mean(
    pixels: Tensor, *, white: float = 255, mean: tuple[float, ...] = CAFFE_MEAN_BGR
) -> Tensor:
    """Return BGR from 0 to ``white`` less the mean of each channel (Caffe)."""
    bgr = unit_rgb(pixels).flip(1) * white
    return bgr - torch.tensor(mean, dtype=torch.float64).view(1, 3, 1, 1)


def rgb_less_mean_255(pixels: Tensor) -> Tensor:
    """Return RGB from 0 to 255 less ImageNet's mean, deviation 1 (A. Gordić)."""
    mean = torch.tensor((123.675, 116.28, 103.53), dtype=torch.float64)
    return unit_rgb(pixels) * 255 - mean.view(1, 3, 1, 1)


def unchanged(picture: Tensor) -> Tensor:
    """Return what is optimised as it is: the network sees it directly."""
    return picture
