"""Pictures are resized with antialiasing and encoded without loss or metadata."""

import struct

import numpy as np
import pytest

from harness.images.decode import decode_picture
from harness.images.resize import encode_png, resize_long_side, resize_to, shrink_long_side


@pytest.mark.parametrize(
    ("shape", "size_px", "expected"),
    [
        ((300, 451), 256, (170, 256)),  # 170.29
        ((451, 300), 256, (256, 170)),
        ((5, 8), 4, (3, 4)),  # 2.5 is rounded up
        ((1, 1000), 100, (1, 100)),  # 0.1, but at least 1
        ((20, 30), 90, (60, 90)),
        ((64, 64), 64, (64, 64)),
    ],
)
def test_the_long_side_decides(
    shape: tuple[int, int], size_px: int, expected: tuple[int, int]
) -> None:
    """The long side becomes the size asked for, the short one follows, halves rounded up."""
    resized = resize_long_side(np.zeros((*shape, 3), dtype=np.uint8), size_px)

    assert (*expected, 3) == resized.shape
    assert resized.dtype == np.uint8


@pytest.mark.parametrize(
    ("shape", "expected"), [((40, 20), (30, 15)), ((30, 20), (30, 20)), ((2, 1), (2, 1))]
)
def test_shrinking_never_enlarges(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    """Only a picture whose long side is longer than asked for changes its size."""
    picture = np.full((*shape, 3), 7, dtype=np.uint8)

    shrunk = shrink_long_side(picture, 30)

    np.testing.assert_array_equal(np.full((*expected, 3), 7), shrunk)


def test_shrinking_is_antialiased() -> None:
    """A checkerboard of single pixels becomes even grey, not a pattern."""
    board = np.indices((96, 96)).sum(axis=0) % 2 * 255
    picture = np.dstack([board] * 3).astype(np.uint8)

    inner = resize_to(picture, 24, 24)[4:-4, 4:-4]

    np.testing.assert_allclose(np.full(inner.shape, 127.5), inner, atol=1.5)


def test_height_comes_before_width() -> None:
    """The rows of the result count ``height``; a colour ramp keeps its direction."""
    ramp = np.tile(np.arange(0, 200, 2, dtype=np.uint8)[None, :, None], (40, 1, 3))

    resized = resize_to(ramp, 20, 50)

    expected = (20, 50, 3)
    assert expected == resized.shape
    assert np.diff(resized[0, :, 0].astype(int)).min() > 0
    assert np.ptp(resized[:, 25, 0]) == 0


def test_an_even_colour_stays_the_same() -> None:
    """Resizing does not change the values of a flat picture."""
    flat = np.full((30, 50, 3), (10, 128, 250), dtype=np.uint8)

    resized = resize_long_side(flat, 37)

    np.testing.assert_array_equal(np.broadcast_to([10, 128, 250], resized.shape), resized)


def test_the_result_never_shares_memory() -> None:
    """Changing the result leaves the picture alone, also when the size is the same."""
    picture = np.zeros((20, 20, 3), dtype=np.uint8)

    resize_long_side(picture, 20)[:] = 9

    assert picture.max() == 0


def test_png_round_trip_is_lossless_and_bare() -> None:
    """PNG bytes hold exactly the pixels, in the three chunks a PNG must have, and repeatably."""
    picture = np.random.default_rng(2).integers(0, 256, (33, 21, 3), dtype=np.uint8)

    data = encode_png(picture)

    np.testing.assert_array_equal(picture, decode_picture(data, name="a"))
    assert {b"IHDR", b"IDAT", b"IEND"} == _chunk_kinds(data)
    assert data == encode_png(picture.copy())


def _chunk_kinds(data: bytes) -> set[bytes]:
    kinds, place = set(), 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kinds.add(data[place + 4 : place + 8])
        place += 12 + length
    return kinds


def test_wrong_arrays_are_refused() -> None:
    """Other types and shapes are named in the error."""
    with pytest.raises(TypeError, match="uint8, got float64"):
        encode_png(np.zeros((20, 20, 3)))
    with pytest.raises(ValueError, match=r"\(H, W, 3\), got \(20, 20\)"):
        resize_to(np.zeros((20, 20), dtype=np.uint8), 10, 10)
    with pytest.raises(ValueError, match=r"\(H, W, 3\), got \(20, 0, 3\)"):
        resize_long_side(np.zeros((20, 0, 3), dtype=np.uint8), 10)


def test_sizes_below_one_are_refused() -> None:
    """A picture without pixels cannot be asked for."""
    picture = np.zeros((20, 20, 3), dtype=np.uint8)

    with pytest.raises(ValueError, match="size_px must be at least 1, got 0"):
        resize_long_side(picture, 0)
    with pytest.raises(ValueError, match="at least 1, got 5 and 0"):
        resize_to(picture, 5, 0)
