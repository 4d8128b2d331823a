"""``harness ui``: MLflow's page on the right store, and where on it to look."""

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.cli.columns import one_line
from harness.cli.completion import complete_sweeps
from harness.errors import StoreError

if TYPE_CHECKING:
    from harness.sweep.tracking.store import Location
    from harness.sweep.tracking.sweep_pages import SweepPages

__all__ = ["command"]

MOST_SWEEPS = 12
HOST = "127.0.0.1"


@click.command("ui")
@click.argument("sweep", required=False, shell_complete=complete_sweeps)
@options.tracking_uri
@click.option("--port", default=5000, show_default=True)
def command(sweep: str | None, tracking_uri: str | None, port: int) -> None:
    """Open MLflow's page on the store, and print where what is seen: of one SWEEP or of all.

    The page may be read while a sweep runs. For a store that is a server the addresses are
    printed, and nothing is started.
    """
    from harness.sweep.tracking.store import QUIET, connect, locate  # noqa: PLC0415 - for --help
    from harness.sweep.tracking.sweep_pages import sweep_pages  # noqa: PLC0415

    location = locate(tracking_uri)
    if not location.exists:
        raise StoreError(f"there is no store at {location.database} yet; run a sweep first")
    found, left = sweep_pages(connect(location), sweep, most=MOST_SWEEPS)
    server = f"http://{HOST}:{port}" if location.database is not None else location.uri.rstrip("/")
    for line in _lines(found, left, server):
        click.echo(line)
    if location.database is not None:
        _serve(location, port, {**QUIET, **os.environ})


def _lines(found: "list[SweepPages]", left: int, server: str) -> Iterator[str]:
    if not found:
        yield f"no sweep yet; MLflow's page: {server}"
    for one in found:
        yield one_line(f"{one.sweep}: {one.question}" if one.question else one.sweep)
        width = max(len(what) for what, _ in one.pages)
        for what, page in one.pages:  # never cut: an address works whole or not at all
            yield f"  {what:<{width}}  {server}/{page}"
        yield ""
    if left:
        yield f"and {left} more: `harness ui SWEEP` says where, `harness list` names them"


def _serve(location: "Location", port: int, environment: dict[str, str]) -> None:
    click.echo(f"serving {location.uri} on http://{HOST}:{port}; Ctrl-C ends it", err=True)
    sys.stdout.flush()  # this process goes on as MLflow
    # One process serves one person; MLflow's four take four times as long to start, and those
    # that take more than five seconds are killed and started again.
    where = ["--host", HOST, "--port", str(port), "--workers", "1"]
    command_line = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", location.uri]
    command_line += where
    os.execve(sys.executable, command_line, environment)  # noqa: S606 - no shell
