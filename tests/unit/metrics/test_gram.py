"""The balanced Gram distance against sums written out, and its bounds."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cosine

from metrics.gram import (
    balanced_distance,
    balanced_gram_distance,
    cosine_distance,
    gram_matrices,
    gram_matrix,
)
from metrics.taps import TapDistances

FLOAT64_ROUNDING = 1e-12


def _features(seed: int, shape: tuple[int, int, int] = (4, 5, 6)) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random(shape, np.float32)


def _slow_gram(features: NDArray[np.float32]) -> NDArray[np.float64]:
    channels, rows, columns = features.shape
    total = np.zeros((channels, channels))
    for row in range(rows):
        for column in range(columns):
            vector = features[:, row, column].astype(np.float64)
            total += np.outer(vector, vector)
    return total / (rows * columns)


def test_gram_matrix_is_the_mean_product() -> None:
    """Every entry is the mean over the positions of the product of two channels, nothing else."""
    features = _features(0)

    np.testing.assert_allclose(gram_matrix(features), _slow_gram(features), rtol=FLOAT64_ROUNDING)


def test_gram_matrix_is_float64() -> None:
    """float32 features give a float64 matrix."""
    assert gram_matrix(_features(0)).dtype == np.float64


def test_distance_agrees_with_the_formula() -> None:
    """The formula ‖A - B‖² / (‖A‖² + ‖B‖²) written out for each tap, and the mean of the taps."""
    a = {"relu1_1": _features(0), "relu2_1": _features(1, (3, 4, 4))}
    b = {"relu1_1": _features(2), "relu2_1": _features(3, (3, 7, 2))}
    expected = {}
    for tap, features in a.items():
        gram_a = _slow_gram(features)
        gram_b = _slow_gram(b[tap])
        expected[tap] = ((gram_a - gram_b) ** 2).sum() / (gram_a**2 + gram_b**2).sum()
    distances = balanced_gram_distance(a, b)

    assert expected == pytest.approx(dict(distances.by_tap), rel=FLOAT64_ROUNDING)
    assert sum(expected.values()) / 2 == pytest.approx(distances.mean, rel=FLOAT64_ROUNDING)


def test_stored_matrices_give_the_same_distance() -> None:
    """Comparing Gram matrices computed before is comparing the features."""
    a, b = {"relu1_1": _features(0)}, {"relu1_1": _features(1)}

    assert balanced_gram_distance(a, b) == balanced_distance(gram_matrices(a), gram_matrices(b))


def test_equal_features_are_at_distance_zero() -> None:
    """The same features are at distance 0, exactly."""
    features = {"relu1_1": _features(0)}

    assert balanced_gram_distance(features, features).mean == 0


def test_order_of_positions_plays_no_part() -> None:
    """Shuffled positions have the same Gram matrix: style has no places."""
    features = _features(0)
    order = np.random.default_rng(1).permutation(30)
    shuffled = features.reshape(4, 30)[:, order].reshape(4, 6, 5)

    assert balanced_gram_distance({"a": features}, {"a": shuffled}).mean < FLOAT64_ROUNDING


def test_doubled_features_are_at_nine_seventeenths() -> None:
    """Twice the features is four times the matrix: (4 - 1)² / (1 + 16)."""
    features = _features(0)

    assert balanced_gram_distance({"a": features}, {"a": 2 * features}).mean == pytest.approx(
        9 / 17, rel=FLOAT64_ROUNDING
    )


def test_features_of_other_channels_are_at_distance_one() -> None:
    """Pictures whose energy is in different channels are as far apart as can be."""
    first, second = np.zeros((2, 4, 5, 6), np.float32)
    first[:2], second[2:] = 1, 1

    assert balanced_gram_distance({"a": first}, {"a": second}).mean == 1


def test_dead_taps_are_equal() -> None:
    """Two taps without any energy are at distance 0, not undefined."""
    zeros = np.zeros((4, 5, 6), np.float32)

    assert balanced_gram_distance({"a": zeros}, {"a": zeros}).mean == 0


@pytest.mark.parametrize("seed", range(20))
def test_distance_of_signed_features_stays_in_range(seed: int) -> None:
    """Also before the ReLU, where features are negative, the distance is symmetric in [0, 1]."""
    features = np.random.default_rng(seed).standard_normal((2, 3, 4, 4)).astype(np.float32)
    forth = balanced_gram_distance({"a": features[0]}, {"a": features[1]}).mean
    back = balanced_gram_distance({"a": features[1]}, {"a": features[0]}).mean

    assert 0 <= forth <= 1
    assert forth == pytest.approx(back, rel=FLOAT64_ROUNDING)


def test_distance_grows_with_noise() -> None:
    """More noise on the features is further away."""
    rng = np.random.default_rng(0)
    clean, noise = rng.random((6, 16, 16), np.float32), rng.random((6, 16, 16), np.float32)
    distances = [
        balanced_gram_distance({"a": clean + level * noise}, {"a": clean}).mean
        for level in (0.0, 0.1, 0.3, 1.0)
    ]

    assert sorted(set(distances)) == distances


def test_mean_counts_every_tap_the_same() -> None:
    """The mean of the taps is unweighted."""
    assert TapDistances(by_tap={"a": 0.2, "b": 0.5, "c": 0.8}).mean == pytest.approx(0.5)


def test_other_taps_are_refused() -> None:
    """Features of different taps cannot be compared."""
    with pytest.raises(ValueError, match=r"the same taps .* got \['relu1_1'\] and \['relu2_1'\]"):
        balanced_gram_distance({"relu1_1": _features(0)}, {"relu2_1": _features(0)})


def test_no_taps_are_refused() -> None:
    """There is no distance without a tap."""
    with pytest.raises(ValueError, match="at least one"):
        balanced_gram_distance({}, {})


def test_other_channels_are_refused() -> None:
    """Gram matrices of different size cannot be compared, and the tap is named."""
    with pytest.raises(ValueError, match=r"relu1_1: Gram matrices of equal shape, got \(4, 4\)"):
        balanced_gram_distance({"relu1_1": _features(0)}, {"relu1_1": _features(0, (3, 5, 6))})


@pytest.mark.parametrize("shape", [(5, 6), (1, 4, 5, 6), (4, 0, 6)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    """Features that are not (C, H, W), or empty, are refused with the shape found."""
    with pytest.raises(ValueError, match=r"shape \(C, H, W\), got \("):
        gram_matrix(np.zeros(shape, np.float32))


def test_integers_are_refused() -> None:
    """A picture in place of features is a TypeError."""
    with pytest.raises(TypeError, match="floating point, got uint8"):
        gram_matrix(np.zeros((3, 5, 6), np.uint8))  # type: ignore[arg-type]


def test_cosine_distance_agrees_with_scipy() -> None:
    """SciPy's cosine distance of the matrices' entries, tap by tap."""
    a = {"relu1_1": _slow_gram(_features(0)), "relu2_1": _slow_gram(_features(1, (3, 4, 4)))}
    b = {"relu1_1": _slow_gram(_features(2)), "relu2_1": _slow_gram(_features(3, (3, 7, 2)))}
    expected = {tap: cosine(a[tap].ravel(), b[tap].ravel()) for tap in a}
    distances = cosine_distance(a, b)

    # SciPy subtracts from 1, which costs digits
    assert expected == pytest.approx(dict(distances.by_tap), rel=1e-9)
    assert sum(expected.values()) / 2 == pytest.approx(distances.mean, rel=1e-9)


def test_strength_plays_no_part_in_the_cosine() -> None:
    """Twice the features is the same direction."""
    grams = [gram_matrices({"a": factor * _features(0)}) for factor in (1, 2)]

    assert cosine_distance(*grams).mean < FLOAT64_ROUNDING


def test_cosine_of_other_channels_is_one() -> None:
    """Pictures whose energy is in different channels are as far apart as can be, not further."""
    first, second = np.zeros((2, 4, 5, 6), np.float32)
    first[:2], second[2:] = 1, 1
    distance = cosine_distance(gram_matrices({"a": first}), gram_matrices({"a": second})).mean

    assert distance == pytest.approx(1, abs=FLOAT64_ROUNDING)
    assert distance <= 1


@pytest.mark.parametrize("measure", [balanced_distance, cosine_distance])
def test_matrices_that_are_not_finite_are_refused(
    measure: Callable[[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]], object],
) -> None:
    """Stored matrices with NaN never become a distance."""
    good = gram_matrices({"a": _features(0)})

    with pytest.raises(ValueError, match="a: Gram matrices must be finite"):
        measure(good, {"a": good["a"] * np.nan})
