"""What a range means: the interval that a study chooses from, the values that a grid takes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from harness.spec.models import RangeParameter
from harness.spec.setting_keys import value_text

__all__ = ["Interval", "interval_of", "range_values"]

DIGITS = 12  # hides the last bits of a power: 10, not 9.999999999999998
SLACK = 1e-9  # of a step: an end that is a multiple of q but for rounding counts as one


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """All numbers from ``low`` to ``high``, or those that are multiples of ``step``.

    With a step, ``low`` and ``high`` are multiples themselves. ``is_log``: numbers are drawn by
    their logarithm. ``is_whole``: numbers are whole (and ``int``), with a step of 1 or more.
    """

    low: float
    high: float
    is_log: bool
    step: float | None
    is_whole: bool

    def nearest(self, value: float) -> float:
        """Return the number of the interval that is nearest to a number."""
        inside = min(max(value, self.low), self.high)
        if self.step is None:
            return inside
        return _multiple(math.floor(inside / self.step + 0.5), self.step, is_whole=self.is_whole)

    def holds(self, value: float) -> bool:
        """Tell whether a number lies in the interval, last bits of a multiple aside."""
        slack = 0.0 if self.step is None else SLACK * self.step
        return abs(self.nearest(value) - value) <= slack

    def __str__(self) -> str:
        """Say which numbers lie in it: ``1 to 100``, ``whole numbers from 1 to 100``."""
        ends = f"{value_text(self.low)} to {value_text(self.high)}"
        if self.step is None:
            return ends
        if self.is_whole and self.step == 1:
            return f"whole numbers from {ends}"
        return f"multiples of {value_text(self.step)} from {ends}"


def interval_of(rule: RangeParameter, *, is_whole: bool) -> Interval:
    """Return the interval of a range.

    Args:
        rule: The range.
        is_whole: Take whole numbers only, as ``int_uniform`` always does.

    Raises:
        ValueError: no multiple of ``q``, or no whole number, lies in the range; or ``q`` is no
            whole number where the setting is one.
    """
    distribution = rule.distribution or "uniform"
    is_whole = is_whole or distribution == "int_uniform"
    is_log = "log" in distribution
    if is_whole and not (rule.q or 1.0).is_integer():
        raise ValueError(f"found the q {rule.q:g}; allowed: whole numbers, as the setting is one")
    step = rule.q or (1.0 if is_whole else None)
    low, high = rule.min, rule.max
    if step is not None:
        if not math.isfinite(max(abs(low), abs(high)) / step):
            raise ValueError(f"found the q {step:g}, too small for {low:g} to {high:g}")
        first, last = math.ceil(low / step - SLACK), math.floor(high / step + SLACK)
        if first > last:
            raise ValueError(f"no multiple of {step:g} from {low:g} to {high:g}")
        low = _multiple(first, step, is_whole=is_whole)
        high = _multiple(last, step, is_whole=is_whole)
    return Interval(low=low, high=high, is_log=is_log, step=step, is_whole=is_whole)


def range_values(rule: RangeParameter, count: int, *, is_whole: bool) -> list[float]:
    """Return the values of a range in rising order, each once, both ends among them.

    ``uniform`` values lie evenly, ``log_uniform_values`` in equal ratios, those of the ``q_``
    distributions are then moved to the nearest multiple of ``q`` inside the range.

    Args:
        rule: The range.
        count: How many values, 2 or more; rounding may leave fewer.
        is_whole: Round to whole numbers, as ``int_uniform`` always does.

    Raises:
        ValueError: see ``interval_of``.
    """
    interval = interval_of(rule, is_whole=is_whole)
    values = dict.fromkeys(float(interval.nearest(value)) for value in _spaced(rule, count))
    return [int(value) if value.is_integer() else value for value in values]


def _spaced(rule: RangeParameter, count: int) -> Iterator[float]:
    low, high = rule.min, rule.max
    is_log = "log" in (rule.distribution or "uniform")
    yield low
    for at in range(1, count - 1):
        share = at / (count - 1)
        yield _tidy(low * (high / low) ** share if is_log else low + (high - low) * share)
    yield high


def _multiple(times: int, step: float, *, is_whole: bool) -> float:
    return times * int(step) if is_whole else _tidy(times * step)


def _tidy(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
