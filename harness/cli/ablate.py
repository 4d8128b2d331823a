"""``harness ablate BASELINE FINAL``: which single change paid."""

from pathlib import Path

import click

from harness.cli import options
from harness.cli.answers import line_width
from harness.cli.completion import complete_sweeps
from harness.cli.performing import exit_code, perform, show_plan
from harness.cli.typed import command_as_typed
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures

__all__ = ["command"]


@click.command("ablate")
@click.argument("baseline", shell_complete=complete_sweeps)
@click.argument("final", shell_complete=complete_sweeps)
@click.option(
    "--order",
    metavar="KEY,KEY,…",
    default="",
    help="What is changed first; keys joined by + change together. Default: one by one, as "
    "`harness presets` lists them.",
)
@click.option("--name", help="Of the sweep that does it; default: ablate-SWEEP.")
@options.dry_run
@click.option("--workers", type=click.IntRange(min=0), help="Worker processes; 0 = this process.")
@options.device
@options.tracking_uri
@options.out
@options.as_json
def command(
    baseline: str,
    final: str,
    order: str,
    name: str | None,
    dry_run: bool,
    workers: int | None,
    device: str,
    tracking_uri: str | None,
    out: Path,
    as_json: bool,
) -> int:
    """Walk from BASELINE to FINAL one setting at a time and tell which change paid.

    Both are SWEEP (its baseline), SWEEP/VARIANT or run:ID. The stations between them are run on
    the cases of BASELINE as a sweep of its own; what was run before is not run again.
    """
    from harness.sweep.ablate import judge_ablation, prepare_ablation  # noqa: PLC0415 - pandas
    from harness.sweep.addresses import parse_address  # noqa: PLC0415
    from harness.sweep.output import check_writable  # noqa: PLC0415
    from harness.sweep.tracking.lookup import locate_sweep  # noqa: PLC0415
    from harness.sweep.tracking.store import connect  # noqa: PLC0415 - MLflow

    ends = parse_address(baseline), parse_address(final)
    location = locate_sweep(tracking_uri, baseline)
    check_writable(out)
    ablation = prepare_ablation(
        connect(location),
        *ends,
        order=[tuple(step.split("+")) for step in order.split(",") if step],
        name=name,
        out=out,
    )
    for note in ablation.walk.notes:
        click.echo(f"note: {note}", err=True)
    spec, pictures = load_with_pictures(ablation.path)
    how = Options(tracking_uri=tracking_uri, out=out, device=device, workers=workers)
    if dry_run:
        return show_plan(spec, pictures, how, as_json=as_json)
    outcome = perform(spec, pictures, how)
    found = judge_ablation(ablation, outcome.answer, command=command_as_typed())
    if as_json:
        click.echo(found.paths[".json"].read_text(encoding="utf-8"))
        return exit_code(outcome)
    table = found.text(line_width())
    click.echo(f"\n{found.sentence}\n\n{table}\n")
    click.echo(f"{'page:':<15}{found.paths['.html']}")
    click.echo(f"{'table:':<15}{', '.join(str(path) for path in found.paths.values())}")
    click.echo(f"{'every run:':<15}{outcome.answer.files['page']}")
    return exit_code(outcome)
