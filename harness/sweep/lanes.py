"""How many runs of a sweep are optimised at a time, as lanes of one batch."""

from harness.sweep.plan import Plan

__all__ = ["MOST_LANES", "lanes_of"]

MOST_LANES = 16
"""On a GPU, if nobody asks for another number; a worker takes fewer if its memory is short."""


def lanes_of(plan: Plan, asked: int | None) -> int:
    """Return how many runs of a plan may be optimised at a time.

    Args:
        plan: The plan.
        asked: What a person asked for; None to choose: 1 on a CPU, where a batch takes as long as
            its pictures one by one, and ``MOST_LANES`` on a GPU.
    """
    if plan.spec.space is not None or plan.is_chained:
        return 1  # their runs follow from one another
    if asked is not None:
        return asked
    return MOST_LANES if plan.choices.device.startswith("cuda") else 1
