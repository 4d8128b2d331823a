"""LPIPS with its published parameters, or not at all; nothing is ever downloaded.

Importing this module takes seconds (torch, torchvision); ask ``metrics.lpips_parameters`` first.
"""

import warnings
from pathlib import Path
from typing import Any

import lpips
import numpy as np
import torch

from metrics.lpips_parameters import (
    LpipsUnavailableError,
    lpips_net,
    lpips_unavailable_reason,
    trunk_path,
)
from metrics.pictures import Picture, check_same_size

__all__ = ["Lpips", "LpipsUnavailableError"]


class Lpips:
    """``content/lpips*``: learned perceptual image patch similarity, version 0.1.

    ``content/lpips`` is that by AlexNet, ``content/lpips_vgg`` by VGG16, ``content/lpips_squeeze``
    by SqueezeNet 1.1. Runs on the processor in float32. Holds 10, 59 or 3 MB of parameters and
    takes a second or two to build.

    Args:
        torch_home: The folder that ``TORCH_HOME`` names.
        net: ``alex``, ``vgg`` or ``squeeze``.

    Raises:
        LpipsUnavailableError: the network's published parameters are absent or damaged, or the
            lpips package did not load its own weights as shipped.
        ValueError: ``net`` is none of these.

    Reference:
        Zhang et al. 2018, arXiv 1801.03924, eq. 1, by the lpips package.
    """

    def __init__(self, torch_home: Path, net: str = "alex") -> None:
        self._shortest_side = lpips_net(net).shortest_side_px
        reason = lpips_unavailable_reason(torch_home, net)
        if reason is not None:
            raise LpipsUnavailableError(reason)
        self._network = _network_with_random_trunk(net)
        _check_heads(self._network, net)
        _load_trunk(self._network, trunk_path(torch_home, net))
        self._check_identity()

    def distance(self, a: Picture, b: Picture) -> float:
        """Perceptual distance of two pictures.

        Args:
            a: (H, W, 3) uint8, sRGB, at least 64 pixels on each side for AlexNet, 32 for VGG16 and
                17 for SqueezeNet; none was validated below 64.
            b: The same size.

        Returns:
            0 for equal pictures, about 0.7 for unrelated ones; no upper bound. Symmetric. Depends
            on the size: compare only values of one evaluation size and one network.

        Raises:
            TypeError: a picture is not an array of uint8.
            ValueError: a picture is not (H, W, 3) or below the network's smallest side, or the
                sizes differ.
        """
        check_same_size(a, b)
        if min(a.shape[:2]) < self._shortest_side:
            raise ValueError(
                f"LPIPS needs {self._shortest_side} pixels on each side, got {a.shape}"
            )
        with torch.inference_mode():
            return float(self._network(_batch(a), _batch(b)))

    def _check_identity(self) -> None:
        side = self._shortest_side
        ramp = np.arange(side**2 * 3) % 256
        picture = ramp.astype(np.uint8).reshape(side, side, 3)
        distance = self.distance(picture, picture)
        if distance != 0:
            raise LpipsUnavailableError(f"LPIPS of a picture with itself is {distance}, not 0")


def _batch(picture: Picture) -> torch.Tensor:
    """(1, 3, H, W) float32 in [-1, 1]; feeding [0, 1] is the commonest mistake and goes unseen."""
    return torch.from_numpy(picture / np.float32(127.5) - 1).permute(2, 0, 1)[None]


def _network_with_random_trunk(net: str) -> Any:
    """Build the package's network without a download and without touching the global generator."""
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        # lpips 0.1.4 calls torchvision with the argument `pretrained`, deprecated since 0.13.
        warnings.filterwarnings("ignore", module=r"torchvision\.models\._utils")
        return lpips.LPIPS(net=net, version="0.1", pnet_rand=True, verbose=False)


def _load_trunk(network: Any, path: Path) -> None:
    """Replace the random trunk; ``slice2.3.weight`` there is ``features.3.weight`` in the file."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    own = {name: state[f"features.{name.split('.', 1)[1]}"] for name in network.net.state_dict()}
    network.net.load_state_dict(own, strict=True)


def _check_heads(network: Any, net: str) -> None:
    """Refuse heads that are not those shipped: lpips loads with strict=False, so a miss is silent.

    Raises:
        LpipsUnavailableError: a weight differs from the file, is missing or negative.
    """
    path = Path(lpips.__file__).parent / "weights" / "v0.1" / f"{net}.pth"
    shipped = torch.load(path, map_location="cpu", weights_only=True)
    for index, head in enumerate(network.lins):
        name = f"lin{index}.model.1.weight"
        weight = head.model[1].weight
        if name not in shipped or not torch.equal(weight, shipped[name]) or (weight < 0).any():
            raise LpipsUnavailableError(f"the lpips package did not load {name} from {path}")
