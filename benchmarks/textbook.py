"""The loop that tutorials show: VGG features, mean squared errors, autograd and Adam.

It is the baseline of every benchmark of speed: plain PyTorch in float32 with PyTorch's defaults,
neither tuned up nor down.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.spec.backbones import RGB_TAP, backbone_named
from harness.transfer.pretrained.parameters import Parameters

__all__ = ["CONTENT", "STYLE", "Textbook", "textbook"]

STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT = ("relu4_2",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Textbook:
    """What a run of the loop took: seconds before the first step, and those of each step."""

    prepare_s: float
    step_s: list[float]


def textbook(
    parameters: Parameters,
    content: np.ndarray,
    style: np.ndarray,
    *,
    steps: int,
    content_layers: Collection[str] = CONTENT,
    style_layers: Collection[str] = STYLE,
    device: str = "cpu",
) -> Textbook:
    """Optimise a picture and take the time.

    Args:
        parameters: Of a VGG network.
        content: (H, W, 3) uint8, sRGB, at working size; also the start.
        style: The same, of any size.
        steps: Iterations to do.
        content_layers: Taps after ReLUs.
        style_layers: The same; or the picture itself, ``rgb``.
        device: Where it runs.
    """
    begun = time.perf_counter()
    network = _Network(parameters, {*content_layers, *style_layers}, device)
    with torch.no_grad():
        content_features = network(_tensor(content, device))
        style_features = network(_tensor(style, device))
        content_targets = {tap: content_features[tap] for tap in content_layers}
        style_targets = {tap: _gram(style_features[tap]) for tap in style_layers}
    image = nn.Parameter(_tensor(content, device))
    optimizer = torch.optim.Adam([image], lr=0.02)
    _wait(device)
    ends = [time.perf_counter()]
    for _ in range(steps):
        optimizer.zero_grad()
        found = network(image)
        loss = torch.zeros((), device=device)
        for tap in content_layers:
            loss = loss + functional.mse_loss(found[tap], content_targets[tap])
        for tap in style_layers:
            loss = loss + 10 * functional.mse_loss(_gram(found[tap]), style_targets[tap])
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        _wait(device)
        ends.append(time.perf_counter())
    return Textbook(prepare_s=ends[0] - begun, step_s=np.diff(ends).tolist())


class _Network:
    """The convolutions, ReLUs and average poolings up to the deepest of some taps."""

    def __init__(self, parameters: Parameters, taps: set[str], device: str) -> None:
        self._backbone = backbone_named(parameters.backbone)
        self._taps = taps - {RGB_TAP}
        self._layers = {
            name: (weight.to(device), bias.to(device))
            for name, (weight, bias) in parameters.convolutions.items()
        }
        self._mean, self._std = (
            torch.tensor(value, device=device).view(1, 3, 1, 1)
            for value in (parameters.mean, parameters.std)
        )

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        found = {RGB_TAP: image}
        x = (image - self._mean) / self._std
        for convolution in self._backbone.convolutions:
            if self._taps <= found.keys():
                break
            weight, bias = self._layers[convolution.name]
            x = functional.relu(functional.conv2d(x, weight, bias, padding=1))
            found[convolution.relu_name] = x
            if self._backbone.ends_block(convolution.name):
                x = functional.avg_pool2d(x, 2)
        return found


def _gram(features: Tensor) -> Tensor:
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def _tensor(pixels: np.ndarray, device: str) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float().to(device) / 255


def _wait(device: str) -> None:
    """Let a GPU finish what it was given: it works while Python goes on."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
