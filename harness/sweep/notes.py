"""What a reader of a sweep's results must be told: fallbacks, absences, limits of the backbone."""

import json
from collections.abc import Iterable

from harness.spec.setting_keys import is_setting
from harness.sweep.plan import Plan
from harness.sweep.settings_notes import (
    fallback_notes,
    foreign_notes,
    idle_notes,
    pyramid_notes,
    scoring_notes,
    unlearned_notes,
)
from harness.sweep.tracking.names import TAG_LIMIT
from reports.numbers import counted

__all__ = ["dump_notes", "plan_notes"]

LONGEST = 1000  # characters of a note in a tag: what is longer repeats itself


def plan_notes(plan: Plan) -> list[str]:
    """Return every note of a plan once, most important first."""
    notes = [
        *fallback_notes(
            (one.settings.pretrained for one in plan.spec.variants), plan.choices.pretrained
        ),
        *unlearned_notes(plan.settings),
        *foreign_notes(plan.settings),
        *pyramid_notes(plan.settings),
        *idle_notes(plan.settings, filter(is_setting, plan.spec.axes)),
        *scoring_notes(plan.evaluator),
        f"second opinion by {plan.evaluator.second_id}",
        *plan.spec.notes,
    ]
    repeats = len(plan.cells) - len(plan.runs)
    if repeats:
        why = (
            "a start that draws no random numbers makes every seed the same run"
            if len(plan.spec.seeds) > 1
            else "their pictures and settings are equal"
        )
        notes.append(
            f"{repeats} of {len(plan.cells)} cells repeat another run exactly ({why}): done and "
            "counted once"
        )
    return notes


def dump_notes(notes: Iterable[str]) -> str:
    """Return notes as JSON that fits a tag; those that do not fit are counted in the last one."""
    kept = [one if len(one) <= LONGEST else f"{one[:LONGEST]}…" for one in notes]
    dropped = 0
    text = json.dumps(kept)
    while len(text) > TAG_LIMIT:
        kept.pop()
        dropped += 1
        text = json.dumps([*kept, f"and {counted(dropped, 'more note')}"])
    return text
