"""One number for those who want one: style and content weighed against each other."""

import math

__all__ = ["STYLE_SHARE", "balance"]

STYLE_SHARE = 0.6
"""Where the two disagree people follow the style four times out of five (ASTRA, arXiv 2610.10003,
18,747 conflicts); below 0.5 a scalar would reward pictures that hardly changed."""


def balance(
    distance: float, anchor_content: float, content_score: float, *, style_share: float
) -> float:
    """Weigh how much of the way to the style was gone against how much content was kept.

    w (1 - D / D0) + (1 - w) K. The untouched content has 1 - w; a result with the style's own
    statistics that keeps all content would have 1. Not clipped.

    Args:
        distance: D, ``style/gram`` of the result.
        anchor_content: D0, the same of the untouched content, above 0.
        content_score: K, at most 1.
        style_share: w, from 0 (content alone) to 1 (style alone).

    Raises:
        ValueError: an argument is not finite or out of its range.
    """
    if not all(map(math.isfinite, (distance, anchor_content, content_score, style_share))):
        raise ValueError("the balance needs finite numbers")
    if distance < 0 or anchor_content <= 0:
        raise ValueError(f"distances of at least 0, got {distance} with anchor {anchor_content}")
    if not 0 <= style_share <= 1:
        raise ValueError(f"the style's share lies between 0 and 1, got {style_share}")
    return style_share * (1 - distance / anchor_content) + (1 - style_share) * content_score
