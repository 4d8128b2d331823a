"""The losses that settings ask for: of content and style at one tap, and of neighbouring pixels.

Functions of :mod:`harness.transfer.losses` are looked up when they are called.
"""

from collections.abc import Callable, Sequence
from functools import partial

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

LayerLoss = Callable[[Tensor], Tensor]
"""Features (B, C, H, W) in, (B,) out."""

_Statistics = tuple[Tensor, ...]
_Distance = Callable[[_Statistics, _Statistics], Tensor]


def content_loss(settings: Settings, target: Tensor) -> LayerLoss:
    """Return the content loss of one tap.

    Args:
        settings: Their ``content_loss``.
        target: (1, C, H, W) float: the content's features there.
    """
    compared: Callable[..., Tensor] = {
        "mse": losses.content_mse,
        "normalized_mse": losses.normalized_content_mse,
        "half_sum": losses.content_half_sum,
        "scaled_mse": losses.content_scaled_mse,
    }[settings.content_loss]
    return partial(compared, target=target)


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
        moments = [losses.rgb_moments(style) for style in styles]
        return partial(losses.rgb_loss, target=losses.mixed_moments(moments, shares))
    if settings.style_loss == "sliced_wasserstein":
        return _sliced(styles, shares)
    if settings.style_loss == "wasserstein":
        return _wasserstein(styles, shares)
    statistics, distance = _KINDS[settings.style_loss]
    target = _target(statistics, styles, shares)
    return lambda features: distance(statistics(features), target)


def pixel_loss(settings: Settings) -> LayerLoss:
    """Return the total variation of a picture with values in [0, 1].

    Args:
        settings: Their ``tv_loss``, ``tv_power`` and ``pixel_range``, in whose units it is.
    """
    variations: dict[str, LayerLoss] = {
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
    statistics: Callable[[Tensor], _Statistics], styles: Sequence[Tensor], shares: Sequence[float]
) -> _Statistics:
    by_style = [statistics(style) for style in styles]
    return tuple(averaged(values, shares) for values in zip(*by_style, strict=True))


def _wasserstein(styles: Sequence[Tensor], shares: Sequence[float]) -> LayerLoss:
    mean, gram = _target(_mean_and_gram, styles, shares)
    target = losses.gaussian_of(mean, gram)
    return lambda features: losses.wasserstein_loss(
        losses.channel_means(features), losses.gram_matrix(features), target
    )


def _sliced(styles: Sequence[Tensor], shares: Sequence[float]) -> LayerLoss:
    targets = [losses.sorted_projections(style) for style in styles]
    return lambda features: averaged(
        [losses.sliced_wasserstein_loss(features, target) for target in targets], shares
    )


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


def _of_grams(compared: Callable[[Tensor, Tensor], Tensor]) -> _Distance:
    return lambda own, target: compared(own[0], target[0])


def _of_covariances(own: _Statistics, target: _Statistics) -> Tensor:
    return losses.gram_loss(losses.covariance_matrix(*own), losses.covariance_matrix(*target))


def _of_means(own: _Statistics, target: _Statistics) -> Tensor:
    return losses.mean_loss(own[0], target[0])


def _of_deviations(own: _Statistics, target: _Statistics) -> Tensor:
    deviations = losses.standard_deviations(*own), losses.standard_deviations(*target)
    return _of_means(own, target) + losses.mean_loss(*deviations)


_KINDS: dict[str, tuple[Callable[[Tensor], _Statistics], _Distance]] = {
    "gram": (_gram, _of_grams(losses.gram_loss)),
    "normalized_gram": (_gram, _of_grams(losses.normalized_gram_loss)),
    "gram_elements": (_gram_over_elements, _of_grams(losses.gram_loss)),
    "gram_raw": (_raw_gram, _of_grams(losses.gram_loss)),
    "gatys": (_gram, _of_grams(losses.gatys_loss)),
    "scaled_gram": (_gram, _of_grams(losses.scaled_gram_loss)),
    "shifted_gram": (_shifted_gram, _of_grams(losses.gram_loss)),
    "covariance": (_mean_and_gram, _of_covariances),
    "mean": (_mean, _of_means),
    "mean_std": (_mean_and_square, _of_deviations),
}
"""By ``style_loss``: what is measured of features, and the distance of two measurements."""
