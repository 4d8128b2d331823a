"""What the first convolution sees, by hand, and which parameters allow which of it."""

from dataclasses import replace

import pytest
import torch

from harness.errors import ParametersError
from harness.transfer.preprocessing import (
    Preprocessing,
    Preprocessor,
    input_transform,
)
from harness.transfer.pretrained.conventions import Convention
from harness.transfer.pretrained.parameters import Parameters
from harness.transfer.trunk import Trunk

PIXEL = (0.2, 0.4, 0.8)  # red, green, blue

# By hand, from the numbers that the public engines state.
SEEN: dict[Preprocessing, tuple[float, float, float]] = {
    "imagenet": ((0.2 - 0.485) / 0.229, (0.4 - 0.456) / 0.224, (0.8 - 0.406) / 0.225),
    "none": PIXEL,
    "caffe": (204 - 103.939, 102 - 116.779, 51 - 123.68),
    "caffe_256": (204.8 - 103.939, 102.4 - 116.779, 51.2 - 123.68),
    "caffe_swapped": (204 - 123.68, 102 - 116.779, 51 - 103.939),
    "mean_255": (51 - 123.675, 102 - 116.28, 204 - 103.53),
}


def _seen(preprocessing: Preprocessing, parameters: Parameters) -> torch.Tensor:
    transform = input_transform(preprocessing, parameters)
    prepare = Preprocessor(transform, device=torch.device("cpu"), dtype=torch.float64)
    return prepare(torch.tensor(PIXEL, dtype=torch.float64).view(1, 3, 1, 1)).flatten()


@pytest.mark.parametrize("preprocessing", SEEN)
def test_every_kind_by_hand(tiny_parameters: Parameters, preprocessing: Preprocessing) -> None:
    """Order of the channels, range, mean and deviation are those of the engines."""
    expected = torch.tensor(SEEN[preprocessing], dtype=torch.float64)

    torch.testing.assert_close(_seen(preprocessing, tiny_parameters), expected)


@pytest.mark.parametrize(
    ("convention", "expected"), [("torch", "imagenet"), (None, "imagenet"), ("caffe", "caffe")]
)
def test_auto_is_what_the_parameters_were_trained_with(
    tiny_parameters: Parameters, convention: Convention | None, expected: Preprocessing
) -> None:
    """Nobody has to know that a file comes from Caffe, if the file says so."""
    parameters = replace(tiny_parameters, convention=convention)

    assert torch.equal(_seen(expected, parameters), _seen("auto", parameters))


@pytest.mark.parametrize("preprocessing", ["imagenet", "none", "mean_255"])
def test_caffe_parameters_are_not_fed_anything_else(
    tiny_parameters: Parameters, preprocessing: Preprocessing
) -> None:
    """The refusal names the setting, the file and what to take."""
    parameters = replace(tiny_parameters, convention="caffe", name="vgg19-d01eb7cb.pth")

    with pytest.raises(
        ParametersError,
        match=f"{preprocessing} with vgg19-d01eb7cb.pth.*take preprocessing: auto or one of caffe",
    ):
        input_transform(preprocessing, parameters)


def test_an_unknown_kind(tiny_parameters: Parameters) -> None:
    """A kind that does not exist is refused by naming those that do."""
    with pytest.raises(ValueError, match=r"auto, imagenet, none, caffe.*got 'tensorflow'"):
        input_transform("tensorflow", tiny_parameters)  # type: ignore[arg-type]


@pytest.mark.parametrize("preprocessing", SEEN)
def test_the_trunk_sees_it(tiny_parameters: Parameters, preprocessing: Preprocessing) -> None:
    """The first convolution's tap is that of the prepared picture, the tap ``rgb`` the picture."""
    image = torch.rand(1, 3, 6, 5, dtype=torch.float64)
    trunk = Trunk(
        tiny_parameters,
        taps=("rgb", "conv1_1"),
        pooling="max",
        padding="zeros",
        preprocessing=preprocessing,
        device=torch.device("cpu"),
        dtype=torch.float64,
    )
    weight, bias = (one.double() for one in tiny_parameters.convolutions["conv1_1"])
    order = [2, 1, 0] if preprocessing.startswith("caffe") else [0, 1, 2]
    largest = {"caffe": 255, "caffe_swapped": 255, "mean_255": 255, "caffe_256": 256}
    transform = input_transform(preprocessing, tiny_parameters)
    mean, std = (
        torch.tensor(one, dtype=torch.float64).view(3, 1, 1)
        for one in (transform.mean, transform.std)
    )
    seen = (image[:, order] * largest.get(preprocessing, 1) - mean) / std
    expected = torch.nn.functional.conv2d(seen, weight, bias, padding=1)

    actual = trunk.features(image)

    torch.testing.assert_close(actual["conv1_1"], expected)
    assert torch.equal(image, actual["rgb"])
    assert trunk.vjp({"conv1_1": torch.ones_like(expected)}).shape == image.shape
