"""The backbones as tables: convolutions, channels and taps of VGG16 and VGG19, without torch.

Reference: Simonyan and Zisserman 2014 (arXiv 1409.1556), table 1, columns D and E. Five blocks of
3x3 convolutions, each followed by a ReLU; one 2x2 pooling with stride 2 after every block.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = [
    "BACKBONES",
    "RGB_TAP",
    "Backbone",
    "Convolution",
    "backbone_named",
    "conv_names",
    "deepest_conv",
    "tap_names",
]

RGB_TAP = "rgb"
"""The tap at the input: the picture itself in [0, 1], before normalisation."""

_BLOCK_CHANNELS = (64, 128, 256, 512, 512)


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution:
    """One 3x3 convolution and the ReLU after it.

    ``features_index`` is its place in torchvision's ``features`` (the ReLU is one further).
    """

    name: str
    block: int
    in_channels: int
    out_channels: int
    features_index: int

    @property
    def relu_name(self) -> str:
        """The tap after this convolution's ReLU."""
        return self.name.replace("conv", "relu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backbone:
    """A network of blocks of convolutions; a 2x2 pooling follows every block."""

    name: str
    convolutions: tuple[Convolution, ...]

    @property
    def conv_names(self) -> tuple[str, ...]:
        """All convolutions in the order of the data."""
        return tuple(convolution.name for convolution in self.convolutions)

    @property
    def tap_names(self) -> tuple[str, ...]:
        """All taps in the order of the data: ``rgb``, ``conv1_1``, ``relu1_1`` to the last."""
        pairs = ((one.name, one.relu_name) for one in self.convolutions)
        return (RGB_TAP, *(tap for pair in pairs for tap in pair))

    def ends_block(self, conv_name: str) -> bool:
        """Whether a pooling follows the ReLU of this convolution."""
        position = self.conv_names.index(conv_name)
        following = self.convolutions[position + 1 : position + 2]
        return not following or following[0].block != self.convolutions[position].block


def _build(name: str, convs_per_block: tuple[int, ...]) -> Backbone:
    convolutions = []
    features_index, in_channels = 0, 3
    for block, (count, channels) in enumerate(
        zip(convs_per_block, _BLOCK_CHANNELS, strict=True), start=1
    ):
        for position in range(1, count + 1):
            convolution = Convolution(
                name=f"conv{block}_{position}",
                block=block,
                in_channels=in_channels,
                out_channels=channels,
                features_index=features_index,
            )
            convolutions.append(convolution)
            features_index += 2  # the convolution and its ReLU
            in_channels = channels
        features_index += 1  # the pooling after the block
    return Backbone(name=name, convolutions=tuple(convolutions))


BACKBONES: Mapping[str, Backbone] = MappingProxyType(
    {"vgg16": _build("vgg16", (2, 2, 3, 3, 3)), "vgg19": _build("vgg19", (2, 2, 4, 4, 4))}
)


def backbone_named(name: str) -> Backbone:
    """Return the backbone of this name.

    Raises:
        ValueError: if there is no such backbone.
    """
    if name not in BACKBONES:
        raise ValueError(f"unknown backbone {name!r}; there are {', '.join(BACKBONES)}")
    return BACKBONES[name]


def conv_names(backbone: str) -> tuple[str, ...]:
    """All convolutions of a backbone in the order of the data."""
    return backbone_named(backbone).conv_names


def tap_names(backbone: str) -> tuple[str, ...]:
    """All taps in the order of the data: ``rgb``, ``conv1_1``, ``relu1_1`` to the last."""
    return backbone_named(backbone).tap_names


def deepest_conv(backbone: str, taps: Iterable[str]) -> str | None:
    """The last convolution that these taps need; None where ``rgb`` or nothing is asked for.

    Raises:
        ValueError: if there is no such backbone, or it lacks one of the taps.
    """
    order = tap_names(backbone)
    wanted = list(taps)
    unknown = [tap for tap in wanted if tap not in order]
    if unknown:
        raise ValueError(f"{backbone} has no tap {unknown[0]!r}; it has {', '.join(order)}")
    deepest = max((order.index(tap) for tap in wanted), default=0)
    if deepest == 0:
        return None
    return order[deepest].replace("relu", "conv")
