"""The tables of a regression as text for readers: what was judged, and what was only measured."""

from collections.abc import Sequence

import pandas as pd

from reports.numbers import ABSENT
from reports.regression.model import Finding, Side
from reports.regression.scale import scale_of
from reports.regression.words import SIGNS
from reports.versus.sides import on_one_line

__all__ = ["VERDICT", "differing_facts", "facts_of", "findings_table", "information_table"]

VERDICT = "verdict"
BOTH = "baseline → candidate"
WORSE = "worse by (90 % interval)"
COUNTS = "pairs × seeds"


def findings_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Write what was judged as text: one row per finding.

    Returns:
        Text columns: variant, metric, verdict with its sign, baseline → candidate, worse by with
        its interval (above 0 is worse), margin, pairs × seeds (no seeds where none is drawn).
    """
    rows = [
        {
            "variant": on_one_line(one.variant),
            "metric": scale_of(one).label,
            VERDICT: f"{SIGNS[one.state]} {one.state}",
            **_numbers(one),
            "margin": scale_of(one).margin_words.removesuffix(f" {scale_of(one).unit}"),
            COUNTS: _counts(one),
        }
        for one in findings
    ]
    return _table(rows, ("variant", "metric", VERDICT, BOTH, WORSE, "margin", COUNTS))


def information_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Write what was only measured: the same without verdict and margin."""
    rows = [
        {
            "variant": on_one_line(one.variant),
            "metric": scale_of(one).label,
            **_numbers(one),
            COUNTS: _counts(one),
        }
        for one in findings
    ]
    return _table(rows, ("variant", "metric", BOTH, WORSE, COUNTS))


def facts_of(baseline: Side, candidate: Side) -> list[tuple[str, str, str]]:
    """Return every fact of two sides as (name, baseline's, candidate's); empty where unknown."""
    names = dict.fromkeys([*baseline.facts, *candidate.facts])
    return [(name, baseline.facts.get(name, ""), candidate.facts.get(name, "")) for name in names]


def differing_facts(baseline: Side, candidate: Side) -> list[tuple[str, str, str]]:
    """Return the facts that two sides both have, and in which they differ."""
    both = baseline.facts.keys() & candidate.facts.keys()
    return [
        fact for fact in facts_of(baseline, candidate) if fact[0] in both and fact[1] != fact[2]
    ]


def _table(rows: Sequence[dict[str, str]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns), dtype="str")


def _numbers(finding: Finding) -> dict[str, str]:
    scale = scale_of(finding)
    interval = scale.interval(finding.low, finding.high)
    worse = scale.difference(finding.worse_by)
    return {
        BOTH: f"{scale.value(finding.baseline)} → {scale.value(finding.candidate)}",
        WORSE: f"{worse} ({interval})" if interval else worse,
    }


def _counts(finding: Finding) -> str:
    n_pairs = len(finding.pairs)
    if not n_pairs:
        return ABSENT
    return f"{n_pairs} × {finding.n_seeds}" if finding.n_seeds else str(n_pairs)
