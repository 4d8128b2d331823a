"""Orthogonal random filters."""

import numpy as np
import pytest

from harness.transfer.pretrained.kmeans.orthogonal import orthogonal_filters

PINNED = [[-0.23570226, -0.23570226, 0.02905191], [-0.33333334, 0.33333334, -0.16666667]]
PINNED_DIGITS = 1e-6  # float32, whatever the machine's linear algebra

FLOAT32_ORTHOGONALITY = 1e-6  # entries are rounded to float32


def test_filters_are_orthonormal() -> None:
    """Filters have length 1 and are at right angles to each other."""
    rows = orthogonal_filters(64, 16, (1, 2)).reshape(64, -1).astype(np.float64)

    np.testing.assert_allclose(rows @ rows.T, np.eye(64), atol=FLOAT32_ORTHOGONALITY)


def test_filters_are_pinned() -> None:
    """A seed gives the same filters for ever: assets store the seed instead of the filters."""
    filters = orthogonal_filters(4, 2, (7, 19))

    assert filters.dtype == np.float32
    np.testing.assert_allclose(filters[:2, 0, 0], PINNED, atol=PINNED_DIGITS)


def test_filters_follow_the_seed() -> None:
    """Another seed gives other filters."""
    assert not np.allclose(orthogonal_filters(4, 2, (7, 19)), orthogonal_filters(4, 2, (7, 21)))


def test_entries_look_random() -> None:
    """Entries have mean 0 and the variance of length-1 filters, in every channel and place."""
    filters = orthogonal_filters(256, 64, (3, 4)).astype(np.float64)
    deviation = np.sqrt(1 / (64 * 9))

    assert abs(filters.mean()) < 3 * deviation / np.sqrt(filters.size)
    np.testing.assert_allclose(filters.std(axis=(0, 1)), deviation, rtol=0.05)
    np.testing.assert_allclose(filters.std(axis=(0, 2, 3)), deviation, rtol=0.1)


def test_too_many_filters() -> None:
    """As many filters as entries are refused: the constant row of the transform is not used."""
    with pytest.raises(ValueError, match="27 filters of 27 entries"):
        orthogonal_filters(27, 3, (0,))
