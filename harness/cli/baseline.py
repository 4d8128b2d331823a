"""``harness baseline accept FILE``: run the panel, and take its numbers as the new baseline."""

from pathlib import Path

import click

from harness.cli import options
from harness.cli.completion import complete_sweep_files
from harness.spec.shipped import resolve_sweep_path
from harness.sweep.options import Options

__all__ = ["command"]


@click.group("baseline")
def command() -> None:
    """What regressions are compared with."""


@command.command("accept")
@click.argument("file", shell_complete=complete_sweep_files)
@click.option(
    "--reason",
    required=True,
    metavar="TEXT",
    help="Why these numbers are right; kept in the file.",
)
@options.overrides
@options.baseline_file
@options.workers
@options.cluster
@options.device
@options.tracking_uri
@options.out
def accept(
    file: str,
    reason: str,
    overrides: tuple[str, ...],
    baseline_file: Path | None,
    workers: int | None,
    cluster: str | None,
    device: str,
    tracking_uri: str | None,
    out: Path,
) -> int:
    """Run the panel FILE with all its seeds and write its numbers as the new baseline.

    The file is meant to be committed and reviewed: it says what was run, where, and why it was
    accepted, and small pictures lie beside it. Prints what changed against the earlier one.
    """
    from harness.cli.live import watching  # noqa: PLC0415
    from harness.regression.accept import accept_baseline  # noqa: PLC0415 - pandas, MLflow
    from harness.regression.panel import load_panel  # noqa: PLC0415 - pandas

    panel = load_panel(resolve_sweep_path(file), overrides)
    how = Options(
        tracking_uri=tracking_uri,
        out=out,
        device=device,
        workers=workers,
        cluster=cluster,
        fresh=True,
    )
    with watching() as watch:
        accepted = accept_baseline(
            panel, how, baseline_file=baseline_file, reason=reason, watch=watch
        )
    for line in accepted.lines:
        click.echo(line)
    click.echo(f"baseline:      {accepted.path}")
    return 0
