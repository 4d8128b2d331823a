"""``harness vote SWEEP``: a page to choose between pictures blind, and what the choices say."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.cli.completion import complete_sweeps
from harness.errors import InputError
from reports.numbers import counted

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from harness.sweep.ballot import Entries

__all__ = ["command"]

PAGE = "vote.html"
MEBI = 1024**2
SCHEMA_VERSION = 1  # of the object that --json prints
MOST_QUESTIONS = 200  # takes half an hour to answer; a page keeps its pictures in memory
SUFFIXES = (".yaml", ".yml")


@click.command("vote")
@click.argument("sweep", shell_complete=complete_sweeps)
@click.argument("votes", nargs=-1, type=click.Path(path_type=Path))
@click.option("--count", is_flag=True, help="Count the choices in VOTES, files that a page saved.")
@click.option(
    "--pairs",
    type=click.IntRange(1, MOST_QUESTIONS),
    default=60,
    show_default=True,
    help="Questions of the page: pairs of pictures.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of the draw; equal seeds ask every voter the same.",
)
@options.tracking_uri
@options.out
@options.as_json
def command(
    sweep: str,
    votes: tuple[Path, ...],
    count: bool,
    pairs: int,
    seed: int,
    tracking_uri: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Write a page that shows pairs of a SWEEP's pictures blind; with --count, count the choices.

    \b
      harness vote SWEEP                            writes results/SWEEP/vote.html
      harness vote SWEEP --count votes-SWEEP-*.json

    SWEEP is a sweep's name in the store, or a sweep file. The page opens from disk and asks no
    server. Counted is how often each metric prefers the picture that the voter chose.
    """  # noqa: D301 - click's mark for lines to be left as they are
    if count != bool(votes):
        raise InputError(_misused(sweep, votes))
    name = _named(sweep)
    if count:
        _count(name, votes, tracking_uri, as_json=as_json)
    else:
        _write(name, (pairs, seed), tracking_uri, out, as_json=as_json)


def _misused(sweep: str, votes: tuple[Path, ...]) -> str:
    if votes:
        return f"found {votes[0]} after the sweep; to count choices, add --count"
    return f"--count needs files of choices: harness vote {sweep} --count votes-{sweep}-*.json"


def _named(sweep: str) -> str:
    """Return the sweep's name, of which there may be given the file."""
    path = Path(sweep)
    if not path.is_file() and path.suffix not in SUFFIXES:
        return sweep
    from harness.spec.sweep_spec import load_sweep  # noqa: PLC0415 - after --help

    return load_sweep(path).name


def _read(sweep: str, tracking_uri: str | None) -> tuple["MlflowClient", "Entries"]:
    from harness.sweep.ballot import read_entries  # noqa: PLC0415 - MLflow: not for --help
    from harness.sweep.tracking.lookup import locate_sweep  # noqa: PLC0415
    from harness.sweep.tracking.store import connect  # noqa: PLC0415

    client = connect(locate_sweep(tracking_uri, sweep))
    return client, read_entries(client, sweep)


def _write(
    sweep: str,
    draw: tuple[int, int],
    tracking_uri: str | None,
    out: Path,
    *,
    as_json: bool,
) -> None:
    from harness.sweep.ballot import draw_ballot, make_vote_page  # noqa: PLC0415
    from harness.sweep.output import check_writable, explained  # noqa: PLC0415
    from reports.atomic import write_atomically  # noqa: PLC0415
    from reports.vote_page import render_vote_page  # noqa: PLC0415

    target = out / sweep / PAGE
    check_writable(target.parent)
    client, found = _read(sweep, tracking_uri)
    ballot = draw_ballot(found.entries, *draw)
    if not ballot.questions:
        raise InputError(
            f"nothing to choose between: {sweep!r} has no content, style and seed on which two "
            f"variants have finished ({counted(found.unfinished, 'run')} left to do)"
        )
    counting = f"harness vote {shlex.quote(sweep)} --count"
    page = make_vote_page(client, found, ballot.questions, command=counting)
    content = render_vote_page(page).encode()
    with explained(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, content)
    facts = {
        "page": str(target.resolve()),
        "size_bytes": len(content),
        "questions": len(ballot.questions),
        "possible_questions": ballot.possible,
        "unfinished_runs": found.unfinished,
    }
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    if found.unfinished:
        click.echo(f"left out: {counted(found.unfinished, 'run')} not finished", err=True)
    if len(ballot.questions) < draw[0]:
        click.echo(f"there are no more than {counted(ballot.possible, 'question')}", err=True)
    size = f"{len(content) / MEBI:.1f} MiB"
    click.echo(f"wrote {target}: {counted(len(ballot.questions), 'question')}, {size}")
    click.echo("open it in a browser, choose, save; then:")
    click.echo(f"  {counting} {shlex.quote(f'votes-{sweep}-')}*.json")


def _count(
    sweep: str, paths: tuple[Path, ...], tracking_uri: str | None, *, as_json: bool
) -> None:
    from harness.cli.vote_counts import count_facts, count_lines  # noqa: PLC0415 - see _read
    from harness.sweep.vote_files import join_votes, read_votes_file  # noqa: PLC0415

    files = [(path, read_votes_file(path)) for path in paths]
    _client, found = _read(sweep, tracking_uri)
    aims = join_votes(found, files)
    if not any(aim.votes for aim in aims):
        raise InputError(
            f"there is no choice to count; {counted(sum(aim.unknown for aim in aims), 'choice')} "
            f"about runs that {sweep!r} does not have (any more)"
        )
    if as_json:
        content = {
            "schema_version": SCHEMA_VERSION,
            "sweep": sweep,
            "evaluator": found.evaluator,
            "aims": [count_facts(aim) for aim in aims],
        }
        click.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))
        return
    click.echo("\n\n".join("\n".join(count_lines(aim)) for aim in aims))
