"""Two frames of runs in, findings out: which variant regressed in which gated metric."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from reports import statistics
from reports.comparison import orientation
from reports.regression.model import Finding, Gate, State
from reports.regression.reasons import reason_broken, reason_described, reason_judged
from reports.regression.rule import SEVERITY, Inferred, infer, states
from reports.regression.samples import Sample, iter_samples

__all__ = ["describe", "judge", "needs_more"]


def judge(
    baseline: pd.DataFrame, candidate: pd.DataFrame, gates: Sequence[Gate], *, breaks: float
) -> tuple[Finding, ...]:
    """Judge every gate of every variant; all of them are one family of tests (Holm).

    Only runs that both sides have count, means over their seeds first. Where one side lacks a
    value that the other has, nothing is compared: a picture that cannot be scored must not drop
    out of the mean. A broken pair is red even where nothing can be inferred.

    Args:
        baseline: one row per run: ``variant``, ``pair``, ``content``, ``style``, ``seed``,
            ``seeded`` (whether seeds make a difference; where they do not, one row a pair), and
            a column per metric, NaN where there is no value.
        candidate: likewise.
        gates: what may turn it red.
        breaks: a pair that is worse by more than so many margins is red by itself.

    Returns:
        By variant, in the baseline's order, then in the order of the gates.

    Raises:
        ValueError: a run occurs twice in a frame, or the catalogue lacks a metric.
    """
    margins = {gate.metric: gate.margin for gate in gates}
    samples = list(iter_samples(baseline, candidate, list(margins)))
    return tuple(
        _judged(sample, inferred, p, margins[sample.metric], breaks)
        for sample, inferred, p in _inferred(samples, _one_sided)
    )


def needs_more(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The variants that fresh seeds should be run of: seeded, and red or undecided.

    Args:
        findings: of ``judge``.
    """
    asking = (State.INCONCLUSIVE, State.REGRESSED)
    variants = [found.variant for found in findings if found.n_seeds and found.state in asking]
    return tuple(dict.fromkeys(variants))


def describe(
    baseline: pd.DataFrame, candidate: pd.DataFrame, metrics: Sequence[str]
) -> tuple[Finding, ...]:
    """Say what became of metrics that are not gated: information, which never makes a result red.

    There is no margin (NaN), so the state is significance alone, by the two-sided p adjusted over
    all that is described: REGRESSED and IMPROVED are "worse (better) beyond the noise", however
    little that is, EQUIVALENT is "no difference at all", and all else INCONCLUSIVE. Of metrics
    of which neither direction is better, ``worse_by`` is the difference candidate − baseline,
    and any difference is INCONCLUSIVE.

    Args:
        baseline: as for ``judge``.
        candidate: likewise.
        metrics: catalogue names.
    """
    samples = list(iter_samples(baseline, candidate, metrics))
    return tuple(
        _described(sample, inferred, p) for sample, inferred, p in _inferred(samples, _two_sided)
    )


def _inferred(
    samples: Sequence[Sample], p_of: Callable[[Inferred], float]
) -> list[tuple[Sample, Inferred | None, float]]:
    """Every sample, what is inferred from it if anything may be, and its p adjusted (Holm)."""
    found = [None if one.refusal else infer(one.worse_by, one.sharing) for one in samples]
    adjusted = iter(statistics.holm([p_of(one) for one in found if one is not None]))
    return [
        (sample, one, math.nan if one is None else next(adjusted))
        for sample, one in zip(samples, found, strict=True)
    ]


def _one_sided(found: Inferred) -> float:
    return float(found.p)


def _two_sided(found: Inferred) -> float:
    """The p of the test that the mean is zero."""
    return 2 * min(float(found.p), 1 - float(found.p)) if found.mean else 1.0


def _judged(
    sample: Sample, found: Inferred | None, p: float, margin: float, breaks: float
) -> Finding:
    finding = _finding(sample, found, p, margin)
    broken = [pair for pair in finding.pairs if pair.worse_by > breaks * margin]
    finding = replace(finding, broken=tuple(pair.pair for pair in broken))
    if broken:
        reason = reason_broken(sample, broken[0], len(broken) - 1, breaks, margin)
        return replace(finding, state=State.REGRESSED, reason=reason)
    if found is None:
        return finding
    state = SEVERITY[int(states(found, p, margin, breaks))]
    return replace(finding, state=state, reason=reason_judged(state, sample, found, margin))


def _described(sample: Sample, found: Inferred | None, p: float) -> Finding:
    finding = _finding(sample, found, p, math.nan)
    if found is None:
        return finding
    is_ordered, is_clear = orientation(sample.metric) != 0, p < statistics.ALPHA
    if not sample.worse_by.any():
        state = State.EQUIVALENT
    elif is_clear and is_ordered:
        state = State.REGRESSED if found.mean > 0 else State.IMPROVED
    else:
        state = State.INCONCLUSIVE
    reason = reason_described(sample, found, is_ordered=is_ordered, is_clear=is_clear)
    return replace(finding, state=state, reason=reason)


def _finding(sample: Sample, found: Inferred | None, p: float, margin: float) -> Finding:
    """What is known before the verdict: NOT COMPARABLE, and why, where nothing is inferred."""
    has_pairs = bool(sample.pairs)
    finding = Finding(
        variant=sample.variant,
        metric=sample.metric,
        state=State.NOT_COMPARABLE,
        margin=margin,
        baseline=float(sample.baseline.mean()) if has_pairs else math.nan,
        candidate=float(sample.candidate.mean()) if has_pairs else math.nan,
        worse_by=float(sample.worse_by.mean()) if has_pairs else math.nan,
        n_seeds=sample.n_seeds,
        pairs=sample.findings(),
        reason=sample.refusal,
    )
    if found is None:
        return finding
    return replace(finding, low=float(found.low), high=float(found.high), p=p)
