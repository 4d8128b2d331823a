"""The parameters of torchvision's networks beyond VGG: out of files, or random."""

import re
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import prod

import numpy as np
import torch

from harness.errors import ParametersError
from harness.spec.networks import network_named
from harness.transfer.graph import COUNTER, cut_graph, unbuilt_network
from harness.transfer.pretrained.state_files import key_list, require_finite

__all__ = ["RandomTensors", "expected_shapes", "pick_tensors"]

Shapes = dict[str, tuple[int, ...]]

_RANDOM_SEED = 0
_HEAD = "classifier"  # what a file of features alone lacks
_FEATURES = "features."

# torchvision's DenseNet files were written before these layers had their present names.
_OLD_DENSE_LAYER = re.compile(r"^(.*denselayer\d+\.(?:norm|conv))\.([12]\..+)$")


@lru_cache
def expected_shapes(name: str) -> Mapping[str, tuple[int, ...]]:
    """Return what a network's taps depend on, by torchvision's keys.

    Raises:
        KeyError: if there is no network of this name.
    """
    last = tuple(network_named(name).nodes)[-1]
    graph = cut_graph(unbuilt_network(name), (last,))
    return {
        key: tuple(value.shape)
        for key, value in graph.state_dict().items()
        if not key.endswith(COUNTER)
    }


def pick_tensors(
    state: Mapping[str, torch.Tensor], name: str, source: str
) -> dict[str, torch.Tensor]:
    """Take what a network's taps depend on out of a state dictionary.

    Args:
        state: torchvision's, whole or of its ``features`` alone.
        name: The network that it must fit.
        source: The file, for messages.

    Returns:
        By torchvision's keys, as float32 tensors of their own.

    Raises:
        ParametersError: if keys or shapes are another network's, or a number is not finite.
    """
    wanted = expected_shapes(name)
    found = _renamed(state, wanted)
    if not any(key.startswith(_HEAD) for key in found):
        wanted = {key: shape for key, shape in wanted.items() if not key.startswith(_HEAD)}
    if not found.keys() & wanted.keys():
        raise ParametersError(
            f"{source} holds none of the parameters of {name}{key_list(state)}; allowed is "
            f"torchvision's state dictionary of {name}"
        )
    for key, shape in wanted.items():
        there = tuple(found[key].shape) if key in found else "missing"
        if there != shape:
            raise ParametersError(
                f"{source} does not fit {name}: {key} is {there}, expected {shape}"
            )
    require_finite(found, wanted, source)
    return {key: found[key].detach().to(torch.float32, copy=True).contiguous() for key in wanted}


def _renamed(
    state: Mapping[str, torch.Tensor], wanted: Mapping[str, object]
) -> dict[str, torch.Tensor]:
    found = {_OLD_DENSE_LAYER.sub(r"\1\2", key): value for key, value in state.items()}
    if not found.keys() & wanted.keys():
        found = {f"{_FEATURES}{key}": value for key, value in found.items()}
    return found


class RandomTensors(Mapping[str, torch.Tensor]):
    """Random parameters of a network, each drawn when it is first asked for.

    Weights are normal with variance 2 / fan-in, biases 0, factors 1; a batch normalisation
    changes next to nothing.

    Reference: He et al. 2015 (arXiv 1502.01852), equation 10.
    """

    def __init__(self, name: str) -> None:
        self._shapes = expected_shapes(name)
        self._drawn: dict[str, torch.Tensor] = {}

    def __getitem__(self, key: str) -> torch.Tensor:
        if key not in self._drawn:
            self._drawn[key] = _random(key, self._shapes[key])
        return self._drawn[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)


def _random(key: str, shape: tuple[int, ...]) -> torch.Tensor:
    if key.endswith("weight") and len(shape) > 1:
        generator = np.random.default_rng((_RANDOM_SEED, zlib.crc32(key.encode())))
        deviation = np.float32(np.sqrt(2 / prod(shape[1:])))
        return torch.from_numpy(generator.standard_normal(shape, dtype=np.float32) * deviation)
    return torch.zeros(shape) if key.endswith(("bias", "running_mean")) else torch.ones(shape)
