"""What ``auto`` means for a sweep: resolved once, printed, fixed on the parent run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import InputError
from harness.spec.settings import Settings
from harness.transfer.precision import resolve_device, resolve_precision
from harness.transfer.pretrained.choice import resolve_pretrained

__all__ = ["Choices", "resolve_choices"]

AUTO = "auto"


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


def resolve_choices(
    *,
    device: str,
    evaluator: str,
    backbones: set[str],
    earlier: Mapping[str, str],
) -> Choices:
    """Resolve ``auto``; what an earlier start of the same sweep chose stays.

    Args:
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
        evaluator: ``auto`` or an evaluator kind.
        backbones: The backbones in use: ImageNet parameters are chosen only if all are cached.
        earlier: The choices on the sweep's parent run; empty for a new sweep.

    Raises:
        InputError: The device asked for, or chosen earlier, is not on this machine.
    """
    wanted = earlier.get("device", AUTO) if device == AUTO else device
    found = _device(wanted, fixed_earlier=device == AUTO and wanted != AUTO)
    found_pretrained = {resolve_pretrained(AUTO, backbone) for backbone in backbones}
    pretrained = "imagenet" if found_pretrained == {"imagenet"} else "kmeans"
    return Choices(
        device=found,
        precision=earlier.get("precision") or resolve_precision(AUTO, resolve_device(found)),
        pretrained=earlier.get("pretrained") or pretrained,
        evaluator=earlier.get("evaluator", AUTO) if evaluator == AUTO else evaluator,
    )


def _device(wanted: str, *, fixed_earlier: bool) -> str:
    try:
        return str(resolve_device(wanted))
    except InputError as error:
        if not fixed_earlier:
            raise
        raise InputError(
            f"this sweep was begun on {wanted}, which this machine lacks; "
            "go on elsewhere with --device cpu"
        ) from error
