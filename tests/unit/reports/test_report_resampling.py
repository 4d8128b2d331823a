import math
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from reports.clusters import Sharing, clustered_half_width, sharing_of
from reports.resampling import bootstrap_interval, resampling_weights
from reports.statistics import t_half_width

INDEPENDENT = sharing_of(tuple((f"c{pair}", f"s{pair}") for pair in range(24)))
PRODUCT = sharing_of(tuple((f"c{one}", f"s{two}") for one, two in product(range(5), range(5))))


def _interval(values: NDArray[np.float64], sharing: Sharing) -> tuple[float, float]:
    """The interval of one sample."""
    (low,), (high,) = bootstrap_interval(values[None], sharing)
    return float(low), float(high)


def test_below_twenty_pairs_there_is_none() -> None:
    """Nineteen pairs have no bootstrap interval, whatever their values."""
    few = sharing_of(tuple((f"c{pair}", f"s{pair}") for pair in range(19)))

    assert all(math.isnan(end) for end in _interval(np.arange(19.0), few))


def test_too_few_pictures_have_none() -> None:
    """Twenty pairs of two contents have no interval."""
    few = sharing_of(tuple((f"c{pair % 2}", f"s{pair // 2}") for pair in range(20)))

    assert all(math.isnan(end) for end in _interval(np.arange(20.0), few))


def test_independent_pairs_are_close_to_the_t_interval() -> None:
    """For values without skew the interval is that of the t test, a little narrower."""
    values = np.random.default_rng(2).normal(1.0, 0.5, 24)

    low, high = _interval(values, INDEPENDENT)

    assert low < values.mean() < high
    assert (high - low) / 2 == pytest.approx(t_half_width(values), rel=0.2)


def test_a_product_resamples_both_pictures() -> None:
    """What contents and styles share widens the interval: one over pairs would be too narrow."""
    effects = np.random.default_rng(3).normal(size=(2, 5))
    values = (effects[0][:, None] + effects[1][None, :]).ravel()

    low, high = _interval(values, PRODUCT)
    naive = t_half_width(values)

    assert (high - low) / 2 > 1.3 * naive
    # Percentiles of five clusters are narrower than t with four degrees of freedom.
    assert (high - low) / 2 < clustered_half_width(values, PRODUCT)


def test_equal_values_have_an_interval_of_no_width() -> None:
    """Without spread both ends are the value, and nothing warns."""
    assert _interval(np.full(24, 0.1), INDEPENDENT) == (0.1, 0.1)


def test_samples_are_resampled_together_as_alone() -> None:
    """Several samples of the same pairs get the intervals that each gets alone."""
    values = np.random.default_rng(9).normal(size=(3, 24))

    lows, _ = bootstrap_interval(np.vstack([values, np.ones(24)]), INDEPENDENT)

    alone = [_interval(sample, INDEPENDENT)[0] for sample in values]
    assert [*alone, 1.0] == pytest.approx(lows.tolist())


def test_the_interval_repeats() -> None:
    """A rebuilt report says the same."""
    values = np.random.default_rng(4).normal(size=24)

    assert _interval(values, INDEPENDENT) == _interval(values, INDEPENDENT)


def test_weights_count_what_was_drawn() -> None:
    """As many pairs are drawn as there are; in a product, contents times styles."""
    alone = resampling_weights(INDEPENDENT, 50)
    crossed = resampling_weights(PRODUCT, 50).reshape(-1, 5, 5)

    assert (alone.sum(axis=1) == 24).all()
    assert np.linalg.matrix_rank(crossed[0]) == 1
    assert (crossed.sum(axis=(1, 2)) == 25).all()


def test_empty_resamples_are_left_out() -> None:
    """In a sparse table content and style drawn may never meet: such resamples do not count."""
    sparse = sharing_of((("a", "x"), ("a", "y"), ("b", "z"), ("c", "w")))

    weights = resampling_weights(sparse, 500)

    assert 0 < len(weights) < 500
    assert weights.any(axis=1).all()


def test_intervals_of_products_cover_the_truth() -> None:
    """Over simulated 6 x 6 products the interval covers the true mean in at least 90 %."""
    sharing = sharing_of(tuple((f"c{one}", f"s{two}") for one, two in product(range(6), range(6))))
    generator = np.random.default_rng(5)
    covered = 0
    for _ in range(500):
        contents, styles, pairs = (generator.normal(size=size) for size in (6, 6, 36))
        low, high = _interval(contents[sharing.contents] + styles[sharing.styles] + pairs, sharing)
        covered += low <= 0 <= high

    assert covered / 500 > 0.9 - 0.04
