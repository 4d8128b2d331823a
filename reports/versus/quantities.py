"""The rows of a comparison: each quantity of two sides, its difference, and what it is called."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import pandas as pd

from metrics.catalog import CATALOG
from reports import statistics
from reports.comparison import SECOND, Comparison
from reports.verdict import CONTENT, STYLE
from reports.versus.changes import Change
from reports.versus.differences import difference_in
from reports.versus.reasons import loss_reason, timing_reason
from reports.versus.running_time import TimeSplit
from reports.versus.sides import Sides
from reports.versus.words import TOTAL_LOSS, WORDS, word_for

__all__ = ["PLANNED", "Group", "Quantity", "quantities_of"]

PLANNED = (STYLE, CONTENT)
"""The comparisons that were planned before anything was seen: the verdict rests on them."""

LOSS = "loss/"
TIMES = ("seconds", "iterations", "seconds_per_iteration", "peak_memory_bytes")


class Group(StrEnum):
    """The parts of the table, in their order."""

    TIME = "running time"
    LOSS = "losses"
    SCORE = "scores and distances"
    SECOND = "second evaluator"
    LOOK = "what the pictures look like"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One quantity of two sides.

    Attributes:
        name: Catalogue name, ``loss/…`` or ``iterations``.
        group: Part of the table.
        found: Means and paired difference; its p values are those of this quantity alone.
        p_holm: Adjusted over all quantities that have a word; of a planned one, its own p.
            None where nothing was tested.
        family: How many tests it was adjusted for.
        word: What may be said of the difference; empty where nothing may be.
        reason: Why the sides must not be compared in it; empty where they may.
    """

    name: str
    group: Group
    found: Comparison
    p_holm: float | None = None
    family: int = 1
    word: str = ""
    reason: str = ""

    @property
    def label(self) -> str:
        """Words for a table, with the arrow of the better direction and the unit."""
        if self.name in CATALOG:
            entry = CATALOG[self.name]
            return entry.label if entry.unit == "1" else f"{entry.label}, {entry.unit}"
        if self.name.startswith(LOSS):
            term, _, tap = self.name.removeprefix(LOSS).partition("/")
            named = {"tv": "total variation"}.get(term, term)
            return f"{named} loss{f', {tap}' if tap else ''}"
        return self.name

    @property
    def meaning(self) -> str:
        """One line on what is measured; empty for what needs none."""
        return CATALOG[self.name].meaning if self.name in CATALOG else ""

    @property
    def is_comparable(self) -> bool:
        """Whether the sides may be compared in it."""
        return not self.reason


def quantities_of(
    sides: Sides, changes: Iterable[Change], time: TimeSplit | None
) -> tuple[Quantity, ...]:
    """Compare two sides in everything that both have, in the order of the table.

    Args:
        sides: What is compared.
        changes: The settings that differ.
        time: What ``split_time`` returned: its test is that of the seconds.
    """
    timing, loss = timing_reason(sides), loss_reason(sides, changes)
    groups = {
        Group.TIME: (TIMES, timing),
        # Parts of losses that mean different things would only be read as if they did not.
        Group.LOSS: ([TOTAL_LOSS] if loss else _losses(sides.runs), loss),
        Group.SCORE: ([name for name in _measured() if not _is_look(name)], ""),
        Group.SECOND: ([name for name in CATALOG if name.startswith(SECOND)], ""),
        Group.LOOK: ([name for name in _measured() if _is_look(name)], ""),
    }
    rows = [
        Quantity(name=name, group=group, found=difference_in(sides, name), reason=reason)
        for group, (names, reason) in groups.items()
        for name in names
        if name in sides.runs
    ]
    shown = [one for one in rows if one.found.n_pairs or _is_shown_alone(one, sides)]
    return tuple(_in_words([_timed(one, time) for one in shown]))


def _measured() -> list[str]:
    """What is measured on a picture by the first evaluator or by none: the planned two first."""
    needing = [name for name, entry in CATALOG.items() if entry.needs]
    own = [name for name in needing if not name.startswith(SECOND) and name not in PLANNED]
    return [*PLANNED, "balance", *(name for name in own if name != "balance")]


def _is_look(name: str) -> bool:
    """Whether a measurement only describes the result."""
    return name.split("/", maxsplit=1)[0] in {"picture", "start", "seeds"}


def _losses(runs: pd.DataFrame) -> list[str]:
    names = [str(name) for name in runs.columns if str(name).startswith(LOSS)]
    return sorted(names, key=lambda name: (name != TOTAL_LOSS, name.count("/"), names.index(name)))


def _is_shown_alone(row: Quantity, sides: Sides) -> bool:
    """Whether a row stands although no pair has it on both sides: times and total losses do."""
    if row.group is not Group.TIME and row.name != TOTAL_LOSS:
        return False
    return bool(sides.runs[row.name].notna().any())


def _timed(row: Quantity, time: TimeSplit | None) -> Quantity:
    """Seconds are tested as a ratio, which is how they are told."""
    if row.name != "seconds" or time is None or row.found.p is None:
        return row
    return replace(row, found=replace(row.found, p=time.found.p))


def _in_words(rows: list[Quantity]) -> Iterable[Quantity]:
    """Adjust the tests of all rows that have a word, and say the word where it is significant."""
    family = {
        row.name: row.found.p
        for row in rows
        if row.is_comparable
        and row.name in WORDS
        and row.name not in PLANNED
        and row.found.p is not None
    }
    adjusted = dict(zip(family, statistics.holm(list(family.values())), strict=True))
    for row in rows:
        p = row.found.p if row.name in PLANNED else adjusted.get(row.name)
        is_sure = p is not None and p < statistics.ALPHA and row.found.difference != 0
        yield replace(
            row,
            p_holm=p,
            family=len(family) if row.name in family else 1,
            word=word_for(row.name, row.found.difference) if is_sure else "",
        )
