"""What a reader of the results must be told: fallbacks, absences, limits of the backbone."""

from harness.spec.settings import Settings
from harness.sweep.plan import Plan
from harness.transfer.objective import taps_in_use
from harness.transfer.pretrained.choice import learned_convolutions

__all__ = ["plan_notes"]


def plan_notes(plan: Plan) -> list[str]:
    """Return every note of a plan once, most important first."""
    notes = [
        *_fallbacks(plan),
        *_unlearned(plan.settings),
        *_scoring(plan),
        *plan.spec.notes,
    ]
    repeats = len(plan.cells) - len(plan.runs)
    if repeats:
        notes.append(
            f"{repeats} of {len(plan.cells)} cells repeat another run exactly (a start that draws "
            "no random numbers makes every seed the same run): done and counted once"
        )
    return notes


def _fallbacks(plan: Plan) -> list[str]:
    wanted_auto = any(variant.settings.pretrained == "auto" for variant in plan.spec.variants)
    if wanted_auto and plan.choices.pretrained == "kmeans":
        return [
            "ImageNet parameters are not on this machine: the embedded k-means filters are used "
            "(`--pretrained imagenet` downloads the real ones)"
        ]
    return []


def _unlearned(settings: tuple[Settings, ...]) -> list[str]:
    taps = {
        tap
        for one in settings
        for tap in taps_in_use(one)
        if one.pretrained == "kmeans"
        and tap != "rgb"
        and tap.replace("relu", "conv") not in learned_convolutions(one.backbone)
    }
    if not taps:
        return []
    return [
        f"{', '.join(sorted(taps))}: random filters (the embedded parameters were not learned "
        "that deep), so these taps say little about ImageNet ones"
    ]


def _scoring(plan: Plan) -> list[str]:
    evaluator = plan.evaluator
    notes = [f"second opinion by {evaluator.second_id}, in the files beside this table"]
    if not evaluator.independent:
        notes.insert(
            0, f"not independent: runs of this sweep optimise the parameters of {evaluator.kind}"
        )
    if evaluator.lpips_reason:
        notes.append("content is scored by the evaluator's own features, for want of LPIPS")
    return notes
