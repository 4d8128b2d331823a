"""Small stand-ins for a backbone's parameters and for pictures."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from harness.spec.backbones import backbone_named
from harness.transfer.pretrained.parameters import Parameters

MakeParameters = Callable[..., Parameters]


def _make_parameters(
    backbone: str = "vgg19", *, channels: int = 6, seed: int = 0, up_to: str | None = None
) -> Parameters:
    """Random filters of so many channels each; ``up_to`` leaves out what lies behind it."""
    generator = np.random.default_rng(seed)
    convolutions, incoming = {}, 3
    for name in backbone_named(backbone).conv_names:
        scale = np.sqrt(2 / (9 * incoming))
        weight = generator.standard_normal((channels, incoming, 3, 3)) * scale
        bias = 0.1 * generator.standard_normal(channels)
        convolutions[name] = (
            torch.tensor(weight, dtype=torch.float32),
            torch.tensor(bias, dtype=torch.float32),
        )
        incoming = channels
        if name == up_to:
            break
    return Parameters(
        backbone=backbone,
        name="tiny",
        identity="tiny",
        convolutions=convolutions,
        learned=frozenset(),
    )


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Two threads gain nothing on tiny tensors and wait for each other on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def make_parameters() -> MakeParameters:
    """A maker of small random parameters."""
    return _make_parameters


@pytest.fixture
def tiny_parameters() -> Parameters:
    """VGG19 with six channels everywhere."""
    return _make_parameters()


@pytest.fixture
def pictures() -> tuple[np.ndarray, np.ndarray]:
    """A content (32, 24, 3) and a style (20, 32, 3), uint8: smooth waves and coarse noise."""
    rows, columns = np.mgrid[0:32, 0:24]
    waves = [np.sin(rows / 5), np.cos(columns / 4), np.sin((rows + columns) / 6)]
    content = np.stack([127.5 + 100 * wave for wave in waves], axis=2).astype(np.uint8)
    blocks = np.random.default_rng(1).integers(0, 256, (5, 8, 3), dtype=np.uint8)
    style = np.ascontiguousarray(blocks.repeat(4, axis=0).repeat(4, axis=1))
    return content, style
