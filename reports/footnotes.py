"""The lines under a table: how to read it, and everything about it that is not as it should be."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from metrics.catalog import CATALOG
from reports.agreement import second_opinion
from reports.comparison import Comparison
from reports.display import LPIPS, MEMBER
from reports.frame import (
    FINISHED,
    distinct_runs,
    finished_runs,
    non_empty,
    variants_in_order,
)
from reports.front import Place, pareto_front
from reports.regret import measure_regret, regret_line
from reports.verdict import CONTENT, STYLE, judge_variants

__all__ = ["table_footnotes"]

MOST_FLAGGED = 5
MOST_REASONS = 3
LONGEST_REASON = 120


def table_footnotes(
    runs: pd.DataFrame, baseline: str, *, absent: Mapping[str, str], notes: Sequence[str]
) -> list[str]:
    """Write the lines that belong under the table, most needed first.

    Args:
        runs: one row per (variant, case).
        baseline: label of the variant the others are compared with.
        absent: metric → why it has no values (``content/lpips`` → "no AlexNet parameters").
        notes: further lines of the caller's, such as taps that the parameters did not learn.

    Returns:
        One sentence or two a line, without numbering.
    """
    judgements = judge_variants(runs, baseline).values()
    scores = [found for judgement in judgements for found in judgement.comparisons.values()]
    lost = measure_regret(runs)
    return [
        *_reading(scores),
        *_dependence(scores),
        *_front(pareto_front(runs).values()),
        *_unfinished(runs),
        *_flagged(runs),
        *_absent_values(runs, absent),
        *second_opinion(runs, baseline),
        *([regret_line(lost)] if lost else []),
        *_timing(runs),
        *_numerics(runs),
        *_evaluator(runs),
        *notes,
    ]


def _reading(scores: Sequence[Comparison]) -> list[str]:
    """How the brackets of the score columns are to be read."""
    if not scores:
        return []
    counts = {found.n_pairs for found in scores}
    pairs = str(max(counts)) if len(counts) == 1 else f"{min(counts)} to {max(counts)}"
    tested = sum(found.is_tested for found in scores)
    if not tested:
        return [
            f"In brackets: range of the paired differences from the baseline (pairs: {pairs})."
        ]
    exception = "" if tested == len(scores) else ", or their range below six pairs"
    return [
        "In brackets: paired difference from the baseline ± its 95 % t interval (pairs: "
        f"{pairs}){exception}; the baseline's own row: mean ± interval. "
        "Verdicts: paired t test at 5 %, Holm-adjusted over the variants for each score."
        f"{_shared(scores)}"
    ]


def _shared(scores: Sequence[Comparison]) -> str:
    """What the pairs share, where interval and test respect it; the widest sharing is told."""
    shared = max(
        (found for found in scores if found.sharing), key=lambda found: found.n_pairs, default=None
    )
    if shared is None:
        return ""
    return (
        f" {shared.sharing} are not independent: interval and test are wider for it, and "
        "`pairing: zip` would make independent ones."
    )


def _dependence(scores: Sequence[Comparison]) -> list[str]:
    """Why there is no verdict where pairs share pictures; the first reason stands for all."""
    first = next((found.dependence for found in scores if found.dependence), "")
    return [f"No verdict: {first}. `pairing: zip` makes independent pairs."] if first else []


def _front(places: Collection[Place]) -> list[str]:
    """What the column of the front says."""
    if len(places) == 1 or not any(place.is_on_front for place in places):
        return []
    known = any(place.probability is not None for place in places)
    share = "; in percent, how often that holds when the pairs are drawn anew" if known else ""
    return [
        f"front {MEMBER}: no other variant has more of one score and as much of the other{share}."
    ]


def _flagged(runs: pd.DataFrame) -> list[str]:
    """Per variant, how many finished runs are flagged as what."""
    done = finished_runs(runs)
    if "flags" not in done:
        return []
    counts = {
        variant: Counter(
            word.strip()
            for flags in done.loc[done["variant"] == variant, "flags"].dropna()
            for word in str(flags).split(";")
            if word.strip()
        )
        for variant in variants_in_order(runs)
    }
    told = [
        f"`{variant}` {', '.join(f'{count} {word}' for word, count in sorted(found.items()))}"
        for variant, found in counts.items()
        if found
    ]
    more = [f"and {len(told) - MOST_FLAGGED} more variants"] * (len(told) > MOST_FLAGGED)
    listed = "; ".join([*told[:MOST_FLAGGED], *more])
    return [f"Look at these results, they are flagged: {listed}."] if told else []


def _unfinished(runs: pd.DataFrame) -> list[str]:
    """Per variant, how many runs failed, were killed or are missing, and why."""
    distinct = distinct_runs(runs)
    lines = []
    for variant in variants_in_order(runs):
        mine = distinct[distinct["variant"] == variant]
        ended = mine[mine["status"] != FINISHED]
        if len(ended):
            kinds = ended["status"].str.lower().value_counts(sort=False).items()
            counts = ", ".join(f"{count} {kind}" for kind, count in kinds)
            lines.append(f"`{variant}`: of {len(mine)} runs, {counts}{_reasons(ended)}.")
    return lines


def _reasons(ended: pd.DataFrame) -> str:
    """The distinct errors of some runs, shortened, in brackets."""
    if "error" not in ended:
        return ""
    errors = [" ".join(text.split()) for text in non_empty(ended["error"])]
    short = [
        text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…" for text in errors
    ]
    more = ["…"] if len(short) > MOST_REASONS else []
    return f" ({'; '.join([*short[:MOST_REASONS], *more])})" if short else ""


def _absent_values(runs: pd.DataFrame, absent: Mapping[str, str]) -> list[str]:
    """Which displayed scores lack values, and why."""
    done = finished_runs(runs)
    lines = []
    for name in (STYLE, CONTENT, LPIPS):
        values = done[name] if name in done else pd.Series(index=done.index, dtype="float64")
        lacking = int(values.isna().sum())
        if not lacking:
            continue
        extent = (
            "no values" if lacking == len(done) else f"{lacking} of {len(done)} runs have none"
        )
        reason = f": {absent[name].rstrip('.')}" if name in absent else ""
        lines.append(f"{CATALOG[name].short}: {extent}{reason}.")
    return lines


def _timing(runs: pd.DataFrame) -> list[str]:
    count = len(non_empty(finished_runs(runs)["timing_key"]))
    if count <= 1:
        return []
    return [
        f"Seconds were taken under {count} different conditions (host, device, workers, threads, "
        "lanes): shown, not to be compared."
    ]


def _numerics(runs: pd.DataFrame) -> list[str]:
    found = non_empty(finished_runs(runs)["numerics_key"])
    if len(found) <= 1:
        return []
    return [
        f"Runs of {len(found)} numerics are mixed; last digits may differ: {'; '.join(found)}."
    ]


def _evaluator(runs: pd.DataFrame) -> list[str]:
    return [f"Scored by {name}." for name in non_empty(runs["evaluator_id"])]
