"""Claims judged by the rules that were written down before there was a result."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from reports.claims.effects import Effect, Verdict, estimate
from reports.claims.judged import JudgedClaim, JudgedPart, JudgedQuestion
from reports.claims.operands import UPPER_BOUND, Measured, measure
from reports.claims.rules import Claim, How, Part, Question, Rules
from reports.claims.sides import incomparable
from reports.claims.verdicts import JudgedClaims
from reports.clusters import sharing_of
from reports.comparison import pair_pictures
from reports.material import Material
from reports.numbers import counted
from reports.statistics import Values, paired_differences

__all__ = ["JudgedClaims", "judge_claims"]

Materials = Mapping[str, Material]


def judge_claims(rules: Rules, materials: Materials) -> JudgedClaims:
    """Judge every claim whose experiments are all there.

    A rule that does not fit its sweep (no such axis, label, metric or iteration) gives "cannot
    tell", says why, and is named in ``JudgedClaims.mistakes``: what else was measured still
    counts.

    Args:
        rules: What was written down.
        materials: Name of an experiment's file, as in ``a-2`` → its sweep. Claims that need one
            that is not there are left out, and named.
    """
    not_run = {claim.name: _absent(claim.parts, materials) for claim in rules.claims}
    claims = tuple(
        JudgedClaim(claim=claim, parts=_judged(claim.parts, materials))
        for claim in rules.claims
        if not claim.waits and not not_run[claim.name]
    )
    questions = (_question(one, rules, claims, materials) for one in rules.questions)
    return JudgedClaims(
        rules=rules,
        claims=claims,
        questions=tuple(one for one in questions if one.claims or one.parts),
        waiting=tuple(claim for claim in rules.claims if claim.waits),
        not_run={
            claim.name: not_run[claim.name]
            for claim in rules.claims
            if not_run[claim.name] and not claim.waits
        },
    )


def _absent(parts: Sequence[Part], materials: Materials) -> tuple[str, ...]:
    """The experiments that are not there."""
    return tuple(dict.fromkeys(part.sweep for part in parts if part.sweep not in materials))


def _question(
    question: Question, rules: Rules, claims: Sequence[JudgedClaim], materials: Materials
) -> JudgedQuestion:
    known = {claim.name: claim for claim in rules.claims}
    judged = {one.claim.name: one for one in claims}
    absent = [
        name for name in question.claims if name not in judged and not _waits(known.get(name))
    ]
    parts = tuple(part for part in question.parts if part.sweep in materials)
    return JudgedQuestion(
        question=question,
        claims=tuple(judged[name] for name in question.claims if name in judged),
        parts=_judged(parts, materials),
        not_run=(*absent, *_absent(question.parts, materials)),
    )


def _waits(claim: Claim | None) -> bool:
    return claim is not None and bool(claim.waits)


def _judged(parts: Sequence[Part], materials: Materials) -> tuple[JudgedPart, ...]:
    """Judge the parts of one claim or question: a family of expectations."""
    family = sum(part.expect is not None for part in parts)
    return tuple(_part(part, materials[part.sweep], family) for part in parts)


def _part(part: Part, material: Material, family: int) -> JudgedPart:
    try:
        of = measure(part.of, material, part.metric)
        less = None if part.less is None else measure(part.less, material, part.metric)
    except ValueError as error:
        reason = f"the rule does not fit the sweep: {error}"
        effect = _effect(np.empty(0), (), part, family, reason)
        return JudgedPart(part=part, sweep=material.sweep, effect=effect, mistake=str(error))
    values, notes = _values(of, less, part.how)
    lacking = of.lacking or (less.lacking if less is not None else "")
    compared = less.variants if less is not None else of.variants
    lacking = lacking or incomparable(part.metric, material.runs, of.variants, compared)
    pictures = pair_pictures(material.runs)
    found = values.dropna()
    effect = _effect(
        np.asarray(found, dtype=np.float64),
        tuple(pictures[str(pair)] for pair in found.index),
        part,
        family,
        lacking,
    )
    return JudgedPart(
        part=part,
        sweep=material.sweep,
        of=of.variants,
        less=less.variants if less is not None else (),
        by_pair={str(pair): float(value) for pair, value in values.items()},
        effect=_bounded(effect, part, of),
        notes=(*of.notes, *notes),
    )


def _effect(
    values: Values,
    pictures: tuple[tuple[str, str], ...],
    part: Part,
    family: int,
    lacking: str,
) -> Effect:
    return estimate(values, sharing_of(pictures), part.expect, parts=family, lacking=lacking)


def _values(
    of: Measured, less: Measured | None, how: How
) -> tuple["pd.Series[float]", tuple[str, ...]]:
    """One value per pair from both sides, and what became of pairs without one."""
    if less is None:
        values, needed = of.by_pair, "value"
    else:
        first, second = (
            np.asarray(side.by_pair.reindex(of.by_pair.index), dtype=np.float64)
            for side in (of, less)
        )
        needed = "value on both sides"
        if how is How.RATIO:
            first, second = _logarithms(first), _logarithms(second)
            needed += " that is above 0"
        values = pd.Series(paired_differences(first, second), index=of.by_pair.index)
    without = int(values.isna().sum())
    if 0 < without < len(values):
        note = f"{without} of {counted(len(values), 'pair')} left out: no {needed}"
        return values, (note,)
    return values, ()


def _logarithms(values: Values) -> Values:
    """Natural logarithms; NaN where there is none."""
    return np.log(np.where(values > 0, values, np.nan))


def _bounded(effect: Effect, part: Part, of: Measured) -> Effect:
    """Take back what an upper bound cannot show: that the true value is large."""
    if not of.is_upper_bound or part.expect is None or effect.verdict is Verdict.CANNOT_TELL:
        return effect
    if part.less is None and not effect.low > part.expect.margin:
        return effect
    return replace(effect, verdict=Verdict.CANNOT_TELL, reason=UPPER_BOUND)
