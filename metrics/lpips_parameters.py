"""Where LPIPS finds its networks' parameters, and why it may not. Imports nothing heavy."""

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

__all__ = [
    "NETS",
    "LpipsNet",
    "LpipsUnavailableError",
    "lpips_net",
    "lpips_unavailable_reason",
    "trunk_path",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LpipsNet:
    """One of the networks that LPIPS was published for.

    Attributes:
        title: The network's name in sentences.
        file: torchvision's file of ImageNet parameters, version 1.
        shortest_side_px: Smallest short side of a picture.
    """

    title: str
    file: str
    shortest_side_px: int

    @property
    def sha256_prefix(self) -> str:
        """Beginning of the file's SHA-256, which its name carries."""
        return Path(self.file).stem.rsplit("-", 1)[1]


# Files written out because importing torchvision takes seconds; a test compares them with
# torchvision. Shortest sides: Zhang et al. validated on 64 × 64, and AlexNet's last pooling has
# nothing to pool below 63; the other two are torchvision's own minimum of each network.
NETS: Mapping[str, LpipsNet] = MappingProxyType(
    {
        "alex": LpipsNet(title="AlexNet", file="alexnet-owt-7be5be79.pth", shortest_side_px=64),
        "vgg": LpipsNet(title="VGG16", file="vgg16-397923af.pth", shortest_side_px=32),
        "squeeze": LpipsNet(
            title="SqueezeNet", file="squeezenet1_1-b8a52dc0.pth", shortest_side_px=17
        ),
    }
)


class LpipsUnavailableError(RuntimeError):
    """LPIPS cannot be measured here; the message is the reason."""


def lpips_net(net: str) -> LpipsNet:
    """Look one of ``NETS`` up by its name.

    Raises:
        ValueError: there is none of that name; the message has the nearest one and all.
    """
    if net in NETS:
        return NETS[net]
    nearest = difflib.get_close_matches(net, NETS, n=1, cutoff=0.4)
    hint = f"; did you mean {nearest[0]!r}" if nearest else ""
    raise ValueError(f"LPIPS has no network {net!r}{hint}; known: {', '.join(NETS)}")


def trunk_path(torch_home: Path, net: str = "alex") -> Path:
    """Where torch hub keeps a network's ImageNet parameters below ``torch_home``.

    Raises:
        ValueError: ``net`` is none of ``NETS``.
    """
    return torch_home / "hub" / "checkpoints" / lpips_net(net).file


def lpips_unavailable_reason(torch_home: Path, net: str = "alex") -> str | None:
    """Say why LPIPS cannot be measured, or None if it can.

    Reads the whole file: 233 MB for AlexNet, 528 MB for VGG16, 5 MB for SqueezeNet.

    Args:
        torch_home: The folder that ``TORCH_HOME`` names (by default ``~/.cache/torch``).
        net: ``alex``, ``vgg`` or ``squeeze``.

    Raises:
        ValueError: ``net`` is none of ``NETS``.
    """
    path, network = trunk_path(torch_home, net), lpips_net(net)
    if not path.is_file():
        return f"{network.title}'s ImageNet parameters are not cached: no file {path}"
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(network.sha256_prefix):
        return (
            f"{path} is damaged or foreign: its SHA-256 begins with {digest[:8]}, "
            f"that of {network.title}'s ImageNet parameters with {network.sha256_prefix}"
        )
    return None
