"""``harness doctor``: what this machine and installation are, and what is broken."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.cli.columns import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.sweep.health import Finding

__all__ = ["command"]

PROBLEM = "problem"


@click.command("doctor")
@options.tracking_uri
@options.out
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(tracking_uri: str | None, out: Path, as_json: bool) -> int:
    """Say whether a sweep could run here: devices, memory, parameters, store, disk, versions.

    Each line is ok, a note (worth knowing) or a problem (a sweep could not run). Exit code 1 if
    there is a problem, else 0. Writes nothing.
    """
    from harness.sweep.health import examine  # noqa: PLC0415 - psutil and more: not for --help

    findings = examine(tracking_uri=tracking_uri, out=out)
    if as_json:
        every = list(findings)
        click.echo(json.dumps([asdict(one) for one in every], indent=2, ensure_ascii=False))
        return _code(every)
    every = []
    for finding in findings:
        every.append(finding)
        _show(finding)
    problems = sum(one.state == PROBLEM for one in every)
    click.echo(f"\n{problems} of these must be mended" if problems else "\na sweep can run here")
    return _code(every)


def _show(finding: "Finding") -> None:
    click.echo(f"{finding.state:<8} {finding.topic:<11} {one_line(finding.text)}")
    if finding.advice:
        click.echo(f"{'':<21}→ {one_line(finding.advice)}")


def _code(findings: "Iterable[Finding]") -> int:
    return 1 if any(one.state == PROBLEM for one in findings) else 0
