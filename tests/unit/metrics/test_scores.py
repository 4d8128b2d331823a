"""Scores: marks at 0 and 1, anchors that cancel, and anchors without meaning."""

import math

import pytest

from metrics.scores import anchored_similarity, content_score, mean_of_logs, style_gain


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (0.4, 0.0),
        (0.2, math.log(2)),
        (0.8, -math.log(2)),
        (0.04, math.log(10)),
        (0.001, math.log(400)),
        (0.0, math.log(400)),
    ],
    ids=["no-op", "half", "double", "tenth", "epsilon", "below epsilon"],
)
def test_style_gain(distance: float, expected: float) -> None:
    """0 for the untouched content, ln 2 at half its distance, no more below epsilon."""
    assert expected == pytest.approx(style_gain(distance, 0.4, 0.001), abs=1e-12)


def test_anchor_cancels_within_a_pair() -> None:
    """The difference of two gains of one pair is the log ratio of their distances."""
    gains = [
        style_gain(0.05, anchor, 1e-6) - style_gain(0.07, anchor, 1e-6) for anchor in (0.2, 0.9)
    ]

    assert gains == pytest.approx([math.log(0.07 / 0.05)] * 2)


@pytest.mark.parametrize(
    ("distance", "anchor", "epsilon", "message"),
    [
        (-0.1, 0.4, 0.001, "distance must be finite and at least 0, got -0.1"),
        (math.nan, 0.4, 0.001, "distance must be finite and at least 0, got nan"),
        (0.1, math.inf, 0.001, "anchor_content must be finite"),
        (0.1, 0.4, 0.0, "epsilon must be above 0"),
        (0.1, 0.4, -1.0, "epsilon must be finite and at least 0"),
        (0.1, 0.0, 0.001, r"as close to the style \(0.0\) as can be measured \(0.001\)"),
        (0.1, 0.001, 0.001, "its style gain has no meaning"),
    ],
)
def test_style_gain_refuses(distance: float, anchor: float, epsilon: float, message: str) -> None:
    """Impossible distances and a content that already has the style are errors."""
    with pytest.raises(ValueError, match=message):
        style_gain(distance, anchor, epsilon)


@pytest.mark.parametrize(
    ("distance", "expected"),
    [(0.0, 1.0), (0.6, 0.0), (0.15, 0.75), (0.9, -0.5)],
    ids=["unchanged", "destroyed", "quarter", "worse than destroyed"],
)
def test_content_score(distance: float, expected: float) -> None:
    """1 for the unchanged content, 0 for the style picture, linear and not clipped."""
    assert expected == pytest.approx(content_score(distance, 0.6), abs=1e-12)


@pytest.mark.parametrize(
    ("distance", "anchor", "message"),
    [
        (-1e-9, 0.6, "distance must be finite and at least 0"),
        (0.1, math.nan, "anchor_destroyed must be finite"),
        (0.1, 0.0, "content and style are at distance 0"),
    ],
)
def test_content_score_refuses(distance: float, anchor: float, message: str) -> None:
    """Impossible distances and equal content and style are errors."""
    with pytest.raises(ValueError, match=message):
        content_score(distance, anchor)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1.0, 1.0), (0.2, 0.0), (0.6, 0.5), (0.0, -0.25)],
    ids=["unchanged", "destroyed", "half way", "worse than destroyed"],
)
def test_anchored_similarity(value: float, expected: float) -> None:
    """1 for the unchanged content, 0 for the style picture, linear and not clipped."""
    assert expected == pytest.approx(anchored_similarity(value, 0.2), abs=1e-12)


@pytest.mark.parametrize(
    ("value", "floor", "message"),
    [
        (math.nan, 0.2, "finite, got value nan and floor 0.2"),
        (0.3, -math.inf, "finite, got value 0.3 and floor -inf"),
        (0.3, 1.0, "content and style have similarity 1.0"),
    ],
)
def test_anchored_similarity_refuses(value: float, floor: float, message: str) -> None:
    """Undefined values and equal content and style are errors."""
    with pytest.raises(ValueError, match=message):
        anchored_similarity(value, floor)


def test_mean_of_logs_is_the_log_of_the_geometric_mean() -> None:
    """Gains of 2 and 8 times average to 4 times."""
    assert math.log(4) == pytest.approx(mean_of_logs([math.log(2), math.log(8)]))


@pytest.mark.parametrize("gains", [[], [0.1, math.nan], [math.inf]])
def test_mean_of_logs_refuses(gains: list[float]) -> None:
    """No gain at all, or an undefined one, has no mean."""
    with pytest.raises(ValueError, match="one finite gain or more is needed, got"):
        mean_of_logs(gains)
