"""What a sweep's runs say, worked out once for the table, the page and the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import pandas as pd

from reports.answer import answer_question
from reports.display import display_table
from reports.footnotes import table_footnotes
from reports.table import summarize

__all__ = ["Findings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The answer and the tables of a sweep.

    Attributes:
        sentence: The answer in one sentence.
        summary: What ``summarize`` returns: every number, one row per variant.
        display: What ``display_table`` returns: text, one row per variant, in the same order.
        footnotes: The lines under a table.
    """

    sentence: str
    summary: pd.DataFrame
    display: pd.DataFrame
    footnotes: tuple[str, ...]

    @classmethod
    def of(
        cls,
        runs: pd.DataFrame,
        baseline: str,
        *,
        absent: Mapping[str, str],
        notes: Sequence[str],
    ) -> Self:
        """Work out what runs say.

        Args:
            runs: One row per (variant, case), see ``reports.frame``.
            baseline: Name of the variant the others are compared with.
            absent: Metric → why it has no values.
            notes: Further lines that belong under a table.

        Raises:
            ValueError: See ``reports.frame.check_runs``.
        """
        summary = summarize(runs, baseline)
        return cls(
            sentence=answer_question(runs, baseline),
            summary=summary,
            display=display_table(summary),
            footnotes=tuple(table_footnotes(runs, baseline, absent=absent, notes=notes)),
        )
