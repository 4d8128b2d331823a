"""A baseline and a final model compared on the pairs that both have, in one value."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from reports.frame import check_runs
from reports.numbers import decimals_for, fixed, signed
from reports.verdict import CONTENT, NAMES, STYLE, Judgement, Verdict, judge
from reports.versus.changes import Change
from reports.versus.differences import difference_in
from reports.versus.notes import notes_of
from reports.versus.quantities import PLANNED, Group, Quantity, quantities_of
from reports.versus.reasons import timing_reason
from reports.versus.running_time import TimeSplit, split_time
from reports.versus.sides import Sides, match_sides, on_one_line, quoted

__all__ = ["Versus", "compare_sides", "planned_finding"]

MOST_WORDS = 5  # of a headline
UNITS = {STYLE: "nats"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Versus:
    """What came of a comparison.

    Attributes:
        sides: What was compared.
        judgement: The verdict on the other side, from style gain and content score alone.
        quantities: The rows of the table.
        time: How the ratio of the running times comes about; None where the times are unknown
            or must not be compared.
        changes: Settings that differ.
        headline: One sentence.
        notes: The lines under the table.
    """

    sides: Sides
    judgement: Judgement
    quantities: tuple[Quantity, ...]
    time: TimeSplit | None
    changes: tuple[Change, ...]
    headline: str
    notes: tuple[str, ...]


def compare_sides(
    runs: pd.DataFrame,
    baseline: str,
    *,
    changes: Sequence[Change] = (),
    absent: Mapping[str, str] = MappingProxyType({}),
    notes: Iterable[str] = (),
) -> Versus:
    """Compare two variants of a runs frame on the pairs that both have finished.

    Args:
        runs: One row per (variant, case) of exactly two variants, see ``reports.frame``; with
            ``iterations`` and ``loss/…`` where they are known. Equal names of contents, styles
            and pairs mean equal pictures; a seed that is not known is ``UNKNOWN_SEED``.
        baseline: Label of the variant the other is compared with.
        changes: Settings that differ.
        absent: Metric → why it has no values.
        notes: Further lines under the table.

    Raises:
        ValueError: See ``check_runs`` and ``match_sides``.
    """
    check_runs(runs, baseline)
    sides = match_sides(runs, baseline)
    time = None if timing_reason(sides) else split_time(sides)
    quantities = quantities_of(sides, changes, time)
    judgement = judge(difference_in(sides, STYLE), difference_in(sides, CONTENT))
    return Versus(
        sides=sides,
        judgement=judgement,
        quantities=quantities,
        time=time,
        changes=tuple(changes),
        headline=_headline(sides, judgement, quantities, time),
        notes=(*notes_of(sides, judgement, quantities, absent), *map(on_one_line, notes)),
    )


def _headline(
    sides: Sides, judgement: Judgement, quantities: Sequence[Quantity], time: TimeSplit | None
) -> str:
    """The verdict, what it rests on, what else is sure, and the running time."""
    clauses = [_verdict(judgement), _looks(quantities), _time(quantities, time)]
    said = "; ".join(clause for clause in clauses if clause)
    return f"{quoted(sides.other)} against {quoted(sides.baseline)}: {said}."


def _verdict(judgement: Judgement) -> str:
    if judgement.verdict in {None, Verdict.CANNOT_TELL}:
        return judgement.reason
    found = [planned_finding(judgement, name) for name in PLANNED]
    return f"{judgement.verdict}: {', '.join(found)}"


def planned_finding(judgement: Judgement, name: str) -> str:
    """What was found on one of the planned comparisons."""
    found = judgement.comparisons[name]
    decimals = decimals_for([found.half_width or 0.0])
    width = fixed(found.half_width or 0.0, decimals)
    unit = f" {UNITS[name]}" if name in UNITS else ""
    number = f"{signed(found.difference, decimals)} ± {width}{unit}"
    if not found.significance:
        return f"no significant difference in {NAMES[name]} ({number})"
    what = {STYLE: "style", CONTENT: "content"}[name]
    return f"{'more' if found.difference > 0 else 'less'} {what} ({number})"


def _looks(quantities: Sequence[Quantity]) -> str:
    words = [one.word for one in quantities if one.group is Group.LOOK and one.word]
    more = [f"and {len(words) - MOST_WORDS} more"] if len(words) > MOST_WORDS else []
    return ", ".join([*words[:MOST_WORDS], *more])


def _time(quantities: Sequence[Quantity], time: TimeSplit | None) -> str:
    if time is None:
        return ""
    seconds = next(one for one in quantities if one.name == "seconds")
    if seconds.word:
        return time.short
    if seconds.p_holm is not None:
        return "no significant difference in running time"
    # Below six pairs this is no finding, but it is what was measured.
    return "as fast as measured" if time.is_equal else f"{time.short}, as measured and not tested"
