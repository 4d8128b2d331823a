"""The short table: at most eight columns of text, made from the full one."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from metrics.catalog import metric as catalogued
from reports.numbers import ABSENT, decimals_for, fixed, signed, three_digits
from reports.verdict import CONTENT, STYLE, Verdict

__all__ = ["LPIPS", "MEMBER", "display_table", "score_cells"]

LPIPS = "content/lpips"
MEMBER = "\N{BLACK CIRCLE}"
LPIPS_DECIMALS = 3

Row = Mapping[Hashable, Any]


def display_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Write the full table's headline columns as text for readers.

    A score cell reads "1.32 (+0.27 ± 0.09)": the mean over the variant's pairs, and in brackets
    the paired difference from the baseline with its 95 % interval. Where no interval may be
    given, the brackets hold the smallest and the largest difference over the pairs. The
    baseline's row has "1.05 ± 0.11", its own mean.

    Args:
        summary: what ``summarize`` returned.

    Returns:
        Text columns: variant, front ("●" for a member of the Pareto front, with the probability
        where it is known), style gain, content, LPIPS, seconds, s/iteration, verdict.
    """
    return pd.DataFrame(
        {
            "variant": summary["variant"],
            "front": [_front(row) for row in summary.to_dict("records")],
            catalogued(STYLE).label: score_cells(summary, STYLE),
            catalogued(CONTENT).label: score_cells(summary, CONTENT),
            catalogued(LPIPS).label: _lpips(summary),
            catalogued("seconds").short: summary["seconds"].map(_time),
            catalogued("seconds_per_iteration").short: summary["seconds_per_iteration"].map(_time),
            "verdict": [_verdict(row) for row in summary.to_dict("records")],
        },
        dtype="str",
    )


def score_cells(summary: pd.DataFrame, metric: str) -> list[str]:
    """The cells of one score, all with the same decimals; see ``display_table``.

    Args:
        summary: has ``is_baseline`` and the columns that ``summarize`` makes of a metric.
        metric: catalogue name.
    """
    decimals = decimals_for(float(width) for width in summary[f"{metric}/interval"])
    return [_score(row, metric, decimals) for row in summary.to_dict("records")]


def _score(row: Row, metric: str, decimals: int) -> str:
    """One cell: the mean, then the difference from the baseline or the baseline's own interval."""
    mean = fixed(row[metric], decimals)
    interval, low, high = (row[f"{metric}/{part}"] for part in ("interval", "low", "high"))
    if math.isnan(low):
        return mean
    write = fixed if row["is_baseline"] else signed
    if math.isnan(interval):
        ends = (low,) if low == high else (low, high)
        return f"{mean} ({' … '.join(write(end, decimals) for end in ends)})"
    if row["is_baseline"]:
        return f"{mean} ± {fixed(interval, decimals)}"
    difference = signed(row[f"{metric}/difference"], decimals)
    return f"{mean} ({difference} ± {fixed(interval, decimals)})"


def _lpips(summary: pd.DataFrame) -> list[str]:
    """The LPIPS cells; the column stands, empty, where there are no values."""
    if LPIPS not in summary:
        return [ABSENT] * len(summary)
    return [fixed(float(value), LPIPS_DECIMALS) for value in summary[LPIPS]]


def _time(seconds: float) -> str:
    return ABSENT if math.isnan(seconds) else three_digits(seconds)


def _front(row: Row) -> str:
    """The sign of a member of the front, and the share of resamples in which it is one."""
    sign = MEMBER if row["front"] else ""
    probability = row["front/probability"]
    return sign if math.isnan(probability) else f"{sign} {_percent(probability)}".lstrip()


def _percent(share: float) -> str:
    """A share as whole percent; never 0 or 100 % unless it is."""
    percent = round(100 * share)
    if percent in {0, 100} and share not in {0.0, 1.0}:
        return ">99 %" if percent else "<1 %"
    return f"{percent} %"


def _verdict(row: Row) -> str:
    """The verdict, with the number of pairs that would bring one where it is known."""
    if row["verdict"] == Verdict.CANNOT_TELL and isinstance(row["pairs_needed"], int):
        kind = "independent pairs" if row["pairs_share_pictures"] else "pairs"
        return f"{row['verdict']} (needs {row['pairs_needed']} {kind})"
    return str(row["verdict"])
