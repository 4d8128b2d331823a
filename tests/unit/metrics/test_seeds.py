"""The distance between seeds is the mean over the pairs."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

from metrics.seeds import seeds_distance

Picture = NDArray[np.uint8]

# ms_ssim runs in float32.
FLOAT32_ROUNDING = 1e-5


def _reference(a: Picture, b: Picture) -> float:
    batches = [
        torch.from_numpy(p @ np.array([0.2125, 0.7154, 0.0721]) / 255)[None, None] for p in (a, b)
    ]
    return 1 - float(multiscale_structural_similarity_index_measure(*batches, data_range=1.0))


def test_value_is_the_mean_over_the_pairs(
    chelsea: Picture, astronaut: Picture, coffee: Picture
) -> None:
    """Of three pictures it is the mean of torchmetrics' three distances, whatever the order."""
    pairs = [(chelsea, astronaut), (chelsea, coffee), (astronaut, coffee)]
    expected = sum(_reference(a, b) for a, b in pairs) / 3

    assert expected == pytest.approx(
        seeds_distance([chelsea, astronaut, coffee]), abs=FLOAT32_ROUNDING
    )
    assert expected == pytest.approx(
        seeds_distance((coffee, chelsea, astronaut)), abs=FLOAT32_ROUNDING
    )


def test_equal_pictures_are_at_distance_zero(chelsea: Picture) -> None:
    """Where the seed plays no part the distance is 0, never a rounding below."""
    assert 0 <= seeds_distance([chelsea, chelsea.copy(), chelsea]) < FLOAT32_ROUNDING


def test_distance_grows_with_the_difference(
    coffee: Picture, add_noise: Callable[[Picture, float], Picture]
) -> None:
    """Seeds that differ more are further apart."""
    values = [seeds_distance([coffee, add_noise(coffee, levels)]) for levels in (0, 8, 25, 80)]

    assert sorted(set(values)) == values


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_are_refused(count: int, chelsea: Picture) -> None:
    """One picture has no distance from others."""
    with pytest.raises(ValueError, match=f"two seeds or more are needed, got {count}"):
        seeds_distance([chelsea] * count)


def test_unequal_sizes_are_refused(chelsea: Picture) -> None:
    """Results of one variant have one size."""
    with pytest.raises(ValueError, match="equal size are needed"):
        seeds_distance([chelsea, chelsea[:, :200]])
