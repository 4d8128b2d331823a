"""Make the tables of torchvision's networks that the package ships, so that no plan needs torch.

``python -m harness.transfer.pretrained.network_tables`` writes them anew; a test compares.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.fx import GraphModule, Interpreter, Node

from harness.spec.networks import NETWORKS_FILE
from harness.transfer.graph import (
    BorderedConvolution,
    PoolingLayer,
    cut_graph,
    replace_layers,
    unbuilt_network,
)
from harness.transfer.pretrained.published import PUBLISHED_FILE

__all__ = ["network_table", "published_table", "suitable_networks"]

_MEMBER = "IMAGENET1K_V1"
_OWN_TABLES = "vgg"
_FIXED_SIZE = ("vit_", "swin_", "maxvit_")  # or channels last, which no loss here is made for
_PROBE_PX, _TALLER_PX = 256, 320
_LARGEST_PX = 512


def suitable_networks() -> list[str]:
    """Return torchvision's classification networks that take pictures of any size.

    Those that were only trained on other pictures first are left out.
    """
    others = (name for name in _all_names() if not name.startswith((_OWN_TABLES, *_FIXED_SIZE)))
    models = import_module("torchvision.models")
    return [name for name in others if _MEMBER in models.get_model_weights(name).__members__]


def published_table(name: str) -> list[Any]:
    """Return the member of torchvision's enumeration, the file's name and its size in MiB."""
    weights = _weights(name)
    file_name = weights.url.rpartition("/")[2]
    return [f"{type(weights).__name__}.{weights.name}", file_name, weights.meta["_file_size"]]


def network_table(name: str) -> dict[str, Any]:
    """Return what a plan must know of a network.

    Returns:
        ``mean`` and ``std`` of its input, whether it has a ``max_pooling``, and ``nodes``: by
        name, in the order of the data, [multiplications a pixel of the picture up to there,
        smallest side in pixels, the same with reflected borders] of every node that is a map of
        the picture.
    """
    transforms = _weights(name).transforms()
    names = _node_names(name)
    graph = cut_graph(unbuilt_network(name), names)
    costs = _Measurement(graph).measure(_PROBE_PX, _PROBE_PX).costs
    spatial = [tap for tap in _spatial(graph, names) if costs[tap] > 0]  # behind a convolution
    graph = cut_graph(unbuilt_network(name), spatial)
    plain = _smallest_sides(graph, spatial)
    replaced = cut_graph(unbuilt_network(name), spatial)
    replace_layers(replaced, pooling="avg", pooling_scale=1.0, padding="reflect")
    reflected = _smallest_sides(replaced, spatial)
    pools = any(isinstance(module, PoolingLayer) for module in replaced.modules())
    return {
        "mean": transforms.mean,
        "std": transforms.std,
        "max_pooling": pools or "max_pool2d" in graph.code,
        "nodes": {
            tap: [round(costs[tap] / _PROBE_PX**2), plain[tap], reflected[tap]] for tap in spatial
        },
    }


def _all_names() -> list[str]:
    models = import_module("torchvision.models")
    names: list[str] = models.list_models(module=models)
    return names


def _weights(name: str) -> Any:
    return import_module("torchvision.models").get_model_weights(name)[_MEMBER]


def _node_names(name: str) -> list[str]:
    extraction = import_module("torchvision.models.feature_extraction")
    _, names = extraction.get_graph_node_names(unbuilt_network(name), suppress_diff_warning=True)
    return [one for one in names if one != "x"]  # the picture itself, which is `rgb`


class _Measurement(Interpreter):
    """Follows a picture without numbers through a graph: shapes and multiplications by tap."""

    def __init__(self, module: GraphModule) -> None:
        super().__init__(module)
        (output,) = (node for node in module.graph.nodes if node.op == "output")
        self._taps: dict[Node, list[str]] = {}
        for tap, node in output.args[0].items():
            self._taps.setdefault(node, []).append(tap)
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.costs: dict[str, float] = {}
        self._cost = 0.0
        for layer in module.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear | BorderedConvolution):
                layer.register_forward_hook(self._count)

    def measure(self, height: int, width: int) -> "_Measurement":
        """Follow one picture, as far as its size allows."""
        self.shapes, self.costs, self._cost = {}, {}, 0.0
        with suppress(RuntimeError):  # too small for what comes next
            self.run(torch.empty(1, 3, height, width, device="meta"))
        return self

    def run_node(self, n: Node) -> Any:
        """Run one node and note what came of it."""
        result = super().run_node(n)
        for tap in self._taps.get(n, ()):
            if isinstance(result, Tensor):
                self.shapes[tap], self.costs[tap] = tuple(result.shape), self._cost
        return result

    def _count(self, layer: nn.Module, _inputs: Any, output: Tensor) -> None:
        weight: Any = layer.weight
        self._cost += output.numel() * weight[0].numel()


def _spatial(graph: GraphModule, names: Iterable[str]) -> list[str]:
    """Return the nodes whose features are (B, C, H, W) with rows and columns of the picture."""
    measurement = _Measurement(graph)
    base, taller, wider = (
        measurement.measure(*size).shapes
        for size in (
            (_PROBE_PX, _PROBE_PX),
            (_TALLER_PX, _PROBE_PX),
            (_PROBE_PX, _TALLER_PX),
        )
    )
    found = []
    for name in names:
        one, tall, wide = base.get(name, ()), taller.get(name, ()), wider.get(name, ())
        if len(one) != 4 or one[2] <= 1:  # noqa: PLR2004 - batch, channels, rows, columns
            continue
        rows_grow = tall[:2] == one[:2] and tall[2] > one[2] and tall[3] == one[3]
        columns_grow = wide[:3] == one[:3] and wide[3] > one[3]
        if rows_grow and columns_grow:
            found.append(name)
    return found


def _smallest_sides(graph: GraphModule, taps: Iterable[str]) -> dict[str, int]:
    measurement = _Measurement(graph)

    @cache
    def reached(side: int) -> frozenset[str]:
        return frozenset(measurement.measure(side, side).shapes if side else ())

    def between(small: int, large: int) -> dict[str, int]:
        """Return the smallest sides of the taps that only the larger picture reaches."""
        found = reached(large) - reached(small)
        if not found or large - small == 1:
            return dict.fromkeys(found, large)
        middle = (small + large) // 2
        return between(small, middle) | between(middle, large)

    sides = between(0, _LARGEST_PX)
    missing = set(taps) - sides.keys()
    if missing:
        raise ValueError(f"{sorted(missing)} need more than {_LARGEST_PX} pixels")
    return sides


def _lines(tables: dict[str, Any]) -> Iterator[str]:
    """Yield JSON with one line a network, so that a change of one is a change of one line."""
    for name in sorted(tables):
        content = json.dumps(tables[name], separators=(",", ":"))
        yield f"{json.dumps(name)}: {content}"


def _write(tables: dict[str, Any], path: Path) -> None:
    path.write_text("{\n" + ",\n".join(_lines(tables)) + "\n}\n", encoding="utf-8")


def main() -> None:
    """Write both tables."""
    suitable = suitable_networks()
    families = [name for name in _all_names() if name.startswith(_OWN_TABLES)]
    _write({name: published_table(name) for name in [*families, *suitable]}, PUBLISHED_FILE)
    _write({name: network_table(name) for name in suitable}, NETWORKS_FILE)


if __name__ == "__main__":
    main()
