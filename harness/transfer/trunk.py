"""The trunk: the part of a backbone up to the deepest tap in use, and its gradient."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from harness.spec.backbones import BACKBONES, RGB_TAP, deepest_tap, smallest_side_px
from harness.transfer.graph_body import GraphBody
from harness.transfer.padding import PADDINGS, Padding
from harness.transfer.pooling import POOLINGS, Pooling
from harness.transfer.preprocessing import Preprocessing, Preprocessor, input_transform
from harness.transfer.pretrained.parameters import Parameters
from harness.transfer.vgg_body import VggBody

__all__ = ["Padding", "Pooling", "Preprocessing", "Trunk"]

_BATCH_NDIM, _RGB_CHANNELS = 4, 3


class Trunk:
    """Tap features of a picture, and the gradient of the picture from gradients of the taps.

    One picture at a time: :meth:`vjp` belongs to the last :meth:`features`. Objects are not
    shared between threads.

    Args:
        parameters: The backbone's parameters, and what they expect to see.
        taps: Names of the taps that :meth:`features` returns; nothing behind the deepest one
            is computed.
        pooling: ``max``, ``avg``, or ``l2``: the root mean square over the window.
        pooling_scale: Factor of every pooled value.
        padding: What surrounds the input of every convolution: ``zeros``, the border itself
            (``replicate``), its mirror image (``reflect``), or ``replicate_first``: the border
            at the first convolution and zeros at the others.
        preprocessing: What the first convolution sees; ``auto`` is what the parameters were
            trained with.
        device: Where the trunk works.
        dtype: ``torch.float32``; ``torch.bfloat16`` for the network and its outputs, while the
            picture, its normalisation and its gradient stay float32; or ``torch.float64`` for
            all of it, pictures too.

    Attributes:
        taps: As given.
        minimum_side_px: The smallest height and width that leave something at the deepest tap.

    Raises:
        ParametersError: if the parameters cannot see anything in such a preprocessing.
        ValueError: if the backbone lacks a tap, or another argument is unknown.
    """

    def __init__(
        self,
        parameters: Parameters,
        *,
        taps: Iterable[str],
        pooling: Pooling,
        pooling_scale: float = 1.0,
        padding: Padding,
        preprocessing: Preprocessing = "auto",
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        if pooling not in POOLINGS:
            raise ValueError(f"pooling must be {_listed(POOLINGS)}, got {pooling!r}")
        if padding not in PADDINGS:
            raise ValueError(f"padding must be {_listed(PADDINGS)}, got {padding!r}")
        self.taps = frozenset(taps)
        self._deepest = deepest_tap(parameters.backbone, self.taps) or RGB_TAP
        self.minimum_side_px = smallest_side_px(parameters.backbone, self.taps, padding)
        self._dtype = dtype
        self._image_dtype = torch.float64 if dtype == torch.float64 else torch.float32
        self._preprocess = Preprocessor(
            input_transform(preprocessing, parameters), device=device, dtype=self._image_dtype
        )
        body = VggBody if parameters.backbone in BACKBONES else GraphBody
        self._body: VggBody | GraphBody = body(
            parameters,
            taps=self.taps,
            pooling=pooling,
            pooling_scale=pooling_scale,
            padding=padding,
            device=device,
            dtype=dtype,
        )
        self._device = device
        self._shape: torch.Size | None = None  # of the picture that vjp belongs to

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Compute the taps of a picture.

        Args:
            image: (B, 3, H, W) float32 in [0, 1], sRGB, on the trunk's device; float64 for a
                trunk of that dtype.

        Returns:
            Tap → (B, C, H', W') of the trunk's dtype, detached; ``rgb`` is the picture itself,
            of its own dtype. Not to be changed in place. Under ``torch.no_grad()`` nothing is
            kept for :meth:`vjp`.

        Raises:
            TypeError: if the picture has another dtype.
            ValueError: if it is not (B, 3, H, W), or too small for the deepest tap.
        """
        self._check(image)
        self._shape = image.shape if torch.is_grad_enabled() else None
        outputs = {RGB_TAP: image.detach()}
        if self.taps - {RGB_TAP}:
            with torch.no_grad():
                values = self._preprocess(image)
                values = values.to(self._dtype, memory_format=torch.channels_last)
            outputs |= self._body.features(values)
        return {tap: output for tap, output in outputs.items() if tap in self.taps}

    def vjp(self, gradients: Mapping[str, Tensor]) -> Tensor:
        """Gradient of the last picture from gradients of its taps.

        Args:
            gradients: Tap → gradient, shaped like the features; taps may be left out.

        Returns:
            (B, 3, H, W) of the picture's dtype.

        Raises:
            RuntimeError: without a call of :meth:`features` before, which one call uses up.
            ValueError: if a tap is not among the trunk's.
        """
        shape, self._shape = self._shape, None
        if shape is None:
            raise RuntimeError("vjp needs one call of features() with gradients enabled before it")
        unknown = gradients.keys() - self.taps
        if unknown:
            raise ValueError(f"no tap {sorted(unknown)} in this trunk, only {sorted(self.taps)}")
        of_body = {tap: gradient for tap, gradient in gradients.items() if tap != RGB_TAP}
        if not of_body:
            own = gradients.get(RGB_TAP)
            zeros = torch.zeros(shape, dtype=self._image_dtype, device=self._device)
            return zeros if own is None else own
        found = self._preprocess.gradient(self._body.vjp(of_body).to(self._image_dtype))
        return found + gradients[RGB_TAP] if RGB_TAP in gradients else found

    def _check(self, image: Tensor) -> None:
        if image.dtype != self._image_dtype:
            wanted = str(self._image_dtype).removeprefix("torch.")
            raise TypeError(f"image must be {wanted}, got {image.dtype}")
        if image.ndim != _BATCH_NDIM or image.shape[1] != _RGB_CHANNELS:
            raise ValueError(f"image must be (B, 3, H, W), got {tuple(image.shape)}")
        height, width = image.shape[2:]
        if min(height, width) < self.minimum_side_px:
            raise ValueError(
                f"a picture of {width}x{height} pixels is too small for the tap "
                f"{self._deepest}: each side needs at least "
                f"{self.minimum_side_px} pixels"
            )


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
