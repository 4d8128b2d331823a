"""What a reader of a sweep's results must be told: fallbacks, absences, limits of the backbone."""

from harness.sweep.plan import Plan
from harness.sweep.settings_notes import fallback_notes, scoring_notes, unlearned_notes

__all__ = ["plan_notes"]


def plan_notes(plan: Plan) -> list[str]:
    """Return every note of a plan once, most important first."""
    notes = [
        *fallback_notes(
            (one.settings.pretrained for one in plan.spec.variants), plan.choices.pretrained
        ),
        *unlearned_notes(plan.settings),
        *scoring_notes(plan.evaluator),
        f"second opinion by {plan.evaluator.second_id}",
        *plan.spec.notes,
    ]
    repeats = len(plan.cells) - len(plan.runs)
    if repeats:
        notes.append(
            f"{repeats} of {len(plan.cells)} cells repeat another run exactly (a start that draws "
            "no random numbers makes every seed the same run): done and counted once"
        )
    return notes
