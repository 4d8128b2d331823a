"""What every measurement on two pictures must do, whatever it measures."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from metrics import CATALOG, Direction
from metrics.color import color_swd
from metrics.fidelity import gmsd, psnr
from metrics.gabor import gabor_distance
from metrics.histogram import histogram_distance
from metrics.structure import edge_f1, ms_ssim, ssim

Picture = NDArray[np.uint8]
Measure = Callable[[Picture, Picture], float]

ALIGNED: dict[str, Measure] = {
    "content/ssim": ssim,
    "content/ms_ssim": ms_ssim,
    "content/edge_f1": edge_f1,
    "content/psnr": psnr,
    "content/gmsd": gmsd,
}
UNALIGNED: dict[str, Measure] = {
    "style/color_swd": color_swd,
    "style/gabor": gabor_distance,
    "style/histogram": histogram_distance,
}
MEASURES = ALIGNED | UNALIGNED

# Sums of the same numbers in another order.
ROUNDING = 1e-6

every_measure = pytest.mark.parametrize(("name", "measure"), MEASURES.items(), ids=list(MEASURES))


def _worseness(name: str, value: float) -> float:
    return value if CATALOG[name].direction is Direction.MIN else -value


@every_measure
def test_equal_pictures_get_the_best_value(name: str, measure: Measure, chelsea: Picture) -> None:
    """A picture compared with itself reaches the better end of the catalogued range."""
    low, high = CATALOG[name].range
    best = low if CATALOG[name].direction is Direction.MIN else high

    assert best == pytest.approx(measure(chelsea, chelsea.copy()), abs=ROUNDING)


@every_measure
def test_value_is_symmetric(
    name: str, measure: Measure, chelsea: Picture, coffee: Picture
) -> None:
    """Exchanging the two pictures changes nothing."""
    del name
    assert measure(chelsea, coffee) == pytest.approx(measure(coffee, chelsea), abs=ROUNDING)


@every_measure
def test_value_is_a_float_in_range(
    name: str, measure: Measure, chelsea: Picture, astronaut: Picture
) -> None:
    """Unrelated pictures give a plain float strictly inside the catalogued range."""
    value = measure(chelsea, astronaut)
    low, high = CATALOG[name].range

    assert type(value) is float
    assert low < value < high


@every_measure
def test_value_is_repeatable(
    name: str, measure: Measure, chelsea: Picture, coffee: Picture
) -> None:
    """The same pictures give the same bits again."""
    del name
    assert measure(chelsea, coffee) == measure(chelsea, coffee)


@every_measure
def test_value_worsens_with_noise(
    name: str,
    measure: Measure,
    coffee: Picture,
    add_noise: Callable[[Picture, float], Picture],
) -> None:
    """More noise is never better."""
    values = [
        _worseness(name, measure(add_noise(coffee, levels), coffee)) for levels in (0, 8, 25, 80)
    ]

    assert sorted(values) == values
    assert values[0] < values[1] < values[-1]


@every_measure
def test_value_worsens_with_blur(name: str, measure: Measure, coffee: Picture) -> None:
    """More blur is always worse."""
    blurred = [gaussian_filter(coffee, (width, width, 0)) for width in (1, 2, 4, 8)]
    values = [_worseness(name, measure(picture, coffee)) for picture in blurred]

    assert sorted(set(values)) == values


@every_measure
@pytest.mark.parametrize("turn", [0, 1], ids=["first", "second"])
def test_floating_point_pictures_are_refused(
    name: str, measure: Measure, turn: int, chelsea: Picture
) -> None:
    """A picture that is not uint8 is a TypeError that names the dtype found."""
    del name
    pictures = [chelsea, chelsea]
    pictures[turn] = chelsea / 255

    with pytest.raises(TypeError, match=r"uint8 array of shape .* got float64"):
        measure(*pictures)


@every_measure
def test_lists_are_refused(name: str, measure: Measure, chelsea: Picture) -> None:
    """Something that is no array is a TypeError that names its type."""
    del name
    with pytest.raises(TypeError, match="got list"):
        measure(chelsea.tolist(), chelsea)


@every_measure
@pytest.mark.parametrize("shape", [(192, 256), (192, 256, 4), (0, 256, 3), (1, 192, 256, 3)])
def test_other_shapes_are_refused(name: str, measure: Measure, shape: tuple[int, ...]) -> None:
    """A picture that is not (H, W, 3), or is empty, is a ValueError that names the shape found."""
    del name
    picture = np.zeros(shape, np.uint8)

    with pytest.raises(ValueError, match=r"shape \(H, W, 3\), got \("):
        measure(picture, picture)


@pytest.mark.parametrize("measure", ALIGNED.values(), ids=list(ALIGNED))
def test_aligned_measures_refuse_unequal_sizes(measure: Measure, chelsea: Picture) -> None:
    """Where places are compared, unequal sizes are an error and nothing is resized."""
    with pytest.raises(ValueError, match=r"equal size .* \(192, 256, 3\) and \(192, 255, 3\)"):
        measure(chelsea, chelsea[:, :255])


@pytest.mark.parametrize("measure", UNALIGNED.values(), ids=list(UNALIGNED))
def test_style_measures_accept_unequal_sizes(
    measure: Measure, chelsea: Picture, coffee: Picture
) -> None:
    """A piece of a picture is closer to it than another picture is, whatever their sizes."""
    assert measure(chelsea[:150, :180], chelsea) < measure(coffee[:150, :180], chelsea)


@pytest.mark.parametrize("measure", UNALIGNED.values(), ids=list(UNALIGNED))
def test_style_measures_ignore_mirroring(
    measure: Measure, chelsea: Picture, coffee: Picture
) -> None:
    """Turning both pictures upside down changes nothing; where things stand is not style."""
    upright = measure(chelsea, coffee)

    assert upright == pytest.approx(measure(chelsea[::-1], coffee[::-1]), rel=0.01)
