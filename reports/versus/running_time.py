"""The running time of two sides, and which part of their ratio comes from where.

Seconds are iterations x seconds of an iteration x the rest (what passes outside the iterations:
targets, the slow first step). So ratios multiply and their logarithms add up exactly, pair by
pair and in the mean.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from reports.comparison import Comparison
from reports.numbers import three_digits
from reports.versus.differences import difference_in
from reports.versus.sides import Sides

__all__ = ["Factor", "TimeSplit", "ratio_text", "split_time"]

SECONDS, ITERATIONS, STEP = "seconds", "iterations", "seconds_per_iteration"
PARTS = (ITERATIONS, STEP, "rest")
MAIN_CAUSE = 0.8  # of the logarithm of the ratio
# Part → what to say of it where it makes the other side faster, and where slower.
SAID = {
    ITERATIONS: ("fewer iterations", "more iterations"),
    STEP: ("faster iterations", "slower iterations"),
    "rest": ("less time outside them", "more time outside them"),
}
EQUAL = 0.005  # of a factor: what two digits do not show


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One part of a ratio of running times.

    ``log`` is the mean over the pairs of ln(baseline / other): above 0 where it makes the other
    side faster.
    """

    part: str
    log: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSplit:
    """How many times as fast the other side is, and why.

    Attributes:
        factors: Iterations, an iteration's seconds, the rest; their logarithms add up to ``log``.
        log: Mean over the pairs of ln(seconds of the baseline / seconds of the other).
        low: Lower end of the 95 % interval of ``log``; None where none may be given.
        high: Upper end, likewise.
        found: The comparison of the logarithms of the seconds.
    """

    factors: tuple[Factor, ...]
    log: float
    low: float | None
    high: float | None
    found: Comparison

    @property
    def ratio(self) -> float:
        """Seconds of the slower side over those of the faster: a geometric mean, at least 1."""
        return math.exp(abs(self.log))

    @property
    def is_equal(self) -> bool:
        """Whether two digits show no difference."""
        return _is_equal(self.log)

    @property
    def sentence(self) -> str:
        """The ratio and its factors: ``4.8× faster = 5.0× fewer iterations × 0.96× …``."""
        said = [
            _factor_text(one, faster=self.log > 0 or self.is_equal)
            for one in self.factors
            if not _is_equal(one.log)
        ]
        return f"{self._outcome()} = {' × '.join(said)}" if said else self._outcome()

    @property
    def short(self) -> str:
        """The same in short where one factor is almost all of it."""
        if self.is_equal:
            return self._outcome()
        main = max(self.factors, key=lambda one: one.log * self.log)
        if main.log / self.log < MAIN_CAUSE:
            return self.sentence
        return f"{self._outcome()} because of {_factor_text(main, faster=self.log > 0)}"

    def _outcome(self) -> str:
        if self.is_equal:
            return "as fast"
        return f"{ratio_text(self.ratio)} {'faster' if self.log > 0 else 'slower'}"


def ratio_text(ratio: float) -> str:
    """A ratio to two digits, three from 100 on, with the sign of multiplication."""
    if ratio >= 100:  # noqa: PLR2004 - three digits
        return f"{three_digits(ratio)}×"
    decimals = 0 if ratio >= 10 else 1 if ratio >= 1.1 else 2  # noqa: PLR2004 - digits
    return f"{ratio:.{decimals}f}×"


def split_time(sides: Sides) -> TimeSplit | None:
    """Split the ratio of two sides' running times; None where no pair has it of both.

    Whether the times may be compared at all, the caller decides.

    Args:
        sides: With ``seconds``, ``iterations`` and ``seconds_per_iteration`` in their runs.
    """
    logs = _logarithms(sides)
    whole, *parts = (difference_in(logs, name) for name in (SECONDS, *PARTS))
    if not whole.n_pairs:
        return None
    width = whole.half_width
    log = -whole.difference
    return TimeSplit(
        factors=tuple(
            Factor(part=name, log=-found.difference)
            for name, found in zip(PARTS, parts, strict=True)
        ),
        log=log,
        low=None if width is None else log - width,
        high=None if width is None else log + width,
        found=whole,
    )


def _logarithms(sides: Sides) -> Sides:
    """The same runs with logarithms for numbers; only runs that have all of them keep any."""
    known = sides.runs.reindex(columns=[SECONDS, ITERATIONS, STEP]).astype("float64")
    logs = np.log(known.where((known > 0).all(axis=1)))
    logs["rest"] = logs[SECONDS] - logs[ITERATIONS] - logs[STEP]
    return replace(sides, runs=sides.runs.assign(**{str(name): logs[name] for name in logs}))


def _factor_text(factor: Factor, *, faster: bool) -> str:
    """One factor of the ratio: ``5.0× fewer iterations``, or ``0.96× for slower iterations``."""
    log = factor.log if faster else -factor.log
    better, worse = SAID[factor.part]
    words = better if factor.log > 0 else worse
    return f"{ratio_text(math.exp(log))} {'' if log > 0 else 'for '}{words}"


def _is_equal(log: float) -> bool:
    return abs(log) < EQUAL
