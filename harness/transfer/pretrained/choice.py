"""What a choice of parameters means on this machine, without importing torch.

A choice is ``auto``, ``imagenet``, ``kmeans``, ``random`` or a file, as its path or
``file:PATH``.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

from harness.errors import ParametersError
from harness.spec.backbones import backbone_named
from harness.spec.settings import FILE
from harness.transfer.pretrained.kmeans.asset import embedded_bytes, read_asset, read_digest
from harness.transfer.pretrained.published import published_file

__all__ = [
    "RANDOM_VERSION",
    "file_sha256",
    "imagenet_identity",
    "is_cached",
    "learned_convolutions",
    "parameters_file",
    "parameters_identity",
    "resolve_pretrained",
]

RANDOM_VERSION = 1
"""Goes up when ``random`` gives other numbers."""


def is_cached(name: str) -> bool:
    """Whether the published ImageNet parameters of a network lie on this machine.

    Says nothing about their checksum, which is verified when they are loaded.

    Args:
        name: ``vgg19``, ``vgg16`` or ``alexnet``.
    """
    return published_file(name).path.is_file()


def resolve_pretrained(choice: str, backbone: str) -> str:
    """Replace ``auto``: ``imagenet`` if it is cached for this backbone, else ``kmeans``."""
    backbone_named(backbone)
    if choice != "auto":
        return choice
    return "imagenet" if is_cached(backbone) else "kmeans"


@lru_cache
def learned_convolutions(backbone: str) -> frozenset[str]:
    """Return the convolutions whose embedded engine parameters were learned from pictures."""
    return frozenset(read_asset(embedded_bytes("engine")).metadata.learned[backbone])


def imagenet_identity(name: str) -> str:
    """Name the published ImageNet parameters of ``vgg19``, ``vgg16`` or ``alexnet``."""
    return f"imagenet:{name}-{published_file(name).sha256_prefix}"


def parameters_identity(choice: str, backbone: str, *, role: str = "engine") -> str:
    """Name the numbers that a choice stands for; equal names mean equal parameters.

    Args:
        choice: ``auto``, ``imagenet``, ``kmeans``, ``random`` or the path of a file.
        backbone: ``vgg16`` or ``vgg19``.
        role: ``engine`` or ``scoring``; which of the embedded parameters.

    Returns:
        For ``imagenet`` the published hash, for ``kmeans`` the asset's digest, for ``random`` the
        generator's version, for a file its SHA-256.

    Raises:
        ParametersError: if a file is missing or unreadable.
    """
    match resolve_pretrained(choice, backbone):
        case "imagenet":
            return imagenet_identity(backbone)
        case "kmeans":
            return f"kmeans:{role}-{_embedded_digest(role)}"
        case "random":
            return f"random:v{RANDOM_VERSION}"
        case path:
            return f"file:{file_sha256(parameters_file(path))}"


def parameters_file(choice: str) -> Path:
    """Return the file that a choice names.

    Raises:
        ParametersError: if there is none.
    """
    path = Path(choice.removeprefix(FILE))
    if not path.is_file():
        raise ParametersError(
            f"pretrained {choice!r} is neither auto, imagenet, kmeans or random nor a file "
            f"({path.absolute()} is missing)"
        )
    return path


def file_sha256(path: Path) -> str:
    """Hash a file, without holding it in memory.

    Returns:
        64 hexadecimal digits.

    Raises:
        ParametersError: if it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ParametersError(f"{path.absolute()} cannot be read: {error.strerror}") from error


@lru_cache
def _embedded_digest(role: str) -> str:
    return read_digest(embedded_bytes(role))
