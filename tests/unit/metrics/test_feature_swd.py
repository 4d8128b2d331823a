"""The sliced Wasserstein distance of features against quantiles, closed forms and Python's own."""

import statistics

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.stats import norm

from metrics import feature_swd
from metrics.feature_swd import Projections, _directions, projections, swd_distance

Array = NDArray[np.float32]

# Projections are computed in float32.
FLOAT32_ROUNDING = 1e-5


def _features(seed: int, shape: tuple[int, int, int] = (4, 8, 8)) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def _distance(a: Array, b: Array) -> float:
    return swd_distance(projections({"a": a}), projections({"a": b})).mean


def test_equal_numbers_of_positions_are_sorted_and_subtracted() -> None:
    """For 64 positions each the distance is that of the sorted projections, all of them."""
    a, b = _features(0), _features(1) * 2 + 1
    flat = [f.reshape(4, 64).astype(np.float64) for f in (a, b)]
    sorted_a, sorted_b = (np.sort(_directions(4).astype(float) @ f, axis=1) for f in flat)
    expected = ((sorted_a - sorted_b) ** 2).sum() / (sorted_a**2 + sorted_b**2).sum()

    assert expected == pytest.approx(_distance(a, b), rel=FLOAT32_ROUNDING)


@pytest.mark.parametrize("shape", [(4, 5, 6), (4, 50, 60), (4, 7, 200)])
def test_projections_agree_with_numpy_quantiles(shape: tuple[int, int, int]) -> None:
    """For other numbers of positions they are NumPy's quantiles of the staircase."""
    features = _features(0, shape)
    levels = (np.arange(1024) + 0.5) / 1024
    projected = _directions(4) @ features.reshape(4, -1)
    expected = np.quantile(projected, levels, axis=1, method="inverted_cdf").T
    found = projections({"a": features})["a"].quantiles

    assert found.shape == (64, 1024)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, atol=FLOAT32_ROUNDING)


def test_shift_of_one_channel_has_its_closed_form() -> None:
    """Moving all values by s moves every quantile by s: s² / (E x² + E (x + s)²)."""
    values = _features(0, (1, 16, 16))
    moments = (values.astype(float) ** 2).mean() + ((values.astype(float) + 3) ** 2).mean()

    assert 9 / moments == pytest.approx(_distance(values, values + 3), rel=FLOAT32_ROUNDING)


def test_normal_distributions_have_their_closed_form() -> None:
    """Of normal distributions W² = (μ - ν)² + (σ - τ)², whatever the numbers of positions."""
    first = 1 + 2 * norm.ppf((np.arange(8000) + 0.5) / 8000).reshape(1, 80, 100)
    second = 4 + 0.5 * norm.ppf((np.arange(5000) + 0.5) / 5000).reshape(1, 50, 100)
    expected = ((4 - 1) ** 2 + (2 - 0.5) ** 2) / (1 + 4 + 16 + 0.25)

    assert expected == pytest.approx(
        # the 1024 quantiles leave out the outermost two thousandths
        _distance(first.astype(np.float32), second.astype(np.float32)),
        rel=0.005,
    )


def test_what_gram_matrices_miss_is_seen() -> None:
    """Two values of equal mean and square as a bell curve, but no bell, are another style."""
    bell = norm.ppf((np.arange(1024) + 0.5) / 1024).reshape(1, 32, 32).astype(np.float32)
    two = np.where(bell > 0, bell.std(), -bell.std()).astype(np.float32)

    assert (bell**2).mean() == pytest.approx((two**2).mean())
    assert _distance(bell, two) > 0.1


def test_directions_are_those_of_python() -> None:
    """Normalised vectors of PCG64's raw numbers through the standard library's inverse."""
    raw = np.random.PCG64(2021).random_raw(64 * 3)
    normal = statistics.NormalDist()
    vectors = np.array([normal.inv_cdf(((int(n) >> 12) + 0.5) / 2**52) for n in raw])
    vectors = vectors.reshape(64, 3)
    expected = vectors / np.sqrt((vectors**2).sum(axis=1, keepdims=True))

    np.testing.assert_allclose(_directions(3), expected, atol=1e-6)


@pytest.mark.parametrize("channels", [3, 64, 256])
def test_directions_are_evenly_spread(channels: int) -> None:
    """Unit vectors that favour no side: their mean is short."""
    directions = _directions(channels)

    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)
    # The mean of 64 independent unit vectors has length 1/8 on average.
    assert np.linalg.norm(directions.mean(axis=0)) < 0.25


def _taps(seed: int) -> Array:
    blobs = gaussian_filter(_features(seed, (8, 160, 200)), (0, 3, 3))
    return np.maximum(blobs / blobs.std() + seed, 0).astype(np.float32)


def test_positions_left_out_hardly_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 32000 positions 16384 are taken; all of them give the same distance within 1 %."""
    some = _distance(_taps(0), _taps(1))
    monkeypatch.setattr(feature_swd, "_MOST_POSITIONS", 32_000)

    assert some > 0.05
    assert some == pytest.approx(_distance(_taps(0), _taps(1)), rel=0.01)


@pytest.mark.parametrize("period", [2, 3, 4, 8])
def test_stripes_are_sampled_fairly(period: int) -> None:
    """Whatever the stripes' period, each phase gets its share of the positions taken."""
    columns = (np.arange(256) % period == 0).astype(np.float32)
    stripes = np.broadcast_to(columns, (1, 192, 256))
    found = np.abs(projections({"a": stripes})["a"].quantiles).mean()

    assert columns.mean() == pytest.approx(found, abs=0.005)


def test_projections_that_are_not_finite_are_refused() -> None:
    """Stored projections with NaN never become a distance."""
    good = projections({"a": _features(0)})
    bad = Projections(channels=4, quantiles=good["a"].quantiles * np.nan)

    with pytest.raises(ValueError, match="a: projections must be finite"):
        swd_distance(good, {"a": bad})
