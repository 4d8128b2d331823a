"""Say why a name is no metric that variants can be ranked by."""

from harness.spec.diagnosis import refusal
from metrics.catalog import CATALOG, RANKED

__all__ = ["explain_unranked"]


def explain_unranked(metric: str) -> str | None:
    """Return what is wrong with a metric's name and which are allowed; None if it can rank."""
    if metric in RANKED:
        return None
    unranked = f"{metric} is logged, never ranked on; " if metric in CATALOG else ""
    return unranked + refusal(metric, RANKED)
