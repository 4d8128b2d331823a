"""Two sides of a comparison as one runs frame, and the settings in which they differ."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import chain

import numpy as np
import pandas as pd

from harness.spec.loss_key import LOSS_KNOBS
from harness.sweep.results import Cell, runs_frame
from harness.sweep.side import Side, SideRun
from harness.sweep.side_scores import SideScores
from harness.sweep.tracking.membership import Member, MemberCase, Membership
from harness.sweep.tracking.names import LOSS_PREFIX, Tag
from reports.versus.changes import Change

__all__ = ["Cases", "Pair", "changes_between", "frame_of", "named_cases"]

Pair = tuple[str, str]
"""The SHA-256 of the content's and of the style's file."""

Cases = Mapping[tuple[Pair, int], MemberCase]
"""By pair and seed."""

LOSS_TAGS = {Tag.PARAMETERS: "parameters of the backbone", Tag.ENGINE_REVISION: "engine revision"}
"""What else a loss hangs on, beside the settings, and what to call it."""


def frame_of(
    sides: tuple[Side, Side], cases: Cases, common: Collection[Pair], scores: SideScores
) -> pd.DataFrame:
    """Return one row per (side, case) as ``reports`` wants it, with the parts of the losses.

    Args:
        sides: The baseline and the other.
        cases: What ``named_cases`` returned for them.
        common: The pairs that both have: others are not scored.
        scores: Of one evaluator.
    """
    places = {key: place for place, key in enumerate(cases)}
    cells = {run.fingerprint: _cell(run, common, scores) for side in sides for run in side.runs}
    membership = Membership(
        variants=tuple(side.label for side in sides),
        baseline=0,
        members=tuple(
            Member(
                variant=place,
                case=places[run.pair, run.case.seed],
                fingerprint=run.fingerprint,
                run_id=run.stored.run_id if run.stored is not None else "",
            )
            for place, side in enumerate(sides)
            for run in side.runs
        ),
        loss_keys=tuple(_loss_key(side) for side in sides),
        cases=tuple(cases.values()),
    )
    frame = runs_frame(membership, cells, scores.evaluator.id, balance=scores.balance)
    losses = {name for cell in cells.values() for name in cell.metrics if _is_loss_part(name)}
    for name in sorted(losses):
        values = {key: cell.metrics.get(name, np.nan) for key, cell in cells.items()}
        frame[name] = frame["fingerprint"].map(values)
    frame["flags"] = [
        scores.flags.get(key, found)
        for key, found in zip(frame["fingerprint"], frame["flags"], strict=True)
    ]
    return frame


def _cell(run: SideRun, common: Collection[Pair], scores: SideScores) -> Cell:
    if run.is_finished and run.pair in common:
        return scores.cell(run)
    return Cell(stored=run.stored, metrics={}, status=run.status, error=run.error)


def _is_loss_part(name: str) -> bool:
    return name.startswith(LOSS_PREFIX) and name != f"{LOSS_PREFIX}total"


def named_cases(sides: tuple[Side, Side]) -> Cases:
    """Return every case once, under names that tell different pictures apart."""
    cases = {(run.pair, run.case.seed): run.case for side in reversed(sides) for run in side.runs}
    ordered = {
        (run.pair, run.case.seed): cases[run.pair, run.case.seed]
        for side in sides
        for run in side.runs
    }
    contents = _distinct({one.content_sha256: one.content for one in ordered.values()})
    styles = _distinct({one.style_sha256: one.style for one in ordered.values()})
    return {
        key: replace(
            case,
            content=contents[case.content_sha256],
            style=styles[case.style_sha256],
            pair=f"{contents[case.content_sha256]} × {styles[case.style_sha256]}",
        )
        for key, case in ordered.items()
    }


def _distinct(names: Mapping[str, str]) -> dict[str, str]:
    """Return names by hash, with some of the hash where two pictures have one name."""
    counts: dict[str, int] = {}
    for name in names.values():
        counts[name] = counts.get(name, 0) + 1
    return {
        digest: name if counts[name] == 1 else f"{name} ({digest[:8]})"
        for digest, name in names.items()
    }


def _loss_key(side: Side) -> str:
    """Return what two sides must share for their losses to be compared; empty if not known."""
    keys = {
        "|".join(run.tags.get(name, "") for name in (Tag.LOSS_KEY, *LOSS_TAGS))
        for run in side.stored
        if run.tags.get(Tag.LOSS_KEY)
    }
    return keys.pop() if len(keys) == 1 else ""


def changes_between(baseline: Side, other: Side) -> list[Change]:
    """Return the settings that differ; none where those of one side are not known."""
    known = baseline.settings and other.settings
    keys = dict.fromkeys(chain(baseline.settings, other.settings)) if known else {}
    found = [
        Change(
            key=key,
            before=baseline.settings.get(key, ""),
            after=other.settings.get(key, ""),
            in_loss=key.partition(".")[0] in LOSS_KNOBS,
        )
        for key in keys
        if baseline.settings.get(key) != other.settings.get(key)
    ]
    for tag, name in LOSS_TAGS.items():
        before, after = (
            next((run.tags[tag] for run in side.stored if tag in run.tags), "")
            for side in (baseline, other)
        )
        if before and after and before != after:
            found.append(Change(key=name, before=before, after=after, in_loss=True))
    return found
