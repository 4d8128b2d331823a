"""``harness regress FILE``: is the panel worse than its baseline?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.cli.answers import line_width
from harness.cli.completion import complete_sweep_files
from harness.cli.performing import show_plan
from harness.cli.typed import command_as_typed
from harness.errors import HarnessError, InputError, NotComparableError
from harness.spec.shipped import resolve_sweep_path
from harness.sweep.options import Options

if TYPE_CHECKING:
    from harness.regression.panel import Panel
    from reports.regression.model import State

__all__ = ["command"]


@click.command("regress")
@click.argument("file", shell_complete=complete_sweep_files)
@options.overrides
@options.baseline_file
@click.option(
    "--against",
    metavar="REVISION",
    help="Gate the first variant's time too: in alternation with this git revision, or with the "
    "copy of the project in a folder.",
)
@click.option("--strict", is_flag=True, help="Exit with 3 also where the verdict is INCONCLUSIVE.")
@click.option(
    "--calibrate",
    is_flag=True,
    help="Instead: measure the panel's noise on fresh seeds, and propose margins.",
)
@click.option(
    "--prune",
    type=click.IntRange(min=1),
    metavar="N",
    help="Afterwards delete pictures and pages of all but the newest N occasions; numbers stay.",
)
@options.dry_run
@options.workers
@options.cluster
@options.device
@options.tracking_uri
@options.out
@options.as_json
def command(
    file: str,
    overrides: tuple[str, ...],
    baseline_file: Path | None,
    against: str | None,
    strict: bool,
    calibrate: bool,
    prune: int | None,
    dry_run: bool,
    workers: int | None,
    cluster: str | None,
    device: str,
    tracking_uri: str | None,
    out: Path,
    as_json: bool,
) -> int:
    """Run the panel FILE afresh and compare it with its baseline.

    Exit codes: 0 nothing is known to be worse; 1 REGRESSED, or runs failed; 2 wrong input, also a
    missing or damaged baseline; 3 NOT COMPARABLE, with --strict INCONCLUSIVE too; 4 another
    regression of the panel is at work, or the store failed.
    """
    from harness.regression.panel import load_panel  # noqa: PLC0415 - pandas

    if calibrate and (
        against is not None or baseline_file or strict or prune or as_json or dry_run
    ):
        raise InputError(
            "--calibrate compares with nothing and prints text; leave --against, --baseline, "
            "--strict, --prune, --json and --dry-run out"
        )
    path = resolve_sweep_path(file)
    panel = load_panel(path, overrides)
    how = Options(
        tracking_uri=tracking_uri,
        out=out,
        device=device,
        workers=workers,
        cluster=cluster,
        fresh=True,
    )
    if dry_run:
        return _show(panel, how, as_json=as_json)
    if calibrate:
        return _calibrate(panel, how)
    from harness.cli.live import watching  # noqa: PLC0415
    from harness.regression.regress import regress  # noqa: PLC0415 - pandas, MLflow
    from reports.regression.text import regression_text  # noqa: PLC0415

    with watching() as watch:
        regressed = regress(
            panel,
            how,
            baseline_file=baseline_file,
            against=against,
            strict=strict,
            prune=prune,
            command=command_as_typed(),
            watch=watch,
        )
    if as_json:
        click.echo(regressed.files.json.read_text(encoding="utf-8"))
    else:
        click.echo(regression_text(regressed.result, regressed.files.paths, width=line_width()))
    return _exit_code(regressed.result.state, strict=strict)


def _show(panel: "Panel", how: Options, *, as_json: bool) -> int:
    code = show_plan(panel.first_spec, panel.pictures, how, as_json=as_json)
    if panel.confirm_seeds and not as_json:
        seeds = ", ".join(map(str, panel.confirm_seeds))
        click.echo(f"  note: in doubt the fresh seeds {seeds} follow")
    return code


def _exit_code(state: "State", *, strict: bool) -> int:
    from reports.regression.model import State  # noqa: PLC0415 - pandas

    if state == State.REGRESSED:
        return HarnessError.exit_code
    uncertain = {State.NOT_COMPARABLE, State.INCONCLUSIVE} if strict else {State.NOT_COMPARABLE}
    return NotComparableError.exit_code if state in uncertain else 0


def _calibrate(panel: "Panel", how: Options) -> int:
    from harness.cli.live import watching  # noqa: PLC0415
    from harness.regression.calibrate import calibrate_panel  # noqa: PLC0415 - pandas, MLflow
    from reports.regression.calibration_text import calibration_text  # noqa: PLC0415

    with watching() as watch:
        found = calibrate_panel(panel, how, watch=watch)
    click.echo(calibration_text(found))
    return 0
