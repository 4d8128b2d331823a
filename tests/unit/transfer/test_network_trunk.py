"""Trunks of torchvision's networks beyond VGG, against the networks as torchvision runs them."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.errors import ParametersError
from harness.spec.backbones import smallest_side_px, tap_names
from harness.transfer.padding import Padding
from harness.transfer.pooling import Pooling
from harness.transfer.pretrained.parameters import Parameters, load_parameters
from harness.transfer.trunk import Trunk

# By network: taps before a ReLU, each with the one after it.
PAIRS = {
    "alexnet": [("features.0", "features.1"), ("features.8", "features.9")],
    "squeezenet1_1": [("features.0", "features.1")],
    "resnet50": [("bn1", "relu"), ("layer1.0.add", "layer1.0.relu_2")],
    "googlenet": [("conv1.bn", "conv1.relu")],
    "vgg11_bn": [("bn1_1", "relu1_1"), ("bn3_1", "relu3_1")],
}

# By network: two taps, and the one that is their sum.
SUMS = {
    "resnet50": ("layer1.0.bn3", "layer1.0.downsample.1", "layer1.0.add"),
    "convnext_tiny": ("features.1.0.stochastic_depth", "features.0", "features.1.0.add"),
}
QUICK = ("alexnet", "squeezenet1_1")


def _marked(names: Iterable[str]) -> list[Any]:
    slow = pytest.mark.slow
    return [pytest.param(name, marks=() if name in QUICK else slow) for name in names]


@cache
def _parameters(name: str) -> Parameters:
    return load_parameters("random", name)


def _trunk(
    name: str,
    *taps: str,
    pooling: Pooling = "max",
    pooling_scale: float = 1.0,
    padding: Padding = "zeros",
    parameters: Parameters | None = None,
    dtype: torch.dtype = torch.float32,
) -> Trunk:
    return Trunk(
        parameters or _parameters(name),
        taps=taps,
        pooling=pooling,
        pooling_scale=pooling_scale,
        padding=padding,
        device=torch.device("cpu"),
        dtype=dtype,
    )


def _image(side: int, *, dtype: torch.dtype = torch.float32) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(1, 3, side, side + 5, dtype=dtype, generator=generator)


class _CaughtError(Exception):
    """Ends a network where enough of it is known."""


def _by_torchvision(
    name: str, tensors: Mapping[str, Tensor], module: str, image: Tensor
) -> Tensor:
    """What a part of the network itself, on its own class, gives for a prepared picture."""
    from torchvision import models  # noqa: PLC0415 (five seconds)

    with torch.device("meta"):
        model: nn.Module = models.get_model(name, weights=None)
    model.load_state_dict(dict(tensors), strict=False, assign=True)
    caught: list[Tensor] = []

    def catch(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        caught.append(output)
        raise _CaughtError

    model.get_submodule(module).register_forward_hook(catch)
    with torch.no_grad(), pytest.raises(_CaughtError):
        model.eval()(image)
    return caught[0]


@pytest.mark.parametrize("name", _marked(PAIRS))
def test_a_tap_before_a_relu_is_not_the_one_after_it(name: str) -> None:
    """Read together or alone, it keeps the negative values that the ReLU cuts off."""
    for before, after in PAIRS[name]:
        image = _image(96)
        both = _trunk(name, before, after).features(image)
        alone = _trunk(name, before).features(image)

        assert (both[before] < 0).any()
        assert torch.equal(both[before].clamp_min(0), both[after])
        assert torch.equal(alone[before], both[before])


@pytest.mark.slow
@pytest.mark.parametrize("name", SUMS)
def test_a_tap_before_an_addition_is_not_the_sum(name: str) -> None:
    """Torchvision adds in place; a tap before it still holds what was there."""
    one, other, total = SUMS[name]

    found = _trunk(name, one, other, total).features(_image(64))

    torch.testing.assert_close(found[one] + found[other], found[total])
    assert not torch.equal(found[one], found[total])


@pytest.mark.parametrize(
    ("name", "module", "tap"),
    [
        ("alexnet", "features.12", "features.12"),
        ("squeezenet1_1", "features.11", "features.11.cat"),
        pytest.param("resnet50", "layer2", "layer2.3.relu_2", marks=pytest.mark.slow),
        pytest.param("convnext_tiny", "features.3", "features.3.2.add", marks=pytest.mark.slow),
        pytest.param("vgg11_bn", "features.15", "conv4_1", marks=pytest.mark.slow),
    ],
)
def test_features_are_torchvisions(name: str, module: str, tap: str) -> None:
    """A deep tap of a picture equals what the network computes there by itself."""
    parameters = _parameters(name)
    tensors: Mapping[str, Tensor] = {key: parameters.tensors[key] for key in parameters.tensors}
    if name == "vgg11_bn":
        tensors = _bn_state(parameters)
    image = _image(96)
    mean, std = (torch.tensor(one).view(1, 3, 1, 1) for one in (parameters.mean, parameters.std))
    expected = _by_torchvision(name, tensors, module, (image - mean) / std)

    actual = _trunk(name, tap).features(image)[tap]

    atol = 1e-4 * float(expected.abs().max())
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=atol)


def _bn_state(parameters: Parameters) -> dict[str, Tensor]:
    """What a fresh batch normalisation has beside the random filters."""
    state: dict[str, Tensor] = {}
    index = {"conv1_1": 0, "conv2_1": 4, "conv3_1": 8, "conv3_2": 11, "conv4_1": 15}
    for name, place in index.items():
        weight, bias = parameters.convolutions[name]
        state |= {f"features.{place}.weight": weight, f"features.{place}.bias": bias}
        ones, zeros = torch.ones(len(bias)), torch.zeros(len(bias))
        parts = {"weight": ones, "bias": zeros, "running_mean": zeros, "running_var": ones}
        state |= {f"features.{place + 1}.{part}": value for part, value in parts.items()}
    return state


@pytest.mark.parametrize("name", _marked(("alexnet", *SUMS)))
@pytest.mark.parametrize(("pooling", "padding"), [("max", "zeros"), ("avg", "reflect")])
def test_vjp_agrees_with_finite_differences(name: str, pooling: Pooling, padding: Padding) -> None:
    """The gradient of the picture is that of a weighted sum of a middle and the first tap."""
    names = tap_names(name)[1:]
    taps = ("rgb", names[0], names[len(names) // 4])
    if name == "convnext_tiny":
        pooling = "max"
    trunk = _trunk(name, *taps, pooling=pooling, padding=padding, dtype=torch.float64)
    image, direction = (_image(48, dtype=torch.float64), _image(48, dtype=torch.float64).flip(3))
    generator = torch.Generator().manual_seed(1)
    weights = {
        tap: torch.rand(one.shape, dtype=torch.float64, generator=generator)
        for tap, one in trunk.features(image).items()
    }

    def value(step: float) -> float:
        found = trunk.features(image + step * direction)
        return float(sum((weights[tap] * found[tap]).sum() for tap in taps))

    expected = (value(1e-6) - value(-1e-6)) / 2e-6
    trunk.features(image)
    gradient = trunk.vjp(weights)

    assert float((gradient * direction).sum()) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("pooling", ["avg", "l2"])
def test_another_pooling_takes_the_place_of_the_maximum(pooling: Pooling) -> None:
    """Windows and strides stay those of the network: AlexNet pools 3 by 3, every 2 pixels."""
    found = _trunk(
        "alexnet", "features.1", "features.2", pooling=pooling, pooling_scale=2.0
    ).features(_image(64))
    before = found["features.1"]
    if pooling == "avg":
        expected = 2 * functional.avg_pool2d(before, 3, 2)
    else:
        expected = 2 * functional.avg_pool2d(before**2, 3, 2).sqrt()

    torch.testing.assert_close(found["features.2"], expected, atol=3e-4, rtol=1e-4)


@pytest.mark.slow
def test_a_pooling_that_is_no_layer_is_replaced_too() -> None:
    """Inception pools by a function; the same windows are averaged."""
    taps = ("Mixed_5d.cat", "Mixed_6a.max_pool2d")
    found = _trunk("inception_v3", *taps, pooling="avg").features(_image(96))

    torch.testing.assert_close(functional.avg_pool2d(found[taps[0]], 3, 2), found[taps[1]])


@pytest.mark.parametrize("padding", ["replicate", "reflect", "replicate_first"])
def test_borders_replace_zeros(padding: Padding) -> None:
    """Convolutions see copies of the border, as wide as the zeros that they saw before."""
    taps = ("features.0", "features.2", "features.3")
    found = _trunk("alexnet", *taps, padding=padding).features(_image(64))
    tensors = _parameters("alexnet").tensors

    def slow(values: Tensor, layer: int, *, mode: str, stride: int) -> Tensor:
        weight, bias = (tensors[f"features.{layer}.{part}"] for part in ("weight", "bias"))
        padded = functional.pad(values, (2, 2, 2, 2), mode=mode)
        return functional.conv2d(padded, weight, bias, stride=stride)

    parameters = _parameters("alexnet")
    mean, std = (torch.tensor(one).view(1, 3, 1, 1) for one in (parameters.mean, parameters.std))
    first = "reflect" if padding == "reflect" else "replicate"
    second = "constant" if padding == "replicate_first" else first

    torch.testing.assert_close(
        found["features.0"], slow((_image(64) - mean) / std, 0, mode=first, stride=4)
    )
    torch.testing.assert_close(
        found["features.3"], slow(found["features.2"], 3, mode=second, stride=1)
    )


@pytest.mark.parametrize("padding", ["zeros", "reflect"])
def test_the_smallest_picture(padding: Padding) -> None:
    """The smallest allowed picture works; one pixel less on a side names the minimum."""
    trunk = _trunk("alexnet", "features.5", padding=padding)
    minimum = trunk.minimum_side_px

    features = trunk.features(torch.zeros(1, 3, minimum, minimum))["features.5"]

    assert minimum == smallest_side_px("alexnet", ["features.5"], padding)
    assert min(features.shape) >= 1
    with pytest.raises(ValueError, match=f"too small for the tap features.5.*{minimum} pixels"):
        trunk.features(torch.zeros(1, 3, minimum, minimum - 1))


def test_rgb_alone_needs_no_network() -> None:
    """The tap ``rgb`` is the picture, and passes its gradient through."""
    image = _image(2)
    trunk = _trunk("alexnet", "rgb")

    assert torch.equal(image, trunk.features(image)["rgb"])
    assert torch.equal(2 * image, trunk.vjp({"rgb": 2 * image}))


def test_bfloat16() -> None:
    """In bfloat16 features change by its rounding; picture and gradient stay float32."""
    image = _image(64)
    taps = ("rgb", "features.3.expand3x3")
    expected = _trunk("squeezenet1_1", *taps).features(image)[taps[1]]
    trunk = _trunk("squeezenet1_1", *taps, dtype=torch.bfloat16)
    actual = trunk.features(image)
    gradient = trunk.vjp({taps[1]: torch.ones_like(actual[taps[1]])})

    assert actual[taps[1]].dtype == torch.bfloat16
    assert gradient.dtype == torch.float32
    assert torch.equal(image, actual["rgb"])
    assert (actual[taps[1]] - expected).norm() < 0.02 * expected.norm()


def test_a_parameter_that_a_tap_needs_is_missing() -> None:
    """A file without the classifier serves all taps but those in it."""
    full = _parameters("squeezenet1_1")
    tensors = {key: full.tensors[key] for key in full.tensors if key.startswith("features.")}
    parameters = Parameters(
        backbone="squeezenet1_1",
        name="part.pth",
        identity="part",
        convolutions={},
        learned=frozenset(),
        tensors=tensors,
    )

    _trunk("squeezenet1_1", "features.12.cat", parameters=parameters)
    with pytest.raises(ParametersError, match=r"part\.pth has no classifier\.1\.bias, which"):
        _trunk("squeezenet1_1", "classifier.1", parameters=parameters)


def test_an_unknown_tap() -> None:
    """A node that the network lacks is refused by naming those that it has."""
    with pytest.raises(ValueError, match="alexnet has no tap 'relu4_2'; it has rgb"):
        _trunk("alexnet", "relu4_2")
