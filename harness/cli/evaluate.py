"""``harness evaluate PICTURE…``: scores of any picture, also another tool's."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.cli.columns import columns
from harness.cli.completion import complete_sweeps
from harness.errors import InputError
from harness.images.builtin import open_source
from harness.images.decode import Picture, decode_picture
from harness.sweep.picture_list import ListedPicture, list_pictures

if TYPE_CHECKING:
    from harness.sweep.evaluation import Evaluated

__all__ = ["command"]

SCHEMA_VERSION = 1
SHOWN = {
    "style gain": "style/gain",
    "content": "content/score",
    "style gain, 2nd": "second/style/gain",
    "content, 2nd": "second/content/score",
    "balance": "balance",
}

Judge = Callable[[Picture, Picture, Picture], "Evaluated"]


@click.command("evaluate")
@click.argument("pictures", nargs=-1, required=True, metavar="PICTURE…")
@click.option("--content", help="What the pictures were made of: a file, or builtin:NAME.")
@click.option("--style", help="Likewise.")
@click.option(
    "--evaluator",
    type=options.evaluator_kind,
    help="The network that scores; default auto, the best on this machine.",
)
@click.option("--size", type=click.IntRange(32, 8192), help="Long side of scoring; default 256.")
@click.option(
    "--sweep",
    shell_complete=complete_sweeps,
    help="Also log the pictures beside this sweep's runs, scored as they were: a row of its "
    "table.",
)
@click.option("--name", default="external", show_default=True, help="Name of that row.")
@options.tracking_uri
@click.option("--json", "as_json", is_flag=True, help="Print every measurement as JSON.")
def command(
    pictures: tuple[str, ...],
    content: str | None,
    style: str | None,
    evaluator: str | None,
    size: int | None,
    sweep: str | None,
    name: str,
    tracking_uri: str | None,
    as_json: bool,
) -> int:
    """Score pictures by whatever tool made them.

    A PICTURE is a file, a folder of them, or a CSV file with the columns picture, content and
    style. Exit code 1 if some could not be scored.
    """
    listed = list_pictures(pictures, content=content, style=style)
    if sweep is not None and (evaluator is not None or size is not None):
        raise InputError("--sweep scores as the sweep did; leave out --evaluator and --size")
    with _judge(evaluator, size, sweep, name, tracking_uri) as judge:
        results = [(one, _attempt(judge, one)) for one in listed]
    failed = [found for _, found in results if isinstance(found, InputError)]
    if failed and len(listed) == 1:
        raise failed[0]
    click.echo(_json(results) if as_json else "\n".join(_table(results)))
    if sweep is not None:
        click.echo(f"logged as {name!r}; the table with it: harness report {sweep}", err=True)
    return 1 if failed else 0


@contextlib.contextmanager
def _judge(
    evaluator: str | None,
    size: int | None,
    sweep: str | None,
    name: str,
    tracking_uri: str | None,
) -> Iterator[Judge]:
    """Yield what scores a picture: by an evaluator, or as a sweep does, logging it there."""
    from harness.spec.models import Evaluation  # noqa: PLC0415 - after --help
    from harness.sweep.evaluation import PictureJudge, asked_evaluator  # noqa: PLC0415 - torch

    usual = Evaluation()
    if sweep is None:
        spec = asked_evaluator(evaluator or "auto", size or usual.size)
        judge = PictureJudge(spec, style_share=usual.balance)
        yield lambda picture, content, style: judge.judge(
            decode_picture(picture.data, name=picture.name), content, style
        )
        return
    from harness.sweep.external import ExternalLog  # noqa: PLC0415 - MLflow
    from harness.sweep.tracking.lookup import locate_sweep  # noqa: PLC0415
    from harness.sweep.tracking.store import writing  # noqa: PLC0415

    with writing(locate_sweep(tracking_uri, sweep)) as client:
        yield ExternalLog.open(client, sweep, name).log


def _attempt(judge: Judge, listed: ListedPicture) -> "Evaluated | InputError":
    try:
        opened = [open_source(text) for text in (listed.picture, listed.content, listed.style)]
        return judge(*opened)
    except InputError as error:
        return error


def _table(results: "list[tuple[ListedPicture, Evaluated | InputError]]") -> Iterator[str]:
    rows = [("picture", *SHOWN, "remarks")]
    scored = None
    for listed, found in results:
        if isinstance(found, InputError):
            rows.append((listed.picture, *("" for _ in SHOWN), f"not scored: {found}"))
            continue
        scored = found
        numbers = (_number(found.scores.get(name)) for name in SHOWN.values())
        rows.append((listed.picture, *numbers, ", ".join(found.flags)))
    yield from columns(rows)
    if scored is not None:
        yield ""
        yield f"Scored by {scored.evaluator}; 2nd: {scored.second_evaluator}."
        yield from (f"Note: {note}." for note in scored.notes)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _json(results: "list[tuple[ListedPicture, Evaluated | InputError]]") -> str:
    pictures: list[dict[str, Any]] = []
    for listed, found in results:
        if isinstance(found, InputError):
            pictures.append(asdict(listed) | {"error": str(found)})
        else:
            pictures.append(asdict(listed) | asdict(found))
    content = {"schema_version": SCHEMA_VERSION, "pictures": pictures}
    return json.dumps(content, indent=2, ensure_ascii=False)
