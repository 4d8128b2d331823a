"""Read files of named tensors, trusting nothing in them."""

import pickle
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch

from harness.errors import ParametersError
from harness.transfer.pretrained.fetch import verified_file

__all__ = ["key_list", "load_published_state", "load_state", "require_finite"]

# What torch.load raises on files that are damaged, foreign or carry code.
_LOAD_ERRORS = (
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    EOFError,
    OSError,
    AssertionError,
    pickle.UnpicklingError,
)


def load_published_state(name: str) -> dict[str, torch.Tensor]:
    """Load the cached published parameters of a network after checking their checksum.

    Args:
        name: Of the network.

    Returns:
        torchvision's state dictionary, on the CPU.

    Raises:
        ParametersError: if they are missing, damaged or not the published ones.
    """
    return load_state(verified_file(name))


def load_state(path: Path) -> dict[str, torch.Tensor]:
    """Load a dictionary of tensors; code in the file is never run.

    Raises:
        ParametersError: if the file is damaged, or holds anything but named tensors.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except _LOAD_ERRORS as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ParametersError(
            f"{path} is damaged, or holds more than tensors ({reason}); allowed is what "
            "torch.save(model.state_dict(), FILE) writes"
        ) from error
    if not isinstance(state, Mapping) or not all(
        isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in state.items()
    ):
        raise ParametersError(
            f"{path} holds a {type(state).__name__}{key_list(state)}; allowed is a dictionary of "
            "named tensors, as torch.save(model.state_dict(), FILE) writes it"
        )
    return dict(state)


def require_finite(state: Mapping[str, torch.Tensor], keys: Iterable[str], source: str) -> None:
    """Refuse parameters that are no finite floating-point numbers.

    Raises:
        ParametersError: if there is one; the message names its key.
    """
    for key in keys:
        if not state[key].is_floating_point() or not bool(torch.isfinite(state[key]).all()):
            raise ParametersError(f"{source}: {key} holds values that are not finite numbers")


def key_list(state: object) -> str:
    """Say how many keys a state dictionary has, and the first of them."""
    if not isinstance(state, Mapping):
        return ""
    shown = [str(key) for key in state][:5]
    return (
        f" with {len(state)} keys ({', '.join(shown)}{', …' if len(state) > len(shown) else ''})"
    )
