"""Losses of content, Gram matrix, colour and neighbours against slow float64 formulas."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from harness.transfer import losses

FLOAT32 = 1e-5  # relative: sums of a few hundred float32 values


def _random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(size=shape, dtype=np.float64)


def _float32(values: np.ndarray) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)


def _slow_gram(features: np.ndarray) -> np.ndarray:
    channels, height, width = features.shape
    gram = np.zeros((channels, channels))
    for row in range(height):
        for column in range(width):
            gram += np.outer(features[:, row, column], features[:, row, column])
    mean: np.ndarray = gram / (height * width)
    return mean


def _slow_pooled(image: np.ndarray, scale: int) -> np.ndarray:
    rows, columns = image.shape[1] // scale, image.shape[2] // scale
    return np.array(
        [
            image[:, r * scale : (r + 1) * scale, c * scale : (c + 1) * scale].mean(axis=(1, 2))
            for r in range(rows)
            for c in range(columns)
        ]
    )


def _slow_rgb_loss(image: np.ndarray, style: np.ndarray, scales: tuple[int, ...]) -> float:
    distances = []
    for scale in scales:
        own, wanted = _slow_pooled(image, scale), _slow_pooled(style, scale)
        sigma = np.cov(own.T, bias=True)
        sigma_s = np.cov(wanted.T, bias=True)
        shift = own.mean(axis=0) - wanted.mean(axis=0)
        distances.append(shift @ shift + ((sigma - sigma_s) ** 2).sum() / (sigma_s**2).sum())
    return float(np.mean(distances))


def test_content_mse_is_the_mean_squared_difference() -> None:
    """The plain content loss is the mean over channels and positions, by picture."""
    features, target = _random(2, 3, 4, 5), _random(1, 3, 4, 5, seed=1)
    expected = [float(((one - target[0]) ** 2).mean()) for one in features]

    actual = losses.content_mse(_float32(features), _float32(target))

    assert expected == pytest.approx(actual.tolist(), rel=FLOAT32)


def test_normalized_content_mse_divides_by_the_variance_of_the_target() -> None:
    """The normalised content loss is the mean squared difference over the target's variance."""
    features, target = _random(1, 3, 4, 5), 7 * _random(1, 3, 4, 5, seed=1)
    expected = float(((features - target) ** 2).mean() / target.var())

    actual = losses.normalized_content_mse(_float32(features), _float32(target))

    assert expected == pytest.approx(actual.item(), rel=FLOAT32)


def test_normalized_content_mse_of_the_targets_mean_is_one() -> None:
    """A map that only knows the target's mean has loss 1."""
    target = _float32(_random(1, 3, 4, 5))

    actual = losses.normalized_content_mse(torch.full_like(target, float(target.mean())), target)

    assert actual.item() == pytest.approx(1, rel=FLOAT32)


def test_content_half_sum_is_that_of_the_paper() -> None:
    """The content loss of the paper is half the sum of squared differences, by picture."""
    features, target = _random(2, 3, 4, 5), _random(1, 3, 4, 5, seed=1)
    expected = [0.5 * float(((one - target[0]) ** 2).sum()) for one in features]

    actual = losses.content_half_sum(_float32(features), _float32(target))

    assert expected == pytest.approx(actual.tolist(), rel=FLOAT32)


def test_content_scaled_mse_divides_by_the_magnitudes() -> None:
    """The scaled content loss is the sum of squares over that of magnitudes; 0 at the target."""
    features, target = _random(2, 3, 4, 5), _random(1, 3, 4, 5, seed=1)
    differences = [one - target[0] for one in features]
    expected = [float((one**2).sum() / (np.abs(one).sum() + 1e-8)) for one in differences]

    actual = losses.content_scaled_mse(_float32(features), _float32(target))

    assert expected == pytest.approx(actual.tolist(), rel=FLOAT32)
    assert losses.content_scaled_mse(_float32(target), _float32(target)).item() == 0


@pytest.mark.parametrize(
    "loss",
    [
        losses.content_mse,
        losses.normalized_content_mse,
        losses.content_half_sum,
        losses.content_scaled_mse,
    ],
)
def test_content_losses_refuse_other_shapes(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Maps of different size are refused by naming both shapes."""
    with pytest.raises(ValueError, match=r"\(1, 3, 4, 5\) and \(1, 3, 4, 6\)"):
        loss(torch.zeros(1, 3, 4, 5), torch.zeros(1, 3, 4, 6))


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_gram_matrix_averages_outer_products(memory_format: torch.memory_format) -> None:
    """The Gram matrix is the mean outer product over positions, however memory is laid out."""
    features = _random(2, 4, 3, 5)
    expected = np.stack([_slow_gram(one) for one in features])

    actual = losses.gram_matrix(_float32(features).to(memory_format=memory_format))

    np.testing.assert_allclose(actual.numpy(), expected, rtol=FLOAT32)


def test_gram_matrix_of_bfloat16_is_summed_in_float32() -> None:
    """A Gram matrix of bfloat16 features is as exact as one of the same numbers in float64."""
    features = _float32(_random(1, 4, 30, 30)).bfloat16()
    expected = _slow_gram(features[0].double().numpy())

    actual = losses.gram_matrix(features)

    assert actual.dtype == torch.float32
    np.testing.assert_allclose(actual[0].numpy(), expected, rtol=FLOAT32)


@pytest.mark.parametrize("size", [(64, 64), (81, 70)])
def test_gram_matrix_of_many_bfloat16_positions_rounds_evenly(size: tuple[int, int]) -> None:
    """Slices rounded to bfloat16 one by one cost 2e-4 of the norm, a matrix rounded whole 2e-3."""
    features = _float32(_random(2, 16, *size)).relu().bfloat16()
    expected = np.stack([_slow_gram(one) for one in features.double().numpy()])

    actual = losses.gram_matrix(features).numpy()

    assert np.float32 == actual.dtype
    errors = np.linalg.norm(actual - expected, axis=(1, 2)) / np.linalg.norm(expected, axis=(1, 2))
    assert (errors < 6e-4).all()
    np.testing.assert_array_equal(actual, actual.swapaxes(1, 2))


def test_gram_gradient_of_bfloat16_comes_in_bfloat16() -> None:
    """On bfloat16 features the gradient is the float32 one, rounded to bfloat16."""
    features = _float32(_random(1, 4, 6, 6)).bfloat16().requires_grad_()
    exact = features.detach().float().requires_grad_()
    weights = _float32(_random(1, 4, 4, seed=2))
    (actual,) = torch.autograd.grad((losses.gram_matrix(features) * weights).sum(), features)
    (expected,) = torch.autograd.grad((losses.gram_matrix(exact) * weights).sum(), exact)

    assert actual.dtype == torch.bfloat16
    # two roundings of 2^-9 each: that of G's gradient and that of the product
    torch.testing.assert_close(actual.float(), expected, rtol=2**-7, atol=1e-6)


def test_gram_matrix_refuses_other_than_four_dimensions() -> None:
    """Features without a batch dimension are refused by naming their shape."""
    with pytest.raises(ValueError, match=r"\(B, C, H, W\), got \(4, 3, 5\)"):
        losses.gram_matrix(torch.zeros(4, 3, 5))


def test_gram_loss_is_the_mean_over_entries() -> None:
    """The plain style loss is the mean squared difference of the C² entries, by picture."""
    gram, target = _random(2, 4, 4), _random(1, 4, 4, seed=1)
    expected = [float(((one - target[0]) ** 2).mean()) for one in gram]

    actual = losses.gram_loss(_float32(gram), _float32(target))

    assert expected == pytest.approx(actual.tolist(), rel=FLOAT32)


def test_normalized_gram_loss_is_relative() -> None:
    """The normalised style loss is the squared distance over the target's squared norm."""
    gram, target = _random(1, 4, 4), 5 * _random(1, 4, 4, seed=1)
    expected = float(((gram - target) ** 2).sum() / (target**2).sum())

    actual = losses.normalized_gram_loss(_float32(gram), _float32(target))

    assert expected == pytest.approx(actual.item(), rel=FLOAT32)


def test_normalized_losses_of_dead_targets_are_finite() -> None:
    """A target of zeros everywhere gives a finite loss, zero where the features are zero too."""
    dead = torch.zeros(1, 3, 4, 4)
    alive = torch.ones(1, 3, 4, 4)
    gram = losses.gram_matrix

    assert torch.isfinite(losses.normalized_content_mse(alive, dead)).all()
    assert torch.isfinite(losses.normalized_gram_loss(gram(alive), gram(dead))).all()
    assert losses.normalized_gram_loss(gram(dead), gram(dead)).item() == 0


def test_rgb_loss_is_the_mean_over_three_scales() -> None:
    """The colour loss is mean and relative covariance distance at 1, 4 and 16 pixels."""
    image, style = _random(2, 3, 32, 40), 0.6 * _random(1, 3, 48, 33, seed=1) ** 2
    expected = [_slow_rgb_loss(one, style[0], (1, 4, 16)) for one in image]

    actual = losses.rgb_loss(_float32(image), losses.rgb_moments(_float32(style)))

    # at 16 pixels covariances of averages are differences of nearly equal numbers
    assert expected == pytest.approx(actual.tolist(), rel=1e-4)


@pytest.mark.parametrize(
    ("height", "width", "scales"),
    [(32, 32, (1, 4, 16)), (31, 40, (1, 4)), (8, 40, (1, 4)), (7, 40, (1,)), (1, 40, (1,))],
)
def test_rgb_scales_need_two_windows_each_way(
    height: int, width: int, scales: tuple[int, ...]
) -> None:
    """Scales with fewer than two windows in a direction are left out, never scale 1."""
    moments = losses.rgb_moments(torch.zeros(1, 3, height, width))

    assert scales == tuple(one.scale for one in moments)


def test_rgb_loss_of_a_small_picture_uses_the_scales_of_both() -> None:
    """A picture too small for 16 pixels is compared with a larger style at 1 and 4 only."""
    image, style = _random(1, 3, 12, 12), _random(1, 3, 48, 48, seed=1)
    expected = _slow_rgb_loss(image[0], style[0], (1, 4))

    actual = losses.rgb_loss(_float32(image), losses.rgb_moments(_float32(style)))

    assert expected == pytest.approx(actual.item(), rel=1e-4)


def test_rgb_loss_of_a_flat_style_is_finite() -> None:
    """A style of one colour has no covariance; the loss stays finite and knows its optimum."""
    flat = torch.full((1, 3, 32, 32), 0.5)
    target = losses.rgb_moments(flat)

    assert torch.isfinite(losses.rgb_loss(_float32(_random(1, 3, 32, 32)), target)).all()
    assert losses.rgb_loss(flat, target).item() == pytest.approx(0, abs=1e-12)


def test_the_colours_of_two_styles_are_those_of_both_pictures() -> None:
    """Mean and covariance of two styles of one size are those of all their colours together."""
    first, second = _random(1, 3, 32, 32), 0.6 * _random(1, 3, 32, 32, seed=1) ** 2
    together = losses.rgb_moments(torch.tensor(np.concatenate([first, second], axis=2)))
    moments = [losses.rgb_moments(torch.tensor(one)) for one in (first, second)]

    mixed = losses.mixed_moments(moments, (0.5, 0.5))

    assert losses.RGB_SCALES == tuple(one.scale for one in mixed)
    for own, wanted in zip(mixed, together, strict=True):
        torch.testing.assert_close(own.mean, wanted.mean)
        torch.testing.assert_close(own.covariance, wanted.covariance)


def test_total_variation_by_hand() -> None:
    """Both directions are means over their own pairs of neighbours, in all three channels."""
    channel = [[0.0, 0.0, 1.0], [0.0, 0.0, 0.5]]
    image = torch.tensor([[channel, [[0.0] * 3] * 2, [[0.0] * 3] * 2]])
    horizontal = (1.0**2 + 0.5**2) / (3 * 2 * 2)
    vertical = 0.5**2 / (3 * 1 * 3)

    actual = losses.total_variation(image)

    assert horizontal + vertical == pytest.approx(actual.item(), rel=FLOAT32)


def test_total_variation_of_one_row_counts_the_other_direction() -> None:
    """A picture one pixel high has no vertical neighbours, and no NaN."""
    image = torch.tensor([0.0, 1.0, 1.0]).expand(1, 3, 1, 3)

    actual = losses.total_variation(image)

    assert actual.item() == pytest.approx(0.5)
