"""``harness claims``: the reports' experiments, done and judged against what the reports claim."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.cli.answers import line_width
from harness.cli.completion import complete_experiments
from harness.cli.downloads import fetch_backbones
from harness.cli.performing import exit_code, memory_text, perform, settings_given
from harness.cli.typed import command_as_typed
from harness.spec.shipped import shipped_claims
from harness.sweep.options import Options

if TYPE_CHECKING:
    from harness.sweep.claims.experiments import Experiment
    from harness.sweep.claims.plans import ExperimentPrice
    from reports.claims.rules import Rules

__all__ = ["command"]

HEADINGS = ("experiment", "variants", "cases", "runs", "done", "time", "memory", "disk")
NAME_WIDTH, WIDTH = 14, 12


@click.command("claims")
@click.argument("experiments", nargs=-1, metavar="[A-2]…", shell_complete=complete_experiments)
@click.option(
    "--scale",
    metavar="NAME",
    help="How large the experiments are: full = as the reports ran them. Default: small.",
)
@click.option(
    "--rules",
    "rules_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Judge by other rules, with the sweep files that they name beside them.",
)
@options.dry_run
@options.overrides
@options.workers
@options.lanes
@options.device
@options.precision
@options.pretrained
@options.tracking_uri
@options.out
@options.as_json
def command(
    experiments: tuple[str, ...],
    scale: str | None,
    rules_file: Path | None,
    dry_run: bool,
    overrides: tuple[str, ...],
    workers: int | None,
    lanes: int | None,
    device: str,
    precision: str | None,
    pretrained: str | None,
    tracking_uri: str | None,
    out: Path,
    as_json: bool,
) -> int:
    """Judge the claims of the five reports by their experiments: A-1, A-2 … E-7, by default all.

    What is not done of an experiment is run as `harness sweep reports/a-2` would; the same command
    goes on after an interruption. Then every claim that these experiments can decide is supported,
    contradicted or open, by the rules in sweeps/reports/claims.yaml, on one page.
    """
    from harness.spec.claims_file import read_claims  # noqa: PLC0415 - not for --help
    from harness.sweep.claims.experiments import (  # noqa: PLC0415
        check_decidable,
        choose_experiments,
        common_scale,
        load_experiments,
    )

    file = read_claims(rules_file or shipped_claims())
    names = choose_experiments(file, experiments)
    check_decidable(file.rules, names)
    chosen = load_experiments(
        file,
        names,
        scale=scale,
        overrides=(*overrides, *settings_given(precision=precision, pretrained=pretrained)),
    )
    if pretrained == "imagenet":
        variants = [variant for one in chosen for variant in one.spec.variants]
        fetch_backbones({variant.settings.backbone for variant in variants})
    how = Options(tracking_uri=tracking_uri, out=out, device=device, workers=workers, lanes=lanes)
    if dry_run:
        return _show_plans(chosen, how, as_json=as_json)
    taken = common_scale(chosen)
    folder = out / (f"{file.path.stem}-{taken}" if taken else file.path.stem)
    return _judge(file.rules, chosen, how, folder, scale=taken, as_json=as_json)


def _judge(
    rules: "Rules",
    experiments: Sequence["Experiment"],
    how: Options,
    folder: Path,
    *,
    scale: str,
    as_json: bool,
) -> int:
    """Do what is not done, judge it all, print the verdicts; return the exit code."""
    from harness.sweep.claims.plans import check_plans  # noqa: PLC0415 - torch
    from harness.sweep.claims.stored import stored_material  # noqa: PLC0415 - pandas, MLflow
    from harness.sweep.output import check_writable  # noqa: PLC0415

    check_writable(folder)
    check_plans(experiments, how)
    code, materials = 0, {}
    for number, one in enumerate(experiments, start=1):
        click.echo(f"{one.name} ({number} of {len(experiments)}): {one.spec.question}", err=True)
        material = stored_material(one, how)
        if material is None:
            outcome = perform(one.spec, one.pictures, how)
            code = max(code, exit_code(outcome))
            if outcome.interruption is not None:
                return code
            material = outcome.answer.material
        else:
            click.echo("  done already", err=True)
        materials[one.name] = material
    from harness.sweep.claims.verdicts import judge_experiments  # noqa: PLC0415 - pandas

    found = judge_experiments(rules, materials, folder, scale=scale, command=command_as_typed())
    if as_json:
        click.echo(found.paths[".json"].read_text(encoding="utf-8"))
        return code
    click.echo(f"\n{found.judged.text(line_width())}\n")
    click.echo(f"{'page:':<15}{found.paths['.html']}")
    click.echo(f"{'the same:':<15}{found.paths['.md']}, {found.paths['.json']}")
    click.echo(f"{'experiments:':<15}{how.out}/*/report.html")
    return code


def _show_plans(experiments: Sequence["Experiment"], how: Options, *, as_json: bool) -> int:
    """Print what each experiment would do and cost, and all of them; return the exit code."""
    from harness.sweep.claims.plans import (  # noqa: PLC0415 - torch
        add_prices,
        price_experiments,
    )

    if not as_json:
        _show_line(HEADINGS)
    prices: list[ExperimentPrice] = []
    for price in price_experiments(experiments, how):
        prices.append(price)
        if not as_json:
            _show_line(_cells(price))
    total = add_prices(prices)
    if as_json:
        record = {"experiments": [asdict(one) for one in prices], "all": asdict(total)}
        click.echo(json.dumps(record, indent=2))
        return 0
    _show_line(_cells(total))
    click.echo("time: after start-up, at this machine's measured speed; one experiment at a time")
    return 0


def _cells(price: "ExperimentPrice") -> tuple[str, ...]:
    from harness.sweep.progress import duration  # noqa: PLC0415

    counts = (price.variants, price.cases, price.runs, price.done)
    return (
        price.name,
        *map(str, counts),
        duration(price.seconds),
        memory_text(price.memory_bytes),
        memory_text(price.disk_bytes),
    )


def _show_line(cells: Sequence[str]) -> None:
    name, *others = cells
    click.echo(f"{name:<{NAME_WIDTH}}" + "".join(f"{one:>{WIDTH}}" for one in others))
