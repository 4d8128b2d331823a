"""The channel statistics against NumPy in float64 and distances known by hand."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from metrics.channel_statistics import channel_distance, channel_statistics

# Statistics of float32 features.
FLOAT32_ROUNDING = 1e-6


def _features(seed: int, shape: tuple[int, int, int] = (4, 5, 6)) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random(shape, np.float32)


def test_statistics_agree_with_torch() -> None:
    """Mean and uncorrected standard deviation of every channel, in this order, in float64."""
    features = _features(0)
    deviation, mean = torch.std_mean(torch.from_numpy(features).double(), dim=(1, 2), correction=0)
    statistics = channel_statistics({"relu1_1": features})["relu1_1"]

    assert statistics.dtype == np.float64
    np.testing.assert_allclose(statistics, [mean, deviation], rtol=FLOAT32_ROUNDING)


def test_faint_spread_on_a_strong_mean_is_seen() -> None:
    """A spread a thousandth of the mean keeps its digits."""
    features = (1000 + _features(0, (2, 40, 50))).astype(np.float32)
    expected = features.astype(np.float64).std(axis=(1, 2))

    assert expected == pytest.approx(channel_statistics({"a": features})["a"][1], rel=1e-6)


def test_distance_agrees_with_the_formula() -> None:
    """(‖Δμ‖² + ‖Δσ‖²) over the sum of the four squared norms."""
    a, b = _features(0), _features(1, (4, 7, 3))
    moments = [(f.astype(float).mean((1, 2)), f.astype(float).std((1, 2))) for f in (a, b)]
    (mean_a, deviation_a), (mean_b, deviation_b) = moments
    above = ((mean_a - mean_b) ** 2).sum() + ((deviation_a - deviation_b) ** 2).sum()
    below = sum((values**2).sum() for pair in moments for values in pair)
    found = channel_distance(channel_statistics({"a": a}), channel_statistics({"a": b}))

    assert above / below == pytest.approx(found.mean, rel=1e-5)


def test_doubled_features_are_at_a_fifth() -> None:
    """Twice the features is twice the statistics: (2 - 1)² / (1 + 4)."""
    statistics = [channel_statistics({"a": factor * _features(0)}) for factor in (1, 2)]

    assert channel_distance(*statistics).mean == pytest.approx(1 / 5, rel=FLOAT32_ROUNDING)


def test_mean_and_spread_both_count() -> None:
    """Equal means with another spread, and equal spreads with another mean, are told apart."""
    base = _features(0, (1, 20, 20))
    wider = base.mean() + 2 * (base - base.mean())
    statistics = [channel_statistics({"a": f.astype(np.float32)}) for f in (base, wider, base + 1)]

    assert channel_distance(statistics[0], statistics[1]).mean > 0.05
    assert channel_distance(statistics[0], statistics[2]).mean > 0.05


def test_opposite_means_are_at_two() -> None:
    """Before the ReLU, means may be opposite: the far end of the range."""
    ones = np.ones((3, 4, 4), np.float32)

    assert channel_distance(
        channel_statistics({"a": ones}), channel_statistics({"a": -ones})
    ).mean == pytest.approx(2)


def test_statistics_that_are_not_finite_are_refused() -> None:
    """Stored statistics with NaN never become a distance."""
    good = channel_statistics({"a": _features(0)})

    with pytest.raises(ValueError, match="a: channel statistics must be finite"):
        channel_distance(good, {"a": good["a"] * np.nan})
