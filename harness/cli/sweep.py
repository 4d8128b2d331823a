"""``harness sweep FILE``: plan, run, log, print the table; again = continue."""

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.cli.answers import print_answer
from harness.cli.completion import complete_sweep_files
from harness.cli.downloads import fetch_backbones
from harness.cli.interruption import interrupted_code
from harness.spec.shipped import resolve_sweep_path
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.options import Options
from harness.sweep.pictures import Pictures, load_with_pictures

if TYPE_CHECKING:
    from harness.sweep.coordinator import Outcome
    from harness.sweep.preview import Preview

__all__ = ["command"]

MEBI = 1024**2


@click.command("sweep")
@click.argument("file", shell_complete=complete_sweep_files)
@click.option("--dry-run", is_flag=True, help="Show the plan and its price; run nothing.")
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a key of the file: iterations=50, cases.seeds=[0,1] (repeatable).",
)
@click.option(
    "--only",
    multiple=True,
    metavar="VARIANT",
    help="Run only this variant, by its name in the table or a pattern with * (repeatable).",
)
@click.option("--fresh", is_flag=True, help="Do every run anew; set the finished ones aside.")
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    help="Worker processes; 0 = this process. Default: one for each GPU, else for each core, as "
    "far as the memory goes.",
)
@click.option("--cluster", metavar="ADDRESS", help="Dask scheduler to use: tcp://HOST:8786.")
@options.device
@options.precision
@options.pretrained
@options.tracking_uri
@options.out
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(
    file: str,
    dry_run: bool,
    overrides: tuple[str, ...],
    only: tuple[str, ...],
    fresh: bool,
    workers: int | None,
    cluster: str | None,
    device: str,
    precision: str | None,
    pretrained: str | None,
    tracking_uri: str | None,
    out: Path,
    as_json: bool,
) -> int:
    """Run a sweep FILE, or a shipped sweep by its name; run it again to continue."""
    given = {"precision": precision, "pretrained": pretrained}
    chosen = [f"{key}={value}" for key, value in given.items() if value is not None]
    spec, pictures = load_with_pictures(resolve_sweep_path(file), (*overrides, *chosen))
    if pretrained == "imagenet":
        fetch_backbones({variant.settings.backbone for variant in spec.variants})
    how = Options(
        tracking_uri=tracking_uri,
        out=out,
        device=device,
        workers=workers,
        cluster=cluster,
        fresh=fresh,
        only=only,
    )
    act = _preview if dry_run else _run
    return act(spec, pictures, how, as_json=as_json)


def _preview(spec: SweepSpec, pictures: Pictures, how: Options, *, as_json: bool) -> int:
    from harness.sweep.preview import preview_sweep  # noqa: PLC0415

    preview = preview_sweep(spec, pictures, how)
    facts = _plan_facts(preview)
    if as_json:
        click.echo(json.dumps(facts | {"notes": preview.notes}, indent=2))
        return 0
    click.echo(f"{spec.name}: {spec.question}" if spec.question else spec.name)
    for name, value in facts.items():
        click.echo(f"  {name.replace('_', ' '):<10} {value}")
    for note in preview.notes:
        click.echo(f"  note: {note}")
    return 0


def _plan_facts(preview: "Preview") -> dict[str, object]:
    from harness.sweep.progress import duration  # noqa: PLC0415

    plan, price = preview.plan, preview.price
    precisions = sorted({settings.precision for settings in plan.settings})
    return {
        "variants": len(plan.spec.variants),
        "cases": f"{len(plan.spec.cases)} ({len(plan.spec.pairs)} pairs)",
        "runs": preview.runs,
        "done": preview.done,
        "time": f"{duration(price.seconds)} after start-up, at this machine's measured speed",
        "memory": f"{price.memory_bytes / MEBI:.0f} MiB",
        "disk": f"{price.disk_bytes / MEBI:.0f} MiB",
        "workers": preview.crew,
        "device": f"{plan.choices.device}, {', '.join(precisions)}",
        "pretrained": plan.choices.pretrained,
        "evaluator": plan.evaluator.id,
    }


def _run(spec: SweepSpec, pictures: Pictures, how: Options, *, as_json: bool) -> int:
    from harness.cli.live import watching  # noqa: PLC0415
    from harness.sweep.run import run_sweep  # noqa: PLC0415

    with watching() as watch:
        outcome = run_sweep(spec, pictures, how, watch=watch)
    print_answer(outcome.answer, as_json=as_json)
    return _exit_code(outcome)


def _exit_code(outcome: "Outcome") -> int:
    if outcome.interruption is not None:
        click.echo(
            f"interrupted; {outcome.missing} runs are left. To go on: {_again()}",
            err=True,
        )
        return interrupted_code(outcome.interruption)
    if outcome.stopped:
        click.echo(f"stopped: {outcome.stopped}; the same command goes on", err=True)
    if outcome.failed:
        click.echo(f"{outcome.failed} runs failed; the same command tries them again", err=True)
    return 1 if outcome.failed or outcome.missing else 0


def _again() -> str:
    """Return the command as it was typed, but without what would begin it anew."""
    return shlex.join(["harness", *(word for word in sys.argv[1:] if word != "--fresh")])
