"""Tables of the backbones."""

import pytest

from harness.spec.backbones import (
    BACKBONES,
    backbone_named,
    conv_names,
    deepest_conv,
    tap_names,
)

# Simonyan and Zisserman 2014, table 1, as torchvision builds `features` of configurations D and E.
VGG16_INDICES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
VGG19_INDICES = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)


@pytest.mark.parametrize(("name", "indices"), [("vgg16", VGG16_INDICES), ("vgg19", VGG19_INDICES)])
def test_features_indices(name: str, indices: tuple[int, ...]) -> None:
    """The convolutions lie where torchvision's sequence has them."""
    actual = tuple(one.features_index for one in BACKBONES[name].convolutions)

    assert indices == actual


@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
def test_channels_chain(name: str) -> None:
    """Every convolution takes what the one before gives, from 3 to 512 channels."""
    convolutions = BACKBONES[name].convolutions

    assert [3, *(one.out_channels for one in convolutions[:-1])] == [
        one.in_channels for one in convolutions
    ]
    assert convolutions[-1].out_channels == 512


def test_conv_names() -> None:
    """VGG16 has three convolutions in its deep blocks, VGG19 four."""
    assert conv_names("vgg16")[-3:] == ("conv5_1", "conv5_2", "conv5_3")
    assert conv_names("vgg19")[-4:] == ("conv5_1", "conv5_2", "conv5_3", "conv5_4")


def test_taps_in_order() -> None:
    """The input comes first, then every convolution with its ReLU."""
    taps = tap_names("vgg19")

    assert taps[:5] == ("rgb", "conv1_1", "relu1_1", "conv1_2", "relu1_2")
    assert len(taps) == 1 + 2 * 16


@pytest.mark.parametrize(
    ("taps", "expected"),
    [
        (["relu1_2", "conv4_1", "rgb"], "conv4_1"),
        (["relu2_2"], "conv2_2"),
        (["rgb"], None),
        ([], None),
    ],
)
def test_deepest_conv(taps: list[str], expected: str | None) -> None:
    """The deepest tap decides, whatever their order; the input needs no convolution."""
    assert expected == deepest_conv("vgg16", taps)


def test_pooling_follows_the_last_convolution_of_a_block() -> None:
    """VGG16 pools after conv3_3, VGG19 only after conv3_4."""
    assert BACKBONES["vgg16"].ends_block("conv3_3")
    assert not BACKBONES["vgg19"].ends_block("conv3_3")
    assert BACKBONES["vgg19"].ends_block("conv5_4")


def test_unknown_names() -> None:
    """A name that does not exist is an error that lists what there is."""
    with pytest.raises(ValueError, match="unknown backbone 'vgg12'; there are vgg11, vgg13"):
        backbone_named("vgg12")
    with pytest.raises(ValueError, match="unknown backbone 'resnet51'"):
        tap_names("resnet51")
    with pytest.raises(ValueError, match="vgg16 has no tap 'relu3_4'; it has rgb, conv1_1"):
        deepest_conv("vgg16", ["relu3_4"])
