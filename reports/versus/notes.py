"""The lines under the table of a comparison: how to read it, and what is not as it should be."""

from collections import Counter
from collections.abc import Mapping, Sequence

from metrics.catalog import metric as catalogued
from reports.comparison import SECOND, Comparison
from reports.frame import finished_runs, non_empty
from reports.numbers import counted
from reports.statistics import MINIMUM_PAIRS
from reports.verdict import NAMES, Judgement
from reports.versus.quantities import PLANNED, Group, Quantity
from reports.versus.sides import Sides, quoted

__all__ = ["notes_of"]

MOST_PAIRS = 6


def notes_of(
    sides: Sides,
    judgement: Judgement,
    quantities: Sequence[Quantity],
    absent: Mapping[str, str],
) -> list[str]:
    """Write the lines that belong under the table, most needed first."""
    return [
        *_reading(sides, judgement, quantities),
        *_second_opinion(judgement, quantities),
        *_pairs(sides),
        *sides.seeds,
        *_times(quantities),
        *_losses(quantities),
        *_flagged(sides),
        *_absent(quantities, absent),
        *_numerics(sides),
        *[f"Scored by {name}." for name in non_empty(sides.runs["evaluator_id"])],
    ]


def _reading(sides: Sides, judgement: Judgement, quantities: Sequence[Quantity]) -> list[str]:
    """How the differences are to be read, and what the words rest on."""
    count = counted(len(sides.pairs), "pair")
    style, content = (judgement.comparisons[name] for name in PLANNED)
    dependence = style.dependence or content.dependence
    if dependence:
        return [
            f"Differences: B − A, mean and range over {count}. No word and no verdict: "
            f"{dependence}. `pairing: zip` makes independent pairs."
        ]
    tested = [one for one in quantities if one.p_holm is not None and one.name not in PLANNED]
    if not tested and style.p is None and content.p is None:
        return [
            f"Differences: B − A, mean and range over {count}. No word and no verdict: "
            f"{MINIMUM_PAIRS} pairs are needed for one."
        ]
    return [
        f"Differences: B − A over {count}, ± the 95 % interval of a paired t test."
        f"{_shared(style)}",
        "The verdict rests on style gain and content score, the two comparisons that were "
        f"planned, each tested at 5 %. The words beside the other {len(tested)} quantities are "
        "adjusted together (Holm): the chance of even one false word among them is at most 5 %. "
        "Each word stands for the one quantity that it is beside.",
    ]


def _shared(found: Comparison) -> str:
    if not found.sharing:
        return ""
    return f" {found.sharing} are not independent: interval and test are wider for it."


def _second_opinion(judgement: Judgement, quantities: Sequence[Quantity]) -> list[str]:
    """Whether the evaluator without a network sees the differences of the first one."""
    by_name = {one.name: one for one in quantities}
    lines = []
    for name in PLANNED:
        first, second = judgement.comparisons[name], by_name.get(f"{SECOND}{name}")
        if not first.significance or second is None:
            continue
        if not second.word:
            said = f"shows no significant difference in {NAMES[name]}"
        elif second.found.difference * first.difference > 0:
            said = f"confirms the difference in {NAMES[name]}"
        else:
            said = f"contradicts the difference in {NAMES[name]}"
        lines.append(said)
    return (
        [f"The second evaluator, which uses no network, {' and '.join(lines)}."] if lines else []
    )


def _pairs(sides: Sides) -> list[str]:
    """The pairs that are not compared, by name."""
    lines = [
        f"Only {quoted(name)} has {_listed(pairs)}: left out."
        for name, pairs in (
            (sides.baseline, sides.only_baseline),
            (sides.other, sides.only_other),
        )
        if pairs
    ]
    lines += [
        f"{quoted(name)}: {counted(lacking, 'run')} of {planned} not finished, left out."
        for name, (lacking, planned) in sides.unfinished.items()
    ]
    return lines


def _listed(pairs: Sequence[str]) -> str:
    more = [f"and {len(pairs) - MOST_PAIRS} more"] if len(pairs) > MOST_PAIRS else []
    return ", ".join([*map(quoted, pairs[:MOST_PAIRS]), *more])


def _times(quantities: Sequence[Quantity]) -> list[str]:
    row = next((one for one in quantities if one.name == "seconds"), None)
    if row is None:
        return []
    if row.reason:
        return [f"Running times are shown, not compared: {row.reason}."]
    return [
        "Ratios of running times are geometric means over the pairs; the seconds of an iteration "
        "are its median, and what the iterations do not explain passed outside them."
    ]


def _losses(quantities: Sequence[Quantity]) -> list[str]:
    row = next((one for one in quantities if one.group is Group.LOSS), None)
    if row is None:
        return []
    if row.reason:
        return [f"Losses are shown, not compared: {row.reason}."]
    return ["Losses are those at the last iteration, before its update; the parts unweighted."]


def _flagged(sides: Sides) -> list[str]:
    done = finished_runs(sides.runs)
    if "flags" not in done:
        return []
    told = []
    for name in (sides.baseline, sides.other):
        flags = done.loc[done["variant"] == name, "flags"].fillna("")
        counts = Counter(
            word.strip() for text in flags for word in str(text).split(";") if word.strip()
        )
        if counts:
            listed = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
            told.append(f"{quoted(name)} {listed}")
    return [f"Look at these results, they are flagged: {'; '.join(told)}."] if told else []


def _absent(quantities: Sequence[Quantity], absent: Mapping[str, str]) -> list[str]:
    shown = {one.name for one in quantities}
    return [
        f"{catalogued(name).short}: no values: {reason.rstrip('.')}."
        for name, reason in absent.items()
        if name not in shown
    ]


def _numerics(sides: Sides) -> list[str]:
    found = non_empty(sides.runs["numerics_key"])
    if len(found) <= 1:
        return []
    return [f"Runs of {len(found)} numerics are compared; last digits may differ for that alone."]
