"""From one value per pair to a verdict, and to the effect that could have been found."""

import math
from dataclasses import dataclass
from enum import StrEnum

from reports import statistics
from reports.claims.rules import Expectation, Region
from reports.clusters import Inference, Sharing, infer_mean
from reports.numbers import counted
from reports.statistics import MINIMUM_PAIRS, Values

__all__ = ["Effect", "Verdict", "estimate", "least_found"]


class Verdict(StrEnum):
    """What the measurement says of an expectation."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The mean over the pairs, how sure it is, and what follows.

    Attributes:
        n_pairs: Pairs with a value.
        mean: Over the pairs; NaN without any.
        low: Lower end of the simultaneous interval; NaN where nothing may be inferred.
        high: Upper end, likewise.
        level: Of that interval, in (0, 1).
        verdict: None where nothing was expected.
        reason: Why the verdict is "cannot tell", or why there is no interval; else empty.
        least: What could have been found with 80 % power, see ``least_found``; NaN if unknown.
        least_pairs: How many pairs of this spread ``least`` is for: those at hand, or six where
            there are fewer.
    """

    n_pairs: int
    mean: float
    low: float
    high: float
    level: float
    verdict: Verdict | None
    reason: str
    least: float
    least_pairs: int


def estimate(
    values: Values,
    sharing: Sharing,
    expected: Expectation | None,
    *,
    parts: int,
    lacking: str = "",
) -> Effect:
    """Judge an expectation of the mean over pairs.

    Args:
        values: (n,) float64, finite: one value per pair.
        sharing: Of those n pairs.
        expected: Where the mean lies if the claim is true; None to only measure.
        parts: How many expectations the claim rests on: the level of the interval is 1 less
            5 % shared among them, so that all intervals hold at once at 95 %.
        lacking: Why nothing may be concluded whatever the values; empty where something may.
    """
    alpha = statistics.ALPHA / max(1, parts)
    mean = float(values.mean()) if values.size else math.nan
    refusal = _refusal(values, sharing)
    inferred = None if refusal else infer_mean(values, sharing, alpha)
    width = math.nan if inferred is None else inferred.half_width
    low, high = mean - width, mean + width
    reason = lacking or refusal
    verdict = None
    if expected is not None:
        verdict = Verdict.CANNOT_TELL if reason else _verdict(low, high, expected)
        if verdict is Verdict.CANNOT_TELL and not reason:
            reason = _undecided(expected)
    least, least_pairs = _least(values, sharing, inferred, expected, alpha)
    return Effect(
        n_pairs=values.size,
        mean=mean,
        low=low,
        high=high,
        level=1 - alpha,
        verdict=verdict,
        reason=reason,
        least=least,
        least_pairs=least_pairs,
    )


def least_found(
    expected: Expectation, standard_error: float, degrees: float, *, alpha: float
) -> float:
    """The least effect that such a sample would have shown with 80 % power.

    Above or below a margin: the true mean nearest to the margin at which the expectation would
    be found supported. Within a margin: the narrowest margin that would be found kept if there
    were no difference at all. The two ends of the interval then share the chance of failing,
    which makes the power at least 80 %, and a little more in small samples.

    Args:
        expected: The expectation.
        standard_error: Of the mean over the pairs.
        degrees: Of freedom of its t distribution.
        alpha: 1 less the level of the interval.
    """
    if expected.region is Region.WITHIN:
        power = (1 + statistics.POWER) / 2
        return standard_error * statistics.least_shift(degrees, alpha, power)
    beyond = standard_error * statistics.least_shift(degrees, alpha)
    return expected.margin + (beyond if expected.region is Region.ABOVE else -beyond)


def _refusal(values: Values, sharing: Sharing) -> str:
    """Why nothing may be inferred from such a sample."""
    if not values.size:
        return "no pair has a value"
    if values.size < MINIMUM_PAIRS:
        return f"{counted(values.size, 'pair')}; at least {MINIMUM_PAIRS} are needed"
    return sharing.refusal


def _verdict(low: float, high: float, expected: Expectation) -> Verdict:
    """Where the whole interval lies."""
    margin = expected.margin
    supported, contradicted = {
        Region.ABOVE: (low > margin, high < margin),
        Region.BELOW: (high < margin, low > margin),
        Region.WITHIN: (-margin < low and high < margin, low > margin or high < -margin),
    }[expected.region]
    if supported:
        return Verdict.SUPPORTED
    return Verdict.CONTRADICTED if contradicted else Verdict.CANNOT_TELL


def _undecided(expected: Expectation) -> str:
    if expected.region is Region.WITHIN:
        return "the interval reaches across an end of the margin"
    return "the interval reaches across the margin"


def _least(
    values: Values,
    sharing: Sharing,
    inferred: Inference | None,
    expected: Expectation | None,
    alpha: float,
) -> tuple[float, int]:
    """What could have been found, and with how many pairs."""
    if expected is None or values.size < 2:  # noqa: PLR2004 - one value has no spread
        return math.nan, values.size
    if inferred is None:  # nothing at all could be found: what six such pairs would find
        error = statistics.standard_deviation(values) / math.sqrt(MINIMUM_PAIRS)
        degrees, pairs = float(MINIMUM_PAIRS - 1), MINIMUM_PAIRS
    else:
        degrees, pairs = sharing.degrees, values.size
        error = inferred.error
    return least_found(expected, error, degrees, alpha=alpha), pairs
