"""How often metrics agree with people who chose between two pictures, and how often each won."""

import itertools
import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scipy import stats

from metrics.catalog import CATALOG, Direction, Metric

__all__ = [
    "Choice",
    "MetricAgreement",
    "Pair",
    "Share",
    "Side",
    "VariantWins",
    "Vote",
    "VoterAgreement",
    "metric_agreements",
    "share_of",
    "variant_wins",
    "voter_agreements",
    "voters_agreement",
]

Pair = tuple[str, str]
"""Names of a content and a style."""

ALPHA = 0.05


class Choice(StrEnum):
    """What a voter said of two pictures."""

    LEFT = "left"
    RIGHT = "right"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two pictures; ``metrics`` by name, without what must not be compared."""

    run_id: str
    variant: str
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One voter's answer to one question; ``pair`` is the content and the style shown."""

    voter: str
    pair: Pair
    left: Side
    right: Side
    choice: Choice

    @property
    def is_decided(self) -> bool:
        """Whether one of the two was chosen."""
        return self.choice is not Choice.NEITHER

    @property
    def question(self) -> frozenset[str]:
        """What was asked: two runs, whichever of them stood on the left."""
        return frozenset({self.left.run_id, self.right.run_id})

    @property
    def ordered(self) -> tuple[Side, Side]:
        """The chosen picture and the other one; only of a decided question."""
        both = (self.left, self.right)
        return both if self.choice is Choice.LEFT else both[::-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share in [0, 1] with two 95 % intervals.

    ``low`` and ``high`` take every answer as independent (Wilson). ``picture_low`` and
    ``picture_high`` do not: answers about the same content, or the same style, may lean the same
    way. They are NaN with fewer than two contents or two styles; all is NaN without answers.
    """

    share: float
    count: int
    low: float
    high: float
    picture_low: float
    picture_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAgreement:
    """How often a metric prefers the chosen picture; of its ``ties`` each counts half."""

    metric: str
    agreement: Share
    ties: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantWins:
    """How often a variant was chosen where it stood against another and one was chosen."""

    variant: str
    wins: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class VoterAgreement:
    """How often two voters chose the same picture, of the questions that both decided."""

    first: str
    second: str
    agreement: Share


def metric_agreements(votes: Iterable[Vote]) -> list[MetricAgreement]:
    """Compare every metric that says which of two pictures is better with the choices.

    Args:
        votes: Answers to one aim; undecided ones are passed over.

    Returns:
        One entry a metric that both pictures of some decided question have, best first.
    """
    decided = [vote for vote in votes if vote.is_decided]
    found = (_agreement(metric, decided) for metric in CATALOG.values() if _takes_sides(metric))
    known = [one for one in found if one.agreement.count]
    return sorted(known, key=lambda one: (-one.agreement.share, one.metric))


def _takes_sides(metric: Metric) -> bool:
    """Whether one end of its range is better for a picture; costs say nothing of the picture."""
    return bool(metric.needs) and metric.direction in {Direction.MIN, Direction.MAX}


def _agreement(metric: Metric, decided: Iterable[Vote]) -> MetricAgreement:
    scores, pairs = [], []
    for vote in decided:
        chosen, other = (side.metrics.get(metric.name, math.nan) for side in vote.ordered)
        if not (math.isfinite(chosen) and math.isfinite(other)):
            continue
        better = chosen > other if metric.direction is Direction.MAX else chosen < other
        scores.append(0.5 if chosen == other else float(better))
        pairs.append(vote.pair)
    return MetricAgreement(
        metric=metric.name, agreement=share_of(scores, pairs), ties=scores.count(0.5)
    )


def variant_wins(votes: Iterable[Vote]) -> list[VariantWins]:
    """Count how often each variant was chosen, the most often chosen first.

    Args:
        votes: Answers to one aim; undecided ones are passed over.
    """
    scores: dict[str, list[float]] = defaultdict(list)
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for vote in votes:
        if vote.is_decided:
            for side, score in zip(vote.ordered, (1.0, 0.0), strict=True):
                scores[side.variant].append(score)
                pairs[side.variant].append(vote.pair)
    wins = [
        VariantWins(variant=name, wins=share_of(found, pairs[name]))
        for name, found in scores.items()
    ]
    return sorted(wins, key=lambda one: (-one.wins.share, one.variant))


def voter_agreements(votes: Iterable[Vote]) -> list[VoterAgreement]:
    """Compare every two voters who decided a question in common.

    Args:
        votes: Answers to one aim, at most one of a voter to a question.
    """
    found: dict[tuple[str, str], list[tuple[float, Pair]]] = defaultdict(list)
    for voters, same, pair in _common(votes):
        found[voters].append((same, pair))
    return [
        VoterAgreement(first=first, second=second, agreement=_share_of_rows(rows))
        for (first, second), rows in sorted(found.items())
    ]


def voters_agreement(votes: Iterable[Vote]) -> Share:
    """Return how often two voters agreed, over all twos of voters and their common questions.

    Args:
        votes: Answers to one aim, at most one of a voter to a question.
    """
    return _share_of_rows([(same, pair) for _voters, same, pair in _common(votes)])


def _common(votes: Iterable[Vote]) -> Iterable[tuple[tuple[str, str], float, Pair]]:
    """Yield two voters, 1 if they chose the same picture (else 0), and the pair shown."""
    answers: dict[frozenset[str], list[Vote]] = defaultdict(list)
    for vote in votes:
        if vote.is_decided:
            answers[vote.question].append(vote)
    for given in answers.values():
        by_voter = sorted(given, key=lambda vote: vote.voter)
        for one, two in itertools.combinations(by_voter, 2):
            same = one.ordered[0].run_id == two.ordered[0].run_id
            yield (one.voter, two.voter), float(same), one.pair


def _share_of_rows(rows: Sequence[tuple[float, Pair]]) -> Share:
    return share_of([score for score, _pair in rows], [pair for _score, pair in rows])


def share_of(scores: Sequence[float], pairs: Sequence[Pair]) -> Share:
    """Return the mean of some scores with both intervals.

    The interval by picture is Wilson's with the effective number of answers, and with Student's t
    for the smaller of the numbers of contents and styles. That number of answers is what would
    give the variance of the mean clustered by content, plus that clustered by style, less that
    clustered by pair; never less than each of them.

    Args:
        scores: One answer each, in [0, 1].
        pairs: The content and the style that each was about.

    Reference:
        Wilson 1927, JASA 22(158). Korn and Graubard 1998, Survey Methodology 24(2): effective
        sample size. Cameron, Gelbach and Miller 2011, JBES 29(2), eq. 2.4: two clusterings.
    """
    count = len(scores)
    if not count:
        nan = math.nan
        return Share(share=nan, count=0, low=nan, high=nan, picture_low=nan, picture_high=nan)
    mean = sum(scores) / count
    low, high = _wilson(mean, count, float(stats.norm.isf(ALPHA / 2)))
    contents, styles = ([pair[at] for pair in pairs] for at in (0, 1))
    clusters = min(len(set(contents)), len(set(styles)))
    picture_low = picture_high = math.nan
    if clusters > 1:
        residuals = [score - mean for score in scores]
        by_pair, *by_one = (_variance(residuals, names) for names in (pairs, contents, styles))
        variance = max(sum(by_one) - by_pair, by_pair, *by_one)
        quantile = float(stats.t.isf(ALPHA / 2, clusters - 1))
        picture_low, picture_high = _wilson(mean, _effective(mean, count, variance), quantile)
    return Share(
        share=mean,
        count=count,
        low=low,
        high=high,
        picture_low=picture_low,
        picture_high=picture_high,
    )


def _wilson(mean: float, count: float, quantile: float) -> tuple[float, float]:
    """Return Wilson's score interval of a share."""
    square = quantile**2 / count
    centre = (mean + square / 2) / (1 + square)
    half = math.sqrt(mean * (1 - mean) * square + square**2 / 4) / (1 + square)
    return max(0.0, centre - half), min(1.0, centre + half)  # but for rounding, never beyond


def _variance(residuals: Sequence[float], names: Sequence[Hashable]) -> float:
    """Return the variance of the mean, where answers of one name may be alike."""
    sums: dict[Hashable, float] = defaultdict(float)
    for residual, name in zip(residuals, names, strict=True):
        sums[name] += residual
    squares = sum(one**2 for one in sums.values()) / len(residuals) ** 2
    return squares * len(sums) / (len(sums) - 1)


def _effective(mean: float, count: int, variance: float) -> float:
    """Return how many independent answers would tell as much; never more than there are."""
    independent = mean * (1 - mean) / count
    return count if variance <= independent else count * independent / variance
