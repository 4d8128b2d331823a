"""Several pictures shown as one."""

import numpy as np

from harness.images.strip import side_by_side


def even(height: int, width: int, level: int) -> np.ndarray:
    """Return a picture of one grey."""
    return np.full((height, width, 3), level, np.uint8)


def test_pictures_stand_in_a_row_as_high_as_the_lowest() -> None:
    """In their order and proportions, a white line between them."""
    strip = side_by_side([even(128, 64, 10), even(64, 64, 50), even(256, 512, 90)])

    assert (64, 32 + 1 + 64 + 1 + 128, 3) == strip.shape
    levels = strip[:, :, 0]
    assert [10, 255, 50, 255, 90] == [int(levels[0, at]) for at in (31, 32, 96, 97, 98)]
    assert (levels == levels[:1]).all()


def test_one_picture_is_itself() -> None:
    """Nothing is resampled."""
    one = even(5, 9, 1)

    assert side_by_side([one]) is one


def test_pictures_of_one_line_can_be_joined() -> None:
    """However low, the line between them is there."""
    assert (1, 2 + 1 + 3, 3) == side_by_side([even(1, 2, 0), even(1, 3, 0)]).shape
