"""Which settings cannot be had with a backbone, and what to do about it."""

from typing import TYPE_CHECKING

from harness.spec.backbones import BACKBONES, KMEANS_BACKBONES
from harness.spec.networks import Network, network_named
from harness.spec.settings_rules import Clash

if TYPE_CHECKING:
    from harness.spec.settings import Settings

__all__ = ["network_clashes"]


def network_clashes(settings: "Settings") -> list[Clash]:
    """Return what a backbone does not have or cannot do."""
    clashes = _embedded(settings)
    if settings.backbone not in BACKBONES:
        clashes += _pooling(settings, network_named(settings.backbone))
    return clashes


def _embedded(settings: "Settings") -> list[Clash]:
    name = settings.backbone
    if settings.pretrained != "kmeans" or name in KMEANS_BACKBONES:
        return []
    message = (
        f"found kmeans with backbone: {name}; there are embedded parameters of "
        f"{' and '.join(KMEANS_BACKBONES)} only; take imagenet (`harness fetch {name}`), "
        "random or file:PATH, or another backbone"
    )
    return [Clash(keys=("pretrained", "backbone"), message=message)]


def _pooling(settings: "Settings", network: Network) -> list[Clash]:
    if network.max_pooling or (settings.pooling, settings.pooling_scale) == ("max", 1.0):
        return []
    key = "pooling" if settings.pooling != "max" else "pooling_scale"
    found = settings.pooling if key == "pooling" else f"{settings.pooling_scale:g}"
    message = (
        f"found {found} with backbone: {network.name}, which has no maximum pooling that could "
        "be replaced; take pooling: max and pooling_scale: 1, which leave it as it is"
    )
    return [Clash(keys=(key, "backbone"), message=message)]
