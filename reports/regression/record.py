"""A regression for programs: every number, as strict JSON."""

from collections.abc import Sequence
from dataclasses import asdict

from metrics.catalog import CATALOG
from reports.regression.model import SECONDS, Finding, Result, Side
from reports.regression.words import advice_of, headline_of

__all__ = ["SCHEMA_VERSION", "record_of"]

SCHEMA_VERSION = 1


def record_of(result: Result) -> dict[str, object]:
    """Return a regression whole, but for its pictures' pixels.

    ``worse_by``, ``low``, ``high`` and ``margin`` are in ``difference_unit``: the metric's unit,
    or the logarithm of a ratio where the metric is ``seconds``; above 0 is worse.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "name": result.name,
        "occasion": result.occasion,
        "state": str(result.state),
        "headline": headline_of(result),
        "advice": advice_of(result),
        "question": result.question,
        "command": result.command,
        "refusal": result.refusal,
        "baseline": _side(result.baseline),
        "candidate": _side(result.candidate),
        "findings": _findings(result.findings),
        "information": _findings(result.information),
        "determinism": asdict(result.determinism) if result.determinism is not None else None,
        "failures": [asdict(one) for one in result.failures],
        "notes": list(result.notes),
        "steps": [asdict(one) for one in result.steps],
        "history": result.history.to_dict("records"),
        "pictures": [{"variant": variant, "pair": pair} for variant, pair in result.pictures],
        "links": dict(result.links),
    }


def _side(side: Side) -> dict[str, object]:
    return {"title": side.title, "facts": dict(side.facts)}


def _findings(findings: Sequence[Finding]) -> list[dict[str, object]]:
    return [
        {**asdict(one), "state": str(one.state), "difference_unit": _difference_unit(one.metric)}
        for one in findings
    ]


def _difference_unit(metric: str) -> str:
    if metric == SECONDS:
        return "log ratio"
    return CATALOG[metric].unit if metric in CATALOG else ""
