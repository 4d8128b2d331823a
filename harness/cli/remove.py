"""``harness remove SWEEP``: show what would go, ask, and delete it for good."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.cli.columns import one_line
from harness.cli.completion import complete_sweeps
from harness.errors import InputError, StoreError
from reports.numbers import counted

if TYPE_CHECKING:
    from harness.sweep.tracking.folders import Load
    from harness.sweep.tracking.removal import Removal

__all__ = ["command"]

MEBI = 1024**2


@click.command("remove")
@click.argument("sweep", shell_complete=complete_sweeps)
@click.option("--yes", is_flag=True, help="Remove without asking.")
@click.option(
    "--with-shared",
    is_flag=True,
    help="Remove also runs that other sweeps use; those sweeps must do them again.",
)
@options.tracking_uri
@options.out
def command(sweep: str, yes: bool, with_shared: bool, tracking_uri: str | None, out: Path) -> None:
    """Remove a SWEEP for good: its runs, their pictures and its results; asks first.

    Runs that other sweeps use stay. The name is free again at once. If a removal is broken off,
    the same command finishes it.
    """
    from harness.sweep.study.place import forget_trials  # noqa: PLC0415
    from harness.sweep.tracking.inventory import is_there  # noqa: PLC0415 - not for --help
    from harness.sweep.tracking.removal import carry_out, plan_removal  # noqa: PLC0415
    from harness.sweep.tracking.store import locate, writing  # noqa: PLC0415

    location = locate(tracking_uri)
    if not is_there(location):
        raise InputError(f"found {sweep!r}; there is no store at {location.database}")
    with writing(location) as client:
        removal = plan_removal(client, location, sweep, out=out, with_shared=with_shared)
        _show(removal)
        if removal.is_empty or not _is_wanted(removal, yes=yes):
            click.echo("nothing was removed", err=True)
            return
        click.echo("removing …", err=True)
        try:
            carry_out(client, location, removal)
        except KeyboardInterrupt:
            click.echo("\nbroken off; the same command finishes the removal", err=True)
            raise
        forget_trials(location, removal.sweep)
    _report(removal)


def _show(removal: "Removal") -> None:
    """Say what would go, what would stay, and what nobody can know; beside the question."""
    question = f": {one_line(removal.question)}" if removal.question else ""
    click.echo(f"{removal.sweep}{question}", err=True)
    for name, text in _facts(removal):
        click.echo(f"  {name:<9}{text}", err=True)


def _facts(removal: "Removal") -> list[tuple[str, str]]:
    facts = [("runs", str(len(removal.runs)))]
    if not removal.is_on_server:
        facts.append(("disk", _amount(removal.files)))
    if removal.results is not None:
        facts.append(("results", f"{removal.results}: {_amount(removal.results_files)}"))
    for name, count in removal.sharers.items():
        runs = counted(count, "run")
        if removal.with_shared:
            text = f"{name} loses {runs}, which its `harness sweep` command does again"
        else:
            text = f"{runs} that {name} uses (--with-shared removes them too)"
        facts.append(("shared" if removal.with_shared else "kept", text))
    if removal.foreign:
        facts.append(("kept", f"{counted(removal.foreign, 'run')} that no sweep made"))
    facts += [("note", remark) for remark in removal.remarks]
    if removal.worker:
        facts.append(("note", f"{removal.worker} may still work on it"))
    return facts


def _is_wanted(removal: "Removal", *, yes: bool) -> bool:
    if yes and removal.worker:
        raise StoreError(
            f"{removal.worker} may still work on {removal.sweep}. "
            "End it first; or leave out --yes and answer by hand."
        )
    if yes:
        return True
    if not sys.stdin.isatty():
        raise InputError(
            "this asks before it deletes, and nobody can answer here; --yes answers for you"
        )
    return click.confirm("Remove all this for good?", default=False, err=True)


def _report(removal: "Removal") -> None:
    runs = counted(len(removal.runs), "run")
    if removal.is_on_server:
        click.echo(f"removed {removal.sweep}: {runs} marked deleted on the server")
        chosen = "" if removal.keeps_experiment else f" --experiment-ids {removal.experiment_id}"
        click.echo(f"its administrator frees the space with `mlflow gc{chosen}`", err=True)
        return
    size = (removal.files.size_bytes + removal.results_files.size_bytes) / MEBI
    click.echo(f"removed {removal.sweep}: {runs}, {size:.1f} MiB")


def _amount(load: "Load") -> str:
    pictures = f" ({counted(load.pictures, 'picture')})" if load.pictures else ""
    return f"{counted(load.files, 'file')}, {load.size_bytes / MEBI:.1f} MiB{pictures}"
