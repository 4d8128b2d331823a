"""The table of a comparison: as text for readers, and with every number for programs."""

import math
from collections.abc import Sequence

import pandas as pd

from reports import statistics
from reports.numbers import ABSENT, decimals_for, fixed, signed
from reports.versus.comparison import Versus
from reports.versus.quantities import Group, Quantity
from reports.versus.running_time import TimeSplit
from reports.versus.words import WORDS

__all__ = ["display_of", "numbers_of", "settings_display"]

MEBI = 1024**2
LARGE, SMALL = 1e6, 1e-3  # beyond these, powers of ten are read more easily than zeros
NOT_COMPARABLE = "not comparable"
NOT_TESTED = "not tested"
UNCHANGED = "no significant difference"


def display_of(found: Versus) -> pd.DataFrame:
    """Write the table as text for readers.

    Returns:
        Text columns: quantity, A, B, B − A, pairs, verdict; one row per quantity.
    """
    rows = [_row(one, found.time) for one in found.quantities]
    return pd.DataFrame(
        rows, columns=["quantity", "A", "B", "B \N{MINUS SIGN} A", "pairs", "verdict"], dtype="str"
    )


def settings_display(found: Versus) -> pd.DataFrame:
    """Write the settings that differ as text for readers: setting, A, B."""
    rows = [(one.key, one.before or ABSENT, one.after or ABSENT) for one in found.changes]
    return pd.DataFrame(rows, columns=["setting", "A", "B"], dtype="str")


def numbers_of(found: Versus) -> pd.DataFrame:
    """Return every number of the table, one row per quantity; NaN where there is none."""
    return pd.DataFrame([_numbers(one) for one in found.quantities])


def verdict_of(row: Quantity, time: TimeSplit | None) -> str:
    """What the last column of the table says of a quantity."""
    if row.reason:
        return NOT_COMPARABLE  # the reason is the same for several rows: it stands under them
    if row.name == "seconds" and time is not None and (row.word or row.p_holm is None):
        return time.sentence if row.word else f"{time.sentence} (measured, not tested)"
    return row.word or _unsaid(row)


def _unsaid(row: Quantity) -> str:
    """Why there is no word."""
    if row.name not in WORDS:
        return ""
    if row.found.p is None:
        return NOT_TESTED
    is_sure_alone = row.found.p < statistics.ALPHA
    return f"not significant among {row.family}" if is_sure_alone else UNCHANGED


def _row(row: Quantity, time: TimeSplit | None) -> tuple[str, ...]:
    scale = MEBI if row.name == "peak_memory_bytes" else 1
    label = row.label.replace(", B", ", MiB") if scale == MEBI else row.label
    found = row.found
    a, b = (value / scale for value in (found.baseline_mean, found.variant_mean))
    decimals = _decimals(row, scale)
    return (
        label,
        _written(a, decimals),
        _written(b, decimals),
        _difference(row, scale, decimals),
        str(found.n_pairs),
        verdict_of(row, time),
    )


def _difference(row: Quantity, scale: int, decimals: int) -> str:
    """The difference with its interval, or with its range where there is none."""
    found = row.found
    if row.reason or not found.n_pairs:
        return ABSENT
    mean = _written(found.difference / scale, decimals, sign=True)
    if found.low == found.high:
        return mean
    if found.half_width is not None:
        return f"{mean} ± {_written(found.half_width / scale, decimals)}"
    ends = (_written(end / scale, decimals, sign=True) for end in (found.low, found.high))
    return f"{mean} ({' … '.join(ends)})"


def _decimals(row: Quantity, scale: int) -> int:
    """As many decimals as the interval has a use for; -1 where powers of ten are written."""
    found = row.found
    values = [found.baseline_mean, found.variant_mean]
    largest = max((abs(value) / scale for value in values if math.isfinite(value)), default=0.0)
    if largest >= LARGE or 0 < largest < SMALL:
        return -1
    if largest >= 100 or row.name == "iterations":  # noqa: PLR2004 - three digits are there
        return 0 if largest >= 1000 or row.name == "iterations" else 1  # noqa: PLR2004
    digits = 1 - math.floor(math.log10(largest)) if largest else 0  # two of the larger mean
    return max(digits, decimals_for([(found.half_width or abs(found.difference)) / scale]))


def _written(value: float, decimals: int, *, sign: bool = False) -> str:
    if not math.isfinite(value):
        return ABSENT
    if decimals < 0:
        text = f"{value:{'+' if sign else ''}.3g}"
        return text.replace("-", "\N{MINUS SIGN}")
    return signed(value, decimals) if sign else fixed(value, decimals)


def _numbers(row: Quantity) -> dict[str, object]:
    found = row.found
    known = found.half_width is not None and not row.reason
    width = found.half_width if found.half_width is not None else math.nan
    compared = not row.reason
    return {
        "quantity": row.name,
        "group": str(row.group),
        "a": found.baseline_mean,
        "b": found.variant_mean,
        "difference": found.difference if compared else math.nan,
        "interval_low": found.difference - width if known else math.nan,
        "interval_high": found.difference + width if known else math.nan,
        "smallest": found.low if compared else math.nan,
        "largest": found.high if compared else math.nan,
        "pairs": found.n_pairs,
        "p": found.p if compared and found.p is not None else math.nan,
        "p_adjusted": row.p_holm if row.p_holm is not None else math.nan,
        "word": row.word,
        "not_comparable": row.reason,
    }


def grouped(quantities: Sequence[Quantity]) -> dict[Group, list[Quantity]]:
    """The rows by part of the table, in its order."""
    found: dict[Group, list[Quantity]] = {}
    for one in quantities:
        found.setdefault(one.group, []).append(one)
    return found
