"""What an optimisation tells while it runs; without torch, for those who only listen."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["StepEvent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEvent:
    """One iteration is done: ``iteration`` of ``iterations``, ``seconds`` since the run began.

    ``losses`` are those of the picture before the iteration's update.
    """

    iteration: int
    iterations: int
    losses: Mapping[str, float]
    seconds: float
