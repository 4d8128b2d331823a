"""The function that optimisers minimise: units, clamping, and what it remembers."""

import torch
from torch import Tensor

from harness.transfer.objective import Evaluation
from harness.transfer.pixel_function import PixelFunction

IMAGE = torch.tensor([-51.0, 102.0, 306.0]).view(1, 3, 1, 1)


def _cube(image: Tensor) -> Evaluation:
    gradient = 3 * image.square()
    return Evaluation(
        losses={"total": float(image.pow(3).sum())},
        gradient=gradient,
        gradient_max=float(gradient.max()),
    )


def test_the_gradient_is_that_of_the_units() -> None:
    """The evaluation sees values in [0, 1]; the gradient is with respect to the given ones."""
    variable = IMAGE.double().requires_grad_()
    total = (variable / 255).pow(3).sum()
    (expected,) = torch.autograd.grad(total, variable)

    actual = PixelFunction(_cube, pixel_range=255.0)(IMAGE)

    torch.testing.assert_close(actual.gradient.double(), expected)
    torch.testing.assert_close(actual.gradient_max, float(expected.max()))
    torch.testing.assert_close(actual.losses["total"], float(total.detach()))


def test_clamping_moves_the_image_itself() -> None:
    """It is the fault that is asked for: the caller's image is changed."""
    image = IMAGE.clone()

    PixelFunction(_cube, pixel_range=255.0, clamps=True)(image)

    assert image.flatten().tolist() == [0.0, 102.0, 255.0]


def test_the_last_and_the_best_are_remembered() -> None:
    """Asking for them again costs nothing; others, and without remembering all, are counted."""
    function = PixelFunction(_cube, remembers=True)
    for factor in (0.1, 0.3, 0.2):
        function(factor * IMAGE)
    evaluations = [function(factor * IMAGE) for factor in (0.2, 0.1)]

    assert function.evaluations == 3
    assert evaluations[1].losses == _cube(0.1 * IMAGE).losses
    function(0.3 * IMAGE)
    assert function.evaluations == 4
    forgetful = PixelFunction(_cube)
    for _ in range(2):
        forgetful(IMAGE)
    assert forgetful.evaluations == 2
