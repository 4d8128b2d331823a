"""Seconds of an iteration, of ours and of the textbook loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks.pairs import square
from benchmarks.textbook import CONTENT, STYLE, textbook
from harness.spec.settings import Settings
from harness.transfer.engine import TransferResult, TransferTask, run_transfer
from harness.transfer.events import StepEvent
from harness.transfer.pretrained.parameters import Parameters

__all__ = ["Timed", "milliseconds", "ours", "square_task", "theirs", "timed_run"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Timed:
    """A run and when its iterations were done: seconds since it began, the start's 0 first."""

    result: TransferResult
    ends_s: tuple[float, ...]


def square_task(size_px: int, iterations: int) -> TransferTask:
    """Return what the loops do: a square picture, five style taps and colours, a content tap."""
    settings = Settings(
        image_size=size_px,
        iterations=iterations,
        content_layers=dict.fromkeys(CONTENT, 1.0),
        style_layers=dict.fromkeys(("rgb", *STYLE), 1.0),
    )
    content, style = (square(name, size_px) for name in ("chelsea", "strokes"))
    return TransferTask(settings=settings, content=content, style=style, seed=0)


def timed_run(
    task: TransferTask,
    parameters: Parameters,
    precision: str,
    *,
    device: str = "cpu",
    on_iteration: Callable[[int], None] | None = None,
) -> Timed:
    """Do a run and note when each iteration ended.

    Args:
        task: The run.
        parameters: Of the backbone.
        precision: As the engine takes it.
        device: Likewise.
        on_iteration: Called with the number of each iteration that is done.
    """
    ends = [0.0]

    def note(event: StepEvent) -> None:
        ends.append(event.seconds)
        if on_iteration is not None:
            on_iteration(event.iteration)

    result = run_transfer(task, parameters, device=device, precision=precision, on_step=note)
    return Timed(result=result, ends_s=tuple(ends))


def ours(
    parameters: Parameters,
    task: TransferTask,
    precision: str,
    *,
    device: str = "cpu",
    on_iteration: Callable[[int], None] | None = None,
) -> list[float]:
    """Return the seconds of each iteration of a run but the first; see :func:`timed_run`."""
    run = timed_run(task, parameters, precision, device=device, on_iteration=on_iteration)
    return [float(seconds) for seconds in np.diff(run.ends_s[1:])]


def theirs(
    parameters: Parameters,
    content: np.ndarray,
    style: np.ndarray,
    steps: int,
    *,
    device: str = "cpu",
) -> list[float]:
    """Return the seconds of each step of the textbook loop but the first."""
    return textbook(parameters, content, style, steps=steps, device=device).step_s[1:]


def milliseconds(seconds: Sequence[float]) -> float:
    """Return the median of some seconds in milliseconds."""
    return 1000 * median(seconds)
