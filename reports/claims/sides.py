"""Whether seconds or losses of variants may be compared at all."""

from collections.abc import Sequence

import pandas as pd

from reports.claims.way import LOSS
from reports.frame import FINISHED
from reports.versus.reasons import loss_reason, timing_reason
from reports.versus.sides import Sides

__all__ = ["incomparable"]

TIMED = ("seconds", "seconds_per_iteration", "peak_memory_bytes")
OF, LESS = "measured", "set beside"


def incomparable(metric: str, runs: pd.DataFrame, of: Sequence[str], less: Sequence[str]) -> str:
    """Say why variants must not be compared in a metric; empty where they may be.

    Args:
        metric: Catalogue name, or ``loss/total`` and the like.
        runs: One row per (variant, case), see ``reports.frame``.
        of: The variants that are measured.
        less: Those they are set beside, or are averaged with.
    """
    if metric not in TIMED and not metric.startswith(LOSS):
        return ""
    done = runs[runs["status"] == FINISHED]
    both = [
        done[done["variant"].isin(list(names))].assign(variant=side)
        for side, names in ((OF, of), (LESS, less))
    ]
    sides = Sides(
        baseline=LESS,
        other=OF,
        runs=pd.concat(both, ignore_index=True),
        pairs=(),
        only_baseline=(),
        only_other=(),
        unfinished={},
        seeds=(),
    )
    reason = loss_reason(sides, ()) if metric.startswith(LOSS) else timing_reason(sides)
    return f"not comparable: {reason}" if reason else ""
