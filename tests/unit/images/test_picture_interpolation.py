"""Every interpolation is that of the library it is named after."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import interpolate

from harness.images.aliased import resample_aliased
from harness.images.resize import Interpolation, resize_to

SHAPES = [(7, 11), (60, 31), (24, 32), (48, 64)]  # smaller, mixed, equal, twice as large


@pytest.fixture
def picture() -> np.ndarray:
    """Random bytes, the hardest picture to resample."""
    return np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_aliased_ones_are_those_of_pytorch(
    picture: np.ndarray, shape: tuple[int, int], interpolation: str
) -> None:
    """Without antialiasing values are PyTorch's, and bytes the nearest to them."""
    tensor = torch.from_numpy(picture).double().permute(2, 0, 1)[None]
    found = interpolate(tensor, shape, mode=interpolation, align_corners=False, antialias=False)
    expected = found[0].permute(1, 2, 0).numpy()

    values = resample_aliased(picture, *shape, cubic=interpolation == "bicubic")
    name: Interpolation = "bicubic_aliased" if interpolation == "bicubic" else "bilinear_aliased"
    levels = resize_to(picture, *shape, name)

    np.testing.assert_allclose(expected, values, atol=1e-9)
    assert levels.dtype == np.uint8
    assert levels.flags.c_contiguous
    assert np.abs(expected.clip(0, 255) - levels).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("interpolation", ["lanczos", "bicubic", "bilinear"])
def test_antialiased_ones_are_those_of_pillow(
    picture: np.ndarray, shape: tuple[int, int], interpolation: Interpolation
) -> None:
    """With antialiasing every byte is Pillow's."""
    resampling = Image.Resampling[interpolation.upper()]
    expected = np.array(Image.fromarray(picture).resize(shape[::-1], resampling))

    np.testing.assert_array_equal(expected, resize_to(picture, *shape, interpolation))


def test_the_cubic_kernel_overshoots_by_hand() -> None:
    """Beside an edge, halves between four pixels weigh -3/32, 19/32, 19/32 and -3/32."""
    edge = np.array([0, 0, 255, 255], dtype=np.uint8)[None, :, None].repeat(3, axis=2)

    doubled = resample_aliased(edge, 1, 2, cubic=True)

    # between the first two pixels: 0, 0, 0, 255; between the last two: 0, 255, 255, 255
    np.testing.assert_allclose([-3 / 32 * 255, 35 / 32 * 255], doubled[0, :, 0])


def test_aliased_shrinking_skips_pixels() -> None:
    """Of a checkerboard of single pixels an odd step keeps a checkerboard; Pillow's is grey."""
    board = (np.indices((30, 30)).sum(axis=0) % 2 * 255).astype(np.uint8)
    picture = np.dstack([board] * 3)

    aliased = resize_to(picture, 10, 10, "bilinear_aliased")

    assert {0, 255} == set(aliased.flatten().tolist())
    inner = resize_to(picture, 10, 10, "bilinear")[2:-2, 2:-2]
    assert np.abs(inner - 127.5).max() < 20


@pytest.mark.parametrize("interpolation", ["bicubic_aliased", "bilinear_aliased"])
def test_equal_size_changes_nothing(picture: np.ndarray, interpolation: Interpolation) -> None:
    """Aliased resizing to its own size gives the picture, in memory of its own."""
    resized = resize_to(picture, *picture.shape[:2], interpolation)

    np.testing.assert_array_equal(picture, resized)
    assert not np.shares_memory(picture, resized)
