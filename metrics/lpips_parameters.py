"""Where LPIPS finds AlexNet's published parameters, and why it may not. Imports nothing heavy."""

import hashlib
from pathlib import Path

__all__ = ["LpipsUnavailableError", "lpips_unavailable_reason", "trunk_path"]

# torchvision's AlexNet_Weights.IMAGENET1K_V1; the name carries the beginning of its SHA-256.
# Written out because importing torchvision takes seconds; a test compares it with torchvision.
_TRUNK_FILE = "alexnet-owt-7be5be79.pth"
_TRUNK_SHA256_PREFIX = "7be5be79"


class LpipsUnavailableError(RuntimeError):
    """LPIPS cannot be measured here; the message is the reason."""


def trunk_path(torch_home: Path) -> Path:
    """Where torch hub keeps AlexNet's ImageNet parameters below ``torch_home``."""
    return torch_home / "hub" / "checkpoints" / _TRUNK_FILE


def lpips_unavailable_reason(torch_home: Path) -> str | None:
    """Say why LPIPS cannot be measured, or None if it can. Reads the whole file, 233 MB.

    Args:
        torch_home: The folder that ``TORCH_HOME`` names (by default ``~/.cache/torch``).
    """
    path = trunk_path(torch_home)
    if not path.is_file():
        return f"AlexNet's ImageNet parameters are not cached: no file {path}"
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(_TRUNK_SHA256_PREFIX):
        return (
            f"{path} is damaged or foreign: its SHA-256 begins with {digest[:8]}, "
            f"that of AlexNet's ImageNet parameters with {_TRUNK_SHA256_PREFIX}"
        )
    return None
