"""What a walk found, in one sentence, and the lines under its table."""

import math
from collections.abc import Sequence

from reports.numbers import counted
from reports.statistics import MINIMUM_PAIRS
from reports.verdict import CONTENT, STYLE, Verdict
from reports.versus.comparison import planned_finding
from reports.versus.sides import quoted
from reports.walk.strides import Stride, Walked

__all__ = ["DID", "notes_of", "sentence_of"]

NOTABLE = math.log(1.1)  # a running time that differs by less is no news
DID = {Verdict.BETTER: "paid", Verdict.WORSE: "cost", Verdict.TRADE_OFF: "traded"}
"""What a change did, by the verdict on it; no entry where nothing is sure."""


def sentence_of(walked: Walked) -> str:
    """Say which changes paid, which cost, and which made the work faster or slower."""
    if not walked.pairs:
        return "Cannot tell: no pair is finished at every station of the walk."
    clauses = [*_verdicts(walked.strides), *_times(walked.strides)]
    return f"{'; '.join(clauses)}. {_whole(walked)}."


def _verdicts(strides: Sequence[Stride]) -> list[str]:
    total = counted(len(strides), "change")
    judged = [one for one in strides if one.judgement.verdict in DID]
    if not judged:
        return [f"Of {total} none made a significant difference to either score"]
    said = []
    for verdict, did in DID.items():
        named = [_finding(one) for one in judged if one.judgement.verdict is verdict]
        if named:
            said.append(f"{len(named)} {did}: {', and '.join(named)}")
    said[0] = f"Of {total} {said[0]}"
    return said


def _finding(stride: Stride) -> str:
    found = (planned_finding(stride.judgement, name) for name in (STYLE, CONTENT))
    return f"{quoted(stride.change)}, with {' and '.join(found)}"


def _times(strides: Sequence[Stride]) -> list[str]:
    notable = [one for one in strides if one.time is not None and abs(one.time.log) >= NOTABLE]
    ranked = sorted(notable, key=lambda one: -abs(one.time.log) if one.time is not None else 0)
    return [f"{quoted(one.change)} made it {one.time.short}" for one in ranked[:2] if one.time]


def _whole(walked: Walked) -> str:
    whole = walked.whole
    pairs = counted(len(walked.pairs), "pair")
    speed = f", {whole.time.short}" if whole.time is not None else ""
    if whole.judgement.verdict in DID:
        found = (planned_finding(whole.judgement, name) for name in (STYLE, CONTENT))
        return f"In all, over {pairs}: {whole.judgement.verdict}: {', '.join(found)}{speed}"
    return f"In all, over {pairs}: {whole.judgement.reason}{speed}"


def notes_of(walked: Walked, evaluators: Sequence[str]) -> list[str]:
    """Write the lines that belong under the table, most needed first.

    Args:
        walked: What came of the walk.
        evaluators: Who scored.
    """
    count = counted(len(walked.pairs), "pair")
    style = walked.whole.judgement.comparisons[STYLE]
    if style.dependence:
        reading = f"No verdict: {style.dependence}. `pairing: zip` makes independent pairs."
    elif style.p is None:
        reading = f"No verdict: {count}; at least {MINIMUM_PAIRS} are needed."
    else:
        reading = (
            "In brackets: paired difference from the row above ± its 95 % t interval over "
            f"{count}; in the last row from the baseline. Verdicts: paired t test at 5 %, "
            f"Holm-adjusted over the {counted(len(walked.strides), 'change')} for each score."
        )
    return [
        reading,
        "The differences of the changes add up to the last row's: all rest on the pairs that "
        "every station finished.",
        "Each change is judged on top of those above it; another order (`--order`) may share the "
        "same total out differently.",
        *[f"Scored by {name}." for name in evaluators],
    ]
