"""The arithmetic of seconds to quality: when a goal is reached, and how ways compare."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks.tables import Cell
from reports.statistics import t_half_width

__all__ = ["MARGINS", "Moment", "first_reached", "has_reached", "line_of"]

MARGINS: Mapping[str, float] = {"style/gain": 0.05, "content/score": 0.02}
"""By so much two pictures may differ and be equally good: nats, and share of the content kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How good the picture was after some iterations and seconds."""

    iteration: int
    seconds: float
    scores: Mapping[str, float]


def has_reached(scores: Mapping[str, float], goal: Mapping[str, float]) -> bool:
    """Tell whether no score lies below the goal's by more than its margin."""
    return all(scores[name] >= goal[name] - margin for name, margin in MARGINS.items())


def first_reached(moments: Iterable[Moment], goal: Mapping[str, float]) -> Moment | None:
    """Return the first moment that is as good as the goal; None if there is none."""
    return next((one for one in moments if has_reached(one.scores, goal)), None)


def line_of(
    what: str, seconds: Sequence[float | None], textbook: Sequence[float]
) -> dict[str, Cell]:
    """Sum a way to quality up.

    The ratio is the geometric mean over the pairs that reached the goal, with the 95 % interval
    of Student's t over logarithms.

    Args:
        what: Its name.
        seconds: Until the goal, one a pair; None where it was not reached.
        textbook: What the textbook loop takes for each pair.
    """
    reached = [
        (ours, theirs) for ours, theirs in zip(seconds, textbook, strict=True) if ours is not None
    ]
    line: dict[str, Cell] = {"what": what, "reached": f"{len(reached)} of {len(seconds)}"}
    if not reached:
        return line
    logarithms = np.array([math.log(theirs / ours) for ours, theirs in reached])
    mean, half = float(logarithms.mean()), t_half_width(logarithms)
    return line | {
        "median s": median(ours for ours, _ in reached),
        "ratio": math.exp(mean),
        "from": math.exp(mean - half),
        "to": math.exp(mean + half),
    }
