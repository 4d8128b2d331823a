"""The walk of the rules: baseline against final model, and what each change was worth."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from reports.claims.rules import Walk
from reports.claims.way import LOSS
from reports.frame import non_empty
from reports.versus.comparison import compare_sides
from reports.versus.quantities import PLANNED, Group, Quantity
from reports.versus.table import display_of, numbers_of
from reports.walk.strides import Walked
from reports.walk.words import DID, notes_of, sentence_of

__all__ = ["WalkTable", "tabulate_walk"]

BASELINE, FINAL = "baseline", "final model"
SIDES = (
    f"A: {BASELINE}, B: {FINAL}. Rows: times, losses, the two scores, and what else differs "
    "significantly."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkTable:
    """The table and the causes, as text.

    Attributes:
        says: What it shows, in words.
        wrote: What the report wrote of it; may be empty.
        headline: What the comparison of the two ends says.
        table: Quantities of baseline (A) and final model (B): times, loss, scores, and whatever
            else differs significantly.
        table_notes: The lines under it.
        sentence: What the walk from one to the other says.
        causes: One row for each change.
        decided: For each row of ``causes`` whether anything is sure.
        causes_notes: The lines under it.
        record: Every number of both tables, for JSON.
    """

    says: str
    wrote: str
    headline: str
    table: pd.DataFrame
    table_notes: tuple[str, ...]
    sentence: str
    causes: pd.DataFrame
    decided: tuple[bool, ...]
    causes_notes: tuple[str, ...]
    record: Mapping[str, object]


def tabulate_walk(walk: Walk, walked: Walked) -> WalkTable | None:
    """Compare the ends of a walk and tell what its changes were worth.

    Args:
        walk: The rule.
        walked: What came of it.

    Returns:
        None where no pair is finished at every station.
    """
    if not walked.pairs:
        return None
    first, last = next(iter(walked.stations)), walked.whole.variant
    names = {first: BASELINE, last: FINAL}
    ends = walked.runs[walked.runs["variant"].isin(names)]
    found = compare_sides(ends.assign(variant=ends["variant"].map(names)), BASELINE)
    kept = [_is_kept(one) for one in found.quantities]
    strides = (*walked.strides, walked.whole)
    evaluators = non_empty(walked.runs["evaluator_id"])
    return WalkTable(
        says=walk.says,
        wrote=walk.wrote,
        headline=found.headline,
        table=display_of(found)[kept],
        table_notes=(SIDES, *found.notes),
        sentence=sentence_of(walked),
        causes=walked.display,
        decided=(False, *(one.judgement.verdict in DID for one in strides)),
        causes_notes=tuple(notes_of(walked, evaluators)),
        record={
            "headline": found.headline,
            "quantities": numbers_of(found).to_dict("records"),
            "sentence": sentence_of(walked),
            "causes": walked.summary.to_dict("records"),
            "pairs": list(walked.pairs),
        },
    )


def _is_kept(row: Quantity) -> bool:
    """Whether a row is a time, a loss or a score, or differs significantly."""
    is_asked = row.group in {Group.TIME, Group.LOSS} and "/" not in row.name.removeprefix(LOSS)
    return is_asked or row.name in PLANNED or bool(row.word)
