"""What a reader must be told of settings and scores: stand-ins, random filters, absences."""

from collections.abc import Iterable

from harness.scoring.evaluators import EvaluatorSpec
from harness.spec.settings import Settings
from harness.transfer.objective import taps_in_use
from harness.transfer.pretrained.choice import foreign_note, learned_convolutions

__all__ = ["fallback_notes", "foreign_notes", "scoring_notes", "unlearned_notes"]


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
    kinds = sorted({(one.preprocessing, one.pretrained) for one in settings})
    return [note for kind in kinds if (note := foreign_note(*kind)) is not None]


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
