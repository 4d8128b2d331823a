"""Lasting changes of level in the history, in words: what no single night shows."""

import math

from reports.regression.model import Result, Step
from reports.regression.naming import named
from reports.regression.scale import Scale
from reports.versus.sides import on_one_line

__all__ = ["creeping", "step_scale", "step_words"]

DAY = len("2026-01-01")


def creeping(result: Result) -> list[Step]:
    """Return the steps to the worse that last until now, the largest in its own measure first.

    A step before the present baseline was accepted is left out: it was accepted with it.
    """
    lasting = [
        step
        for step in result.steps
        if step.lasts and step.worse_by > 0 and not _was_accepted(step, result)
    ]
    return sorted(lasting, key=lambda step: -abs(step.worse_by / step.before or math.inf))


def step_words(step: Step) -> str:
    """Say since when which gate is how much worse."""
    scale = step_scale(step)
    worse_by = _log_ratio(step) if scale.is_ratio else step.worse_by
    day = on_one_line(step.when)[:DAY]
    return f"{scale.name} of {named(step.variant)}: {scale.worse(worse_by)} from {day} on"


def step_scale(step: Step) -> Scale:
    """Return how the numbers of a step are written: with the digits that show it."""
    size = abs(step.after - step.before)
    return Scale(metric=step.metric, margin=size if size > 0 else math.nan)


def _was_accepted(step: Step, result: Result) -> bool:
    """Whether a new baseline was accepted after the step."""
    history = result.history
    if history.empty:
        return False
    is_mine = (history["variant"] == step.variant) & (history["metric"] == step.metric)
    baselines = history.loc[is_mine, "baseline"].astype(str).tolist()
    return 0 <= step.at < len(baselines) and baselines[step.at] != baselines[-1]


def _log_ratio(step: Step) -> float:
    """Of the seconds after a step to those before it."""
    return math.log(step.after / step.before) if min(step.before, step.after) > 0 else math.nan
