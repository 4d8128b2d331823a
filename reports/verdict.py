"""The verdict on each variant: better, worse, trade-off, or cannot tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from reports.comparison import Comparison, compare
from reports.frame import variants_in_order
from reports.statistics import MINIMUM_PAIRS

__all__ = ["CONTENT", "STYLE", "Judgement", "Verdict", "judge", "judge_variants"]

STYLE = "style/gain"
CONTENT = "content/score"
NAMES = {STYLE: "style gain", CONTENT: "content score"}


class Verdict(StrEnum):
    """What the paired comparison with the baseline says about a variant."""

    BETTER = "better"
    WORSE = "worse"
    TRADE_OFF = "trade-off"
    CANNOT_TELL = "cannot tell"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict and what it rests on.

    ``verdict`` is None where pairs share too few pictures to test anything. ``comparisons`` maps
    style gain and content score to their comparison; it is empty for the baseline.
    """

    verdict: Verdict | None
    reason: str
    comparisons: Mapping[str, Comparison]

    @property
    def n_pairs(self) -> int:
        """Pairs that both metrics were compared on."""
        return _pairs_compared(self.comparisons)

    @property
    def pairs_needed(self) -> int | None:
        """Least number of pairs at which one of the observed differences would be found.

        Of independent ones, whatever the pairs at hand share.
        """
        return _pairs_needed(self.comparisons)

    @property
    def sharing(self) -> str:
        """What the pairs are made of where they share pictures; else empty."""
        return _sharing(self.comparisons)


def judge_variants(runs: pd.DataFrame, baseline: str) -> dict[str, Judgement]:
    """Judge every variant against the baseline by style gain and content score.

    Args:
        runs: one row per (variant, case).
        baseline: label of the variant the others are compared with.

    Returns:
        Variant label → judgement, in the sweep's order, the baseline included.
    """
    styles, contents = (compare(runs, metric, baseline) for metric in (STYLE, CONTENT))
    itself = Judgement(
        verdict=Verdict.BASELINE, reason="the others are compared with it", comparisons={}
    )
    return {
        variant: itself if variant == baseline else judge(styles[variant], contents[variant])
        for variant in variants_in_order(runs)
    }


def judge(style: Comparison, content: Comparison) -> Judgement:
    """Judge one variant from its two comparisons.

    Better: one differs significantly for the better and the other not significantly for the
    worse; worse is its mirror image; trade-off: both differ, in opposite directions.
    """
    comparisons = {STYLE: style, CONTENT: content}
    undecided = Judgement(
        verdict=Verdict.CANNOT_TELL, reason=_why_not(comparisons), comparisons=comparisons
    )
    dependence = style.dependence or content.dependence
    if dependence:
        return Judgement(verdict=None, reason=f"no verdict: {dependence}", comparisons=comparisons)
    if not (style.is_tested and content.is_tested):
        return undecided
    verdict = _verdict({style.significance, content.significance})
    if verdict is Verdict.CANNOT_TELL:
        return undecided
    reason = f"{verdict}: {', '.join(map(_finding, comparisons.values()))}"
    return Judgement(verdict=verdict, reason=reason, comparisons=comparisons)


def _verdict(significances: set[int]) -> Verdict:
    """The verdict that a pair of oriented significances amounts to."""
    if {1, -1} <= significances:
        return Verdict.TRADE_OFF
    if 1 in significances:
        return Verdict.BETTER
    return Verdict.WORSE if -1 in significances else Verdict.CANNOT_TELL


def _finding(found: Comparison) -> str:
    """What was found on one metric, in words and numbers."""
    name = NAMES[found.metric]
    if not found.significance:
        return f"{name} not significantly different"
    return f"{name} {found.difference:+.3g} (Holm-adjusted p {found.p_holm:.2g})"


def _pairs_compared(comparisons: Mapping[str, Comparison]) -> int:
    return min((found.n_pairs for found in comparisons.values()), default=0)


def _pairs_needed(comparisons: Mapping[str, Comparison]) -> int | None:
    """The smaller of the metrics' needs, at least six; None if none is in reach."""
    if not comparisons:
        return None
    needed = [found.pairs_needed for found in comparisons.values()]
    known = [count for count in needed if count is not None]
    if not known and _pairs_compared(comparisons) < MINIMUM_PAIRS:
        return MINIMUM_PAIRS
    return min(known, default=None)


def _sharing(comparisons: Mapping[str, Comparison]) -> str:
    return next((found.sharing for found in comparisons.values() if found.sharing), "")


def _why_not(comparisons: Mapping[str, Comparison]) -> str:
    """Why nothing could be told: too few pairs, or no difference."""
    count, needed = _pairs_compared(comparisons), _pairs_needed(comparisons)
    if count == 0:
        missing = [NAMES[name] for name, found in comparisons.items() if not found.n_pairs]
        return f"cannot tell: no pair has a {' and a '.join(missing)} in both"
    pairs = "1 pair" if count == 1 else f"{count} pairs"
    kind = " independent" if _sharing(comparisons) else ""
    if count < MINIMUM_PAIRS:
        return f"cannot tell: {pairs}, {needed}{kind} needed"
    if all(found.low == found.high == 0 for found in comparisons.values()):
        return f"cannot tell: no difference at all over {pairs}"
    if needed is None:
        return f"cannot tell: {pairs}, and no number of pairs in reach would do"
    return f"cannot tell: {pairs}, about {needed}{kind} needed"
