"""Progress of a sweep on a terminal: one line for the whole, one for each run under way."""

import contextlib
import logging
import sys
import time
from collections.abc import Iterator

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.sweep.progress import Progress, UnderWay, Watch, duration

__all__ = ["watching"]

REFRESH_S = 0.25
BAR_WIDTH = 24


@contextlib.contextmanager
def watching() -> Iterator[Watch | None]:
    """Show progress while the context lasts; None where standard error is no terminal.

    Messages of the log then stand above it.
    """
    if not sys.stderr.isatty():
        yield None  # the lines of the log say it
        return
    console = Console(stderr=True)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        screen = _Screen(live)
        with _logging_through(console):
            yield screen.show


class _Screen:
    """Draws at most a few times a second: steps come much faster."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._drawn = 0.0

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._drawn < REFRESH_S:
            return
        self._drawn = now
        runs = [_run_line(run) for run in progress.under_way.values()]
        self._live.update(Group(_whole(progress), *runs), refresh=True)


def _whole(progress: Progress) -> Table:
    line = Table.grid(padding=(0, 1))
    counted = progress.done + progress.failed
    failed = f" · {progress.failed} failed" if progress.failed else ""
    left = progress.total - counted
    line.add_row(
        ProgressBar(total=progress.total, completed=counted, width=BAR_WIDTH),
        f"{progress.done} done{failed} · {left} left · {duration(progress.seconds_left())}",
    )
    return line


def _run_line(run: UnderWay) -> Text:
    state = "starting"
    if run.step is not None:
        # The terms of single layers would fill the line.
        losses = {name: value for name, value in run.step.losses.items() if "/" not in name}
        shown = "  ".join(f"{name} {value:.3g}" for name, value in losses.items())
        state = f"{run.step.iteration}/{run.step.iterations}  {shown}"
    return Text(f"  {state}  {run.title}", overflow="ellipsis", no_wrap=True)


class _ThroughConsole(logging.Handler):
    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.print(self.format(record), markup=False, highlight=False, soft_wrap=True)


@contextlib.contextmanager
def _logging_through(console: Console) -> Iterator[None]:
    """Print log messages above the display instead of through it."""
    root = logging.getLogger()
    before = root.handlers[:]
    root.handlers[:] = [_ThroughConsole(console)]
    try:
        yield
    finally:
        root.handlers[:] = before
