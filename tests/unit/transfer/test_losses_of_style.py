"""Statistics of style and their distances against slow float64 formulas."""

from collections.abc import Callable

import numpy as np
import pytest
import scipy.linalg
import torch
from torch import Tensor

from harness.spec.settings import Settings
from harness.transfer import losses
from harness.transfer.layer_losses import LayerLoss, style_loss

FLOAT64 = 1e-11  # relative: the order of sums
FLOAT32 = 1e-4  # relative: squared differences of float32 statistics

Formula = Callable[[np.ndarray, np.ndarray], float]


def _features(seed: int, height: int = 6, width: int = 5, channels: int = 4) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal((1, channels, height, width))
    return np.maximum(values + 0.3, 0)


def _columns(features: np.ndarray) -> np.ndarray:
    flat: np.ndarray = features.reshape(features.shape[1], -1)
    return flat


def _raw_gram(features: np.ndarray) -> np.ndarray:
    flat = _columns(features)
    gram: np.ndarray = sum(np.outer(one, one) for one in flat.T)
    return gram


def _over_positions(features: np.ndarray) -> np.ndarray:
    gram: np.ndarray = _raw_gram(features) / _columns(features).shape[1]
    return gram


def _gram(own: np.ndarray, style: np.ndarray) -> float:
    return float(np.mean((_over_positions(own) - _over_positions(style)) ** 2))


def _gram_elements(own: np.ndarray, style: np.ndarray) -> float:
    grams = [_raw_gram(one) / one.size for one in (own, style)]
    return float(np.mean((grams[0] - grams[1]) ** 2))


def _gram_raw(own: np.ndarray, style: np.ndarray) -> float:
    return float(np.mean((_raw_gram(own) - _raw_gram(style)) ** 2))


def _gatys(own: np.ndarray, style: np.ndarray) -> float:
    channels, positions = _columns(own).shape
    squares = ((_raw_gram(own) - _raw_gram(style)) ** 2).sum()
    return float(squares / (4 * channels**2 * positions**2))


def _scaled_gram(own: np.ndarray, style: np.ndarray) -> float:
    difference = _over_positions(own) - _over_positions(style)
    return float((difference**2).sum() / (np.abs(difference).sum() + 1e-8))


def _shifted_gram(own: np.ndarray, style: np.ndarray) -> float:
    return _gram(own - 1, style - 1)


def _covariance(own: np.ndarray, style: np.ndarray) -> float:
    covariances = [np.cov(_columns(one), bias=True) for one in (own, style)]
    return float(np.mean((covariances[0] - covariances[1]) ** 2))


def _mean(own: np.ndarray, style: np.ndarray) -> float:
    return float(np.mean((_columns(own).mean(axis=1) - _columns(style).mean(axis=1)) ** 2))


def _mean_std(own: np.ndarray, style: np.ndarray) -> float:
    deviations = [np.sqrt(_columns(one).var(axis=1) + 1e-5) for one in (own, style)]
    return _mean(own, style) + float(np.mean((deviations[0] - deviations[1]) ** 2))


def _wasserstein(own: np.ndarray, style: np.ndarray) -> float:
    channels = own.shape[1]
    first, second = (
        np.cov(_columns(one), bias=True) + 1e-4 * np.eye(channels) for one in (own, style)
    )
    root = scipy.linalg.sqrtm(second)
    crossed = scipy.linalg.sqrtm(root @ first @ root)
    return _mean(own, style) + float(np.trace(first + second - 2 * crossed).real / channels)


def _loss(kind: str, *styles: np.ndarray, shares: tuple[float, ...] = (1.0,)) -> LayerLoss:
    settings = Settings.model_validate({"style_loss": kind})
    return style_loss(settings, "relu1_1", [torch.tensor(one) for one in styles], shares)


FORMULAS: dict[str, Formula] = {
    "gram": _gram,
    "gram_elements": _gram_elements,
    "gram_raw": _gram_raw,
    "scaled_gram": _scaled_gram,
    "shifted_gram": _shifted_gram,
    "covariance": _covariance,
    "mean": _mean,
    "mean_std": _mean_std,
    "wasserstein": _wasserstein,
}


@pytest.mark.parametrize("kind", FORMULAS)
def test_a_style_loss_has_its_formula(kind: str) -> None:
    """In float64 every style loss is its slow formula, for a style of another size too."""
    own, style = _features(0), _features(1, height=7, width=8)

    actual = _loss(kind, style)(torch.tensor(own))

    assert actual.dtype == torch.float64
    assert actual.tolist() == pytest.approx([FORMULAS[kind](own, style)], rel=FLOAT64)


@pytest.mark.parametrize("kind", FORMULAS)
def test_a_style_loss_of_float32_is_the_same(kind: str) -> None:
    """In float32 every style loss is its formula but for rounding."""
    own, style = _features(0), _features(1, height=7, width=8)
    rounded = torch.tensor(own, dtype=torch.float32)

    actual = _loss(kind, style.astype(np.float32))(rounded)

    assert actual.dtype == torch.float32
    assert actual.tolist() == pytest.approx([FORMULAS[kind](own, style)], rel=FLOAT32)


def test_the_loss_of_the_paper_is_defined_for_one_size() -> None:
    """``gatys`` is 1/(4 N² M²) of the squared difference of the sums over positions."""
    own, style = _features(0), _features(1)

    actual = _loss("gatys", style)(torch.tensor(own))

    assert actual.tolist() == pytest.approx([_gatys(own, style)], rel=FLOAT64)


@pytest.mark.parametrize("kind", [*FORMULAS, "normalized_gram", "gatys", "sliced_wasserstein"])
def test_a_style_loss_does_not_see_where_features_are(kind: str) -> None:
    """Features of the style in another order have no loss; other features have one."""
    style = _features(1)
    shuffled = np.random.default_rng(0).permutation(_columns(style), axis=1).reshape(style.shape)
    loss = _loss(kind, style)

    assert loss(torch.tensor(shuffled)).item() == pytest.approx(0, abs=1e-9)
    assert loss(torch.tensor(_features(2))).item() > 1e-3


@pytest.mark.parametrize("kind", ["gram", "normalized_gram", "wasserstein", "mean_std"])
def test_style_losses_of_bfloat16_are_summed_in_float32(kind: str) -> None:
    """Features in bfloat16 give the float32 loss of the same numbers."""
    own, style = (torch.tensor(_features(seed, height=30)).bfloat16() for seed in (0, 1))
    settings = Settings.model_validate({"style_loss": kind})
    expected = style_loss(settings, "relu1_1", [style.float()], (1.0,))(own.float())

    actual = style_loss(settings, "relu1_1", [style], (1.0,))(own)

    assert actual.dtype == torch.float32
    torch.testing.assert_close(actual, expected)


@pytest.mark.parametrize("kind", ["gram", "covariance", "wasserstein", "mean_std", "shifted_gram"])
def test_styles_are_averaged_by_their_statistics(kind: str) -> None:
    """Two styles of one size are to a loss what a picture is that is one half each."""
    own, first, second = (_features(seed) for seed in (0, 1, 2))
    expected = _loss(kind, np.concatenate([first, second], axis=2))(torch.tensor(own))

    actual = _loss(kind, first, second, shares=(0.5, 0.5))(torch.tensor(own))

    torch.testing.assert_close(actual, expected)


def test_the_square_root_is_that_of_scipy() -> None:
    """Twelve steps find the root of well conditioned matrices to the last digits that count."""
    factors = np.random.default_rng(0).standard_normal((2, 6, 6))
    matrices = factors @ factors.transpose(0, 2, 1) + np.eye(6)
    expected = np.stack([scipy.linalg.sqrtm(one).real for one in matrices])

    actual = losses.matrix_square_root(torch.tensor(matrices))

    np.testing.assert_allclose(actual.numpy(), expected, rtol=1e-9, atol=1e-9)


def test_the_gradient_of_the_root_solves_the_lyapunov_equation() -> None:
    """The gradient X of the root R of A is the solution of R·X + X·R = G, as SciPy finds it."""
    generator = np.random.default_rng(0)
    factor, weights = generator.standard_normal((2, 5, 5))
    matrix = torch.tensor(factor @ factor.T + np.eye(5)).unsqueeze(0).requires_grad_()
    symmetric = weights + weights.T

    root = losses.matrix_square_root(matrix, steps=30)
    (actual,) = torch.autograd.grad((root * torch.tensor(symmetric)).sum(), matrix)

    found = root[0].detach().numpy()
    expected = scipy.linalg.solve_continuous_lyapunov(found, symmetric)
    np.testing.assert_allclose(actual[0].numpy(), expected, rtol=1e-9, atol=1e-9)


def test_fewer_steps_find_a_smaller_root() -> None:
    """Where twelve steps do not do, the root of a small eigenvalue comes out too small."""
    matrix = torch.diag(torch.tensor([1.0, 1e-8], dtype=torch.float64)).unsqueeze(0)

    found = losses.matrix_square_root(matrix)[0, 1, 1].item()

    assert found == pytest.approx(1.5**12 * 1e-8, rel=1e-3)
    assert losses.matrix_square_root(matrix, steps=40)[0, 1, 1].item() == pytest.approx(1e-4)


def _sliced(own: np.ndarray, style: np.ndarray, directions: Tensor) -> float:
    distances = []
    for direction in directions.numpy():
        first, second = (np.sort(direction @ _columns(one)) for one in (own, style))
        places = (np.arange(len(first)) + 0.5) / len(first)
        known = (np.arange(len(second)) + 0.5) / len(second)
        distances.append(np.mean((first - np.interp(places, known, second)) ** 2))
    return float(np.mean(distances))


@pytest.mark.parametrize("height", [6, 9, 4])
def test_sliced_wasserstein_compares_sorted_projections(height: int) -> None:
    """Projections are sorted and compared; a style of another size is interpolated."""
    own, style = _features(0), _features(1, height=height)
    target = losses.sorted_projections(torch.tensor(style))
    expected = _sliced(own, style, target.directions)

    actual = losses.sliced_wasserstein_loss(torch.tensor(own), target)

    assert actual.tolist() == pytest.approx([expected], rel=FLOAT64)


def test_directions_are_the_same_for_every_style_and_format() -> None:
    """The directions belong to the loss: unit vectors, 32 or more, the same each time."""
    first = losses.sorted_projections(torch.tensor(_features(0))).directions
    second = losses.sorted_projections(torch.tensor(_features(1)).float()).directions
    many = losses.sorted_projections(torch.zeros(1, 40, 2, 2)).directions

    assert (32, 4) == tuple(first.shape)
    assert (40, 40) == tuple(many.shape)
    torch.testing.assert_close(first.float(), second)
    torch.testing.assert_close(first.norm(dim=1), torch.ones(32, dtype=torch.float64))


def test_distances_to_several_styles_are_averaged_where_no_statistic_is() -> None:
    """Sliced Wasserstein of two styles is the weighted mean of both distances."""
    own, first, second = (_features(seed) for seed in (0, 1, 2))
    single = [
        _loss("sliced_wasserstein", one)(torch.tensor(own)).item() for one in (first, second)
    ]

    actual = _loss("sliced_wasserstein", first, second, shares=(0.25, 0.75))(torch.tensor(own))

    assert actual.item() == pytest.approx(0.25 * single[0] + 0.75 * single[1])


@pytest.mark.parametrize(
    "statistic", [losses.channel_means, losses.mean_squares, losses.sorted_projections]
)
def test_statistics_refuse_other_than_four_dimensions(statistic: Callable[..., object]) -> None:
    """Features without a batch dimension are refused by naming their shape."""
    with pytest.raises(ValueError, match=r"\(B, C, H, W\), got \(4, 3, 5\)"):
        statistic(torch.zeros(4, 3, 5))
