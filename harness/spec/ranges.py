"""The values of a range on an axis of a grid."""

import math
from collections.abc import Iterator

from harness.spec.models import RangeParameter

__all__ = ["range_values"]

DIGITS = 12  # hides the last bits of a power: 10, not 9.999999999999998
SLACK = 1e-9  # of a step: an end that is a multiple of q but for rounding counts as one


def range_values(rule: RangeParameter, count: int, *, is_whole: bool) -> list[float]:
    """Return the values of a range in rising order, each once, both ends among them.

    ``uniform`` values lie evenly, ``log_uniform_values`` in equal ratios, those of the ``q_``
    distributions are then moved to the nearest multiple of ``q`` inside the range.

    Args:
        rule: The range.
        count: How many values, 2 or more; rounding may leave fewer.
        is_whole: Round to whole numbers, as ``int_uniform`` always does.

    Raises:
        ValueError: no multiple of ``q``, or no whole number, lies in the range.
    """
    step = 1.0 if is_whole or rule.distribution == "int_uniform" else rule.q
    values = list(_spaced(rule, count))
    if step is not None:
        values = _on_steps(values, rule, step)
    return [int(value) if value.is_integer() else value for value in dict.fromkeys(values)]


def _spaced(rule: RangeParameter, count: int) -> Iterator[float]:
    low, high = rule.min, rule.max
    is_log = "log" in (rule.distribution or "uniform")
    yield low
    for at in range(1, count - 1):
        share = at / (count - 1)
        yield _tidy(low * (high / low) ** share if is_log else low + (high - low) * share)
    yield high


def _on_steps(values: list[float], rule: RangeParameter, step: float) -> list[float]:
    first = math.ceil(rule.min / step - SLACK)
    last = math.floor(rule.max / step + SLACK)
    if first > last:
        raise ValueError(f"no multiple of {step:g} from {rule.min:g} to {rule.max:g}")
    nearest = (math.floor(value / step + 0.5) for value in values)
    return [_tidy(min(max(multiple, first), last) * step) for multiple in nearest]


def _tidy(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
