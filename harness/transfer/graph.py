"""torchvision's classification networks as graphs, cut at taps and open to other poolings.

Nothing here writes into a tensor in place, so that a tap before a ReLU is not what comes after it.
"""

import warnings
from collections.abc import Collection, Iterable
from importlib import import_module
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.fx import GraphModule, Node
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from harness.transfer.padding import Border, Padding, border_at, pad_border
from harness.transfer.pooling import Pooling, pool

__all__ = [
    "COUNTER",
    "BorderedConvolution",
    "PoolingLayer",
    "cut_graph",
    "replace_layers",
    "unbuilt_network",
]

COUNTER = "num_batches_tracked"
"""End of the key of a batch normalisation's counter, which is of use in training only."""

_OWN_ARGUMENTS: dict[str, dict[str, Any]] = {
    # Both see, under their published parameters, channels that they normalise again themselves.
    "googlenet": {"transform_input": True, "aux_logits": False, "init_weights": False},
    "inception_v3": {"transform_input": True, "aux_logits": False, "init_weights": False},
}
_MAKERS = (torch.empty, torch.ones, torch.zeros)


class PoolingLayer(nn.Module):
    """Another pooling over the windows of a maximum pooling."""

    def __init__(self, replaced: nn.MaxPool2d, pooling: Pooling, scale: float) -> None:
        super().__init__()
        self._pooling, self._scale = pooling, scale
        self._windows: dict[str, Any] = {
            "kernel": replaced.kernel_size,
            "stride": replaced.stride,
            "padding": replaced.padding,
            "ceil": replaced.ceil_mode,
        }

    def forward(self, values: Tensor) -> Tensor:
        """Pool (B, C, H, W)."""
        return pool(values, self._pooling, scale=self._scale, **self._windows)


class BorderedConvolution(nn.Module):
    """A convolution that sees copies of the border, where the replaced one saw zeros."""

    def __init__(self, replaced: nn.Conv2d, border: Border) -> None:
        super().__init__()
        self.weight, self.bias = replaced.weight, replaced.bias
        self._border = border
        self._width = cast("tuple[int, int]", replaced.padding)
        self._options: dict[str, Any] = {
            "stride": replaced.stride,
            "dilation": replaced.dilation,
            "groups": replaced.groups,
        }

    def forward(self, values: Tensor) -> Tensor:
        """Convolve (B, C, H, W)."""
        padded = pad_border(values, self._border, self._width)
        return functional.conv2d(padded, self.weight, self.bias, **self._options)


class _Numberless(TorchFunctionMode):
    """Puts new layers on the ``meta`` device, where they cost neither time nor memory.

    ``torch.device("meta")`` would take with it what some networks compute to find their sizes.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call a function of torch; what makes layers makes them without numbers."""
        del types
        changed = dict(kwargs or {})
        if func in _MAKERS:
            changed["device"] = "meta"
        return func(*args, **changed)


def unbuilt_network(name: str) -> nn.Module:
    """Return a network of torchvision without numbers (on torch's ``meta`` device), for use.

    Raises:
        ValueError: if torchvision has none of this name.
    """
    models = import_module("torchvision.models")
    with _Numberless(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model: nn.Module = models.get_model(name, weights=None, **_OWN_ARGUMENTS.get(name, {}))
    for module in cast("Iterable[Any]", model.modules()):
        if hasattr(module, "inplace"):
            module.inplace = False
    return model.eval().requires_grad_(requires_grad=False)


def cut_graph(model: nn.Module, taps: Collection[str]) -> GraphModule:
    """Return what a network needs for these nodes, as a module that returns node → features.

    Raises:
        ValueError: if the network has no such node.
    """
    extraction = import_module("torchvision.models.feature_extraction")
    graph_module: GraphModule = extraction.create_feature_extractor(
        model,
        train_return_nodes=dict(zip(taps, taps, strict=True)),
        eval_return_nodes=dict(zip(taps, taps, strict=True)),
        suppress_diff_warning=True,
    )
    graph_module.eval()
    for node in graph_module.graph.nodes:
        if "inplace" in node.kwargs:
            node.kwargs = {**node.kwargs, "inplace": False}
    graph_module.recompile()
    return graph_module


def replace_layers(
    graph_module: GraphModule, *, pooling: Pooling, pooling_scale: float, padding: Padding
) -> None:
    """Put other poolings for the maximum poolings, and other borders around convolutions.

    Args:
        graph_module: What :func:`cut_graph` returned; changed in place.
        pooling: ``max`` with a scale of 1 changes nothing.
        pooling_scale: Factor of every pooled value.
        padding: ``zeros`` changes nothing.
    """
    first = True
    for name, module in list(graph_module.named_modules()):
        if isinstance(module, nn.MaxPool2d) and (pooling, pooling_scale) != ("max", 1.0):
            _set(graph_module, name, PoolingLayer(module, pooling, pooling_scale))
        elif isinstance(module, nn.Conv2d):
            border = border_at(padding, first=first)
            first = False
            if border is not None and module.padding != (0, 0):
                _set(graph_module, name, BorderedConvolution(module, border))
    for node in list(graph_module.graph.nodes):
        if node.op == "call_function" and node.target is functional.max_pool2d:
            _replace_function(node, pooling, pooling_scale)
    graph_module.recompile()


def _set(module: nn.Module, name: str, replacement: nn.Module) -> None:
    parent, _, child = name.rpartition(".")
    setattr(module.get_submodule(parent), child, replacement)


def _replace_function(node: Node, pooling: Pooling, scale: float) -> None:
    names = ("kernel", "stride", "padding")
    given = dict(zip(names, node.args[1:], strict=False)) | {
        name.removesuffix("_size"): value
        for name, value in node.kwargs.items()
        if name.removesuffix("_size") in names
    }
    given.setdefault("stride", given["kernel"])
    node.target = pool
    node.args = (node.args[0], pooling)
    node.kwargs = {**given, "scale": scale, "ceil": bool(node.kwargs.get("ceil_mode", False))}
