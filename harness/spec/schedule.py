"""What a run goes through: the scales of its pyramid and the iterations at each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.spec.settings import Settings

__all__ = ["Scale", "scales_of", "share_done", "total_iterations", "work_of"]

AT_FULL_SIZE: Mapping[str, Any] = {
    "pyramid": "none",
    "stop_plateau": 0.0,
    "stop_loss": 0.0,
    "stop_seconds": 0.0,
}
"""Settings with which every iteration is at full size and none is left out, to be timed."""

_FACTORS = {"octave": 2.0, "sqrt2": 2.0**0.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One scale: ``size_px`` in the sense of ``image_size``, and the iterations done at it."""

    size_px: int
    iterations: int


def scales_of(settings: Settings) -> tuple[Scale, ...]:
    """Return the scales from the coarsest to ``image_size``, which is always the last.

    Sizes are ``image_size / factor**k`` rounded, as long as they are ``pyramid_min`` or more.

    Reference:
        crowsonkb/style-transfer-pytorch, ``gen_scales`` (factor √2).
    """
    sizes = [settings.image_size]
    while settings.pyramid != "none":
        size = round(settings.image_size / _FACTORS[settings.pyramid] ** len(sizes))
        if size < settings.pyramid_min:
            break
        sizes.append(size)
    first = settings.pyramid_first if settings.pyramid != "none" else 0
    return tuple(
        Scale(
            size_px=size,
            iterations=first or settings.iterations if place == 0 else settings.iterations,
        )
        for place, size in enumerate(reversed(sizes))
    )


def total_iterations(settings: Settings) -> int:
    """Return the iterations of all scales together, the most that a run does."""
    return sum(scale.iterations for scale in scales_of(settings))


def work_of(settings: Settings, iterations: int | None = None) -> float:
    """Return what a run costs, in iterations at full size: pixels tell how much each counts.

    Args:
        settings: Of the run.
        iterations: Count the first so many, over all scales; None for all.
    """
    left = total_iterations(settings) if iterations is None else iterations
    work = 0.0
    for scale in scales_of(settings):
        done = min(scale.iterations, left)
        work += done * (scale.size_px / settings.image_size) ** 2
        left -= done
    return work


def share_done(settings: Settings, iterations: int) -> float:
    """Return how much of a run's work the first iterations are, 0 to 1."""
    return work_of(settings, iterations) / work_of(settings)
