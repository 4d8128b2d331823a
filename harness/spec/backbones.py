"""The backbones as tables, without torch: convolutions, channels and taps of the VGG networks.

All else that torchvision classifies pictures with is in ``networks``; the functions here answer
for both.

Reference: Simonyan and Zisserman 2014 (arXiv 1409.1556), table 1, columns A, B, D and E. Five
blocks of 3x3 convolutions, each followed by a ReLU; one 2x2 pooling with stride 2 after every
block. torchvision's ``_bn`` networks have batch normalisation before every ReLU.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from harness.spec.networks import network_named, network_names

__all__ = [
    "BACKBONES",
    "KMEANS_BACKBONES",
    "RGB_TAP",
    "Backbone",
    "Convolution",
    "backbone_named",
    "backbone_names",
    "conv_names",
    "deepest_conv",
    "deepest_tap",
    "is_backbone",
    "multiplications",
    "smallest_side_px",
    "tap_names",
]

RGB_TAP = "rgb"
"""The tap at the input: the picture itself in [0, 1], before normalisation."""

_BLOCK_CHANNELS = (64, 128, 256, 512, 512)
_KERNEL = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution:
    """One 3x3 convolution and the ReLU after it.

    ``features_index`` is its place in torchvision's ``features`` (the batch normalisation, where
    there is one, and the ReLU come next).
    """

    name: str
    block: int
    in_channels: int
    out_channels: int
    features_index: int

    @property
    def norm_name(self) -> str:
        """The tap after this convolution's batch normalisation, in networks that have it."""
        return self.name.replace("conv", "bn")

    @property
    def relu_name(self) -> str:
        """The tap after this convolution's ReLU."""
        return self.name.replace("conv", "relu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backbone:
    """A network of blocks of convolutions; a 2x2 pooling follows every block.

    ``batch_norm`` says whether one stands between every convolution and its ReLU.
    """

    name: str
    convolutions: tuple[Convolution, ...]
    batch_norm: bool = False

    @property
    def conv_names(self) -> tuple[str, ...]:
        """All convolutions in the order of the data."""
        return tuple(convolution.name for convolution in self.convolutions)

    @property
    def tap_names(self) -> tuple[str, ...]:
        """All taps in the order of the data: ``rgb``, ``conv1_1``, ``relu1_1`` to the last."""
        taps = [RGB_TAP]
        for one in self.convolutions:
            between = (one.norm_name,) if self.batch_norm else ()
            taps += [one.name, *between, one.relu_name]
        return tuple(taps)

    def ends_block(self, conv_name: str) -> bool:
        """Whether a pooling follows the ReLU of this convolution."""
        position = self.conv_names.index(conv_name)
        following = self.convolutions[position + 1 : position + 2]
        return not following or following[0].block != self.convolutions[position].block


def _build(name: str, convs_per_block: tuple[int, ...], *, batch_norm: bool) -> Backbone:
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
            features_index += 3 if batch_norm else 2  # the convolution, its ReLU, and between
            in_channels = channels
        features_index += 1  # the pooling after the block
    return Backbone(name=name, convolutions=tuple(convolutions), batch_norm=batch_norm)


_CONVS_PER_BLOCK = {
    "vgg11": (1, 1, 2, 2, 2),
    "vgg13": (2, 2, 2, 2, 2),
    "vgg16": (2, 2, 3, 3, 3),
    "vgg19": (2, 2, 4, 4, 4),
}

BACKBONES: Mapping[str, Backbone] = MappingProxyType(
    {
        f"{name}{suffix}": _build(f"{name}{suffix}", counts, batch_norm=bool(suffix))
        for suffix in ("", "_bn")
        for name, counts in _CONVS_PER_BLOCK.items()
    }
)


KMEANS_BACKBONES = ("vgg16", "vgg19")
"""The backbones that have embedded parameters."""


def backbone_names() -> tuple[str, ...]:
    """Return every backbone that settings may name: VGG networks, then torchvision's others."""
    return (*BACKBONES, *network_names())


def is_backbone(name: str) -> bool:
    """Whether settings may name this backbone."""
    return name in BACKBONES or name in network_names()


def backbone_named(name: str) -> Backbone:
    """Return the VGG network of this name.

    Raises:
        ValueError: if there is no such VGG network.
    """
    if name not in BACKBONES:
        raise ValueError(f"unknown backbone {name!r}; there are {', '.join(BACKBONES)}")
    return BACKBONES[name]


def conv_names(backbone: str) -> tuple[str, ...]:
    """All convolutions of a VGG network in the order of the data."""
    return backbone_named(backbone).conv_names


def tap_names(backbone: str) -> tuple[str, ...]:
    """All taps in the order of the data, ``rgb`` first.

    Those of a VGG network are ``conv1_1``, ``relu1_1`` to the last, those of another are
    torchvision's node names.

    Raises:
        ValueError: if there is no such backbone.
    """
    if backbone in BACKBONES or backbone not in network_names():
        return backbone_named(backbone).tap_names
    return (RGB_TAP, *network_named(backbone).nodes)


def deepest_tap(backbone: str, taps: Iterable[str]) -> str | None:
    """The last of these taps in the order of the data; None where only ``rgb`` is asked for.

    Raises:
        ValueError: if there is no such backbone, or it lacks one of the taps.
    """
    order = {tap: place for place, tap in enumerate(tap_names(backbone))}
    wanted = list(taps)
    unknown = [tap for tap in wanted if tap not in order]
    if unknown:
        raise ValueError(f"{backbone} has no tap {unknown[0]!r}; it has {', '.join(order)}")
    deepest = max(wanted, key=order.__getitem__, default=RGB_TAP)
    return None if deepest == RGB_TAP else deepest


def deepest_conv(backbone: str, taps: Iterable[str]) -> str | None:
    """The last layer that these taps need; None where ``rgb`` or nothing is asked for.

    Of a VGG network its convolution, of another the tap itself.

    Raises:
        ValueError: if there is no such backbone, or it lacks one of the taps.
    """
    deepest = deepest_tap(backbone, taps)
    if deepest is None or backbone not in BACKBONES:
        return deepest
    return "conv" + deepest.removeprefix("relu").removeprefix("bn").removeprefix("conv")


def multiplications(backbone: str, taps: Iterable[str]) -> float:
    """Multiplications of the convolutions up to the deepest tap, for each pixel of the picture.

    Raises:
        ValueError: if there is no such backbone, or it lacks one of the taps.
    """
    deepest = deepest_conv(backbone, taps)
    if deepest is None:
        return 0.0
    if backbone not in BACKBONES:
        return float(network_named(backbone).nodes[deepest].multiplications)
    shape = backbone_named(backbone)
    return sum(
        _KERNEL * one.in_channels * one.out_channels * 4.0 ** (1 - one.block)  # pooling: a quarter
        for one in shape.convolutions[: shape.conv_names.index(deepest) + 1]
    )


def smallest_side_px(backbone: str, taps: Iterable[str], padding: str) -> int:
    """The smallest height and width of a picture that leave something at the deepest tap.

    Raises:
        ValueError: if there is no such backbone, or it lacks one of the taps.
    """
    deepest = deepest_conv(backbone, taps)
    if deepest is None:
        return 1
    if backbone not in BACKBONES:
        node = network_named(backbone).nodes[deepest]
        return node.smallest_reflected_px if padding == "reflect" else node.smallest_side_px
    shape = backbone_named(backbone)
    block = shape.convolutions[shape.conv_names.index(deepest)].block
    smallest_map = 2 if padding == "reflect" else 1  # a mirror image needs a neighbour
    return int(smallest_map * 2 ** (block - 1))
