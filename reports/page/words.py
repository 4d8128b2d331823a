"""What a page says in words: how much was tried, what failed, what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass

from metrics.catalog import CATALOG
from reports.frame import FINISHED, distinct_runs, non_empty
from reports.material import Material
from reports.numbers import counted
from reports.page.listing import Listing
from reports.page.pictures import Album

__all__ = [
    "Failure",
    "facts",
    "failures",
    "missing_metrics",
    "reductions",
]

KINDS: Mapping[str, str] = {
    "results": "result",
    "contents": "content",
    "styles": "style",
    "snapshots": "snapshot",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Runs of one variant that ended in the same way."""

    variant: str
    status: str
    reason: str
    cases: tuple[str, ...]


def facts(material: Material) -> list[str]:
    """Return how much was tried, and who scored it."""
    runs = distinct_runs(material.runs)
    finished = int((runs["status"] == FINISHED).sum())
    counts = counted(len(runs), "run")
    seeds = material.runs["seed"].nunique()
    scored = non_empty(material.runs["evaluator_id"])
    return [
        counts if finished == len(runs) else f"{counts}, {finished} of them finished",
        counted(material.runs["pair"].nunique(), "pair"),
        counted(material.runs["variant"].nunique(), "variant"),
        *([f"{seeds} seeds"] if seeds > 1 else []),
        *([f"scored by `{scored[0]}`"] if scored else ["nothing scored"]),
    ]


def failures(listing: Listing) -> list[Failure]:
    """Return the runs that did not finish, those of one variant and reason together."""
    cases: dict[tuple[str, str, str], list[str]] = {}
    for cell, row in zip(listing.cells, listing.rows, strict=True):
        if cell.status != FINISHED:
            error = row.get("error")
            reason = error.strip() if isinstance(error, str) else ""
            cases.setdefault((cell.variant, cell.status, reason), []).append(str(row["case"]))
    return [
        Failure(variant=variant, status=status.lower(), reason=reason, cases=tuple(found))
        for (variant, status, reason), found in cases.items()
    ]


def missing_metrics(material: Material) -> list[tuple[str, str]]:
    """Return which measurements have no values, and why."""
    return [
        (CATALOG[name].short if name in CATALOG else name, reason)
        for name, reason in material.absent.items()
    ]


def reductions(albums: Mapping[str, Album]) -> list[str]:
    """Return what was done to pictures so that the page stays small."""
    lines = []
    whole: dict[str, list[str]] = {}
    for kind, album in albums.items():
        noun = KINDS[kind]
        if album.n_reduced:
            lines.append(
                f"{counted(album.n_reduced, noun)} made smaller: "
                f"{album.size.long_side_px} px at most ({album.size.words})."
            )
        elif album.uris and album.size.kind.quality is not None:
            whole.setdefault(album.size.words, []).append(kind)
        if album.n_left_out:
            lines.append(f"{counted(album.n_left_out, noun)} found no room on this page.")
        if album.n_unreadable:
            lines.append(f"{counted(album.n_unreadable, noun)} could not be read.")
    return [
        *lines,
        *(f"In full size, but {words}: {', '.join(kinds)}." for words, kinds in whole.items()),
    ]
