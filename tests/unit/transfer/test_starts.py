"""Start images and the way between pictures and tensors."""

from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import kstest, norm, truncnorm

from harness.images.resize import resize_to
from harness.spec.fingerprint import draws_random_numbers
from harness.spec.settings import STARTS, Settings
from harness.transfer.pictures import image_of, picture_of
from harness.transfer.starts import make_start, noise, stripes

Pictures = tuple[np.ndarray, np.ndarray]

LARGE = np.zeros((100, 100, 3), dtype=np.uint8)
"""A content with room for statistics: 30 000 values."""


def _start(
    pictures: Pictures,
    start: str,
    seed: int = 0,
    start_picture: np.ndarray | None = None,
    **values: Any,
) -> torch.Tensor:
    content, style = pictures
    return make_start(
        Settings(start=start, **values),
        content=content,
        style=style,
        start_picture=start_picture,
        generator=torch.Generator().manual_seed(seed),
    )


def test_content_starts_at_the_content(pictures: Pictures) -> None:
    """The content start is the content, value by value."""
    expected = torch.tensor(pictures[0] / 255, dtype=torch.float32).permute(2, 0, 1)

    actual = _start(pictures, "content")

    torch.testing.assert_close(actual[0], expected)


@pytest.mark.parametrize("start", STARTS)
def test_starts_have_the_size_of_the_content(pictures: Pictures, start: str) -> None:
    """Every start has the content's size, float32; but for gaussian, it is within [0, 1]."""
    image = _start(pictures, start, noise_std=0.4)

    assert image.shape == (1, 3, 32, 24)
    assert image.dtype == torch.float32
    assert image.is_contiguous()
    assert (image.min() >= 0 and image.max() <= 1) == (start != "gaussian")


@pytest.mark.parametrize("start", STARTS)
def test_the_seed_counts_where_fingerprints_say_so(pictures: Pictures, start: str) -> None:
    """Exactly the starts whose seed is in the fingerprint differ between seeds."""
    differ = not torch.equal(_start(pictures, start, seed=3), _start(pictures, start, seed=4))

    assert draws_random_numbers(Settings(start=start)) == differ
    assert torch.equal(_start(pictures, start, seed=3), _start(pictures, start, seed=3))


def test_style_starts_at_the_stretched_style(pictures: Pictures) -> None:
    """The style start shows the style's mean colour and its corner."""
    image = _start(pictures, "style")
    corner = image_of(pictures[1])[0, :, 0, 0]

    torch.testing.assert_close(image[0, :, 0, 0], corner, atol=0.15, rtol=0)
    mean = torch.tensor(pictures[1].mean(axis=(0, 1)) / 255, dtype=torch.float32)
    torch.testing.assert_close(image.mean(dim=(0, 2, 3)), mean, atol=0.02, rtol=0)


def test_noise_is_uniform() -> None:
    """Noise has the mean and the variance of the uniform distribution on [0, 1]."""
    image = noise(100, 100, generator=torch.Generator().manual_seed(0))

    assert image.mean().item() == pytest.approx(1 / 2, abs=0.01)
    assert image.var().item() == pytest.approx(1 / 12, abs=0.005)


def test_noise_and_stripes_are_what_they_were(pictures: Pictures) -> None:
    """The starts of the first version are the same, bit by bit."""
    drawn = torch.rand(1, 3, 32, 24, generator=torch.Generator().manual_seed(5))
    rows, columns = np.mgrid[0:32, 0:24].astype(float)
    across = columns * np.cos(np.radians(45)) + rows * np.sin(np.radians(45))
    white = torch.from_numpy(across % 16 >= 8).float().expand(1, 3, 32, 24)

    assert torch.equal(drawn, _start(pictures, "noise", seed=5))
    assert torch.equal(white, _start(pictures, "stripes"))


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ({}, (0.5, 0.5, 0.5)),
        ({"noise_mean": "imagenet"}, (0.485, 0.456, 0.406)),
        (
            {"noise_mean": "imagenet", "preprocessing": "caffe"},
            (123.68 / 255, 116.779 / 255, 103.939 / 255),
        ),
        (
            {"noise_mean": "imagenet", "preprocessing": "caffe_256"},
            (123.68 / 256, 116.779 / 256, 103.939 / 256),
        ),
    ],
)
def test_gaussian_is_normal(values: dict[str, Any], mean: tuple[float, float, float]) -> None:
    """Each channel has the normal distribution asked for, by a Kolmogorov-Smirnov test."""
    image = _start((LARGE, LARGE), "gaussian", noise_std=0.353, **values)

    for channel, centre in zip(image[0].double().flatten(1).numpy(), mean, strict=True):
        assert kstest(channel, norm(centre, 0.353).cdf).pvalue > 0.01


def test_faint_noise_survives_the_number_format() -> None:
    """The noise of neural-style, 0.001 of 255 levels, keeps its deviation in float32."""
    image = _start((LARGE, LARGE), "gaussian", noise_std=0.001 / 255, noise_mean="imagenet")

    assert (image[0, 0].double() - 0.485).std().item() == pytest.approx(0.001 / 255, rel=0.02)


@pytest.mark.parametrize("std", [0.25, 5.0])
def test_truncated_normal_is_truncated(std: float) -> None:
    """Values follow SciPy's truncated normal distribution around 0.5, narrow or wide."""
    image = _start((LARGE, LARGE), "truncated_normal", noise_std=std)

    wanted = truncnorm(-0.5 / std, 0.5 / std, loc=0.5, scale=std)
    assert kstest(image.double().flatten().numpy(), wanted.cdf).pvalue > 0.01
    assert image.min() >= 0
    assert image.max() <= 1


@pytest.mark.parametrize("start", ["gaussian", "truncated_normal"])
def test_noise_without_deviation_is_gray(pictures: Pictures, start: str) -> None:
    """No deviation gives an even colour, and no division by zero."""
    image = _start(pictures, start, noise_std=0.0)

    torch.testing.assert_close(image, torch.full((1, 3, 32, 24), 0.5))


@pytest.mark.parametrize(
    ("mean", "expected"), [("gray", (0.5, 0.5, 0.5)), ("imagenet", (0.485, 0.456, 0.406))]
)
def test_gray_is_even(pictures: Pictures, mean: str, expected: tuple[float, float, float]) -> None:
    """A gray start has one colour everywhere: 0.5, or the mean of ImageNet."""
    image = _start(pictures, "gray", noise_mean=mean)

    assert torch.equal(torch.tensor(expected).view(1, 3, 1, 1).expand_as(image), image)


def test_style_statistics_are_those_of_the_style() -> None:
    """Each channel has the truncated normal distribution of the style's mean and deviation."""
    generator = np.random.default_rng(0)
    style = generator.normal((40, 128, 200), (30, 10, 60), (50, 70, 3)).clip(0, 255)
    style = style.astype(np.uint8)

    image = _start((LARGE, style), "style_statistics")

    for index, channel in enumerate(image[0].double().flatten(1).numpy()):
        mean, std = style[..., index].mean() / 255, style[..., index].std() / 255
        wanted = truncnorm(-mean / std, (1 - mean) / std, loc=mean, scale=std)
        assert kstest(channel, wanted.cdf).pvalue > 0.01


def test_statistics_of_several_styles_are_weighted() -> None:
    """Means and variances of the styles are averaged by their weights, of any sum."""
    dark, bright = (np.full((5, 5, 3), level, dtype=np.uint8) for level in (51, 153))
    stripy = np.zeros((4, 4, 3), dtype=np.uint8)
    stripy[::2] = 102

    def start(*styles: tuple[np.ndarray, float]) -> torch.Tensor:
        return make_start(
            Settings(start="style_statistics"),
            content=LARGE,
            style=bright,
            start_picture=None,
            generator=torch.Generator().manual_seed(0),
            styles=styles,
        )

    torch.testing.assert_close(start(), torch.full((1, 3, 100, 100), 0.6))
    torch.testing.assert_close(
        start((dark, 2.0), (bright, 6.0)), torch.full((1, 3, 100, 100), 0.5)
    )
    mixed = start((stripy, 1.0), (bright, 3.0))  # mean 0.5, variance 0.2² / 4
    assert mixed.mean().item() == pytest.approx(0.5, abs=0.005)
    assert mixed.std().item() == pytest.approx(0.1, abs=0.005)


def test_content_is_mixed_into_a_start(pictures: Pictures) -> None:
    """A blend is the weighted mean of the start and the content."""
    content = image_of(pictures[0])
    drawn = _start(pictures, "noise", seed=2)

    blended = _start(pictures, "noise", seed=2, start_blend=0.4)

    torch.testing.assert_close(0.4 * content + 0.6 * drawn, blended)
    torch.testing.assert_close(content, _start(pictures, "content", start_blend=0.4))


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic_aliased"])
def test_styles_and_files_are_resized_as_asked(pictures: Pictures, interpolation: Any) -> None:
    """The stretching of a start uses the interpolation of the settings."""
    style = pictures[1]
    expected = image_of(resize_to(style, 32, 24, interpolation))

    found = _start(pictures, "style", interpolation=interpolation)
    of_file = _start(pictures, "file:a.png", start_picture=style, interpolation=interpolation)

    assert torch.equal(expected, found)
    assert torch.equal(expected, of_file)


def test_a_file_is_cropped_as_the_content_is(pictures: Pictures) -> None:
    """With ``size_of: crop`` the middle of the file's picture is taken."""
    picture = np.zeros((10, 30, 3), dtype=np.uint8)
    picture[:, 10:20] = 255

    image = _start(pictures, "file:a.png", start_picture=picture, size_of="crop")

    assert torch.equal(torch.ones(1, 3, 32, 24), image)


def test_stripes_are_black_and_white_and_slanted() -> None:
    """Stripes are half black, half white, and repeat after 16 pixels across them."""
    image = stripes(64, 64, period_px=16, angle_deg=45)

    assert set(image.flatten().tolist()) == {0.0, 1.0}
    assert image.mean().item() == pytest.approx(0.5, abs=0.03)
    # at 45 degrees a step down and a step back stays in the stripe; 8 pixels across leave it
    assert torch.equal(image[..., 1:, :-1], image[..., :-1, 1:])
    across = round(8 / np.sqrt(2))
    agreement = (image[..., across:, across:] == image[..., :-across, :-across]).float().mean()
    assert agreement.item() < 0.1


def test_stripes_have_a_period_and_a_direction(pictures: Pictures) -> None:
    """Stripes of 8 pixels across a row, and of 6.4 pixels down a column."""
    upright = _start(pictures, "stripes", stripes_period=8.0, stripes_angle=0.0)
    level = _start(pictures, "stripes", stripes_period=6.4, stripes_angle=90.0)

    assert [0.0] * 4 + [1.0] * 4 == upright[0, 0, 17, 8:16].tolist()
    # 6.4 · 5 = 32: five stripes on 32 rows
    down = level[0, 0, :, 11]
    assert 5 == ((down[1:] > 0) & (down[:-1] == 0)).sum().item()
    assert torch.equal(level, level[..., :1].expand_as(level))


def test_a_file_starts_at_its_picture_stretched(pictures: Pictures) -> None:
    """A file start shows the given picture at the content's size."""
    flat = np.full((5, 9, 3), 51, dtype=np.uint8)

    image = _start(pictures, "file:flat.png", start_picture=flat)

    torch.testing.assert_close(image, torch.full((1, 3, 32, 24), 0.2))


def test_a_start_without_its_picture_is_refused(pictures: Pictures) -> None:
    """A file start that comes without the file's picture is refused."""
    with pytest.raises(ValueError, match=r"'file:lost\.png' needs its picture"):
        _start(pictures, "file:lost.png")


def test_an_unknown_start_is_refused(pictures: Pictures) -> None:
    """A start that does not exist is refused by naming those that do."""
    with pytest.raises(
        ValueError, match=r"'chaos'.*content, style, noise, .*stripes and file:PATH"
    ):
        make_start(
            Settings.model_construct(**{**dict(Settings()), "start": "chaos"}),
            content=pictures[0],
            style=pictures[1],
            start_picture=None,
            generator=torch.Generator(),
        )


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
