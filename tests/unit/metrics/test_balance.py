"""The balance: its marks, its linearity and what it refuses."""

import math

import pytest

from metrics.balance import STYLE_SHARE, balance


@pytest.mark.parametrize(
    ("distance", "content_score", "expected"),
    [(0.4, 1.0, 0.4), (0.0, 1.0, 1.0), (0.0, 0.0, 0.6), (0.1, 0.5, 0.65), (0.8, -0.5, -0.8)],
    ids=["untouched", "ideal", "style alone", "between", "worse than nothing"],
)
def test_marks(distance: float, content_score: float, expected: float) -> None:
    """1 - w for the untouched content, 1 for all style and all content, not clipped below."""
    found = balance(distance, 0.4, content_score, style_share=0.6)

    assert expected == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0.5), (1.0, 0.75), (0.25, 0.5625)])
def test_share_moves_between_content_and_style(share: float, expected: float) -> None:
    """With w = 0 it is K = 0.5, with w = 1 it is 1 - D / D0 = 0.75, linear between."""
    assert expected == pytest.approx(balance(0.1, 0.4, 0.5, style_share=share))


def test_style_weighs_more_unless_stated() -> None:
    """The usual share is above a half, as people's choices are."""
    assert 0.5 < STYLE_SHARE < 1


@pytest.mark.parametrize(
    ("distance", "anchor", "content_score", "share", "message"),
    [
        (math.nan, 0.4, 0.5, 0.6, "finite"),
        (0.1, math.inf, 0.5, 0.6, "finite"),
        (0.1, 0.4, -math.inf, 0.6, "finite"),
        (-0.1, 0.4, 0.5, 0.6, "got -0.1 with anchor 0.4"),
        (0.1, 0.0, 0.5, 0.6, "got 0.1 with anchor 0.0"),
        (0.1, 0.4, 0.5, 1.1, "between 0 and 1, got 1.1"),
    ],
)
def test_what_has_no_balance_is_refused(
    distance: float, anchor: float, content_score: float, share: float, message: str
) -> None:
    """Numbers that are not finite, negative distances and shares beyond 0 and 1 are errors."""
    with pytest.raises(ValueError, match=message):
        balance(distance, anchor, content_score, style_share=share)
