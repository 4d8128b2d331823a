"""Total variation of every kind against loops over pixels, and against a library."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import Tensor
from torchmetrics.functional.image import total_variation as torchmetrics_total_variation

from harness.spec.settings import Settings
from harness.transfer import losses
from harness.transfer.layer_losses import pixel_loss

FLOAT64 = 1e-12  # relative: the order of sums


def _image(height: int = 5, width: int = 4) -> np.ndarray:
    return np.random.default_rng(0).random((3, height, width))


def _gradients(image: np.ndarray) -> Iterator[tuple[float, float]]:
    """Differences to the right and below, but for the last row and column."""
    channels, height, width = image.shape
    for c in range(channels):
        for y in range(height - 1):
            for x in range(width - 1):
                yield image[c, y, x + 1] - image[c, y, x], image[c, y + 1, x] - image[c, y, x]


def _padded(image: np.ndarray) -> float:
    wider = np.pad(image, ((0, 0), (0, 1), (0, 1)), mode="edge")
    channels, height, width = image.shape
    total = 0.0
    for c in range(channels):
        for y in range(height):
            for x in range(width):
                here = wider[c, y, x]
                total += (wider[c, y, x + 1] - here) ** 2 + (wider[c, y + 1, x] - here) ** 2
    return total / image.size


def _l1(image: np.ndarray) -> float:
    return float(np.abs(np.diff(image, axis=1)).sum() + np.abs(np.diff(image, axis=2)).sum())


def _nine_point(image: np.ndarray) -> float:
    wider = np.pad(image, ((0, 0), (1, 1), (1, 1)), mode="edge")
    channels, height, width = image.shape
    straight, diagonal = 0.0, 0.0
    for c in range(channels):
        for y in range(height + 1):
            for x in range(width + 1):
                here, right = wider[c, y, x], wider[c, y, x + 1]
                below, across = wider[c, y + 1, x], wider[c, y + 1, x + 1]
                diagonal += (across - here) ** 2 + (below - right) ** 2
                if y > 0 and x > 0:
                    straight += (right - here) ** 2 + (below - here) ** 2
    corners = channels * (height + 1) * (width + 1)
    return 2 * (straight / image.size / 3 + diagonal / corners / 12)


FORMULAS: dict[str, Callable[[np.ndarray], float]] = {
    "squared_padded": _padded,
    "half_squared_sum": lambda image: sum(dx**2 + dy**2 for dx, dy in _gradients(image)) / 2,
    "l1_sum": _l1,
    "isotropic_sum": lambda image: sum(np.hypot(dx, dy) for dx, dy in _gradients(image)),
    "power_sum": lambda image: sum((dx**2 + dy**2) ** 1.5 for dx, dy in _gradients(image)),
    "nine_point": _nine_point,
}


def _loss(kind: str, **changes: float) -> Callable[[Tensor], Tensor]:
    return pixel_loss(Settings.model_validate({"tv_loss": kind, "tv_power": 1.5, **changes}))


@pytest.mark.parametrize("kind", FORMULAS)
def test_a_total_variation_has_its_formula(kind: str) -> None:
    """In float64 every total variation is what a loop over pixels finds, by picture."""
    image = _image()
    batch = torch.tensor(np.stack([image, image[:, ::-1].copy()]))
    expected = [FORMULAS[kind](one.numpy()) for one in batch]

    assert _loss(kind)(batch).tolist() == pytest.approx(expected, rel=FLOAT64)


@pytest.mark.parametrize("kind", FORMULAS)
def test_pixel_range_is_the_unit_of_total_variation(kind: str) -> None:
    """With ``pixel_range: 255`` the variation is that of levels, not of values in [0, 1]."""
    image = torch.tensor(_image()).unsqueeze(0)

    actual = _loss(kind, pixel_range=255.0)(image)

    torch.testing.assert_close(actual, _loss(kind)(255 * image))


def test_the_l1_variation_is_that_of_torchmetrics() -> None:
    """The sum of absolute differences is what torchmetrics calls total variation."""
    batch = torch.tensor(np.stack([_image(), _image()[::-1].copy()]))
    expected = torchmetrics_total_variation(batch, reduction="none")

    torch.testing.assert_close(losses.l1_variation(batch), expected)


def test_half_squares_have_the_gradient_of_neural_style() -> None:
    """The gradient is that of jcjohnson's layer: a pixel less its two, and less its other two."""
    image = torch.tensor(_image()).unsqueeze(0).requires_grad_()
    across, down = image.detach().diff(dim=3)[..., :-1, :], image.detach().diff(dim=2)[..., :-1]
    expected = torch.zeros_like(image)
    expected[..., :-1, :-1] -= across + down
    expected[..., :-1, 1:] += across
    expected[..., 1:, :-1] += down

    (actual,) = torch.autograd.grad(losses.half_squared_variation(image).sum(), image)

    torch.testing.assert_close(actual, expected)


@pytest.mark.parametrize("kind", [*FORMULAS, "squared"])
def test_flat_pictures_have_no_variation_and_no_gradient(kind: str) -> None:
    """On one colour loss and gradient are zero, never NaN, also where the slope has a kink."""
    image = torch.full((1, 3, 4, 5), 0.5, requires_grad=True)
    value = _loss(kind, tv_power=0.25)(image)
    (gradient,) = torch.autograd.grad(value.sum(), image)

    assert value.item() == 0
    assert gradient.abs().max().item() == 0


@pytest.mark.parametrize("kind", [*FORMULAS, "squared"])
@pytest.mark.parametrize("shape", [(1, 6), (6, 1), (1, 1)])
def test_a_single_row_or_column_gives_a_number(kind: str, shape: tuple[int, int]) -> None:
    """A picture one pixel high or wide has a finite variation."""
    image = torch.rand(1, 3, *shape, generator=torch.Generator().manual_seed(0))

    assert torch.isfinite(_loss(kind)(image)).all()
