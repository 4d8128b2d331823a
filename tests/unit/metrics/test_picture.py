"""What a picture looks like, against torchmetrics, SciPy, published colours and known gratings."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.signal import convolve2d
from torchmetrics.functional.image import total_variation as reference_total_variation

from metrics import CATALOG
from metrics.picture import (
    chroma,
    clipped,
    exposure,
    noise,
    picture_measurements,
    texture_scale,
    total_variation,
    warmth,
)

Picture = NDArray[np.uint8]
Measure = Callable[[Picture], float]

FLOAT64_ROUNDING = 1e-12
MEASURES: dict[str, Measure] = {
    "picture/tv": total_variation,
    "picture/noise": noise,
    "picture/clipped": clipped,
    "picture/chroma": chroma,
    "picture/warmth": warmth,
    "picture/exposure": exposure,
    "picture/texture_scale": texture_scale,
}
# CIELab of sRGB's primaries under D65, by B. Lindbloom's calculator.
PUBLISHED_LAB = {
    (255, 0, 0): (53.2408, 80.0925, 67.2032),
    (0, 255, 0): (87.7347, -86.1827, 83.1793),
    (0, 0, 255): (32.2970, 79.1875, -107.8602),
    (255, 255, 255): (100.0, 0.0, 0.0),
    (0, 0, 0): (0.0, 0.0, 0.0),
}
# scikit-image rounds the matrix and the white point to six digits.
OTHER_WHITE_POINT = 0.02

every_measure = pytest.mark.parametrize(("name", "measure"), MEASURES.items(), ids=list(MEASURES))


def _plain(color: tuple[int, int, int], size: tuple[int, int] = (20, 30)) -> Picture:
    return np.full((*size, 3), color, np.uint8)


def _grating(wavelength: float, degrees: float = 0, size: tuple[int, int] = (192, 256)) -> Picture:
    rows, columns = np.indices(size)
    angle = math.radians(degrees)
    position = columns * math.cos(angle) + rows * math.sin(angle)
    grey = 128 + 60 * np.cos(2 * math.pi * position / wavelength + 0.4)
    return np.repeat(np.rint(grey).astype(np.uint8)[..., np.newaxis], 3, axis=2)


def _grey_noise(levels: float, under: NDArray[np.float64]) -> Picture:
    """Add the same noise to all three channels, so that the luminance has it, too."""
    grains = levels * np.random.default_rng(3).standard_normal(under.shape[:2])
    return np.rint(under + grains[..., np.newaxis]).clip(0, 255).astype(np.uint8)


@every_measure
def test_value_is_a_float_in_range(name: str, measure: Measure, chelsea: Picture) -> None:
    """A photograph gives a plain float inside the catalogued range, the same bits each time."""
    value = measure(chelsea)
    low, high = CATALOG[name].range

    assert type(value) is float
    assert low <= value <= high
    assert value == measure(chelsea)


@every_measure
@pytest.mark.parametrize("shape", [(192, 256), (192, 256, 4), (0, 256, 3)])
def test_other_shapes_are_refused(name: str, measure: Measure, shape: tuple[int, ...]) -> None:
    """What is not (H, W, 3), or is empty, is a ValueError that names the shape found."""
    del name
    with pytest.raises(ValueError, match=r"shape \(H, W, 3\), got \("):
        measure(np.zeros(shape, np.uint8))


@every_measure
def test_floating_point_is_refused(name: str, measure: Measure, chelsea: Picture) -> None:
    """A picture that is not uint8 is a TypeError that names the dtype found."""
    del name
    with pytest.raises(TypeError, match=r"uint8 array of shape .* got float64"):
        measure(chelsea / 255)


def test_all_measurements_are_those_one_by_one(coffee: Picture) -> None:
    """Measured together, every catalogued property has the value it has alone."""
    catalogued = {name for name in CATALOG if name.startswith("picture/")}
    together = picture_measurements(coffee)

    assert catalogued == set(together)
    assert {name: measure(coffee) for name, measure in MEASURES.items()} == together


def test_flat_picture_lacks_only_the_texture_scale() -> None:
    """A picture of one colour has no texture; all the rest is measured."""
    measured = picture_measurements(_plain((10, 200, 30)))

    assert set(MEASURES) - set(measured) == {"picture/texture_scale"}
    assert measured["picture/tv"] == 0


def test_total_variation_agrees_with_torchmetrics(coffee: Picture) -> None:
    """The sum of the steps is torchmetrics', divided by pixels and channels."""
    batch = torch.from_numpy(coffee / 255).permute(2, 0, 1)[None]
    expected = float(reference_total_variation(batch)) / coffee.size

    assert expected == pytest.approx(total_variation(coffee), rel=FLOAT64_ROUNDING)


def test_checkerboard_varies_almost_two() -> None:
    """Where all neighbours are black and white, only the last row and column have fewer steps."""
    board = np.indices((10, 10)).sum(axis=0) % 2 * 255
    picture = np.repeat(board[..., np.newaxis], 3, axis=2).astype(np.uint8)

    assert total_variation(picture) == pytest.approx(2 * 10 * 9 / 100)


def test_total_variation_falls_with_blur(coffee: Picture) -> None:
    """The smoother a picture, the less it varies."""
    values = [total_variation(gaussian_filter(coffee, (s, s, 0))) for s in (8, 4, 2, 1, 0)]

    assert sorted(set(values)) == values


def test_noise_agrees_with_the_formula(coffee: Picture) -> None:
    """Immerkaer's sum, √(π/2) Σ |I * N| / (6 (W - 2) (H - 2)), by SciPy's convolution."""
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])
    luma = coffee @ np.array([0.2125, 0.7154, 0.0721]) / 255
    response = np.abs(convolve2d(luma, mask, mode="valid")).sum()
    expected = math.sqrt(math.pi / 2) * response / (6 * 190 * 254)

    assert expected == pytest.approx(noise(coffee), rel=FLOAT64_ROUNDING)


@pytest.mark.parametrize("levels", [2.0, 8.0, 30.0])
def test_known_noise_on_grey_is_found(levels: float) -> None:
    """Gaussian noise of known strength is measured within 2 %; rounding adds 1/12 level²."""
    picture = _grey_noise(levels, np.full((192, 256, 3), 128.0))
    expected = math.sqrt(levels**2 + 1 / 12) / 255

    assert expected == pytest.approx(noise(picture), rel=0.02)


@pytest.mark.parametrize("levels", [8.0, 16.0])
def test_known_noise_on_a_photograph_is_found(levels: float, coffee: Picture) -> None:
    """On a smooth photograph, too, the noise that was added is the noise that is measured."""
    smooth = gaussian_filter(coffee.astype(np.float64), (2, 2, 0))

    assert levels / 255 == pytest.approx(noise(_grey_noise(levels, 30 + 0.7 * smooth)), rel=0.1)


def test_slopes_are_no_noise() -> None:
    """An even ramp in both directions has none."""
    rows, columns = np.indices((60, 80))
    ramp = np.repeat((rows + 2 * columns)[..., np.newaxis], 3, axis=2).astype(np.uint8)

    assert noise(ramp[:, :60]) == pytest.approx(0, abs=1e-12)


def test_noise_refuses_tiny_pictures() -> None:
    """Below 3 pixels the mask does not fit."""
    with pytest.raises(ValueError, match=r"noise needs 3 pixels on each side, got \(2, 9, 3\)"):
        noise(np.zeros((2, 9, 3), np.uint8))


def test_clipped_pixels_are_counted() -> None:
    """One channel at an end suffices; a pixel with several counts once; 1 and 254 do not."""
    picture = np.full((4, 5, 3), 100, np.uint8)
    picture[0, 0] = (0, 100, 100)
    picture[1, 1] = (0, 255, 255)
    picture[2, 2] = (100, 100, 255)
    picture[3, 3] = (1, 254, 1)

    assert 3 / 20 == clipped(picture)


@pytest.mark.parametrize(("color", "lab"), PUBLISHED_LAB.items())
def test_colours_agree_with_published_values(
    color: tuple[int, int, int], lab: tuple[float, float, float]
) -> None:
    """Exposure, chroma and warmth of sRGB's primaries are those of Lindbloom's tables."""
    picture = _plain(color)
    expected = (lab[0], math.hypot(lab[1], lab[2]), lab[2])

    assert expected == pytest.approx(
        (exposure(picture), chroma(picture), warmth(picture)), abs=OTHER_WHITE_POINT
    )


def test_colours_are_averaged_over_the_pixels() -> None:
    """A quarter of blue among black counts a quarter; chroma is averaged, not that of the mean."""
    picture = np.vstack([_plain((0, 0, 255), (5, 30)), _plain((0, 0, 0), (15, 30))])
    opposites = np.vstack([_plain((255, 200, 0)), _plain((0, 100, 255))])

    assert exposure(picture) == pytest.approx(32.2970 / 4, abs=OTHER_WHITE_POINT)
    assert warmth(picture) == pytest.approx(-107.8602 / 4, abs=OTHER_WHITE_POINT)
    assert chroma(opposites) > 60


@pytest.mark.parametrize("measure", [chroma, warmth, exposure])
def test_no_srgb_colour_is_out_of_range(measure: Measure) -> None:
    """The catalogued range holds the edges of the colour cube, where the extremes lie."""
    levels = np.array([*range(0, 256, 15)])
    cube = np.stack(np.meshgrid([0, 255], [0, 255], levels, indexing="ij"), axis=-1)
    edges = np.concatenate([np.roll(cube.reshape(-1, 3), turn, axis=1) for turn in range(3)])
    name = next(name for name, function in MEASURES.items() if function is measure)
    values = [measure(_plain(tuple(color), (1, 1))) for color in edges]
    low, high = CATALOG[name].range

    assert low <= min(values) < max(values) <= high
    assert max(values) > high - 1


def test_saturation_raises_chroma(coffee: Picture) -> None:
    """Colours moved away from grey are more colourful."""
    grey = coffee.mean(axis=2, keepdims=True)
    values = [
        chroma(np.rint(grey + share * (coffee - grey)).clip(0, 255).astype(np.uint8))
        for share in (0.0, 0.3, 0.6, 1.0, 1.4)
    ]

    assert sorted(set(values)) == values
    assert values[0] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("wavelength", [3, 4, 8, 16, 32])
@pytest.mark.parametrize("degrees", [0, 30, 90])
def test_grating_has_its_wavelength(wavelength: float, degrees: float) -> None:
    """Stripes of a known wavelength, whichever way they run, are measured within 3 %."""
    # Under the window long waves are few; their mean leans to the shorter side.
    assert wavelength == pytest.approx(texture_scale(_grating(wavelength, degrees)), rel=0.03)


def test_two_gratings_have_their_geometric_mean() -> None:
    """Waves of 4 and 16 pixels of equal strength average to 8."""
    both = _grating(4).astype(int) // 2 + _grating(16).astype(int) // 2

    assert texture_scale(both.astype(np.uint8)) == pytest.approx(8, rel=0.03)


@pytest.mark.parametrize("size", [(64, 80), (63, 80), (64, 81), (63, 81)])
def test_texture_scale_agrees_with_the_whole_spectrum(
    size: tuple[int, int], coffee: Picture
) -> None:
    """The full complex spectrum, every frequency written out, gives the same mean."""
    luma = coffee[: size[0], : size[1]] @ np.array([0.2125, 0.7154, 0.0721]) / 255
    window = np.outer(*(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n) for n in size))
    centred = luma - (luma * window).sum() / window.sum()
    power = np.abs(np.fft.fft2(window * centred)) ** 2
    v, u = np.meshgrid(*(np.fft.fftfreq(n) for n in size), indexing="ij")
    radius = np.sqrt(u**2 + v**2)
    moving = radius > 0
    log_wavelength = -(power[moving] * np.log(radius[moving])).sum() / power[moving].sum()

    assert math.exp(log_wavelength) == pytest.approx(
        texture_scale(coffee[: size[0], : size[1]]), rel=1e-9
    )


def test_brightness_and_contrast_have_no_scale() -> None:
    """Half the contrast on another ground leaves the scale as it is, up to rounding."""
    picture = _grating(8)

    assert texture_scale(picture) == pytest.approx(texture_scale(picture // 2 + 90), rel=0.01)


def test_blur_makes_the_texture_coarser(coffee: Picture) -> None:
    """What a blur leaves has longer waves."""
    values = [texture_scale(gaussian_filter(coffee, (s, s, 0))) for s in (0, 2, 4, 8)]

    assert sorted(set(values)) == values


def test_one_luminance_has_no_texture_scale() -> None:
    """A flat picture is an error, never a number made of rounding."""
    with pytest.raises(ValueError, match="of one luminance has no texture"):
        texture_scale(_plain((10, 200, 30)))


def test_colours_of_one_luminance_have_no_texture_scale() -> None:
    """Stripes of red and grey that differ in hue alone are flat: rounding is no texture."""
    stripes = np.full((64, 64, 3), 100, np.uint8)
    stripes[:, ::2] = (163, 83, 83)  # 0.2125 · 63 = (0.7154 + 0.0721) · 17

    with pytest.raises(ValueError, match="of one luminance has no texture"):
        texture_scale(stripes)
    assert "picture/texture_scale" not in picture_measurements(stripes)


def test_texture_scale_refuses_tiny_pictures() -> None:
    """Below 16 pixels the window leaves nothing."""
    with pytest.raises(ValueError, match=r"needs 16 pixels on each side, got \(15, 40, 3\)"):
        texture_scale(np.zeros((15, 40, 3), np.uint8))
