"""Entry of the one number for those who want one."""

import math

from metrics.catalog_entries.kinds import Direction, Metric, Need

__all__ = ["BALANCE"]

BALANCE = (
    Metric(
        name="balance",
        version=1,
        short="balance",
        direction=Direction.MAX,
        unit="1",
        range=(-math.inf, 1.0),
        needs=frozenset(
            {
                Need.CONTENT,
                Need.STYLE,
                Need.EVALUATOR,
                Need.CONTENT_ANCHOR,
                Need.STYLE_ANCHOR,
            }
        ),
        source="w (1 - D / D0) + (1 - w) K, w = 0.6 unless stated otherwise; ours",
        meaning="style and content in one number; the untouched content has 1 - w",
    ),
)
