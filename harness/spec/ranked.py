"""Say why a name is no metric that variants can be ranked, or a regression judged, by."""

from harness.spec.diagnosis import refusal
from metrics.catalog import CATALOG, RANKED

__all__ = ["GATED", "explain_ungated", "explain_unranked"]

# What needs no picture is what a run costs.
GATED = tuple(name for name in RANKED if CATALOG[name].needs)
"""Names of the metrics that a gate may judge: what a run costs differs between machines."""


def explain_unranked(metric: str) -> str | None:
    """Return what is wrong with a metric's name and which are allowed; None if it can rank."""
    return None if metric in RANKED else _refusal(metric, RANKED)


def explain_ungated(metric: str) -> str | None:
    """Return what is wrong with the name of a gate's metric; None if it can be judged."""
    if metric in GATED:
        return None
    if metric in RANKED:
        return (
            f"{metric} is what a run costs, which differs between machines and days; "
            "allowed: what is seen in the pictures; gate.seconds judges time, side by side"
        )
    return _refusal(metric, GATED)


def _refusal(metric: str, allowed: tuple[str, ...]) -> str:
    unranked = f"{metric} is logged, never ranked on; " if metric in CATALOG else ""
    return unranked + refusal(metric, allowed)
