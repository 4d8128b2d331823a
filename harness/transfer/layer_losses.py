"""The losses that settings ask for: of content or style at one tap, of neighbouring pixels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

import torch
from torch import Tensor

from harness.spec.backbones import RGB_TAP
from harness.spec.settings import Settings
from harness.transfer import losses

__all__ = [
    "LayerLoss",
    "averaged",
    "content_loss",
    "pixel_loss",
    "style_loss",
]

_WITH_RGB_LOSS = ("normalized_gram", "gram")

_Statistics = tuple[Tensor, ...]
_Measure = Callable[[Tensor], _Statistics]
_Distance = Callable[[_Statistics, _Statistics], Tensor]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayerLoss:
    """Features (B, C, H, W) in, (B,) out: the distance of what is measured of them to a target.

    Attributes:
        measure: Statistics of features, or the features themselves.
        distance: Of such statistics to the target's.
        target: Each with a first dimension of 1, for all pictures, or of B, one for each.
    """

    measure: _Measure
    distance: _Distance
    target: _Statistics

    def __call__(self, features: Tensor) -> Tensor:
        """Compute the loss of every picture."""
        return self.distance(self.measure(features), self.target)

    @property
    def kind(self) -> tuple[object, ...]:
        """What losses share that can be computed as one: the functions, and the targets' sizes."""
        return self.measure, self.distance, tuple(one.shape for one in self.target)

    @classmethod
    def joined(cls, lanes: Sequence[Self]) -> Self:
        """Return the loss of a batch with one picture for each of these, all of one kind."""
        first = lanes[0]
        targets = zip(*(lane.target for lane in lanes), strict=True)
        return cls(
            measure=first.measure,
            distance=first.distance,
            target=tuple(_stacked(ones) for ones in targets),
        )


def content_loss(settings: Settings, target: Tensor) -> LayerLoss:
    """Return the content loss of one tap.

    Args:
        settings: Their ``content_loss``.
        target: (1, C, H, W) float: the content's features there.
    """
    return LayerLoss(
        measure=_features, distance=_CONTENT_KINDS[settings.content_loss], target=(target,)
    )


def style_loss(
    settings: Settings, tap: str, styles: Sequence[Tensor], shares: Sequence[float]
) -> LayerLoss:
    """Return the style loss of one tap.

    Args:
        settings: Their ``style_loss``. With ``normalized_gram`` and ``gram`` the loss at the tap
            ``rgb`` is :func:`harness.transfer.losses.rgb_loss`.
        tap: Its name.
        styles: (1, C, H, W) float: the features of every style there; sizes may differ.
        shares: Of each style; they sum to 1. Statistics are averaged with them, and distances
            where there is no statistic to average (sliced Wasserstein).
    """
    if tap == RGB_TAP and settings.style_loss in _WITH_RGB_LOSS:
        mixed = losses.mixed_moments([losses.rgb_moments(style) for style in styles], shares)
        target = tuple(one for moments in mixed for one in (moments.mean, moments.covariance))
        return LayerLoss(measure=_features, distance=_of_colours, target=target)
    if settings.style_loss == "sliced_wasserstein":
        return _sliced(styles, shares)
    if settings.style_loss == "wasserstein":
        gaussian = losses.gaussian_of(*_target(_mean_and_gram, styles, shares))
        target = (gaussian.mean, gaussian.covariance, gaussian.root)
        return LayerLoss(measure=_mean_and_gram, distance=_of_gaussians, target=target)
    measure, distance = _STYLE_KINDS[settings.style_loss]
    return LayerLoss(measure=measure, distance=distance, target=_target(measure, styles, shares))


def pixel_loss(settings: Settings) -> Callable[[Tensor], Tensor]:
    """Return the total variation of a picture with values in [0, 1].

    Args:
        settings: Their ``tv_loss``, ``tv_power`` and ``pixel_range``, in whose units it is.
    """
    variations: dict[str, Callable[[Tensor], Tensor]] = {
        "squared": losses.total_variation,
        "squared_padded": losses.padded_variation,
        "half_squared_sum": losses.half_squared_variation,
        "l1_sum": losses.l1_variation,
        "isotropic_sum": losses.isotropic_variation,
        "power_sum": partial(losses.power_variation, power=settings.tv_power),
        "nine_point": losses.nine_point_variation,
    }
    variation = variations[settings.tv_loss]
    if settings.pixel_range == 1:
        return variation
    return lambda image: variation(image * settings.pixel_range)


def averaged(values: Sequence[Tensor], shares: Sequence[float]) -> Tensor:
    """Return the weighted mean of tensors of one shape; of a single one, itself."""
    if len(values) == 1:
        return values[0]
    mean = shares[0] * values[0]
    for value, share in zip(values[1:], shares[1:], strict=True):
        mean = mean + share * value
    return mean


def _target(
    statistics: _Measure, styles: Sequence[Tensor], shares: Sequence[float]
) -> _Statistics:
    by_style = [statistics(style) for style in styles]
    return tuple(averaged(values, shares) for values in zip(*by_style, strict=True))


def _sliced(styles: Sequence[Tensor], shares: Sequence[float]) -> LayerLoss:
    targets = [losses.sorted_projections(style) for style in styles]

    def distance(own: _Statistics, _: _Statistics) -> Tensor:
        return averaged([losses.sliced_wasserstein_loss(own[0], one) for one in targets], shares)

    return LayerLoss(measure=_features, distance=distance, target=())


def _stacked(targets: Sequence[Tensor]) -> Tensor:
    """Return what all share as it is, for one picture; else one for each."""
    first = targets[0]
    return first if all(one is first for one in targets) else torch.cat(list(targets))


def _features(features: Tensor) -> _Statistics:
    return (features,)


def _gram(features: Tensor) -> _Statistics:
    return (losses.gram_matrix(features),)


def _gram_over_elements(features: Tensor) -> _Statistics:
    return (losses.gram_matrix(features) / features.shape[1],)


def _raw_gram(features: Tensor) -> _Statistics:
    return (losses.raw_gram_matrix(features),)


def _shifted_gram(features: Tensor) -> _Statistics:
    return (losses.shifted_gram_matrix(features),)


def _mean_and_gram(features: Tensor) -> _Statistics:
    return losses.channel_means(features), losses.gram_matrix(features)


def _mean(features: Tensor) -> _Statistics:
    return (losses.channel_means(features),)


def _mean_and_square(features: Tensor) -> _Statistics:
    return losses.channel_means(features), losses.mean_squares(features)


def _of_first(compared: Callable[[Tensor, Tensor], Tensor]) -> _Distance:
    return lambda own, target: compared(own[0], target[0])


def _of_colours(own: _Statistics, target: _Statistics) -> Tensor:
    moments = [
        losses.RgbMoments(scale=scale, mean=mean, covariance=covariance)
        for scale, mean, covariance in zip(
            losses.RGB_SCALES, target[::2], target[1::2], strict=False
        )
    ]
    return losses.rgb_loss(own[0], moments)


def _of_gaussians(own: _Statistics, target: _Statistics) -> Tensor:
    mean, covariance, root = target
    own_mean, own_gram = own
    gaussian = losses.Gaussian(mean=mean, covariance=covariance, root=root)
    return losses.wasserstein_loss(own_mean, own_gram, gaussian)


def _of_covariances(own: _Statistics, target: _Statistics) -> Tensor:
    return losses.gram_loss(losses.covariance_matrix(*own), losses.covariance_matrix(*target))


def _of_means(own: _Statistics, target: _Statistics) -> Tensor:
    return losses.mean_loss(own[0], target[0])


def _of_deviations(own: _Statistics, target: _Statistics) -> Tensor:
    deviations = losses.standard_deviations(*own), losses.standard_deviations(*target)
    return _of_means(own, target) + losses.mean_loss(*deviations)


_CONTENT_KINDS: dict[str, _Distance] = {
    "mse": _of_first(losses.content_mse),
    "normalized_mse": _of_first(losses.normalized_content_mse),
    "half_sum": _of_first(losses.content_half_sum),
    "scaled_mse": _of_first(losses.content_scaled_mse),
}
"""By ``content_loss``: the distance of two feature maps."""

_STYLE_KINDS: dict[str, tuple[_Measure, _Distance]] = {
    "gram": (_gram, _of_first(losses.gram_loss)),
    "normalized_gram": (_gram, _of_first(losses.normalized_gram_loss)),
    "gram_elements": (_gram_over_elements, _of_first(losses.gram_loss)),
    "gram_raw": (_raw_gram, _of_first(losses.gram_loss)),
    "gatys": (_gram, _of_first(losses.gatys_loss)),
    "scaled_gram": (_gram, _of_first(losses.scaled_gram_loss)),
    "shifted_gram": (_shifted_gram, _of_first(losses.gram_loss)),
    "covariance": (_mean_and_gram, _of_covariances),
    "mean": (_mean, _of_means),
    "mean_std": (_mean_and_square, _of_deviations),
}
"""By ``style_loss``: what is measured of features, and the distance of two measurements."""
