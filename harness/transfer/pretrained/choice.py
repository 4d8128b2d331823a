"""What a choice of parameters means on this machine, without importing torch.

A choice is ``auto``, ``imagenet``, ``kmeans``, ``random`` or a file, as its path or
``file:PATH``.
"""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from harness.errors import ParametersError
from harness.spec.backbones import KMEANS_BACKBONES, is_backbone
from harness.spec.settings import FILE
from harness.transfer.pretrained.conventions import CAFFE_KINDS, convention_of_name
from harness.transfer.pretrained.digests import remembered_sha256
from harness.transfer.pretrained.kmeans.asset import embedded_bytes, read_asset, read_digest
from harness.transfer.pretrained.published import published_file

__all__ = [
    "RANDOM_VERSION",
    "foreign_note",
    "imagenet_identity",
    "is_cached",
    "learned_convolutions",
    "parameters_file",
    "parameters_identity",
    "resolve_auto",
    "resolve_pretrained",
]

_CAFFE_FILES = {"vgg16": "vgg16-00b39a1b.pth", "vgg19": "vgg19-d01eb7cb.pth"}

RANDOM_VERSION = 1
"""Goes up when ``random`` gives other numbers."""


def is_cached(name: str) -> bool:
    """Whether the published ImageNet parameters of a network lie on this machine.

    Says nothing about their checksum, which is verified when they are loaded.

    Args:
        name: Of the network.
    """
    return published_file(name).path.is_file()


def resolve_pretrained(choice: str, backbone: str) -> str:
    """Replace ``auto``: ``imagenet`` if it is cached for this backbone, else ``kmeans``.

    Raises:
        ParametersError: if ``auto`` finds neither.
        ValueError: if there is no such backbone.
    """
    if not is_backbone(backbone):
        raise ValueError(f"unknown backbone {backbone!r}")
    return resolve_auto([backbone]) if choice == "auto" else choice


def resolve_auto(backbones: Iterable[str]) -> str:
    """Return what ``auto`` means for several backbones: one choice that all of them have.

    Args:
        backbones: Those whose parameters are ``auto``.

    Returns:
        ``imagenet`` if it is cached for all of them, else ``kmeans``; of none ``kmeans``.

    Raises:
        ParametersError: if neither is there for all of them; the message says what to do.
    """
    wanted = sorted(set(backbones))
    missing = [name for name in wanted if not is_cached(name)]
    if wanted and not missing:
        return "imagenet"
    without = [name for name in wanted if name not in KMEANS_BACKBONES]
    if not without:
        return "kmeans"
    sizes = sum(published_file(name).size_mib for name in missing)
    raise ParametersError(
        f"pretrained: auto finds no parameters of {', '.join(without)}: the embedded ones are of "
        f"{' and '.join(KMEANS_BACKBONES)}, and the ImageNet parameters of {', '.join(missing)} "
        f"are not on this machine; `harness fetch {' '.join(missing)}` downloads {sizes:.0f} MiB, "
        "or take pretrained: random (a control without learning) or file:PATH"
    )


@lru_cache
def learned_convolutions(backbone: str) -> frozenset[str]:
    """Return the convolutions whose embedded engine parameters were learned from pictures."""
    return frozenset(read_asset(embedded_bytes("engine")).metadata.learned[backbone])


def imagenet_identity(name: str) -> str:
    """Name the published ImageNet parameters of a network."""
    return f"imagenet:{name}-{published_file(name).sha256_prefix}"


def parameters_identity(choice: str, backbone: str, *, role: str = "engine") -> str:
    """Name the numbers that a choice stands for; equal names mean equal parameters.

    Args:
        choice: ``auto``, ``imagenet``, ``kmeans``, ``random`` or the path of a file.
        backbone: One of ``backbone_names()``.
        role: ``engine`` or ``scoring``; which of the embedded parameters.

    Returns:
        For ``imagenet`` the published hash, for ``kmeans`` the asset's digest, for ``random`` the
        generator's version, for a file its SHA-256 and what its name says of preprocessing.

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
            return _file_identity(parameters_file(path))


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


def foreign_note(preprocessing: str, choice: str, backbone: str) -> str | None:
    """Return what a reader must know where preprocessing meets parameters of another origin.

    Nothing is said of a file that does not tell where its parameters come from, nor of
    ``preprocessing: auto``, which follows the parameters.

    Args:
        preprocessing: As the settings name it.
        choice: Of parameters; not ``auto``.
        backbone: Whose parameters they are.

    Raises:
        ParametersError: if a file is missing or unreadable.
    """
    if preprocessing == "auto" or not _is_foreign(preprocessing, choice):
        return None
    origin, remedy = "PyTorch on ImageNet", f"`harness fetch {backbone}` downloads such parameters"
    if preprocessing in CAFFE_KINDS:
        file = _CAFFE_FILES.get(backbone, "those of vgg16 and vgg19")
        origin, remedy = "Caffe", f"such parameters are {file}, with `pretrained: file:PATH`"
    return (
        f"preprocessing: {preprocessing} belongs to parameters trained in {origin}, not to "
        f"{choice}: this reproduces the formulas, not the pictures ({remedy})"
    )


def _is_foreign(preprocessing: str, choice: str) -> bool:
    if choice in ("kmeans", "random"):
        return True
    if preprocessing not in CAFFE_KINDS:
        return False
    if choice == "imagenet":
        return True
    path = parameters_file(choice)
    return convention_of_name(path, remembered_sha256(path)) == "torch"


def _file_identity(path: Path) -> str:
    """Name a file's numbers, and what its name says of the pictures that they expect."""
    digest = remembered_sha256(path)
    suffix = "+caffe" if convention_of_name(path, digest) == "caffe" else ""
    return f"file:{digest}{suffix}"


@lru_cache
def _embedded_digest(role: str) -> str:
    return read_digest(embedded_bytes(role))
