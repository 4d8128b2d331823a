"""How a published preset is written down: every value beside where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from harness.spec.presets.preset import Preset
from harness.spec.setting_keys import split_key
from harness.spec.settings import Settings

__all__ = [
    "CAFFE_VGG19",
    "STYLE_TAPS",
    "TORCHVISION_VGG19",
    "Value",
    "assumed",
    "given",
    "published",
]

STYLE_TAPS = dict.fromkeys(("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"), 1.0)
"""The five layers of Gatys, Ecker, Bethge 2016, each after its ReLU."""

TORCHVISION_VGG19 = "torchvision's VGG19, IMAGENET1K_V1"
PROOF = (
    "Every loss term of the start, within 1e-5, and its change over three updates are those of a "
    "plain evaluation in float64 that shares no code with the engine: "
    "tests/end_to_end/test_preset_proofs.py. Assumed values are proven as formulas, not as what "
    "the authors did."
)

CAFFE_VGG19 = "VGG19 as trained in Caffe: give it as pretrained: file:vgg19-d01eb7cb.pth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value of a setting, and its source; or, if that does not state it, why it was taken."""

    value: Any
    reason: str
    is_assumed: bool


def given(value: Any, source: str) -> Value:
    """Write down a value that the source states, and where."""
    return Value(value=value, reason=source, is_assumed=False)


def assumed(value: Any, reason: str) -> Value:
    """Write down a value that the source does not state, and why it was taken."""
    return Value(value=value, reason=reason, is_assumed=True)


def published(
    name: str,
    *,
    summary: str,
    parameters: str,
    values: Mapping[str, Value],
    notes: tuple[str, ...] = (),
) -> Preset:
    """Make a preset of values that say where they come from.

    Args:
        name: As in ``--preset NAME``.
        summary: One line.
        parameters: What the backbone's parameters were. Presets take what is on this machine, so
            that all of them run everywhere.
        values: By settings key; weights one by one. Settings without a value here must be
            switched off, or do nothing beside the others.
        notes: As in :class:`Preset`.
    """
    whole = {
        "pretrained": given("auto", f"published with {parameters}; auto takes what is here"),
        "precision": given("float32", "what the source's framework computes in"),
        "averaging": given(0.0, "no average of iterates in the source"),
        **values,
    }
    return Preset(
        name=name,
        summary=summary,
        settings=Settings.model_validate(_nested({key: one.value for key, one in whole.items()})),
        sources=_reasons(whole, are_assumed=False),
        assumptions=_reasons(whole, are_assumed=True),
        notes=notes,
        proof=PROOF,
    )


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in values.items():
        field, *part = split_key(key)
        if part:
            nested.setdefault(field, {})[part[0]] = value
        else:
            nested[field] = value
    return nested


def _reasons(values: Mapping[str, Value], *, are_assumed: bool) -> Mapping[str, str]:
    return MappingProxyType(
        {key: one.reason for key, one in values.items() if one.is_assumed is are_assumed}
    )
