"""How numbers are written in tables and sentences."""

import math
from collections.abc import Iterable

__all__ = ["ABSENT", "counted", "decimals_for", "fixed", "signed", "three_digits"]

ABSENT = "\N{EM DASH}"
MINUS = "\N{MINUS SIGN}"


def fixed(value: float, decimals: int) -> str:
    """A number with that many decimals, "—" for NaN; never "-0.00"."""
    if math.isnan(value):
        return ABSENT
    # Adding 0.0 turns the -0.0 that rounding may leave into 0.0.
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", MINUS)


def signed(value: float, decimals: int) -> str:
    """The same with a plus sign before numbers above zero."""
    text = fixed(value, decimals)
    return f"+{text}" if round(value, decimals) > 0 else text


def three_digits(value: float) -> str:
    """A number of at least zero to three significant digits, with at most four decimals."""
    if not value > 0:
        return fixed(value, 0)
    return fixed(value, min(4, max(0, 2 - math.floor(math.log10(value)))))


def decimals_for(widths: Iterable[float]) -> int:
    """Decimals that show the first digit of the smallest interval: two to four.

    Args:
        widths: half widths that stand in one column; NaN and 0 are passed over.
    """
    positive = [width for width in widths if width > 0]
    if not positive:
        return 2
    return min(4, max(2, -math.floor(math.log10(min(positive)))))


def counted(number: int, noun: str) -> str:
    """A number of things, as in "1 run" and "3 runs"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
