"""The feature distance against SciPy's cosine distance, position by position."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cosine

from metrics.features import feature_distance

# float32 features of length one.
FLOAT32_ROUNDING = 1e-6


def _features(seed: int, shape: tuple[int, int, int] = (8, 5, 6)) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_distance_agrees_with_the_cosine() -> None:
    """The squared distance of unit vectors is twice their cosine distance."""
    a = {"relu1_1": _features(0), "relu2_1": _features(1, (4, 2, 3))}
    b = {"relu1_1": _features(2), "relu2_1": _features(3, (4, 2, 3))}
    expected = {
        tap: np.mean(
            [
                2 * cosine(u, v)
                for u, v in zip(
                    a[tap].reshape(len(a[tap]), -1).T.astype(np.float64),
                    b[tap].reshape(len(b[tap]), -1).T.astype(np.float64),
                    strict=True,
                )
            ]
        )
        for tap in a
    }
    distances = feature_distance(a, b)

    assert expected == pytest.approx(dict(distances.by_tap), abs=FLOAT32_ROUNDING)
    assert sum(expected.values()) / 2 == pytest.approx(distances.mean, abs=FLOAT32_ROUNDING)


def test_equal_features_are_at_distance_zero() -> None:
    """The same features are at distance 0, exactly."""
    features = {"relu1_1": _features(0)}

    assert feature_distance(features, features).mean == 0


def test_strength_plays_no_part() -> None:
    """Only the direction of the channel vector counts, not its length."""
    features = _features(0)

    assert feature_distance({"a": features}, {"a": 3 * features}).mean == pytest.approx(
        0, abs=FLOAT32_ROUNDING
    )


def test_places_count() -> None:
    """Features moved by one column are far away: content has places."""
    features = _features(0)

    assert feature_distance({"a": features}, {"a": np.roll(features, 1, axis=2)}).mean > 1


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((1, 0), (0, 1), 2.0),
        ((1, 0), (-1, 0), 4.0),
        ((0, 0), (0, 5), 1.0),
        ((0, 0), (0, 0), 0.0),
    ],
    ids=["orthogonal", "opposite", "dead against alive", "both dead"],
)
def test_distance_of_single_vectors(
    first: tuple[int, int], second: tuple[int, int], expected: float
) -> None:
    """One position at a time: orthogonal 2, opposite 4, dead against alive 1, both dead 0."""
    a, b = (np.array(v, np.float32).reshape(2, 1, 1) for v in (first, second))

    assert expected == feature_distance({"a": a}, {"a": b}).mean


def test_distance_is_symmetric() -> None:
    """Exchanging the two pictures changes nothing."""
    a, b = {"a": _features(0)}, {"a": _features(1)}

    assert feature_distance(a, b) == feature_distance(b, a)


def test_distance_grows_with_noise() -> None:
    """More noise on the features is further away."""
    clean, noise = _features(0), _features(1)
    distances = [
        feature_distance({"a": clean + level * noise}, {"a": clean}).mean
        for level in (0.0, 0.1, 0.3, 1.0, 3.0)
    ]

    assert sorted(set(distances)) == distances


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"relu2_1": _features(0)}, "the same taps"),
        ({"relu1_1": _features(0, (8, 5, 5))}, r"relu1_1: .* \(8, 5, 6\) and \(8, 5, 5\)"),
        ({"relu1_1": _features(0)[0]}, r"relu1_1: features have shape \(C, H, W\), got \(5, 6\)"),
    ],
    ids=["taps", "sizes", "dimensions"],
)
def test_unequal_features_are_refused(other: dict[str, NDArray[np.float32]], message: str) -> None:
    """Other taps, sizes or dimensions are an error that names the tap and the shapes."""
    with pytest.raises(ValueError, match=message):
        feature_distance({"relu1_1": _features(0)}, other)


def test_integers_are_refused() -> None:
    """A picture in place of features is a TypeError that names the tap."""
    picture = np.zeros((3, 5, 6), np.uint8)

    with pytest.raises(TypeError, match="rgb: features are floating point, got uint8"):
        feature_distance({"rgb": picture}, {"rgb": picture})  # type: ignore[dict-item]
