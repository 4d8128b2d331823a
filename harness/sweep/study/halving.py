"""Successive halving: every variant small first, the best share of them again at full size."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean

from scipy import stats

__all__ = ["Halving", "Saved"]

FEWEST_RANKED = 3  # of a rank correlation
ROUNDING = 1e-9  # 0.07 × 100 is 7, not a little more


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What halving was worth.

    Attributes:
        small: Variants tried small.
        full: Of these, tried again at full size.
        seconds: What the others would have taken at full size, less what all small runs took.
        agreement: Spearman's rank correlation of both levels over those that finished at both;
            NaN for fewer than three.
    """

    small: int
    full: int
    seconds: float
    agreement: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    """What a trial reached at one level."""

    value: float
    excess: float
    seconds: float


@dataclass(slots=True, kw_only=True)
class Halving:
    """Decides which variants are promising, and remembers what both levels said and cost.

    A variant is promising if it is among the best ``keep`` of those tried small so far, itself
    included: the decision does not wait for later ones, so that no worker does (Li et al. 2020,
    asynchronous successive halving). Variants that keep every constraint go before those that
    do not, and of these the one that exceeds them least goes first (Deb 2000).

    Args:
        keep: Share that is tried at full size, above 0 and below 1.
        sign: +1 where larger values are better, -1 where smaller ones are.
    """

    keep: float
    sign: int
    _small: dict[int, _Reached] = field(default_factory=dict)
    _full: dict[int, _Reached] = field(default_factory=dict)
    _rejected: set[int] = field(default_factory=set)

    def note_small(self, number: int, value: float, *, excess: float, seconds: float) -> None:
        """Note what a trial reached small.

        Args:
            number: Of the trial.
            value: Of the metric, finite.
            excess: By how much it exceeds constraints, all together; 0 where it keeps them.
            seconds: What its small runs took.
        """
        self._small[number] = _Reached(value=value, excess=excess, seconds=seconds)

    def is_promising(self, number: int) -> bool:
        """Tell whether a trial that was tried small is to be tried again at full size."""
        own = self._rank(self._small[number])
        better = sum(self._rank(other) < own for other in self._small.values())
        return better < math.ceil(self.keep * len(self._small) - ROUNDING)

    def note_rejected(self, number: int) -> None:
        """Note that a trial is not tried at full size; nothing for one not tried small.

        A study that goes on with other small settings has trials of the earlier ones.
        """
        if number in self._small:
            self._rejected.add(number)

    def note_full(self, number: int, value: float, *, seconds: float) -> None:
        """Note what a trial reached at full size; nothing for one that was not tried small."""
        if number in self._small:
            self._full[number] = _Reached(value=value, excess=0.0, seconds=seconds)

    def at_full_size(self, value: float) -> float:
        """Return what a value that was reached small may be at full size.

        Scores of small runs lie higher or lower than those of full size, by about as much for
        all variants; that is estimated from those tried at both. A search told the raw value
        would take all that were given up for better than the best, or for worse than the worst.
        """
        lifts = [self._full[number].value - self._small[number].value for number in self._full]
        return value + (fmean(lifts) if lifts else 0.0)

    @property
    def saved(self) -> Saved | None:
        """What it was worth so far; None as long as no trial was tried at both levels."""
        if not self._full:
            return None
        spent = math.fsum(one.seconds for one in self._small.values())
        of_full = fmean(one.seconds for one in self._full.values())
        return Saved(
            small=len(self._small),
            full=len(self._small) - len(self._rejected),
            seconds=len(self._rejected) * of_full - spent,
            agreement=_agreement(self._small, self._full),
        )

    def _rank(self, reached: _Reached) -> tuple[float, float]:
        """Return what is smaller for a better one."""
        excess = max(reached.excess, 0.0)
        return excess, 0.0 if excess else -self.sign * reached.value


def _agreement(small: Mapping[int, _Reached], full: Mapping[int, _Reached]) -> float:
    first, second = ([level[number].value for number in full] for level in (small, full))
    if len(full) < FEWEST_RANKED or len(set(first)) == 1 or len(set(second)) == 1:
        return math.nan
    return float(stats.spearmanr(first, second).statistic)
