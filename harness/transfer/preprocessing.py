"""What a network's first layer sees of a picture, and which parameters expect which of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor

from harness.errors import ParametersError
from harness.transfer.pretrained.conventions import CAFFE_KINDS
from harness.transfer.pretrained.normalisation import IMAGENET_MEAN, IMAGENET_STD
from harness.transfer.pretrained.parameters import Parameters

__all__ = [
    "InputTransform",
    "Preprocessing",
    "Preprocessor",
    "check_preprocessing",
    "input_transform",
]

Preprocessing = Literal[
    "auto", "imagenet", "none", "caffe", "caffe_256", "caffe_swapped", "mean_255"
]

Triple = tuple[float, float, float]

# Of the ImageNet pictures that Simonyan and Zisserman trained on: blue, green and red, 0 to 255.
_CAFFE_MEAN = (103.939, 116.779, 123.68)
# torchvision's mean times 255: red, green and blue.
_MEAN_255 = (123.675, 116.28, 103.53)
_ONES = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTransform:
    """(picture · scale − mean) / std, channel by channel.

    Attributes:
        mean: Of the channels in the network's order, after scaling.
        std: Of the same.
        scale: The largest value of a picture in the network's units.
        bgr: Whether the network wants blue first.
    """

    mean: Triple
    std: Triple
    scale: float = 1.0
    bgr: bool = False


TRANSFORMS: Mapping[str, InputTransform] = MappingProxyType(
    {
        "imagenet": InputTransform(mean=IMAGENET_MEAN, std=IMAGENET_STD),
        "none": InputTransform(mean=(0.0, 0.0, 0.0), std=_ONES),
        "caffe": InputTransform(mean=_CAFFE_MEAN, std=_ONES, scale=255.0, bgr=True),
        "caffe_256": InputTransform(mean=_CAFFE_MEAN, std=_ONES, scale=256.0, bgr=True),
        "caffe_swapped": InputTransform(mean=_CAFFE_MEAN[::-1], std=_ONES, scale=255.0, bgr=True),
        "mean_255": InputTransform(mean=_MEAN_255, std=_ONES, scale=255.0),
    }
)


def input_transform(preprocessing: Preprocessing, parameters: Parameters) -> InputTransform:
    """Return what is done to a picture; ``auto`` is what the parameters were trained with.

    Raises:
        ParametersError: if the parameters were trained with something else that is known.
        ValueError: if there is no such preprocessing.
    """
    if preprocessing != "auto" and preprocessing not in TRANSFORMS:
        known = ", ".join(("auto", *TRANSFORMS))
        raise ValueError(f"preprocessing must be one of {known}, got {preprocessing!r}")
    check_preprocessing(preprocessing, parameters)
    if preprocessing != "auto":
        return TRANSFORMS[preprocessing]
    if parameters.convention == "caffe":
        return TRANSFORMS["caffe"]
    return InputTransform(mean=parameters.mean, std=parameters.std)


def check_preprocessing(preprocessing: str, parameters: Parameters) -> None:
    """Refuse what Caffe's parameters cannot see anything in.

    The other way round is allowed: presets that were published with Caffe's parameters run on
    others too, see :func:`harness.transfer.pretrained.choice.foreign_note`.

    Raises:
        ParametersError: if the parameters are Caffe's and the preprocessing is not.
    """
    if parameters.convention == "caffe" and preprocessing not in ("auto", *CAFFE_KINDS):
        raise ParametersError(
            f"preprocessing: found {preprocessing} with {parameters.name}, which holds parameters "
            "trained in Caffe on BGR from 0 to 255 less their mean; take preprocessing: auto or "
            f"one of {', '.join(CAFFE_KINDS)}, or parameters that were trained in PyTorch"
        )


class Preprocessor:
    """Brings pictures to what the network's first layer sees.

    Args:
        transform: What :func:`input_transform` returned.
        device: Where the pictures are.
        dtype: Of the pictures.
    """

    def __init__(
        self, transform: InputTransform, *, device: torch.device, dtype: torch.dtype
    ) -> None:
        self._transform = transform
        self._mean, self._std = (
            torch.tensor(values, dtype=dtype, device=device).view(1, 3, 1, 1)
            for values in (transform.mean, transform.std)
        )

    def __call__(self, image: Tensor) -> Tensor:
        """Return (B, 3, H, W) for a picture (B, 3, H, W), sRGB in [0, 1], of the same dtype."""
        values = image.flip(1) if self._transform.bgr else image
        if self._transform.scale != 1:
            values = values * self._transform.scale
        return (values - self._mean) / self._std

    def gradient(self, gradient: Tensor) -> Tensor:
        """Gradient of the picture from that of what the first layer sees, of the same shape."""
        values = gradient / self._std
        if self._transform.scale != 1:
            values = values * self._transform.scale
        return values.flip(1) if self._transform.bgr else values
