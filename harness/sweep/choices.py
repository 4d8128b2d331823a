"""What ``auto`` means for a sweep: resolved once, printed, fixed on the parent run."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from harness.errors import InputError
from harness.spec.settings import Settings
from harness.transfer.precision import resolve_device, resolve_precision
from harness.transfer.pretrained.choice import resolve_auto

__all__ = ["Choices", "backbones_of_auto", "resolve_choices"]

AUTO = "auto"

Resolve = Callable[[str], tuple[str, str] | None]
"""Device as on the command line → (device, what precision ``auto`` means on it)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Device, precision and pretrained that stand for ``auto`` in a sweep's settings."""

    device: str
    precision: str
    pretrained: str
    evaluator: str

    def apply(self, settings: Settings) -> Settings:
        """Return settings in which nothing is ``auto``."""
        update = {
            name: getattr(self, name)
            for name in ("precision", "pretrained")
            if getattr(settings, name) == AUTO
        }
        return settings.model_copy(update=update)

    def dumps(self) -> str:
        """Return the choices as one line of JSON, for a tag."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}, sort_keys=True)


def backbones_of_auto(settings: Iterable[Settings]) -> set[str]:
    """Return the backbones for which ``auto`` must find parameters."""
    return {one.backbone for one in settings if one.pretrained == AUTO}


def resolve_choices(
    *,
    device: str,
    evaluator: str,
    backbones: set[str],
    earlier: Mapping[str, str],
    resolve: Resolve | None = None,
) -> Choices:
    """Resolve ``auto``; what an earlier start of the same sweep chose stays.

    Args:
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
        evaluator: ``auto`` or an evaluator kind.
        backbones: Those of settings whose parameters are ``auto``: one choice stands for all.
        earlier: The choices on the sweep's parent run; empty for a new sweep.
        resolve: Finds device and precision where runs are performed, if that is elsewhere.

    Raises:
        InputError: The device asked for, or chosen earlier, is not on this machine.
        ParametersError: ``auto`` finds no parameters for one of the backbones.
    """
    wanted = earlier.get("device", AUTO) if device == AUTO else device
    there = resolve(wanted) if resolve is not None else None
    fixed_earlier = device == AUTO and wanted != AUTO
    found, precision = there or _resolve_here(wanted, fixed_earlier=fixed_earlier)
    return Choices(
        device=found,
        precision=earlier.get("precision") or precision,
        pretrained=earlier.get("pretrained") or resolve_auto(backbones),
        evaluator=earlier.get("evaluator", AUTO) if evaluator == AUTO else evaluator,
    )


def _resolve_here(wanted: str, *, fixed_earlier: bool) -> tuple[str, str]:
    try:
        place = resolve_device(wanted)
        return str(place), resolve_precision(AUTO, place)
    except InputError as error:
        if not fixed_earlier:
            raise
        raise InputError(
            f"this sweep was begun on {wanted}, which this machine lacks; "
            "go on elsewhere with --device cpu"
        ) from error
