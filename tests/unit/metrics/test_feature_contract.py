"""What every distance of two pictures' features must do, whatever it measures."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from metrics import CATALOG
from metrics.channel_statistics import channel_distance, channel_statistics
from metrics.feature_swd import projections, swd_distance
from metrics.features import feature_distance
from metrics.gram import balanced_gram_distance, cosine_distance, gram_matrices
from metrics.taps import Features, TapDistances

Array = NDArray[np.float32]
Measure = Callable[[Features, Features], TapDistances]

STYLE: dict[str, Measure] = {
    "style/gram": balanced_gram_distance,
    "style/gram_cosine": lambda a, b: cosine_distance(gram_matrices(a), gram_matrices(b)),
    "style/channel_stats": lambda a, b: channel_distance(
        channel_statistics(a), channel_statistics(b)
    ),
    "style/feature_swd": lambda a, b: swd_distance(projections(a), projections(b)),
}
MEASURES = STYLE | {"content/feature_distance": feature_distance}

# Sums of the same numbers in another order.
ROUNDING = 1e-6

every_measure = pytest.mark.parametrize(("name", "measure"), MEASURES.items(), ids=list(MEASURES))
every_style_measure = pytest.mark.parametrize("measure", STYLE.values(), ids=list(STYLE))


def _features(seed: int, shape: tuple[int, int, int] = (6, 12, 16)) -> Features:
    """Features as after a ReLU: blobs of their own strength in each channel, a third is zero."""
    rng = np.random.default_rng(seed)
    blobs = gaussian_filter(rng.standard_normal(shape), (0, 1, 1)) + 0.1
    strengths = rng.uniform(0.2, 3, (shape[0], 1, 1))
    return {"relu1_1": np.maximum(blobs * strengths, 0).astype(np.float32)}


def _blend(share: float, a: Features, b: Features) -> Features:
    return {tap: ((1 - share) * a[tap] + share * b[tap]).astype(np.float32) for tap in a}


@every_measure
def test_equal_features_are_at_distance_zero(name: str, measure: Measure) -> None:
    """The same features are at the lower end of the range, exactly."""
    assert CATALOG[name].range[0] == 0
    assert measure(_features(0), _features(0)).mean == 0


@every_measure
def test_value_is_symmetric(name: str, measure: Measure) -> None:
    """Exchanging the two pictures changes nothing."""
    del name
    forth, back = measure(_features(0), _features(1)), measure(_features(1), _features(0))

    assert forth.mean == pytest.approx(back.mean, abs=ROUNDING)


@every_measure
def test_value_is_a_float_in_range(name: str, measure: Measure) -> None:
    """Unrelated features give a plain float strictly inside the catalogued range."""
    value = measure(_features(0), _features(1)).mean
    low, high = CATALOG[name].range

    assert type(value) is float
    assert low < value < high


@every_style_measure
@pytest.mark.parametrize("seed", range(5))
def test_style_after_a_relu_is_below_one(measure: Measure, seed: int) -> None:
    """Features that are never negative have something in common, whatever they are."""
    assert 0 < measure(_features(seed), _features(seed + 5)).mean < 1


@every_measure
def test_value_is_repeatable(name: str, measure: Measure) -> None:
    """The same features give the same bits again."""
    del name
    assert measure(_features(0), _features(1)) == measure(_features(0), _features(1))


@every_measure
def test_value_grows_along_a_blend(name: str, measure: Measure) -> None:
    """The further features are blended towards others, the further they are."""
    del name
    clean = _features(0)
    values = [
        measure(_blend(share, clean, _features(1)), clean).mean for share in (0, 0.1, 0.3, 0.6, 1)
    ]

    assert sorted(set(values)) == values


@every_measure
def test_dead_taps_are_equal(name: str, measure: Measure) -> None:
    """Two taps without any energy are at distance 0, one against a live one at 1."""
    del name
    dead = {"relu1_1": np.zeros((6, 12, 16), np.float32)}
    live = {"relu1_1": np.ones((6, 12, 16), np.float32)}

    assert measure(dead, dead).mean == 0
    assert measure(dead, live).mean == pytest.approx(1, abs=ROUNDING)


@every_measure
def test_every_tap_counts_the_same(name: str, measure: Measure) -> None:
    """The value is the unweighted mean over the taps."""
    del name
    a = {"one": _features(0)["relu1_1"], "two": _features(1, (3, 5, 7))["relu1_1"]}
    b = {"one": _features(2)["relu1_1"], "two": _features(3, (3, 5, 7))["relu1_1"]}
    alone = [measure({tap: a[tap]}, {tap: b[tap]}).mean for tap in a]
    found = measure(a, b)

    assert dict(zip(a, alone, strict=True)) == pytest.approx(found.by_tap)
    assert sum(alone) / 2 == pytest.approx(found.mean)


@every_measure
def test_common_strength_plays_no_part(name: str, measure: Measure) -> None:
    """Both pictures' features multiplied by one number are as far apart as before."""
    del name
    a, b = _features(0), _features(1)
    scaled = [{"relu1_1": 7 * features["relu1_1"]} for features in (a, b)]

    assert measure(a, b).mean == pytest.approx(measure(*scaled).mean, rel=1e-5)


@every_style_measure
def test_order_of_positions_plays_no_part(measure: Measure) -> None:
    """Positions shuffled alike in all channels are the same style."""
    features = _features(0)["relu1_1"]
    order = np.random.default_rng(1).permutation(12 * 16)
    shuffled = features.reshape(6, -1)[:, order].reshape(6, 16, 12)

    assert measure({"a": features}, {"a": shuffled}).mean == pytest.approx(0, abs=ROUNDING)


@every_style_measure
def test_number_of_positions_plays_no_part(measure: Measure) -> None:
    """Features twice beside themselves are the same style, sizes need not agree."""
    features = _features(0)["relu1_1"]
    doubled = np.concatenate([features, features], axis=2)

    assert measure({"a": features}, {"a": doubled}).mean == pytest.approx(0, abs=ROUNDING)


@every_measure
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("turn", [0, 1], ids=["first", "second"])
def test_values_that_are_not_finite_are_refused(
    name: str, measure: Measure, turn: int, value: float
) -> None:
    """NaN or infinity in one place is an error that names the tap, never a number."""
    del name
    both = [_features(0), _features(1)]
    broken = both[turn]["relu1_1"].copy()
    broken[3, 5, 7] = value
    both[turn] = {"relu1_1": broken}

    with pytest.raises(ValueError, match=r"relu1_1: features must be finite, got values from "):
        measure(*both)


@every_measure
@pytest.mark.parametrize("shape", [(5, 6), (1, 4, 5, 6), (4, 0, 6)])
def test_other_shapes_are_refused(name: str, measure: Measure, shape: tuple[int, ...]) -> None:
    """Features that are not (C, H, W), or empty, are refused with the tap and the shape found."""
    del name
    features = {"relu1_1": np.zeros(shape, np.float32)}

    with pytest.raises(ValueError, match=r"relu1_1: features have shape \(C, H, W\), got \("):
        measure(features, features)


@every_measure
@pytest.mark.parametrize(
    ("picture", "kind"), [(np.zeros((3, 5, 6), np.uint8), "uint8"), ([[[1.0]]], "list")]
)
def test_other_types_are_refused(name: str, measure: Measure, picture: Array, kind: str) -> None:
    """A picture or a list in place of features is a TypeError that names the tap."""
    del name
    with pytest.raises(TypeError, match=f"rgb: features are floating point, got {kind}"):
        measure({"rgb": picture}, {"rgb": picture})


@every_measure
def test_other_channels_are_refused(name: str, measure: Measure) -> None:
    """Features of another number of channels are refused, and the tap is named."""
    del name
    with pytest.raises(ValueError, match=r"relu1_1: .* (equal shape|as many channels)"):
        measure(_features(0), _features(0, (5, 12, 16)))


@every_measure
def test_other_taps_are_refused(name: str, measure: Measure) -> None:
    """Features of different taps, or none, cannot be compared."""
    del name
    with pytest.raises(ValueError, match=r"the same taps .* got \['relu1_1'\] and \['relu2_1'\]"):
        measure(_features(0), {"relu2_1": _features(0)["relu1_1"]})
    with pytest.raises(ValueError, match="at least one"):
        measure({}, {})
