"""What a preset is: settings with a name, and where each value comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from harness.spec.idle import idle_reason
from harness.spec.neutral import is_switched_off
from harness.spec.setting_keys import lookup
from harness.spec.settings import Settings

__all__ = ["Preset"]

SWITCHED_OFF = "switched off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Settings that reproduce a published implementation or report, or are our own.

    Keys are those of the settings, whole (``weights``) or in part (``weights.style``,
    ``style_layers.relu1_1``); the longer key wins.

    Attributes:
        name: As in ``--preset NAME``.
        summary: One line.
        settings: Every knob.
        sources: Where a value comes from, by key.
        assumptions: Why a value was taken that the source does not state, by key.
        notes: Contradictions in the source, and what of it is not reproduced.
        proof: What shows that the engine computes what the source does; empty where nothing does.
    """

    name: str
    summary: str
    settings: Settings
    sources: Mapping[str, str]
    assumptions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()
    proof: str = ""

    def is_assumed(self, key: str) -> bool:
        """Tell whether the source does not state the value at a dotted key."""
        place = self._place(key)
        return place is not None and place in self.assumptions

    def source_of(self, key: str) -> str:
        """Return where the value at a dotted key comes from, such as ``weights.style``.

        An assumption's reason stands for its source. A knob that neither names is one that does
        nothing beside the others, or one that is switched off.

        Raises:
            KeyError: Nothing is known of the value.
        """
        place = self._place(key)
        if place is not None:
            return self.assumptions.get(place) or self.sources[place]
        idle = idle_reason(self.settings, key)
        if idle is not None:
            return idle
        if is_switched_off(key, lookup(self.settings.model_dump(mode="json"), key)):
            return SWITCHED_OFF
        raise KeyError(f"{self.name}: the source of {key} is not given")

    def _place(self, key: str) -> str | None:
        """Return the key under which something is said of this one."""
        for place in (key, key.split(".", 1)[0]):
            if place in self.sources or place in self.assumptions:
                return place
        return None
