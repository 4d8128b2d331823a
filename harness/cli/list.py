"""``harness list [SWEEP]``: what is in the store."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.cli.columns import columns, one_line
from harness.cli.completion import complete_sweeps

if TYPE_CHECKING:
    from harness.sweep.tracking.inventory import SweepDetail, SweepEntry
    from harness.sweep.tracking.standing import Counts
    from harness.sweep.tracking.store import Location

__all__ = ["command"]

MOST_VARIANTS = 60  # more are a matter for a file
MOST_FAILURES = 10
ADVICE = {
    "interrupted": "; the same `harness sweep` command goes on",
    "incomplete": "; the same `harness sweep` command does what is lacking",
    "removed": ", but runs are left: those that other sweeps use, or of a removal broken off",
}


@click.command("list")
@click.argument("sweep", required=False, shell_complete=complete_sweeps)
@options.tracking_uri
@click.option("--json", "as_json", is_flag=True, help="Print all that is known as JSON.")
def command(sweep: str | None, tracking_uri: str | None, as_json: bool) -> None:
    """List the sweeps of the store, or the variants and failures of one SWEEP.

    The sweep that changed last comes first. Reads only, also while a sweep runs.
    """
    from harness.errors import InputError  # noqa: PLC0415 - after --help
    from harness.sweep.tracking.inventory import (  # noqa: PLC0415 - MLflow: not for --help
        connect_to_read,
        inspect_sweep,
        list_sweeps,
    )
    from harness.sweep.tracking.store import locate  # noqa: PLC0415

    location = locate(tracking_uri)
    client = connect_to_read(location)
    if sweep is not None:
        if client is None:
            raise InputError(f"found {sweep!r}; {_nothing(location)}")
        _show_one(inspect_sweep(client, sweep), as_json=as_json)
        return
    entries = list_sweeps(client) if client is not None else []
    if as_json:
        content = {"store": location.uri, "sweeps": [_facts(entry) for entry in entries]}
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
    elif not entries:
        click.echo(_nothing(location))
    else:
        rows = [("sweep", "runs", "status", "changed", "answer"), *map(_row, entries)]
        click.echo("\n".join(columns(rows)))


def _nothing(location: "Location") -> str:
    where = location.database or location.uri
    return (
        f"there are no sweeps in {where} yet. `harness sweep quick` runs a first one; "
        "`harness init` writes a sweep file to start from."
    )


def _row(entry: "SweepEntry") -> tuple[str, ...]:
    return entry.name, _progress(entry.runs), entry.state, _local(entry.changed), entry.answer


def _progress(runs: "Counts") -> str:
    """Return counts as in ``34 of 36, 1 failed, 1 running``."""
    known = f"{runs.finished} done" if runs.planned is None else ""
    done = known or f"{runs.finished} of {runs.planned}"
    named = {"failed": runs.failed, "running": runs.running, "interrupted": runs.interrupted}
    return ", ".join([done, *(f"{count} {name}" for name, count in named.items() if count)])


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _facts(entry: "SweepEntry") -> dict[str, object]:
    return asdict(entry) | {
        "runs": asdict(entry.runs) | {"planned": entry.runs.planned},
        "begun": entry.begun.isoformat(),
        "changed": entry.changed.isoformat(),
    }


def _show_one(detail: "SweepDetail", *, as_json: bool) -> None:
    if as_json:
        variants = [
            {"name": one.name, "runs": asdict(one.runs) | {"planned": one.runs.planned}}
            for one in detail.variants
        ]
        failures = [asdict(failure) for failure in detail.failures]
        more = {"variants": variants, "failures": failures, "reused": detail.reused}
        click.echo(json.dumps(_facts(detail.entry) | more, indent=2, ensure_ascii=False))
        return
    click.echo("\n".join(_described(detail)))


def _described(detail: "SweepDetail") -> Iterator[str]:
    entry = detail.entry
    yield f"{entry.name}: {one_line(entry.question)}" if entry.question else entry.name
    reused = f"; {detail.reused} of them made by other sweeps" if detail.reused else ""
    yield f"  status   {entry.state}{ADVICE.get(entry.state, '')}"
    yield f"  runs     {_progress(entry.runs)}{reused}"
    yield f"  begun    {_local(entry.begun)}, changed {_local(entry.changed)}"
    if entry.answer:
        yield f"  answer   {one_line(entry.answer)}"
    if detail.variants:
        yield ""
        rows = [(one.name, _progress(one.runs)) for one in detail.variants[:MOST_VARIANTS]]
        yield from columns([("variant", "runs"), *rows])
        yield from _rest(len(detail.variants), MOST_VARIANTS)
    if detail.failures:
        yield ""
        yield "failed (the same `harness sweep` command tries them again):"
        for one in detail.failures[:MOST_FAILURES]:
            yield f"  {one_line(f'{one.variant} | {one.case}: {one.reason}')}"
        yield from _rest(len(detail.failures), MOST_FAILURES)


def _rest(count: int, shown: int) -> Iterator[str]:
    if count > shown:
        yield f"  … and {count - shown} more; --json has all"
