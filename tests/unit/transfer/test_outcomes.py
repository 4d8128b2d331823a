"""What becomes of the iterates: their average, or the best of them."""

from typing import Any

import pytest
import torch

from harness.spec.settings import Settings
from harness.transfer.optimizers.average import AfterLeastLoss, LeastLoss, MovingAverage
from harness.transfer.optimizers.choice import make_outcome
from harness.transfer.pixel_function import PixelFunction

from .quadratic import CURVATURE, SHAPE, TARGET, quadratic


def test_the_average_is_weighted_and_unbiased() -> None:
    """With decay 0.5 the last of three iterates weighs 4/7, the first 1/7, the start nothing."""
    average = MovingAverage(torch.full((1, 3, 1, 1), 100.0), decay=0.5)
    for value in (7.0, 14.0, 21.0):
        average.add(torch.full((1, 3, 1, 1), value))

    assert average.value().flatten().tolist() == pytest.approx([1 + 4 + 12] * 3)


def test_without_averaging_the_last_iterate_counts() -> None:
    """Decay 0 gives exactly the last iterate."""
    average = MovingAverage(torch.zeros(SHAPE), decay=0.0)
    for image in (CURVATURE, TARGET):
        average.add(image)

    assert torch.equal(TARGET, average.value())


def test_an_average_of_nothing_is_the_start() -> None:
    """Before the first iterate the result is the start."""
    assert torch.equal(TARGET, MovingAverage(TARGET, decay=0.9).value())


def test_an_average_may_count_its_start() -> None:
    """Then the start is the first iterate: with decay 0.5 it weighs 1/3 beside one more."""
    start = torch.full((1, 3, 1, 1), 9.0)
    average = MovingAverage(start, decay=0.5, counts_start=True)
    assert average.value().flatten().tolist() == pytest.approx([9.0] * 3)

    average.add(torch.full((1, 3, 1, 1), 3.0))

    assert average.value().flatten().tolist() == pytest.approx([5.0] * 3)


def test_the_least_loss_is_kept() -> None:
    """The best iterate is the result, however the last ones are; evaluations are not repeated."""
    function = PixelFunction(quadratic, remembers=True)
    start = TARGET + 0.2
    outcome = LeastLoss(start, function)
    for distance in (0.3, 0.1, 0.15):
        outcome.add(TARGET + distance)
        function(TARGET + distance)

    assert torch.equal(TARGET + 0.1, outcome.value())
    assert function.evaluations == 4


def test_the_start_may_have_the_least_loss() -> None:
    """If it only gets worse, the start is the best."""
    outcome = LeastLoss(TARGET, PixelFunction(quadratic))
    outcome.add(TARGET + 1)

    assert torch.equal(TARGET, outcome.value())


def test_the_iterate_after_the_least_loss_is_kept() -> None:
    """As code has it that notes the loss before a step; nothing is evaluated for it."""
    function = PixelFunction(quadratic, remembers=True)
    image = TARGET + 0.2
    outcome = AfterLeastLoss(image, function)
    assert torch.equal(TARGET + 0.2, outcome.value())
    for distance in (0.1, 0.3, 0.15):
        function(image)  # as the loop does before every step
        image = TARGET + distance
        outcome.add(image)

    assert torch.equal(TARGET + 0.3, outcome.value())
    assert function.evaluations == 3


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"averaging": 0.5}, 3.0),
        ({"averaging": 0.5, "pyramid": "sqrt2"}, 5.0),
        ({"averaging": 0.0, "pyramid": "sqrt2"}, 3.0),
        ({"averaging": 0.0, "result": "best_loss"}, 3.0),
    ],
)
def test_the_outcome_is_the_settings(choice: dict[str, Any], expected: float) -> None:
    """Averages count the image that a scale of a pyramid starts from, and no other start."""
    settings = Settings.model_validate(choice)
    start = torch.full(SHAPE, 9.0)
    outcome = make_outcome(settings, start, PixelFunction(quadratic))

    outcome.add(torch.full(SHAPE, 3.0))

    torch.testing.assert_close(outcome.value(), torch.full(SHAPE, expected))
