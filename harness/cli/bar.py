"""Progress of one style transfer: a bar on a terminal, now and then a line elsewhere."""

import contextlib
import math
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from harness.spec.schedule import share_done, total_iterations, work_of
from harness.spec.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from harness.transfer.events import StepEvent

__all__ = ["Lines", "show_progress"]

LINES = 10  # at most, in one run
FIRST_LINE_S = 5.0  # a run that ends before this needs no progress


@contextlib.contextmanager
def show_progress(settings: Settings) -> Iterator[Callable[["StepEvent"], None]]:
    """Yield a listener that shows the steps of a run on standard error.

    Args:
        settings: Of the run. An early iteration of a pyramid is less of its work than a late one.
    """
    from rich.console import Console  # noqa: PLC0415 - not for --help

    console = Console(stderr=True)
    # rich alone would also take FORCE_COLOR, which CI services set, for a terminal
    if not (sys.stderr.isatty() and console.is_terminal) or console.is_dumb_terminal:
        yield Lines(settings).listen
        return
    with _bar(console, settings) as listen:
        yield listen


class Lines:
    """Prints at most ``LINES`` lines in a run, the last but for the result itself."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._distance = math.ceil(total_iterations(settings) / LINES)

    def listen(self, event: "StepEvent") -> None:
        """Print a line where one is due."""
        is_last = event.iteration == event.iterations
        if event.iteration % self._distance or event.seconds < FIRST_LINE_S or is_last:
            return
        left = event.seconds * (1 / share_done(self._settings, event.iteration) - 1)
        done = f"iteration {event.iteration} of {event.iterations}"
        click.echo(f"{done}: {_loss(event)}, {left:.0f} s left", err=True)


@contextlib.contextmanager
def _bar(console: "Console", settings: Settings) -> Iterator[Callable[["StepEvent"], None]]:
    from rich.progress import (  # noqa: PLC0415 - not for --help
        BarColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("iteration"),
        TextColumn("{task.fields[done]}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[loss]}"),
    )
    iterations = total_iterations(settings)
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(
            "transfer", total=work_of(settings), done=f"0/{iterations}", loss="preparing"
        )

        def listen(event: "StepEvent") -> None:
            progress.update(
                task,
                completed=work_of(settings, event.iteration),
                done=f"{event.iteration}/{iterations}",
                loss=_loss(event),
            )

        yield listen


def _loss(event: "StepEvent") -> str:
    return f"loss {event.losses['total']:.4g}"
