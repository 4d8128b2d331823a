"""Raw distances and anchors in, comparable scores out."""

import math
from collections.abc import Sequence

__all__ = ["anchored_similarity", "content_score", "mean_of_logs", "style_gain"]


def style_gain(distance: float, anchor_content: float, epsilon: float) -> float:
    """S: how much closer to the style a result is than the untouched content, in nats.

    S = ln(D0 / max(D, epsilon)). 0 = as far from the style as the content; ln 2 = 0.69 = half as
    far; below 0 = moved away; at most ln(D0 / epsilon). For a fixed pair the difference of two
    results is ln(D_A / D_B): the anchor cancels.

    Args:
        distance: D, distance of the result from the style, at least 0.
        anchor_content: D0, the same distance of the content picture.
        epsilon: Smallest distance told from 0: that of the style from itself after a round trip of
            resampling, above 0.

    Raises:
        ValueError: an argument is not finite or negative, ``epsilon`` is 0, or ``anchor_content``
            is not above ``epsilon``: the content already has this style, nothing can be gained.
    """
    _check_distance("distance", distance)
    _check_distance("anchor_content", anchor_content)
    _check_distance("epsilon", epsilon)
    if epsilon == 0:
        raise ValueError("epsilon must be above 0, got 0.0")
    if anchor_content <= epsilon:
        raise ValueError(
            f"the content is as close to the style ({anchor_content}) as can be measured "
            f"({epsilon}): its style gain has no meaning"
        )
    return math.log(anchor_content / max(distance, epsilon))


def content_score(distance: float, anchor_destroyed: float) -> float:
    """K: how much of the content a result keeps.

    K = 1 - d / L0. 1 = the content unchanged, 0 = no more of it than the style picture resized to
    its size has, below 0 = even less. Not clipped.

    Args:
        distance: d, distance of the result from the content, at least 0.
        anchor_destroyed: L0, the same distance of the resized style picture, above 0.

    Raises:
        ValueError: an argument is not finite or negative, or ``anchor_destroyed`` is 0: content
            and style are the same picture.
    """
    _check_distance("distance", distance)
    _check_distance("anchor_destroyed", anchor_destroyed)
    if anchor_destroyed == 0:
        raise ValueError("content and style are at distance 0: the content score has no meaning")
    return 1 - distance / anchor_destroyed


def anchored_similarity(value: float, floor: float) -> float:
    """Similarity with the content, scaled so that 0 is what the style picture already has.

    (v - m0) / (1 - m0). 1 = the content unchanged, 0 = no more alike than the style picture
    resized to its size, below 0 = even less. Not clipped.

    Args:
        value: v, similarity of the result to the content.
        floor: m0, the same similarity of the resized style picture, below 1.

    Raises:
        ValueError: an argument is not finite, or ``floor`` is 1 or more: content and style cannot
            be told apart.
    """
    if not math.isfinite(value) or not math.isfinite(floor):
        raise ValueError(f"similarities must be finite, got value {value} and floor {floor}")
    if floor >= 1:
        raise ValueError(f"content and style have similarity {floor}: the score has no meaning")
    return (value - floor) / (1 - floor)


def mean_of_logs(gains: Sequence[float]) -> float:
    """Mean of log gains in nats, the logarithm of the geometric mean of the ratios.

    Args:
        gains: ``style_gain`` by several distances, or of several pairs; at least one, all finite.

    Raises:
        ValueError: there is none, or one is not finite.
    """
    if not gains or not all(math.isfinite(gain) for gain in gains):
        raise ValueError(f"one finite gain or more is needed, got {list(gains)}")
    return math.fsum(gains) / len(gains)


def _check_distance(name: str, distance: float) -> None:
    if not math.isfinite(distance) or distance < 0:
        raise ValueError(f"{name} must be finite and at least 0, got {distance}")
