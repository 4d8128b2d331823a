"""The body of one of torchvision's networks up to the deepest tap in use."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from harness.errors import ParametersError
from harness.spec.backbones import RGB_TAP, tap_names
from harness.transfer.graph import COUNTER, cut_graph, replace_layers, unbuilt_network
from harness.transfer.padding import Padding
from harness.transfer.pooling import Pooling
from harness.transfer.pretrained.parameters import Parameters

__all__ = ["GraphBody"]


class GraphBody:
    """Tap features from what the first layer sees.

    Args:
        parameters: The network's.
        taps: torchvision's names of the nodes that are wanted; nothing else is computed.
        pooling: What stands in for the network's maximum poolings.
        pooling_scale: Factor of every value that they pool.
        padding: What surrounds the input of the convolutions that see beyond the border.
        device: Where the parameters lie.
        dtype: Of parameters and features.

    Raises:
        ParametersError: if a parameter that the taps need is missing.
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
        name = parameters.backbone
        wanted = [tap for tap in tap_names(name) if tap in taps and tap != RGB_TAP]
        self._values: Tensor = torch.empty(0)
        self._outputs: dict[str, Tensor] = {}
        self._graph: nn.Module = nn.Identity()
        if not wanted:
            return
        graph = cut_graph(unbuilt_network(name), wanted)
        replace_layers(graph, pooling=pooling, pooling_scale=pooling_scale, padding=padding)
        keys = graph.state_dict().keys()
        missing = [key for key in keys - parameters.tensors.keys() if not key.endswith(COUNTER)]
        if missing:
            raise ParametersError(
                f"{parameters.name} has no {min(missing)}, which the taps {', '.join(wanted)} of "
                f"{name} need"
            )
        numbers = {key: parameters.tensors.get(key, torch.zeros(())) for key in keys}
        graph.load_state_dict(numbers, assign=True)
        graph.requires_grad_(requires_grad=False)
        self._graph = graph.to(device, dtype).to(memory_format=torch.channels_last)

    def features(self, values: Tensor) -> dict[str, Tensor]:
        """Compute the taps, all but ``rgb``.

        Args:
            values: (B, 3, H, W), normalised, of the body's dtype.

        Returns:
            Tap → (B, C, H', W'), detached. Under ``torch.no_grad()`` nothing is kept for
            :meth:`vjp`.
        """
        self._values = values.detach().requires_grad_(torch.is_grad_enabled())
        self._outputs = dict(self._graph(self._values))
        return {tap: output.detach() for tap, output in self._outputs.items()}

    def vjp(self, gradients: Mapping[str, Tensor]) -> Tensor:
        """Gradient of the last values from gradients of their taps, at least one.

        Args:
            gradients: Tap → gradient, shaped like the features.

        Returns:
            (B, 3, H, W) of the body's dtype.
        """
        outputs, self._outputs = self._outputs, {}
        wanted = [outputs[tap] for tap in gradients]
        (gradient,) = torch.autograd.grad(wanted, self._values, list(gradients.values()))
        return gradient
