"""The sentences that say why a verdict is what it is."""

import math

from reports.numbers import fixed
from reports.regression.model import SECONDS, PairFinding, State
from reports.regression.rule import Inferred
from reports.regression.samples import Sample

__all__ = ["amount", "decimals_of", "reason_broken", "reason_described", "reason_judged"]


def amount(metric: str, value: float, margin: float) -> str:
    """How much, without a sign, to the digits that the margin is given in.

    Args:
        metric: catalogue name; ``seconds`` are told in percent.
        value: in the margin's unit; of ``seconds`` the logarithm of the ratio.
        margin: what it is measured by.
    """
    if metric == SECONDS:
        return f"{fixed(abs(100 * math.expm1(value)), decimals_of(margin) - 2)} %"
    return fixed(abs(value), decimals_of(margin))


def reason_judged(state: State, sample: Sample, found: Inferred, margin: float) -> str:
    """Why the verdict on a gate is what it is.

    Args:
        state: the verdict, no pair being broken.
        sample: what was judged.
        found: what was inferred from it.
        margin: of the gate.
    """
    mean, low, high = float(found.mean), float(found.low), float(found.high)
    threshold, over = amount(sample.metric, margin, margin), f"over {sample.size}"
    if not sample.worse_by.any():
        return f"the same {over}"
    if state in {State.EQUIVALENT, State.INCONCLUSIVE}:
        ends = [_leaning(sample.metric, end, margin) for end in (low, high)]
        between = f"between {' and '.join(ends)} with 90 % confidence"
        if state is State.EQUIVALENT:
            return f"{between}, within the margin of {threshold}, {over}"
        return f"{between} {over}; margin {threshold}: cannot tell"
    least = amount(sample.metric, low if state is State.REGRESSED else high, margin)
    much = _signed(sample.metric, mean, margin)
    return f"{much} (at least {least} with 95 % confidence; margin {threshold}) {over}"


def reason_broken(
    sample: Sample, worst: PairFinding, others: int, limit: float, gate: float
) -> str:
    """Why a single pair makes the verdict red.

    Args:
        sample: what was judged.
        worst: the worst pair.
        others: how many more pairs are broken.
        limit: how many margins break a pair.
        gate: the margin.
    """
    more = f"; so {'is' if others == 1 else 'are'} {others} more" if others else ""
    much = _signed(sample.metric, worst.worse_by, gate)
    return f"{worst.pair} alone is {much}, more than {limit:g} margins{more}"


def reason_described(sample: Sample, found: Inferred, *, is_ordered: bool, is_clear: bool) -> str:
    """What is seen of a metric that is not gated.

    Args:
        sample: what was looked at.
        found: what was inferred from it.
        is_ordered: whether one direction of the metric is better.
        is_clear: whether the difference is significant.
    """
    mean, width = float(found.mean), float(found.high - found.low)
    if not sample.worse_by.any():
        return f"the same over {sample.size}"
    scale = max(width / 2, abs(mean) / 10)
    much = f"{'higher' if mean > 0 else 'lower'} by {amount(sample.metric, mean, scale)}"
    if is_ordered:
        much = _signed(sample.metric, mean, scale)
    clear = "beyond the noise" if is_clear else "within the noise"
    return f"{much} over {sample.size}, {clear}; not gated"


def _signed(metric: str, value: float, margin: float) -> str:
    return f"{_word(metric, value)} by {amount(metric, value, margin)}"


def _leaning(metric: str, value: float, margin: float) -> str:
    return f"{amount(metric, value, margin)} {_word(metric, value)}"


def _word(metric: str, value: float) -> str:
    words = ("slower", "faster") if metric == SECONDS else ("worse", "better")
    return words[value < 0]


def decimals_of(margin: float) -> int:
    """Decimals that show a third of it."""
    return min(6, max(2, -math.floor(math.log10(margin / 3)))) if margin > 0 else 2
