"""``harness ui``: MLflow's page on the right store."""

import os
import sys

import click

from harness.cli import options
from harness.errors import InputError, StoreError

__all__ = ["command"]


@click.command("ui")
@options.tracking_uri
@click.option("--port", default=5000, show_default=True)
def command(tracking_uri: str | None, port: int) -> None:
    """Open MLflow's page on the store (may be read while a sweep runs)."""
    from harness.sweep.tracking.store import QUIET, locate  # noqa: PLC0415 - not for --help

    location = locate(tracking_uri)
    if location.database is None:
        raise InputError(f"{location.uri} is a server: open its address in a browser")
    if not location.exists:
        raise StoreError(f"there is no store at {location.database} yet; run a sweep first")
    arguments = ["--backend-store-uri", location.uri, "--port", str(port)]
    command_line = [sys.executable, "-m", "mlflow", "ui", *arguments]
    os.execve(sys.executable, command_line, {**QUIET, **os.environ})  # noqa: S606 - no shell
