"""Read torchvision-style state dictionaries, trusting nothing in them."""

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch

from harness.errors import ParametersError
from harness.spec.backbones import BACKBONES, Backbone
from harness.transfer.pretrained.fetch import verified_file

__all__ = ["Convolutions", "load_published_state", "load_state", "pick_convolutions"]

Convolutions = dict[str, tuple[torch.Tensor, torch.Tensor]]
"""By name: filters (O, I, 3, 3) float32 and biases (O,) float32."""

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
        name: ``vgg19``, ``vgg16`` or ``alexnet``.

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
            f"{path} holds a {type(state).__name__}{_key_list(state)}; allowed is a dictionary of "
            "named tensors, as torch.save(model.state_dict(), FILE) writes it"
        )
    return dict(state)


def pick_convolutions(
    state: Mapping[str, torch.Tensor], backbone: Backbone, source: str
) -> Convolutions:
    """Take a backbone's convolutions out of torchvision's state dictionary.

    Args:
        state: ``features.N.weight`` and ``features.N.bias``; a classifier is passed over.
        backbone: the backbone that they must fit.
        source: the file, for messages.

    Returns:
        The convolutions, as float32 tensors of their own.

    Raises:
        ParametersError: if keys or shapes are another network's, or a number is not finite.
    """
    wanted = _expected_shapes(backbone)
    found = {key: tuple(value.shape) for key, value in state.items() if _is_feature(key)}
    if found != wanted:
        raise ParametersError(_mismatch(found, wanted, state, backbone, source))
    for key in wanted:
        if not state[key].is_floating_point() or not bool(torch.isfinite(state[key]).all()):
            raise ParametersError(f"{source}: {key} holds values that are not finite numbers")
    return {
        one.name: (_owned(state[f"{prefix}.weight"]), _owned(state[f"{prefix}.bias"]))
        for one in backbone.convolutions
        for prefix in (f"features.{one.features_index}",)
    }


def _expected_shapes(backbone: Backbone) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for one in backbone.convolutions:
        prefix = f"features.{one.features_index}"
        shapes[f"{prefix}.weight"] = (one.out_channels, one.in_channels, 3, 3)
        shapes[f"{prefix}.bias"] = (one.out_channels,)
    return shapes


def _is_feature(key: str) -> bool:
    return key.startswith("features.")


def _owned(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().to(torch.float32, copy=True).contiguous()


def _mismatch(
    found: Mapping[str, tuple[int, ...]],
    wanted: Mapping[str, tuple[int, ...]],
    state: Mapping[str, torch.Tensor],
    backbone: Backbone,
    source: str,
) -> str:
    for other in BACKBONES.values():
        if found == _expected_shapes(other):
            return f"{source} holds the parameters of {other.name}, not of {backbone.name}"
    if not found:
        return (
            f"{source} has no `features.N.weight`{_key_list(state)}; allowed is torchvision's "
            f"state dictionary of {backbone.name}"
        )
    key = next(key for key in {**wanted, **found} if found.get(key) != wanted.get(key))
    return (
        f"{source} does not fit {backbone.name}: {key} is {found.get(key, 'missing')}, "
        f"expected {wanted.get(key, 'no such key')}"
    )


def _key_list(state: object) -> str:
    if not isinstance(state, Mapping):
        return ""
    shown = [str(key) for key in state][:5]
    return (
        f" with {len(state)} keys ({', '.join(shown)}{', …' if len(state) > len(shown) else ''})"
    )
