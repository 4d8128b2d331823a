"""What a panel's numbers depend on, in the words of a baseline file."""

from typing import Any

from harness.regression.baseline_models import PanelPair, PanelVariant
from harness.spec.base_settings import FILE_KEYS
from harness.spec.fingerprint import draws_random_numbers
from harness.spec.settings import FILE, Settings
from harness.sweep.plan import Plan

__all__ = ["panel_pairs", "panel_variants"]


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
            style_sha256=plan.pictures[pair.style.text].sha256,
        )
        for pair in plan.spec.pairs
    )


def _without_folders(settings: Settings) -> dict[str, Any]:
    """Return settings that are the same on every machine: of files their names alone."""
    values = settings.model_dump(mode="json")
    for key in FILE_KEYS:
        if values[key].startswith(FILE):
            values[key] = f"{FILE}{values[key].rpartition('/')[2]}"
    return values
