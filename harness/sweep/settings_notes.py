"""What a reader must be told of settings and scores: stand-ins, random filters, absences."""

from collections.abc import Iterable

from harness.scoring.evaluators import EvaluatorSpec
from harness.spec.idle import idle_reason
from harness.spec.schedule import scales_of
from harness.spec.settings import Settings
from harness.transfer.objective import taps_in_use
from harness.transfer.pretrained.choice import foreign_note, learned_convolutions

__all__ = [
    "fallback_notes",
    "foreign_notes",
    "idle_notes",
    "pyramid_notes",
    "scoring_notes",
    "unlearned_notes",
]


def fallback_notes(wanted: Iterable[str], chosen: str) -> list[str]:
    """Return the note that ``auto`` parameters are not those of ImageNet, if so.

    Args:
        wanted: ``pretrained`` of every settings, before ``auto`` was resolved.
        chosen: What ``auto`` stands for.
    """
    if "auto" in set(wanted) and chosen == "kmeans":
        return [
            "ImageNet parameters are not on this machine: the embedded k-means filters are used "
            "(`--pretrained imagenet` downloads the real ones)"
        ]
    return []


def unlearned_notes(settings: Iterable[Settings]) -> list[str]:
    """Return the note that names taps with random filters, if there are any.

    Args:
        settings: Resolved settings, of all runs that the note is for.
    """
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


def foreign_notes(settings: Iterable[Settings]) -> list[str]:
    """Return the notes that preprocessing of one kind meets parameters of another.

    Args:
        settings: Resolved settings, of all runs that the notes are for.

    Raises:
        ParametersError: A file of parameters is missing or unreadable.
    """
    kinds = sorted({(one.preprocessing, one.pretrained, one.backbone) for one in settings})
    return [note for kind in kinds if (note := foreign_note(*kind)) is not None]


def pyramid_notes(settings: Iterable[Settings]) -> list[str]:
    """Return the notes that a pyramid has a single scale.

    Args:
        settings: Of all runs that the notes are for.
    """
    notes = set()
    for one in settings:
        scale, *others = scales_of(one)
        if one.pyramid != "none" and not others:
            notes.add(
                f"pyramid: {one.pyramid} has one scale only, of {scale.size_px} pixels with "
                f"{scale.iterations} iterations: the next smaller one is below pyramid_min: "
                f"{one.pyramid_min}"
            )
    return sorted(notes)


def idle_notes(settings: Iterable[Settings], keys: Iterable[str]) -> list[str]:
    """Return the notes that a setting was varied, or given, and does nothing.

    Args:
        settings: Of all runs that the notes are for.
        keys: Of those settings.
    """
    everyone = list(settings)
    reasons = {key: [idle_reason(one, key) for one in everyone] for key in keys}
    return [
        f"{key} does nothing here ({', '.join(sorted({_why(reason) for reason in found}))})"
        for key, found in reasons.items()
        if found and all(found)
    ]


def _why(reason: str | None) -> str:
    return (reason or "").removeprefix("idle: ")


def scoring_notes(evaluator: EvaluatorSpec) -> list[str]:
    """Return what a reader of an evaluator's scores should know."""
    notes = []
    if not evaluator.independent:
        notes.append(
            f"not independent: the scores are by parameters of {evaluator.kind} that were "
            "optimised"
        )
    if evaluator.lpips_reason:
        notes.append("content is scored by the evaluator's own features, for want of LPIPS")
    return notes
