"""Parameter files that torchvision publishes, and where torch keeps them on this machine.

No torch is imported here: planning a sweep must know whether parameters are cached, and what
they are called, within milliseconds.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from urllib.parse import urlsplit

__all__ = [
    "PUBLISHED",
    "PUBLISHED_FILE",
    "PublishedFile",
    "checkpoint_folder",
    "imagenet_source",
    "published_file",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFile:
    """One file of ImageNet parameters, as torchvision names and sizes it."""

    weights: str  # the member of torchvision's enumeration
    file_name: str
    size_mib: float

    @property
    def sha256_prefix(self) -> str:
        """The published beginning of the file's SHA-256: what follows ``-`` in its name."""
        return PurePosixPath(self.file_name).stem.rpartition("-")[2]

    @property
    def path(self) -> Path:
        """Where the file lies, or belongs, on this machine."""
        return checkpoint_folder() / self.file_name


PUBLISHED_FILE = Path(__file__).with_name("data") / "published.json"


def _read() -> dict[str, PublishedFile]:
    tables = json.loads(PUBLISHED_FILE.read_text(encoding="utf-8"))
    return {
        name: PublishedFile(weights=weights, file_name=file_name, size_mib=size_mib)
        for name, (weights, file_name, size_mib) in tables.items()
    }


# Names and sizes as torchvision 0.21 to 0.30 state them (a test compares): reading them from
# torchvision takes five seconds. Made by ``network_tables``.
PUBLISHED: Mapping[str, PublishedFile] = MappingProxyType(_read())


def published_file(name: str) -> PublishedFile:
    """Return the published file of a network.

    Raises:
        ValueError: if there is none of this name.
    """
    if name not in PUBLISHED:
        raise ValueError(f"no published parameters {name!r}; there are {', '.join(PUBLISHED)}")
    return PUBLISHED[name]


def checkpoint_folder() -> Path:
    """Where ``torch.hub`` keeps checkpoints: ``TORCH_HOME`` before ``XDG_CACHE_HOME``."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", str(Path(cache) / "torch"))
    return Path(home).expanduser() / "hub" / "checkpoints"


def imagenet_source(name: str) -> tuple[str, str]:
    """Ask torchvision for the address and the file name of published parameters.

    Imports torchvision (seconds); only a download needs it.
    """
    models = import_module("torchvision.models")
    address = str(models.get_weight(published_file(name).weights).url)
    return address, PurePosixPath(urlsplit(address).path).name
