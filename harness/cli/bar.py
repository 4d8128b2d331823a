"""Progress of one style transfer: a bar on a terminal, now and then a line elsewhere."""

import contextlib
import math
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from harness.transfer.events import StepEvent

__all__ = ["Lines", "show_progress"]

LINES = 10  # at most, in one run
FIRST_LINE_S = 5.0  # a run that ends before this needs no progress


@contextlib.contextmanager
def show_progress(iterations: int) -> Iterator[Callable[["StepEvent"], None]]:
    """Yield a listener that shows the steps of a run on standard error.

    Args:
        iterations: Steps of the run.
    """
    from rich.console import Console  # noqa: PLC0415 - not for --help

    console = Console(stderr=True)
    # rich alone would also take FORCE_COLOR, which CI services set, for a terminal
    if not (sys.stderr.isatty() and console.is_terminal) or console.is_dumb_terminal:
        yield Lines(iterations).listen
        return
    with _bar(console, iterations) as listen:
        yield listen


class Lines:
    """Prints at most ``LINES`` lines in a run, the last but for the result itself."""

    def __init__(self, iterations: int) -> None:
        self._distance = math.ceil(iterations / LINES)

    def listen(self, event: "StepEvent") -> None:
        """Print a line where one is due."""
        is_last = event.iteration == event.iterations
        if event.iteration % self._distance or event.seconds < FIRST_LINE_S or is_last:
            return
        left = event.seconds / event.iteration * (event.iterations - event.iteration)
        done = f"iteration {event.iteration} of {event.iterations}"
        click.echo(f"{done}: {_loss(event)}, {left:.0f} s left", err=True)


@contextlib.contextmanager
def _bar(console: "Console", iterations: int) -> Iterator[Callable[["StepEvent"], None]]:
    from rich.progress import (  # noqa: PLC0415 - not for --help
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("iteration"),
        MofNCompleteColumn(),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[loss]}"),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("transfer", total=iterations, loss="preparing")

        def listen(event: "StepEvent") -> None:
            progress.update(task, completed=event.iteration, loss=_loss(event))

        yield listen


def _loss(event: "StepEvent") -> str:
    return f"loss {event.losses['total']:.4g}"
