"""``harness sweep FILE``: plan, run, log, print the table; again = continue."""

from pathlib import Path

import click

from harness.cli import options
from harness.cli.answers import print_outcome
from harness.cli.completion import complete_sweep_files
from harness.cli.downloads import fetch_backbones
from harness.cli.performing import exit_code, perform, settings_given, show_plan
from harness.spec.shipped import resolve_sweep_path
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures

__all__ = ["command"]


@click.command("sweep")
@click.argument("file", shell_complete=complete_sweep_files)
@options.dry_run
@options.overrides
@click.option(
    "--only",
    multiple=True,
    metavar="VARIANT",
    help="Run only this variant, by its name in the table or a pattern with * (repeatable).",
)
@click.option("--fresh", is_flag=True, help="Do every run anew; set the finished ones aside.")
@options.workers
@options.lanes
@options.cluster
@click.option(
    "--study-storage",
    metavar="URL",
    help="Database of a study: postgresql://USER@HOST/DATABASE. Default: study.db by the store.",
)
@options.device
@options.precision
@options.pretrained
@options.tracking_uri
@options.out
@options.as_json
def command(
    file: str,
    dry_run: bool,
    overrides: tuple[str, ...],
    only: tuple[str, ...],
    fresh: bool,
    workers: int | None,
    lanes: int | None,
    cluster: str | None,
    study_storage: str | None,
    device: str,
    precision: str | None,
    pretrained: str | None,
    tracking_uri: str | None,
    out: Path,
    as_json: bool,
) -> int:
    """Run a sweep FILE, or a shipped sweep by its name; run it again to continue."""
    chosen = settings_given(precision=precision, pretrained=pretrained)
    spec, pictures = load_with_pictures(resolve_sweep_path(file), (*overrides, *chosen))
    if pretrained == "imagenet":
        fetch_backbones({variant.settings.backbone for variant in spec.variants})
    how = Options(
        tracking_uri=tracking_uri,
        out=out,
        device=device,
        workers=workers,
        lanes=lanes,
        cluster=cluster,
        fresh=fresh,
        only=only,
        study_storage=study_storage,
    )
    if dry_run:
        return show_plan(spec, pictures, how, as_json=as_json)
    outcome = perform(spec, pictures, how)
    print_outcome(outcome, as_json=as_json)
    return exit_code(outcome)
