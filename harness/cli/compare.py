"""``harness compare A B``: a baseline and a final model, in one table."""

import contextlib
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.cli.answers import line_width
from harness.cli.columns import columns, one_line
from harness.cli.completion import complete_sweeps

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from harness.sweep.addresses import Address
    from harness.sweep.versus import Compared

__all__ = ["command"]

FILES = {"page": (".html",), "pictures": (".png",), "table": (".md", ".tex", ".csv", ".json")}


@click.command("compare")
@click.argument("a", shell_complete=complete_sweeps)
@click.argument("b", shell_complete=complete_sweeps)
@options.evaluator
@options.size
@options.tracking_uri
@options.out
@options.as_json
def command(
    a: str,
    b: str,
    evaluator: str | None,
    size: int | None,
    tracking_uri: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Compare B with the baseline A: running time, losses, scores, what the pictures look like.

    \b
    A and B are each one of
      SWEEP            the baseline of a sweep in the store
      SWEEP/VARIANT    another variant of it
      run:ID           one run; the beginning of its id is enough
      dir:PATH         a folder of pictures made elsewhere; list.csv in it says what each was
                       made of, in the columns picture, content and style

    Compared are the pairs of content and style that both have. A word beside a quantity means
    that its difference is significant; six pairs are needed for one.
    """  # noqa: D301 - click's mark for lines to be left as they are
    from harness.sweep.addresses import parse_address  # noqa: PLC0415 - after --help
    from harness.sweep.side_scores import Scoring  # noqa: PLC0415
    from harness.sweep.versus import compare_addresses  # noqa: PLC0415 - pandas, Pillow

    addresses = parse_address(a), parse_address(b)
    scoring = Scoring(evaluator=evaluator, size_px=size)
    with _store(addresses, tracking_uri, writes=scoring.is_asked) as client:
        compared = compare_addresses(
            client,
            addresses,
            scoring=scoring,
            out=out,
            command=_again(a, b, evaluator, size),
        )
    if as_json:
        click.echo(json.dumps(compared.record, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        click.echo("\n".join(_lines(compared)))


@contextlib.contextmanager
def _store(
    addresses: "tuple[Address, Address]", tracking_uri: str | None, *, writes: bool
) -> "Iterator[MlflowClient | None]":
    """Yield the store that the addresses need; its lock is held only to keep new scores."""
    from harness.sweep.addresses import Place  # noqa: PLC0415
    from harness.sweep.tracking.lookup import locate_sweep  # noqa: PLC0415
    from harness.sweep.tracking.store import connect, writing  # noqa: PLC0415 - MLflow

    stored = [one for one in addresses if one.place is not Place.FOLDER]
    if not stored:
        yield None
        return
    location = locate_sweep(tracking_uri, str(stored[0]))
    if not writes:
        yield connect(location)
        return
    with writing(location) as client:
        yield client


def _again(a: str, b: str, evaluator: str | None, size: int | None) -> str:
    """Return the command that makes the files again."""
    asked = {"--evaluator": evaluator, "--size": size}
    words = [word for name, value in asked.items() if value for word in (name, str(value))]
    return shlex.join(["harness", "compare", a, b, *words])


def _lines(compared: "Compared") -> Iterator[str]:
    """The comparison for a terminal: the sides, the headline, the table, the settings, files."""
    from reports.text import render_text  # noqa: PLC0415 - pandas
    from reports.versus.table import display_of  # noqa: PLC0415

    found = compared.found
    yield f"A  {one_line(found.sides.baseline)}  (baseline)"
    yield f"B  {one_line(found.sides.other)}"
    yield f"\n{found.headline}\n"
    yield render_text(display_of(found), found.notes, width=line_width())
    if found.changes:
        rows = [(one.key, one.before or "—", "→", one.after or "—") for one in found.changes]
        yield "\nSettings that differ, A → B:"
        yield from columns(rows, indent="  ")
    folder = compared.files[".html"].resolve().parent
    yield f"\nfiles in {folder}:"
    for what, suffixes in FILES.items():
        yield f"  {what + ':':<11}{', '.join(compared.files[one].name for one in suffixes)}"
