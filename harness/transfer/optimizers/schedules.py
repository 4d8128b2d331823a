"""How the learning rate goes from the first iteration to the last."""

import math

from harness.spec.settings import Settings

__all__ = ["learning_rate"]


def learning_rate(settings: Settings, iteration: int, iterations: int) -> float:
    """Return the learning rate of one iteration.

    Args:
        settings: ``lr``, ``lr_schedule`` and ``lr_end``.
        iteration: 1 to ``iterations``.
        iterations: Those of the run, over all scales.

    Returns:
        ``lr`` at the first iteration, ``lr`` · ``lr_end`` at the last, unless it is constant.
    """
    if settings.lr_schedule == "constant":
        return settings.lr
    done = (iteration - 1) / (iterations - 1) if iterations > 1 else 0.0
    if settings.lr_schedule == "cosine":
        done = (1 - math.cos(math.pi * done)) / 2
    return settings.lr * (1 + (settings.lr_end - 1) * done)
