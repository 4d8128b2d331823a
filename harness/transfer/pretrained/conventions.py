"""Whose conventions a parameter file follows: what its network saw in training."""

from collections.abc import Collection
from pathlib import Path
from typing import Literal

from harness.transfer.pretrained.published import PUBLISHED

__all__ = ["CAFFE_KINDS", "Convention", "convention_of_keys", "convention_of_name"]

Convention = Literal["torch", "caffe"]
"""``torch``: RGB in [0, 1] less mean, over deviation; ``caffe``: BGR in 0 to 255 less mean."""

CAFFE_KINDS = ("caffe", "caffe_256", "caffe_swapped")
"""The values of ``preprocessing`` that parameters trained in Caffe are used with."""

# The ends of the names under which Simonyan's VGG parameters, converted from Caffe, are passed
# on: jcjohnson's vgg19 and vgg16 (neural-style-pt renames their keys and keeps the names), the
# same from pystiche. They are the beginnings of the published files' SHA-256.
_CAFFE_HASHES = frozenset({"d01eb7cb", "00b39a1b", "74e45263", "781be684"})

# bethgelab's vgg_conv.pth; jcjohnson's files before their keys are renamed.
_CAFFE_KEYS = ("conv1_1.weight", "classifier.1.weight")


def convention_of_name(path: Path, sha256: str) -> Convention | None:
    """Return what a file's name or its SHA-256 says; None where that is nothing known.

    Args:
        path: The file.
        sha256: 64 hexadecimal digits.
    """
    called = path.stem.rpartition("-")[2]
    if called in _CAFFE_HASHES or sha256[:8] in _CAFFE_HASHES:
        return "caffe"
    published = {one.sha256_prefix for one in PUBLISHED.values()}
    return "torch" if sha256[:8] in published else None


def convention_of_keys(keys: Collection[str]) -> Convention | None:
    """Return what the names of a file's tensors say; None where that is nothing known."""
    return "caffe" if any(key in keys for key in _CAFFE_KEYS) else None
