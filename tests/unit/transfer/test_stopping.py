"""When a run ends, and what is a stall."""

import pytest
import torch

from harness.errors import TransferError
from harness.spec.settings import Settings
from harness.transfer.optimizers.schedules import learning_rate
from harness.transfer.stopping import AT_REST, LINE_SEARCH, StallWatch, StopReason, StopRules

START = torch.full((1, 3, 2, 2), 0.5)


def _first(rules: StopRules, totals: list[float]) -> tuple[int, StopReason] | None:
    """Return how many updates were done when a rule spoke, and what it said."""
    for done, total in enumerate(totals):
        reason = rules.reason(total)
        if reason is not None:
            return done, reason
    return None


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, None), (0.004, None), (0.007, (3, "plateau")), (0.6, (2, "plateau"))],
)
def test_a_plateau_is_a_fall_below_a_share(
    share: float, expected: tuple[int, StopReason] | None
) -> None:
    """Over two iterations the loss falls by 50 %, then by 0.5 %, then by 1 %."""
    rules = StopRules(plateau=share, window=2, target=0.0)

    assert _first(rules, [4.0, 2.0, 2.0, 1.99, 1.98]) == expected


def test_one_bad_step_is_no_plateau() -> None:
    """A loss that leaps up and comes back lower has fallen."""
    rules = StopRules(plateau=0.1, window=2, target=0.0)

    assert _first(rules, [8.0, 4.0, 100.0, 2.0, 50.0, 1.0]) is None


@pytest.mark.parametrize(("target", "expected"), [(0.0, None), (2.0, (1, "target loss"))])
def test_a_target_is_reached_by_an_equal_loss(
    target: float, expected: tuple[int, StopReason] | None
) -> None:
    """No larger is low enough; 0 is no target."""
    rules = StopRules(plateau=0.0, window=50, target=target)

    assert _first(rules, [3.0, 2.0, 0.0]) == expected


def _watch(*gradients: float) -> StallWatch:
    watch = StallWatch(START)
    for gradient in gradients:
        watch.note(gradient)
    return watch


def test_a_picture_at_rest_with_a_small_gradient_has_converged() -> None:
    """A gradient of a thousandth of the first is small; otherwise it is a stall."""
    small, large = _watch(5.0, 0.004), _watch(5.0, 0.006)

    assert [False] * 4 + [True] == [small.is_still(START) for _ in range(5)]
    assert AT_REST == small.at_rest(5)
    with pytest.raises(TransferError, match="stalled at iteration 5"):
        large.at_rest(5)


def test_an_end_before_anything_changed_is_a_stall() -> None:
    """Half a level of 255 is a change, less is none; a small gradient needs no change."""
    _watch(1.0).check_end(START + 0.51 / 255, LINE_SEARCH, 3)
    _watch(1.0, 1e-4).check_end(START, LINE_SEARCH, 3)
    with pytest.raises(TransferError, match=r"stalled at iteration 3: L-BFGS ended \(line search"):
        _watch(1.0, 0.5).check_end(START + 0.49 / 255, LINE_SEARCH, 3)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [2.0, 2.0, 2.0, 2.0, 2.0]),
        ("linear", [2.0, 1.55, 1.1, 0.65, 0.2]),
        ("cosine", [2.0, 1.7363961, 1.1, 0.4636039, 0.2]),
    ],
)
def test_the_learning_rate_goes_from_the_first_to_the_last(
    schedule: str, expected: list[float]
) -> None:
    """From lr to a tenth of it, straight or as half a cosine: 1.1 ± 0.9 cos."""
    settings = Settings.model_validate({"lr": 2.0, "lr_schedule": schedule, "lr_end": 0.1})

    actual = [learning_rate(settings, iteration, 5) for iteration in range(1, 6)]

    assert actual == pytest.approx(expected)
    assert learning_rate(settings, 1, 1) == 2.0
