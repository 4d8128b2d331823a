"""Which variants a figure shows, in which order, and how it names them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from reports.figures.drawing import printable
from reports.numbers import counted
from reports.verdict import Verdict

__all__ = ["Names", "leading_variants", "left_out_words"]

LONGEST_DIRECT = 22
MOST_DIRECT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How the variants of a sweep are named in its figures.

    Short names of few variants stand where they belong; else each has a number, which is its
    row of the table, and a key.
    """

    numbers: dict[str, int]
    are_direct: bool

    @classmethod
    def of(cls, summary: pd.DataFrame) -> "Names":
        """Name the variants of the full table."""
        variants = [str(name) for name in summary["variant"]]
        longest = max(len(printable(name)) for name in variants)
        return cls(
            numbers={name: number for number, name in enumerate(variants, start=1)},
            are_direct=longest <= LONGEST_DIRECT and len(variants) <= MOST_DIRECT,
        )

    def mark(self, variant: str) -> str:
        """What stands beside a point."""
        return printable(variant) if self.are_direct else str(self.numbers[variant])

    def entry(self, variant: str) -> str:
        """The variant's line of a key, or its label where there is room for all of it."""
        return self.mark(variant) if self.are_direct else f"{self.mark(variant)}  {variant}"


def leading_variants(summary: pd.DataFrame, most: int) -> list[str]:
    """The baseline and the variants most worth showing, in the order of the sweep.

    First the baseline, then members of the front, the surest first, then variants with a
    verdict that is not "cannot tell".
    """
    columns = ["variant", "is_baseline", "front", "front/probability", "verdict"]
    rows = summary[columns].to_dict("records")

    def rank(at: int) -> tuple[bool, bool, bool, float]:
        row = rows[at]
        sure = float(row["front/probability"])
        return (
            not row["is_baseline"],
            not row["front"],
            row["verdict"] == Verdict.CANNOT_TELL,
            0.0 if math.isnan(sure) else -sure,
        )

    return [str(rows[at]["variant"]) for at in sorted(sorted(range(len(rows)), key=rank)[:most])]


def left_out_words(shown: Sequence[str], all_of_them: Sequence[str]) -> str:
    """A sentence on variants without room, for a caption; empty if there is none."""
    count = len(all_of_them) - len(shown)
    if count <= 0:
        return ""
    return (
        f" Shown: the baseline, members of the front and variants with a verdict before others; "
        f"{counted(count, 'variant')} left out."
    )
