"""torchvision's classification networks as tables: nodes, their cost and size, without torch.

The tables are made by ``harness.transfer.pretrained.network_tables``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

__all__ = [
    "NETWORKS_FILE",
    "Network",
    "NetworkNode",
    "last_nodes",
    "network_named",
    "network_names",
]

NETWORKS_FILE = Path(__file__).with_name("data") / "networks.json"

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkNode:
    """One place of a network whose features are maps of the picture.

    Attributes:
        multiplications: By convolutions up to here, for each pixel of the picture.
        smallest_side_px: Smallest height and width of a picture that leaves something here.
        smallest_reflected_px: The same with reflected borders.
    """

    multiplications: int
    smallest_side_px: int
    smallest_reflected_px: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network of torchvision.

    Attributes:
        name: torchvision's.
        mean: Of the input's RGB in [0, 1], subtracted before the first layer.
        std: Divided by before the first layer.
        max_pooling: Whether it has a maximum pooling that another can replace.
        nodes: By torchvision's node name, in the order of the data.
    """

    name: str
    mean: Triple
    std: Triple
    max_pooling: bool
    nodes: Mapping[str, NetworkNode]


def network_names() -> tuple[str, ...]:
    """Return the names of all networks in the tables."""
    return tuple(_tables())


@lru_cache
def network_named(name: str) -> Network:
    """Return a network.

    Raises:
        KeyError: if there is none of this name.
    """
    table = _tables()[name]
    nodes = {
        node: NetworkNode(multiplications=cost, smallest_side_px=side, smallest_reflected_px=more)
        for node, (cost, side, more) in table["nodes"].items()
    }
    return Network(
        name=name,
        mean=_triple(table["mean"]),
        std=_triple(table["std"]),
        max_pooling=table["max_pooling"],
        nodes=MappingProxyType(nodes),
    )


def last_nodes(name: str) -> list[str]:
    """Return the last node of every part of a network, where hundreds would be too many to list.

    Raises:
        KeyError: if there is no network of this name.
    """
    last = {}
    for node in network_named(name).nodes:
        part, *inner = node.split(".")
        last[(part, *inner[:1]) if part == "features" else (part,)] = node
    return list(last.values())


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    tables: dict[str, Any] = json.loads(NETWORKS_FILE.read_text(encoding="utf-8"))
    return tables


def _triple(values: list[float]) -> Triple:
    red, green, blue = values
    return red, green, blue
