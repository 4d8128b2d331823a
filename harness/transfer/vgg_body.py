"""The body of a VGG network up to the deepest tap in use: convolutions, ReLUs and poolings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from harness.spec.backbones import Backbone, backbone_named, deepest_conv, deepest_tap
from harness.transfer.convolution import Convolution
from harness.transfer.padding import Padding, border_at
from harness.transfer.pooling import Pooling, pool
from harness.transfer.pretrained.parameters import Parameters

__all__ = ["VggBody"]

_Pull = Callable[[Tensor], Tensor]
"""Gradient of a step's output in, to be overwritten, gradient of its input out; called once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Layer:
    """One convolution of the trunk and what happens around it.

    ``scale`` and ``shift`` are those of the batch normalisation between convolution and ReLU,
    (1, C, 1, 1); None where there is none.
    """

    name: str
    norm_name: str
    relu_name: str
    convolution: Convolution
    scale: Tensor | None
    shift: Tensor | None
    pooled_before: bool


class _Tape:
    """What was computed at the taps, and how gradients go back through every step."""

    def __init__(self, taps: frozenset[str], *, keeps: bool) -> None:
        self.outputs: dict[str, Tensor] = {}
        self._taps, self._keeps = taps, keeps
        self._steps: list[tuple[str, _Pull]] = []

    def note(self, tap: str, output: Tensor, pull: _Pull) -> Tensor:
        """Take a step's output in, and return it; the tap of a pooling is empty."""
        if tap in self._taps:
            self.outputs[tap] = output
        if self._keeps:
            self._steps.append((tap, pull))
        return output

    def pulled(self, gradients: Mapping[str, Tensor]) -> Tensor | None:
        """Gradient of the first step's input; frees every step on the way. None without any."""
        found: Tensor | None = None
        while self._steps:
            tap, pull = self._steps.pop()
            if tap in gradients:  # steps overwrite what they are given: a copy of the first
                found = gradients[tap].clone() if found is None else found.add_(gradients[tap])
            if found is not None:
                found = pull(found)
        return found


class VggBody:
    """Tap features from what the first convolution sees, and their gradient written by hand.

    Autograd keeps what a gradient of the parameters would need, and reads and writes every map
    more often. Here a step keeps its ReLU's output at most.

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
        self._tape = _Tape(taps, keeps=False)

    def features(self, values: Tensor) -> dict[str, Tensor]:
        """Compute the taps, all but ``rgb``.

        Args:
            values: (B, 3, H, W), normalised, of the body's dtype, channels last in memory.

        Returns:
            Tap → (B, C, H', W'), detached. Under ``torch.no_grad()`` nothing is kept for
            :meth:`vjp`.
        """
        tape = _Tape(self._taps, keeps=torch.is_grad_enabled())
        with torch.no_grad():
            for layer in self._layers:
                values = self._run(layer, values, tape)
        outputs, tape.outputs = tape.outputs, {}
        self._tape = tape
        return outputs

    def vjp(self, gradients: Mapping[str, Tensor]) -> Tensor:
        """Gradient of the last values from gradients of their taps, at least one.

        Args:
            gradients: Tap → gradient, shaped like the features.

        Returns:
            (B, 3, H, W) of the body's dtype.
        """
        with torch.no_grad():
            gradient = self._tape.pulled(gradients)
        if gradient is None:
            raise RuntimeError("vjp needs one call of features() before it, and a gradient")
        return gradient

    def _run(self, layer: _Layer, values: Tensor, tape: _Tape) -> Tensor:
        """Compute one layer, up to the deepest tap."""
        if layer.pooled_before:
            values = tape.note("", *_pooled(values, self._pooling, self._pooling_scale))
        convolution, scale, shift = layer.convolution, layer.scale, layer.shift
        if scale is None and layer.name not in self._taps:
            output = convolution(values, relu=True)
            return tape.note(layer.relu_name, output, _through_both(convolution, output))
        values = tape.note(layer.name, convolution(values, relu=False), convolution.input_gradient)
        before_relu = layer.name
        if self._last != before_relu and scale is not None and shift is not None:
            before_relu = layer.norm_name
            values = tape.note(before_relu, values * scale + shift, partial(torch.mul, scale))
        if self._last == before_relu:
            return values
        # in place would spoil a tap before the ReLU, and saves time elsewhere
        output = values.relu() if before_relu in self._taps else values.relu_()
        return tape.note(layer.relu_name, output, partial(_through_relu, output=output))


def _through_relu(gradient: Tensor, *, output: Tensor) -> Tensor:
    torch.ops.aten.threshold_backward.grad_input(gradient, output, 0, grad_input=gradient)
    return gradient


def _through_both(convolution: Convolution, output: Tensor) -> _Pull:
    return lambda gradient: convolution.input_gradient(_through_relu(gradient, output=output))


def _pooled(values: Tensor, pooling: Pooling, scale: float) -> tuple[Tensor, _Pull]:
    with torch.enable_grad():
        leaf = values.detach().requires_grad_()
        pooled = pool(leaf, pooling, scale=scale)
    return pooled.detach(), lambda gradient: torch.autograd.grad(pooled, leaf, gradient)[0]


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
                convolution=Convolution(
                    weight,
                    bias,
                    border=border_at(padding, first=position == 0),
                    device=device,
                    dtype=dtype,
                ),
                scale=_by_channel(scale, device, dtype),
                shift=_by_channel(shift, device, dtype),
                pooled_before=_starts_block(backbone, convolution.name),
            )
        )
    return tuple(layers)


def _by_channel(values: Tensor | None, device: torch.device, dtype: torch.dtype) -> Tensor | None:
    return values.to(device, dtype).view(1, -1, 1, 1) if values is not None else None


def _starts_block(backbone: Backbone, name: str) -> bool:
    position = backbone.conv_names.index(name)
    return position > 0 and backbone.ends_block(backbone.conv_names[position - 1])
