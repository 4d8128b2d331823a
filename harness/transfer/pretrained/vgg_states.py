"""Take a VGG network's convolutions out of the files that they are published in."""

from collections.abc import Mapping

import torch

from harness.errors import ParametersError
from harness.spec.backbones import BACKBONES, Backbone
from harness.transfer.graph import COUNTER
from harness.transfer.pretrained.state_files import key_list, require_finite

__all__ = ["Convolutions", "Norms", "pick_convolutions", "pick_norms"]

Pair = tuple[torch.Tensor, torch.Tensor]

Convolutions = dict[str, Pair]
"""By name: filters (O, I, 3, 3) float32 and biases (O,) float32."""

Norms = dict[str, Pair]
"""By convolution: scales (O,) and shifts (O,) float32 of the batch normalisation behind it."""

_PREFIX = "features."
_BATCH_NORM_EPSILON = 1e-5  # torch.nn.BatchNorm2d's, as in torchvision's VGG


def pick_convolutions(
    state: Mapping[str, torch.Tensor], backbone: Backbone, source: str
) -> Convolutions:
    """Take a backbone's convolutions out of a state dictionary.

    Args:
        state: torchvision's, whole (``features.N.weight``; a classifier is passed over) or of
            its ``features`` alone (``N.weight``), or bethgelab's (``conv1_1.weight``).
        backbone: The backbone that they must fit.
        source: The file, for messages.

    Returns:
        The convolutions, as float32 tensors of their own.

    Raises:
        ParametersError: if keys or shapes are another network's, or a number is not finite.
    """
    features = _checked(state, backbone, source)
    return {
        one.name: (_owned(features[f"{prefix}.weight"]), _owned(features[f"{prefix}.bias"]))
        for one in backbone.convolutions
        for prefix in (f"{_PREFIX}{one.features_index}",)
    }


def pick_norms(state: Mapping[str, torch.Tensor], backbone: Backbone, source: str) -> Norms:
    """Take the batch normalisations out of a state dictionary, as one scale and shift each.

    Args:
        state: As for :func:`pick_convolutions`.
        backbone: The backbone that they must fit; the result is empty where it has none.
        source: The file, for messages.

    Raises:
        ParametersError: if keys or shapes are another network's, or a number is not finite.
    """
    if not backbone.batch_norm:
        return {}
    features = _checked(state, backbone, source)
    norms = {}
    for one in backbone.convolutions:
        prefix = f"{_PREFIX}{one.features_index + 1}"
        weight, bias, mean, variance = (
            features[f"{prefix}.{part}"].double()
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = weight / (variance + _BATCH_NORM_EPSILON).sqrt()
        norms[one.name] = _owned(scale), _owned(bias - mean * scale)
    return norms


def _checked(
    state: Mapping[str, torch.Tensor], backbone: Backbone, source: str
) -> dict[str, torch.Tensor]:
    """Return the features under torchvision's keys."""
    features = _features(state, backbone)
    wanted = _expected_shapes(backbone)
    found = _shapes(features)
    if found != wanted:
        raise ParametersError(_mismatch(found, wanted, state, backbone, source))
    require_finite(features, wanted, source)
    return features


def _features(state: Mapping[str, torch.Tensor], backbone: Backbone) -> dict[str, torch.Tensor]:
    renamed = {
        f"{one.name}.{part}": f"{_PREFIX}{one.features_index}.{part}"
        for one in backbone.convolutions
        for part in ("weight", "bias")
    }
    found = {}
    for key, value in state.items():
        name = renamed.get(key, key)
        if name.partition(".")[0].isdigit():
            name = f"{_PREFIX}{name}"
        if name.startswith(_PREFIX) and not name.endswith(COUNTER):
            found[name] = value
    return found


def _shapes(state: Mapping[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(value.shape) for key, value in state.items()}


def _expected_shapes(backbone: Backbone) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for one in backbone.convolutions:
        prefix = f"{_PREFIX}{one.features_index}"
        shapes[f"{prefix}.weight"] = (one.out_channels, one.in_channels, 3, 3)
        shapes[f"{prefix}.bias"] = (one.out_channels,)
        if backbone.batch_norm:
            prefix = f"{_PREFIX}{one.features_index + 1}"
            for part in ("weight", "bias", "running_mean", "running_var"):
                shapes[f"{prefix}.{part}"] = (one.out_channels,)
    return shapes


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
        if _shapes(_features(state, other)) == _expected_shapes(other):
            return f"{source} holds the parameters of {other.name}, not of {backbone.name}"
    if not found:
        return (
            f"{source} has no `features.N.weight`{key_list(state)}; allowed is torchvision's "
            f"state dictionary of {backbone.name}, or Caffe's parameters under the same names or "
            "as `conv1_1.weight`"
        )
    key = next(key for key in {**wanted, **found} if found.get(key) != wanted.get(key))
    return (
        f"{source} does not fit {backbone.name}: {key} is {found.get(key, 'missing')}, "
        f"expected {wanted.get(key, 'no such key')}"
    )
