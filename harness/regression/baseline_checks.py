"""Whether a panel may be compared with a baseline; all the reasons against it at once."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from harness.errors import NotComparableError
from harness.regression.baseline_models import Baseline, PanelVariant, Provenance
from harness.regression.panel_facts import panel_pairs, panel_variants
from harness.spec.setting_keys import HOUSE, value_text
from harness.spec.setting_types import LossWeights
from harness.spec.settings import LAYER_FIELDS
from harness.spec.stored_settings import settings_from_json
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.plan import Plan
from metrics.catalog import CATALOG

__all__ = ["check_comparable", "numerics_notes"]

SHOWN_NAMES = 6

MOVING_PACKAGES = ("torchvision", "lpips", "scikit-image", "numpy", "pillow")
"""Of what is recorded, those whose versions may move a score, beside torch (in the numerics)."""

TOLD_BESIDE = ("device_name", "precision")
"""Of the numerics, those that are told as processor and setting."""


def check_comparable(
    baseline: Baseline, plan: Plan, spec: SweepSpec, provenance: Provenance
) -> list[str]:
    """Say what a reader should know of a comparison, or refuse it.

    Settings that differ are no reason against it: what they do is what is judged.

    Args:
        baseline: As ``read_baseline`` returned it.
        plan: Of the panel.
        spec: The panel's file: its seeds, and what is gated.
        provenance: Of the panel's runs.

    Returns:
        Notes: settings, versions and machines that differ.

    Raises:
        NotComparableError: With every reason: other variants, pairs, seeds, pictures, parameters,
            evaluators, or versions of gated metrics.
    """
    variants = panel_variants(plan)
    reasons = [
        *_unequal("variants", [v.name for v in variants], [v.name for v in baseline.variants]),
        *_unequal("pairs", [p.name for p in spec.pairs], [p.name for p in baseline.pairs]),
        *_unequal("seeds", _seeds(spec), baseline.seeds),
        *_pictures(baseline, plan),
        *_evaluators(baseline, plan),
        *_metrics(baseline, spec),
    ]
    notes: list[str] = []
    earlier = {variant.name: variant for variant in baseline.variants}
    for variant in variants:
        if variant.name in earlier:
            reasons += _variant_reasons(earlier[variant.name], variant)
            notes += _settings_notes(earlier[variant.name], variant)
    if reasons:
        raise NotComparableError(_refusal(reasons))
    return [*notes, *_provenance_notes(baseline.provenance, provenance)]


def _refusal(reasons: list[str]) -> str:
    listed = "\n".join(f"- {reason}" for reason in reasons)
    return (
        f"the panel cannot be compared with its baseline:\n{listed}\n"
        "Undo what differs, name another baseline with --baseline, or accept a new one with "
        "`harness baseline accept FILE --reason TEXT`."
    )


def _seeds(spec: SweepSpec) -> tuple[int, ...]:
    """Return every seed that a regression may come to use: a baseline needs them all."""
    fresh = spec.gate.confirm_seeds if spec.gate is not None else ()
    return tuple(dict.fromkeys((*spec.seeds, *fresh)))


def _unequal(
    kind: str, now: Collection[str] | Collection[int], then: Collection[str] | Collection[int]
) -> Iterator[str]:
    """Say which names only one side has."""
    new = [str(name) for name in now if name not in then]
    gone = [str(name) for name in then if name not in now]
    if new:
        yield f"{kind} that the baseline does not have: {_names(new)}"
    if gone:
        yield f"{kind} of the baseline that the panel does not have: {_names(gone)}"


def _names(names: list[str]) -> str:
    more = len(names) - SHOWN_NAMES
    text = "; ".join(names[:SHOWN_NAMES])
    return f"{text}; and {more} more" if more > 0 else text


def _pictures(baseline: Baseline, plan: Plan) -> Iterator[str]:
    """Name each picture whose file is another one, once."""
    now = {pair.name: pair for pair in panel_pairs(plan)}
    found: dict[str, None] = {}
    for then in baseline.pairs:
        if then.name not in now:
            continue
        pair = now[then.name]
        if pair.content_sha256 != then.content_sha256:
            found[f"content {pair.content}"] = None
        if pair.style_sha256 != then.style_sha256:
            found[f"style {pair.style}"] = None
    if found:
        yield f"files of pictures that are not those of the baseline: {_names(list(found))}"


def _evaluators(baseline: Baseline, plan: Plan) -> Iterator[str]:
    for kind, then, now in (
        ("evaluator", baseline.evaluator, plan.evaluator.id),
        ("second evaluator", baseline.second_evaluator, plan.evaluator.second_id),
    ):
        if then != now:
            yield f"the {kind} is {now}, the baseline's {then}"


def _metrics(baseline: Baseline, spec: SweepSpec) -> Iterator[str]:
    for name in spec.gate.margins if spec.gate is not None else ():
        then, now = baseline.metric_versions.get(name), CATALOG[name].version
        if then is None:
            yield f"the baseline has no values of {name}, which is gated"
        elif then != now:
            yield f"{name} is measured by its version {now}, the baseline's by version {then}"


def _variant_reasons(then: PanelVariant, now: PanelVariant) -> Iterator[str]:
    yield from (f"{now.name}: {reason}" for reason in _unknown_settings(then))
    if then.parameters != now.parameters:
        yield (
            f"{now.name}: the backbone's parameters are {now.parameters}, the "
            f"baseline's {then.parameters}"
        )
    if then.start_sha256 != now.start_sha256:
        yield f"{now.name}: the file that it starts from is not that of the baseline"
    if then.is_seeded != now.is_seeded:
        yield (
            f"{now.name}: its runs draw random numbers {'now' if now.is_seeded else 'no more'}, "
            f"the baseline's {'did not' if now.is_seeded else 'did'}"
        )


def _unknown_settings(variant: PanelVariant) -> list[str]:
    """Say what of a baseline's settings this version does not know."""
    unknown = _unknown_keys(variant.settings)
    if unknown:
        return [f"this version knows no setting {name}, the baseline does" for name in unknown]
    try:
        _completed(variant)
    except ValidationError as error:
        return [
            f"this version does not have the baseline's {'.'.join(map(str, one['loc']))}: "
            f"{one['msg']}"
            for one in error.errors(include_url=False)
        ]
    return []


def _unknown_keys(settings: Mapping[str, Any]) -> list[str]:
    weights = settings.get("weights")
    parts = weights if isinstance(weights, dict) else {}
    return [
        *(key for key in settings if key not in HOUSE),
        *(f"weights.{key}" for key in parts if key not in LossWeights.model_fields),
    ]


def _completed(variant: PanelVariant) -> dict[str, Any]:
    """Return a variant's settings with what those that it does not name mean."""
    return settings_from_json(json.dumps(variant.settings)).model_dump(mode="json")


def _settings_notes(then: PanelVariant, now: PanelVariant) -> Iterator[str]:
    if _unknown_settings(then):
        return
    before, after = _flat(_completed(then)), _flat(_completed(now))
    changes = [f"{key} {before[key]} → {after[key]}" for key in after if before[key] != after[key]]
    if changes:
        yield f"settings of {now.name} differ from the baseline's: {', '.join(changes)}"


def _flat(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings as texts, layers as a whole."""
    flat: dict[str, str] = {}
    for key, value in settings.items():
        if key in LAYER_FIELDS:
            flat[key] = value_text(dict(sorted(value.items())))  # a file has them in this order
        elif isinstance(value, dict):
            flat |= {f"{key}.{name}": value_text(inner) for name, inner in value.items()}
        else:
            flat[key] = value_text(value)
    return flat


def _provenance_notes(then: Provenance, now: Provenance) -> Iterator[str]:
    facts = {
        "engine revision": (str(then.engine_revision), str(now.engine_revision)),
        **{
            name: (then.versions.get(name, "none"), now.versions.get(name, "none"))
            for name in MOVING_PACKAGES
        },
        "processor": (then.processor, now.processor),
        "system": (then.system, now.system),
    }
    yield from _changed(facts)


def numerics_notes(then: Provenance, now: Provenance) -> list[str]:
    """Say which numerics of the runs differ, which is known when they have been performed.

    Args:
        then: Of the baseline.
        now: Of the panel's runs, as ``performed_with`` returned it.
    """
    return list(
        _changed(
            {
                name: (then.numerics.get(name, "unknown"), value)
                for name, value in now.numerics.items()
                if name not in TOLD_BESIDE
            }
        )
    )


def _changed(facts: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    changed = [f"{name} {old} → {new}" for name, (old, new) in facts.items() if old != new]
    if changed:
        yield f"not made as the baseline was: {', '.join(changed)}"
