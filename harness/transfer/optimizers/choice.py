"""The optimiser and the outcome that the settings name."""

from torch import Tensor

from harness.spec.settings import Settings
from harness.transfer.optimizers.adam import Adam
from harness.transfer.optimizers.average import (
    AfterLeastLoss,
    LeastLoss,
    MovingAverage,
    Outcome,
)
from harness.transfer.optimizers.lbfgs import Lbfgs
from harness.transfer.optimizers.protocol import PixelOptimizer
from harness.transfer.optimizers.scipy_lbfgs import ScipyLbfgs
from harness.transfer.optimizers.torch_lbfgs import TorchLbfgs
from harness.transfer.pixel_function import Evaluate, PixelFunction

__all__ = ["make_adam", "make_function", "make_optimizer", "make_outcome"]


def make_function(settings: Settings, evaluate: Evaluate) -> PixelFunction:
    """Make what the optimiser minimises of an evaluation of images in [0, 1]."""
    searches = settings.optimizer == "lbfgs" and settings.lbfgs_variant != "relative_step"
    return PixelFunction(
        evaluate,
        pixel_range=settings.pixel_range,
        clamps=settings.clamp == "in_closure",
        remembers=searches or settings.result != "last",
    )


def make_optimizer(
    settings: Settings,
    start: Tensor,
    function: PixelFunction,
    before: PixelOptimizer | None = None,
) -> PixelOptimizer:
    """Make the optimiser that the settings name, at the start image.

    Args:
        settings: Name it and its knobs.
        start: (1, 3, H, W) float32 in [0, pixel_range].
        function: What it minimises.
        before: That of a pyramid's last scale, whose moments Adam takes over if the settings
            say so. L-BFGS begins anew: its steps belong to images of one size.
    """
    if isinstance(before, Adam) and settings.pyramid_carry:
        before.continue_at(start)
        return before
    if settings.optimizer == "adam":
        return make_adam(settings, start)
    if settings.lbfgs_variant == "relative_step":
        return Lbfgs(
            start,
            lr=settings.lr,
            history=settings.lbfgs_history,
            pixel_range=settings.pixel_range,
        )
    if settings.lbfgs_variant == "torch":
        return TorchLbfgs(
            start,
            function,
            lr=settings.lr,
            history=settings.lbfgs_history,
            has_line_search=settings.lbfgs_line_search == "strong_wolfe",
            tolerance_gradient=settings.lbfgs_tolerance_gradient,
            tolerance_change=settings.lbfgs_tolerance_change,
        )
    return ScipyLbfgs(
        start,
        function,
        lr=settings.lr,
        history=settings.lbfgs_history,
        evaluations=settings.lbfgs_evaluations,
        tolerance_gradient=settings.lbfgs_tolerance_gradient,
        tolerance_change=settings.lbfgs_tolerance_change,
    )


def make_adam(settings: Settings, start: Tensor) -> Adam:
    """Make Adam as the settings describe it.

    Args:
        settings: Its knobs.
        start: (B, 3, H, W) float32 in [0, pixel_range].
    """
    return Adam(
        start,
        lr=settings.lr,
        betas=settings.adam_betas,
        epsilon=settings.adam_epsilon,
        form=settings.adam_form,
        largest=None if settings.clamp == "none" else settings.pixel_range,
    )


def make_outcome(settings: Settings, start: Tensor, function: PixelFunction) -> Outcome:
    """Make what the settings take for the result of one scale.

    In a pyramid the average counts the image that a scale starts from, as in
    crowsonkb/style-transfer-pytorch.

    Args:
        settings: Name it.
        start: Where the scale starts, in [0, pixel_range].
        function: What the optimiser minimises.
    """
    if settings.result == "best_loss":
        return LeastLoss(start, function)
    if settings.result == "after_best_loss":
        return AfterLeastLoss(start, function)
    return MovingAverage(start, decay=settings.averaging, counts_start=settings.pyramid != "none")
