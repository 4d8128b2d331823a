"""Backbones beyond VGG: their tables, and what settings are refused with them."""

from typing import Any

import pytest
from pydantic import ValidationError

from harness.spec.backbones import (
    BACKBONES,
    backbone_names,
    deepest_conv,
    is_backbone,
    multiplications,
    smallest_side_px,
    tap_names,
)
from harness.spec.faults import Fault, try_settings
from harness.spec.networks import last_nodes, network_named, network_names
from harness.spec.settings import Settings

TAPS: dict[str, dict[str, Any]] = {
    "alexnet": {"content_layers": ["features.7"], "style_layers": ["rgb", "features.1"]},
    "squeezenet1_1": {"content_layers": ["features.4.cat"], "style_layers": ["features.1"]},
    "resnet50": {"content_layers": ["layer2.3.relu_2"], "style_layers": ["relu", "layer1.0.bn1"]},
    "convnext_tiny": {"content_layers": ["features.3.2.add"], "style_layers": ["features.0"]},
}
AS_IT_IS = {"pooling": "max", "padding": "zeros"}


def _faults(**changes: Any) -> list[Fault]:
    found = try_settings(changes)
    return found if isinstance(found, list) else []


def _told(**changes: Any) -> str:
    faults = _faults(**changes)
    return "\n".join(f"{'.'.join(map(str, one.path))}: {one.message}" for one in faults)


@pytest.mark.parametrize("name", TAPS)
def test_a_network_by_its_node_names(name: str) -> None:
    """Settings with nodes of the network are sound, and know the order of its taps."""
    settings = Settings.model_validate({"backbone": name} | TAPS[name] | AS_IT_IS)
    names = tap_names(name)

    assert settings.backbone == name
    assert names[0] == "rgb"
    assert all(names.index(tap) < len(names) for tap in settings.style_layers)


@pytest.mark.parametrize("name", ["vgg11", "vgg13", "vgg16_bn", "vgg19_bn"])
def test_the_other_vgg_networks(name: str) -> None:
    """They have the taps of VGG; those with batch normalisation have it as a tap too."""
    layers = {"content_layers": "relu4_1", "style_layers": ["conv1_1"]}
    settings = Settings.model_validate({"backbone": name} | layers)
    names = tap_names(name)
    between = ["bn1_1"] if name.endswith("_bn") else []

    assert settings.backbone == name
    assert list(names[: 3 + len(between)]) == ["rgb", "conv1_1", *between, "relu1_1"]


def test_convolutions_of_vgg11() -> None:
    """Table 1, column A: eight convolutions; column B has ten."""
    assert len(BACKBONES["vgg11"].convolutions) == 8
    assert len(BACKBONES["vgg13"].convolutions) == 10
    indices = [one.features_index for one in BACKBONES["vgg11_bn"].convolutions]
    assert indices == [0, 4, 8, 11, 15, 18, 22, 25]


def test_every_network_can_be_asked_without_torch() -> None:
    """All answers are there for the first and the last tap of every backbone."""
    for name in backbone_names():
        taps = tap_names(name)
        assert is_backbone(name)
        assert 0 < multiplications(name, taps[1:2]) <= multiplications(name, taps)
        smallest, mirrored = (smallest_side_px(name, taps, kind) for kind in ("zeros", "reflect"))
        assert 1 <= smallest <= mirrored
        assert deepest_conv(name, taps) is not None
        assert deepest_conv(name, ["rgb"]) is None
    assert smallest_side_px("alexnet", ["rgb"], "reflect") == 1
    assert multiplications("alexnet", ["rgb"]) == 0


def test_multiplications_by_hand() -> None:
    """AlexNet: 11 by 11 windows of three channels, 64 filters, every fourth pixel."""
    expected = 64 * 3 * 11 * 11 / 16

    assert multiplications("alexnet", ["features.1"]) == pytest.approx(expected, rel=0.05)
    assert multiplications("vgg16", ["relu1_2"]) == 9 * 3 * 64 + 9 * 64 * 64
    assert multiplications("vgg16", ["conv2_1"]) == 9 * (3 * 64 + 64 * 64 + 64 * 128 / 4)


def test_smallest_sides_by_hand() -> None:
    """AlexNet's first windows need 7 pixels beside two zeros on each side; VGG needs 2 a pool."""
    assert smallest_side_px("alexnet", ["features.0"], "zeros") == 7
    assert smallest_side_px("vgg19", ["relu5_1"], "reflect") == 32
    assert smallest_side_px("vgg19", ["relu5_1"], "replicate_first") == 16


def test_an_unknown_backbone() -> None:
    """The message has the nearest name, and says which kinds are allowed."""
    assert "backbone: found 'resnet51'" in _told(backbone="resnet51")
    assert "did you mean resnet50?" in _told(backbone="resnet5O")
    assert "pictures of any size, such as alexnet" in _told(backbone="vit_b_16")
    with pytest.raises(ValidationError):
        Settings(backbone="vit_b_16")


def test_a_tap_of_another_network() -> None:
    """The message names the parts of the network by their last nodes, and the nearest node."""
    told = _told(backbone="resnet50", **AS_IT_IS, content_layers="relu4_2", style_layers="layer1")

    assert "content_layers.relu4_2: resnet50 has no tap relu4_2; allowed: rgb, conv1, bn1" in told
    assert "layer1.2.relu_2, layer2.3.relu_2" in told
    assert "style_layers.layer1: resnet50 has no tap layer1" in told
    assert "did you mean layer1.0." in told
    assert "conv, bn or relu with 1_1" in _told(backbone="vgg11_bn", content_layers="relu9_9")


def test_layers_of_the_base_on_another_network_are_one_fault() -> None:
    """The base's six style layers are told of once, not six times."""
    told = _told(backbone="resnet50", **AS_IT_IS).splitlines()

    assert len(told) == 2
    assert "style_layers: resnet50 has no taps relu1_1, relu2_1, relu3_1, relu4_1" in told[1]


@pytest.mark.parametrize("backbone", ["vgg11", "vgg19_bn", "resnet50"])
def test_embedded_parameters_are_of_two_networks(backbone: str) -> None:
    """Kmeans with another network is refused with what to take."""
    layers = TAPS.get(backbone, {"content_layers": "relu3_1", "style_layers": "relu1_1"})

    told = _told(backbone=backbone, pretrained="kmeans", **AS_IT_IS, **layers)

    assert f"pretrained: found kmeans with backbone: {backbone}" in told
    assert f"take imagenet (`harness fetch {backbone}`), random or file:PATH" in told


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pooling": "avg"}, "pooling: found avg with backbone: convnext_tiny, which has no"),
        ({"pooling_scale": 2.0}, "pooling_scale: found 2 with backbone: convnext_tiny"),
    ],
)
def test_pooling_that_is_not_there(changes: dict[str, Any], message: str) -> None:
    """A network without maximum pooling has nothing to replace: refused, with what to take."""
    told = _told(**({"backbone": "convnext_tiny"} | AS_IT_IS | TAPS["convnext_tiny"] | changes))

    assert message in told
    assert "take pooling: max and pooling_scale: 1" in told


@pytest.mark.parametrize("name", ["alexnet", "squeezenet1_1", "resnet50"])
@pytest.mark.parametrize("padding", ["replicate", "reflect", "replicate_first"])
def test_pooling_and_padding_that_can_be_replaced(name: str, padding: str) -> None:
    """Networks with maximum pooling and padded convolutions take every kind."""
    assert _faults(backbone=name, pooling="l2", padding=padding, **TAPS[name]) == []


def test_last_nodes_are_one_a_part() -> None:
    """Hundreds of nodes become a line: the last one of every part."""
    assert last_nodes("alexnet") == list(network_named("alexnet").nodes)
    assert len(last_nodes("resnet50")) == 8
    assert "alexnet" in network_names()
