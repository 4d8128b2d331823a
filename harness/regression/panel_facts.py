"""What a panel's numbers depend on, in the words of a baseline file."""

import hashlib
from collections.abc import Collection
from typing import Any

from harness.regression.baseline_models import PanelPair, PanelVariant
from harness.spec.base_settings import FILE_KEYS
from harness.spec.fingerprint import draws_random_numbers
from harness.spec.setting_keys import canonical_json
from harness.spec.settings import FILE, Settings
from harness.sweep.pictures import style_files
from harness.sweep.plan import Plan
from metrics.catalog import CATALOG

__all__ = ["panel_id", "panel_pairs", "panel_variants"]

GATE = "gate."  # how a verdict is reached moves no level


def panel_variants(plan: Plan) -> tuple[PanelVariant, ...]:
    """Return the variants of a plan, each with what determines its pictures."""
    tasks = {run.task.fingerprint: run.task for run in plan.runs}
    firsts = [tasks[plan.cells[index, 0]] for index in range(len(plan.settings))]
    return tuple(
        PanelVariant(
            name=variant.name,
            is_seeded=draws_random_numbers(settings),
            parameters=first.parameters,
            start_sha256=first.start_sha256,
            settings=_without_folders(settings),
        )
        for variant, settings, first in zip(plan.spec.variants, plan.settings, firsts, strict=True)
    )


def panel_pairs(plan: Plan) -> tuple[PanelPair, ...]:
    """Return the pairs of a plan, with the hashes of their pictures."""
    return tuple(
        PanelPair(
            name=pair.name,
            content=pair.content.name,
            style=pair.style.name,
            content_sha256=plan.pictures[pair.content.text].sha256,
            style_sha256=style_files(pair.style, plan.pictures).sha256,
        )
        for pair in plan.spec.pairs
    )


def panel_id(plan: Plan, seeds: Collection[int]) -> str:
    """Return what two regressions must share for their levels to stand in one history.

    Settings are not in it, for what they do is what is judged, unless this call alone has them.

    Args:
        plan: Of the panel.
        seeds: That are run at first: levels are means over them.
    """
    spec = plan.spec
    margins = spec.gate.margins if spec.gate is not None else ()
    facts = {
        "evaluators": [plan.evaluator.id, plan.evaluator.second_id],
        "seeds": list(seeds),
        "pairs": [pair.model_dump() for pair in panel_pairs(plan)],
        "parameters": [variant.parameters for variant in panel_variants(plan)],
        "metrics": {name: CATALOG[name].version for name in margins},
        "overrides": [one for one in spec.overrides if not one.startswith(GATE)],
    }
    return hashlib.sha256(canonical_json(facts).encode()).hexdigest()


def _without_folders(settings: Settings) -> dict[str, Any]:
    """Return settings that are the same on every machine: of files their names alone."""
    values = settings.model_dump(mode="json")
    for key in FILE_KEYS:
        if values[key].startswith(FILE):
            values[key] = f"{FILE}{values[key].rpartition('/')[2]}"
    return values
