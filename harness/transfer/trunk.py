"""The trunk: the part of a backbone up to the deepest tap in use, and its gradient."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from harness.spec.backbones import RGB_TAP, Backbone, backbone_named, deepest_conv
from harness.transfer.padding import pad_border
from harness.transfer.pretrained.parameters import Parameters

__all__ = ["Padding", "Pooling", "Trunk"]

Pooling = Literal["max", "avg", "l2"]
Padding = Literal["zeros", "replicate", "reflect"]

L2_EPSILON = 1e-8
"""Added to the mean square under the root of L2 pooling: its gradient is finite at zero."""

_BATCH_NDIM, _RGB_CHANNELS = 4, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """One convolution of the trunk and what happens around it."""

    name: str
    relu_name: str
    weight: Tensor
    bias: Tensor
    pooled_before: bool
    ends_before_relu: bool


class Trunk:
    """Tap features of a picture, and the gradient of the picture from gradients of the taps.

    One picture at a time: :meth:`vjp` belongs to the last :meth:`features`. Objects are not
    shared between threads.

    Args:
        parameters: The backbone's convolutions, and the normalisation its input expects.
        taps: Names of the taps that :meth:`features` returns; nothing behind the deepest one
            is computed.
        pooling: ``max``, ``avg``, or ``l2``: the root mean square over the 2x2 window.
        padding: What surrounds the input of every convolution: ``zeros``, the border itself
            (``replicate``) or its mirror image (``reflect``).
        device: Where the trunk works.
        dtype: ``torch.float32``, or ``torch.bfloat16`` for convolutions and their outputs;
            the picture, its normalisation and its gradient stay float32.

    Raises:
        ValueError: if the backbone lacks a tap, or pooling or padding is unknown.
    """

    def __init__(
        self,
        parameters: Parameters,
        *,
        taps: Iterable[str],
        pooling: Pooling,
        padding: Padding,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        if pooling not in ("max", "avg", "l2"):
            raise ValueError(f"pooling must be max, avg or l2, got {pooling!r}")
        if padding not in ("zeros", "replicate", "reflect"):
            raise ValueError(f"padding must be zeros, replicate or reflect, got {padding!r}")
        self.taps = frozenset(taps)
        self._pooling, self._padding = pooling, padding
        self._device, self._dtype = device, dtype
        self._layers = _cut(parameters, self.taps, device=device, dtype=dtype)
        channels = (1, _RGB_CHANNELS, 1, 1)
        self._mean = torch.tensor(parameters.mean, device=device).view(channels)
        self._std = torch.tensor(parameters.std, device=device).view(channels)
        self._image: Tensor | None = None
        self._outputs: dict[str, Tensor] = {}

    @property
    def minimum_side_px(self) -> int:
        """The smallest height and width that leave something at the deepest tap."""
        poolings = sum(layer.pooled_before for layer in self._layers)
        smallest_map = 2 if self._padding == "reflect" and self._layers else 1
        return int(smallest_map * 2**poolings)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Compute the taps of a picture.

        Args:
            image: (B, 3, H, W) float32 in [0, 1], sRGB, on the trunk's device.

        Returns:
            Tap → (B, C, H', W') of the trunk's dtype, detached; ``rgb`` is the picture itself,
            float32. Not to be changed in place. Under ``torch.no_grad()`` nothing is kept for
            :meth:`vjp`.

        Raises:
            TypeError: if the picture is not float32.
            ValueError: if it is not (B, 3, H, W), or too small for the deepest tap.
        """
        self._check(image)
        self._image = image.detach().requires_grad_(torch.is_grad_enabled())
        self._outputs = self._run(self._image)
        return {tap: output.detach() for tap, output in self._outputs.items()}

    def vjp(self, gradients: Mapping[str, Tensor]) -> Tensor:
        """Gradient of the last picture from gradients of its taps.

        Args:
            gradients: Tap → gradient, shaped like the features; taps may be left out.

        Returns:
            (B, 3, H, W) float32.

        Raises:
            RuntimeError: without a call of :meth:`features` before, which one call uses up.
            ValueError: if a tap is not among the trunk's.
        """
        image, outputs = self._image, self._outputs
        if image is None or not image.requires_grad:
            raise RuntimeError("vjp needs one call of features() with gradients enabled before it")
        self._image, self._outputs = None, {}
        unknown = gradients.keys() - outputs.keys()
        if unknown:
            raise ValueError(f"no tap {sorted(unknown)} in this trunk, only {sorted(outputs)}")
        if not gradients:
            return torch.zeros_like(image)
        wanted = [outputs[tap] for tap in gradients]
        (gradient,) = torch.autograd.grad(wanted, image, list(gradients.values()))
        return gradient

    def _check(self, image: Tensor) -> None:
        if image.dtype != torch.float32:
            raise TypeError(f"image must be float32, got {image.dtype}")
        if image.ndim != _BATCH_NDIM or image.shape[1] != _RGB_CHANNELS:
            raise ValueError(f"image must be (B, 3, H, W), got {tuple(image.shape)}")
        height, width = image.shape[2:]
        if min(height, width) < self.minimum_side_px:
            raise ValueError(
                f"a picture of {width}x{height} pixels is too small for the tap "
                f"{self._layers[-1].relu_name}: each side needs at least "
                f"{self.minimum_side_px} pixels"
            )

    def _run(self, image: Tensor) -> dict[str, Tensor]:
        outputs = {RGB_TAP: image}
        values = ((image - self._mean) / self._std).to(
            self._dtype, memory_format=torch.channels_last
        )
        for layer in self._layers:
            values = self._convolve(layer, self._pool(values) if layer.pooled_before else values)
            outputs[layer.name] = values
            if not layer.ends_before_relu:
                # in place would spoil a tap before the ReLU, and saves time elsewhere
                values = functional.relu(values, inplace=layer.name not in self.taps)
                outputs[layer.relu_name] = values
        return {tap: output for tap, output in outputs.items() if tap in self.taps}

    def _convolve(self, layer: _Layer, values: Tensor) -> Tensor:
        if self._padding == "zeros":
            return functional.conv2d(values, layer.weight, layer.bias, padding=1)
        padded = pad_border(values, self._padding)
        return functional.conv2d(padded, layer.weight, layer.bias)

    def _pool(self, values: Tensor) -> Tensor:
        if self._pooling == "max":
            return functional.max_pool2d(values, 2)
        if self._pooling == "avg":
            return functional.avg_pool2d(values, 2)
        return (functional.avg_pool2d(values.square(), 2) + L2_EPSILON).sqrt()


def _cut(
    parameters: Parameters, taps: frozenset[str], *, device: torch.device, dtype: torch.dtype
) -> tuple[_Layer, ...]:
    backbone = backbone_named(parameters.backbone)
    last = deepest_conv(backbone.name, taps)
    if last is None:
        return ()
    kept = backbone.convolutions[: backbone.conv_names.index(last) + 1]
    layers = []
    for convolution in kept:
        weight, bias = parameters.convolutions[convolution.name]
        layers.append(
            _Layer(
                name=convolution.name,
                relu_name=convolution.relu_name,
                weight=weight.to(device, dtype, memory_format=torch.channels_last),
                bias=bias.to(device, dtype),
                pooled_before=_starts_block(backbone, convolution.name),
                ends_before_relu=convolution.name == last and convolution.relu_name not in taps,
            )
        )
    return tuple(layers)


def _starts_block(backbone: Backbone, name: str) -> bool:
    position = backbone.conv_names.index(name)
    return position > 0 and backbone.ends_block(backbone.conv_names[position - 1])
