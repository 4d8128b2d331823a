"""Where a run came from: code revision, library versions, machine, numerics."""

import json
import socket
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import harness
from harness.spec.fingerprint import ENGINE_REVISION
from harness.sweep.git import ask_git
from harness.sweep.tracking.names import Tag

__all__ = ["provenance_tags", "timing_key"]

RECORDED_PACKAGES = ("torch", "torchvision", "mlflow", "lpips", "scikit-image", "numpy", "pillow")
GIT_TIMEOUT_S = 5


@cache
def provenance_tags() -> dict[str, str]:
    """Return the tags that name this code, these libraries and this machine."""
    versions = {name: version(name) for name in RECORDED_PACKAGES}
    versions["style-harness"] = harness.__version__
    tags = {
        Tag.HOST: socket.gethostname(),
        Tag.VERSIONS: json.dumps(versions, sort_keys=True),
        Tag.ENGINE_REVISION: str(ENGINE_REVISION),
    }
    commit = _git("rev-parse", "HEAD")
    if commit is not None:
        dirty = _git("status", "--porcelain", "--untracked-files=no")
        tags[Tag.GIT_COMMIT] = commit
        tags[Tag.GIT_DIRTY] = str(bool(dirty)).lower()
    return {str(name): value for name, value in tags.items()}


def _git(*arguments: str) -> str | None:
    """Return what git says of the checkout this package lies in; None outside a checkout."""
    root = Path(harness.__file__).parent.parent
    if not (root / ".git").exists():
        return None
    try:
        return ask_git(root, *arguments, timeout_s=GIT_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError):
        return None


def timing_key(numerics: Mapping[str, str], *, workers: int) -> str:
    """Return what two runs must share for their seconds to be compared."""
    facts = {**numerics, "host": socket.gethostname(), "workers": str(workers)}
    return json.dumps(facts, sort_keys=True)
