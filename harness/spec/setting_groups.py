"""Settings in the groups in which they are told: of the network, of sizes, of losses and so on."""

from collections.abc import Mapping
from types import MappingProxyType

from harness.spec.flatten import flatten_settings
from harness.spec.settings import Settings

__all__ = ["grouped_settings"]

_FIRST: Mapping[str, str] = MappingProxyType(
    {
        "backbone": "network",
        "image_size": "sizes and colours",
        "content_layers": "losses",
        "start": "start",
        "optimizer": "optimisation",
    }
)
"""Name of each group by its first setting, in the order of the settings."""


def grouped_settings(
    settings: Settings,
) -> dict[str, dict[str, str | int | float | bool]]:
    """Return every knob as a scalar under its dotted key, by the name of its group."""
    groups: dict[str, dict[str, str | int | float | bool]] = {}
    name = ""
    for key, value in flatten_settings(settings).items():
        name = _FIRST.get(key.split(".", 1)[0], name)
        groups.setdefault(name, {})[key] = value
    return groups
