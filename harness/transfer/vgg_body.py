"""The body of a VGG network up to the deepest tap in use: convolutions, ReLUs and poolings."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from harness.spec.backbones import Backbone, backbone_named, deepest_conv, deepest_tap
from harness.transfer.padding import Border, Padding, border_at, pad_border
from harness.transfer.pooling import Pooling, pool
from harness.transfer.pretrained.parameters import Parameters

__all__ = ["VggBody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """One convolution of the trunk and what happens around it.

    ``scale`` and ``shift`` are those of the batch normalisation between convolution and ReLU,
    (1, C, 1, 1); None where there is none.
    """

    name: str
    norm_name: str
    relu_name: str
    weight: Tensor
    bias: Tensor
    scale: Tensor | None
    shift: Tensor | None
    border: Border | None
    pooled_before: bool


class VggBody:
    """Tap features from what the first convolution sees.

    Args:
        parameters: The network's convolutions.
        taps: What is wanted; nothing behind the deepest one is computed.
        pooling: How every block's end is pooled.
        pooling_scale: Factor of every pooled value.
        padding: What surrounds the input of the convolutions.
        device: Where the parameters lie.
        dtype: Of parameters and features.

    Raises:
        ValueError: if the network lacks a tap.
    """

    def __init__(
        self,
        parameters: Parameters,
        *,
        taps: frozenset[str],
        pooling: Pooling,
        pooling_scale: float,
        padding: Padding,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._taps = taps
        self._pooling, self._pooling_scale = pooling, pooling_scale
        self._layers = _cut(parameters, taps, padding, device=device, dtype=dtype)
        self._last = deepest_tap(parameters.backbone, taps)

    def run(self, values: Tensor) -> dict[str, Tensor]:
        """Compute the taps, all but ``rgb``.

        Args:
            values: (B, 3, H, W), normalised, of the body's dtype.

        Returns:
            Tap → (B, C, H', W'), attached to the graph of the values.
        """
        outputs: dict[str, Tensor] = {}
        for layer in self._layers:
            if layer.pooled_before:
                values = pool(values, self._pooling, scale=self._pooling_scale)
            values = _convolve(layer, values)
            outputs[layer.name] = values
            if self._last == layer.name:
                break
            before_relu = layer.name
            if layer.scale is not None and layer.shift is not None:
                values = values * layer.scale + layer.shift
                outputs[layer.norm_name] = values
                before_relu = layer.norm_name
            if self._last == before_relu:
                break
            # in place would spoil a tap before the ReLU, and saves time elsewhere
            values = functional.relu(values, inplace=before_relu not in self._taps)
            outputs[layer.relu_name] = values
        return {tap: output for tap, output in outputs.items() if tap in self._taps}


def _convolve(layer: _Layer, values: Tensor) -> Tensor:
    if layer.border is None:
        return functional.conv2d(values, layer.weight, layer.bias, padding=1)
    padded = pad_border(values, layer.border)
    return functional.conv2d(padded, layer.weight, layer.bias)


def _cut(
    parameters: Parameters,
    taps: frozenset[str],
    padding: Padding,
    *,
    device: torch.device,
    dtype: torch.dtype,
) -> tuple[_Layer, ...]:
    backbone = backbone_named(parameters.backbone)
    last = deepest_conv(backbone.name, taps)
    if last is None:
        return ()
    kept = backbone.convolutions[: backbone.conv_names.index(last) + 1]
    layers = []
    for position, convolution in enumerate(kept):
        weight, bias = parameters.convolutions[convolution.name]
        scale, shift = parameters.norms.get(convolution.name, (None, None))
        layers.append(
            _Layer(
                name=convolution.name,
                norm_name=convolution.norm_name,
                relu_name=convolution.relu_name,
                weight=weight.to(device, dtype, memory_format=torch.channels_last),
                bias=bias.to(device, dtype),
                scale=_by_channel(scale, device, dtype),
                shift=_by_channel(shift, device, dtype),
                border=border_at(padding, first=position == 0),
                pooled_before=_starts_block(backbone, convolution.name),
            )
        )
    return tuple(layers)


def _by_channel(values: Tensor | None, device: torch.device, dtype: torch.dtype) -> Tensor | None:
    return values.to(device, dtype).view(1, -1, 1, 1) if values is not None else None


def _starts_block(backbone: Backbone, name: str) -> bool:
    position = backbone.conv_names.index(name)
    return position > 0 and backbone.ends_block(backbone.conv_names[position - 1])
