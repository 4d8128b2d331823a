"""Entries of the second evaluator's scores, which need no network."""

import math

from metrics.catalog_entries.kinds import Direction, Metric, Need

__all__ = ["SECOND"]

SECOND = (
    Metric(
        name="second/style/gain",
        version=1,
        short="style gain, 2nd",
        direction=Direction.MAX,
        unit="nats",
        range=(-math.inf, math.inf),
        needs=frozenset({Need.STYLE, Need.CONTENT, Need.STYLE_ANCHOR}),
        source="mean of the log gains of style/color_swd and style/gabor; ours",
        meaning="style gain without a network: from colours and stroke statistics",
    ),
    Metric(
        name="second/content/score",
        version=1,
        short="content, 2nd",
        direction=Direction.MAX,
        unit="1",
        range=(-math.inf, 1.0),
        needs=frozenset({Need.CONTENT, Need.STYLE, Need.CONTENT_ANCHOR}),
        source="mean of content/ms_ssim and content/edge_f1, each (v - m0) / (1 - m0); ours",
        meaning="content score without a network: from structure and edges",
        ranked=False,
    ),
)
