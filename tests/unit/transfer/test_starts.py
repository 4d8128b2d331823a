"""Start images and the way between pictures and tensors."""

import numpy as np
import pytest
import torch

from harness.transfer.pictures import image_of, picture_of
from harness.transfer.starts import make_start, noise, stripes

Pictures = tuple[np.ndarray, np.ndarray]


def _start(pictures: Pictures, start: str, seed: int = 0) -> torch.Tensor:
    content, style = pictures
    return make_start(
        start,
        content=content,
        style=style,
        start_picture=None,
        generator=torch.Generator().manual_seed(seed),
    )


def test_content_starts_at_the_content(pictures: Pictures) -> None:
    """The content start is the content, value by value."""
    expected = torch.tensor(pictures[0] / 255, dtype=torch.float32).permute(2, 0, 1)

    actual = _start(pictures, "content")

    torch.testing.assert_close(actual[0], expected)


@pytest.mark.parametrize("start", ["content", "style", "noise", "stripes"])
def test_starts_have_the_size_of_the_content(pictures: Pictures, start: str) -> None:
    """Every start has the content's size, float32, within [0, 1]."""
    image = _start(pictures, start)

    assert image.shape == (1, 3, 32, 24)
    assert image.dtype == torch.float32
    assert image.min() >= 0
    assert image.max() <= 1


def test_style_starts_at_the_stretched_style(pictures: Pictures) -> None:
    """The style start shows the style's mean colour and its corner."""
    image = _start(pictures, "style")
    corner = image_of(pictures[1])[0, :, 0, 0]

    torch.testing.assert_close(image[0, :, 0, 0], corner, atol=0.15, rtol=0)
    mean = torch.tensor(pictures[1].mean(axis=(0, 1)) / 255, dtype=torch.float32)
    torch.testing.assert_close(image.mean(dim=(0, 2, 3)), mean, atol=0.02, rtol=0)


def test_noise_depends_on_the_seed_only(pictures: Pictures) -> None:
    """One seed gives one noise, another seed another, whatever the global generator does."""
    first = _start(pictures, "noise", seed=3)
    torch.rand(1)

    assert torch.equal(first, _start(pictures, "noise", seed=3))
    assert not torch.equal(first, _start(pictures, "noise", seed=4))


def test_noise_is_uniform() -> None:
    """Noise has the mean and the variance of the uniform distribution on [0, 1]."""
    image = noise(100, 100, generator=torch.Generator().manual_seed(0))

    assert image.mean().item() == pytest.approx(1 / 2, abs=0.01)
    assert image.var().item() == pytest.approx(1 / 12, abs=0.005)


def test_stripes_are_black_and_white_and_slanted() -> None:
    """Stripes are half black, half white, and repeat after 16 pixels across them."""
    image = stripes(64, 64)

    assert set(image.flatten().tolist()) == {0.0, 1.0}
    assert image.mean().item() == pytest.approx(0.5, abs=0.03)
    # at 45 degrees a step down and a step back stays in the stripe; 8 pixels across leave it
    assert torch.equal(image[..., 1:, :-1], image[..., :-1, 1:])
    across = round(8 / np.sqrt(2))
    agreement = (image[..., across:, across:] == image[..., :-across, :-across]).float().mean()
    assert agreement.item() < 0.1


def test_a_file_starts_at_its_picture_stretched(pictures: Pictures) -> None:
    """A file start shows the given picture at the content's size."""
    flat = np.full((5, 9, 3), 51, dtype=np.uint8)
    content, style = pictures

    image = make_start(
        "file:flat.png",
        content=content,
        style=style,
        start_picture=flat,
        generator=torch.Generator(),
    )

    torch.testing.assert_close(image, torch.full((1, 3, 32, 24), 0.2))


def test_a_start_without_its_picture_is_refused(pictures: Pictures) -> None:
    """A file start that comes without the file's picture is refused."""
    with pytest.raises(ValueError, match=r"'file:lost\.png' needs its picture"):
        _start(pictures, "file:lost.png")


def test_an_unknown_start_is_refused(pictures: Pictures) -> None:
    """A start that does not exist is refused by naming those that do."""
    with pytest.raises(ValueError, match=r"'chaos'.*content, style, noise, stripes"):
        _start(pictures, "chaos")


def test_pictures_survive_the_way_to_tensors_and_back() -> None:
    """All 256 levels come back as they were, as contiguous bytes."""
    picture = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)

    actual = picture_of(image_of(picture))

    assert np.array_equal(picture, actual)
    assert actual.dtype == np.uint8
    assert actual.flags.c_contiguous


def test_values_outside_the_range_are_clamped() -> None:
    """What lies outside [0, 1] becomes black or white; halves are rounded, not cut."""
    image = torch.tensor([-0.5, 1.5, 0.7 / 255]).view(1, 3, 1, 1)

    assert picture_of(image).tolist() == [[[0, 255, 1]]]
