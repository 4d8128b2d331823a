"""``harness completion [SHELL]``: the shell's script for the tab key, and what it completes."""

import contextlib
import os
import sqlite3
from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

from harness.errors import HarnessError, InputError

__all__ = [
    "command",
    "complete_experiments",
    "complete_presets",
    "complete_sweep_files",
    "complete_sweeps",
]

PROGRAM = "harness"
VARIABLE = "_HARNESS_COMPLETE"
SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", required=False, type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str | None) -> None:
    """Print the script that lets SHELL complete commands, options and sweeps; default $SHELL.

    \b
    Install it with one line:
      bash   harness completion bash >> ~/.bashrc
      zsh    harness completion zsh >> ~/.zshrc
      fish   harness completion fish > ~/.config/fish/completions/harness.fish
    """  # noqa: D301 - click's mark for lines to be left as they are
    complete = get_completion_class(shell or _own_shell())
    if complete is None:
        raise InputError(f"this version of click completes nothing in {shell}")
    root = context.find_root().command
    click.echo(complete(root, {}, PROGRAM, VARIABLE).source())


def _own_shell() -> str:
    found = Path(os.environ.get("SHELL", "")).stem.lower()
    if found not in SHELLS:
        called = f"$SHELL is {found}" if found else "$SHELL is not set"
        raise InputError(f"{called}; name one: harness completion {'|'.join(SHELLS)}")
    return found


def complete_sweeps(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    """Return the sweeps of a store on this machine that begin so; none of a server."""
    from harness.sweep.tracking.database import Content, content_of, sweep_names  # noqa: PLC0415
    from harness.sweep.tracking.store import locate  # noqa: PLC0415 - not for --help

    names: list[str] = []
    # A store that cannot be read completes nothing: a message would land in the user's prompt.
    with contextlib.suppress(HarnessError, OSError, sqlite3.Error):
        database = locate(context.params.get("tracking_uri")).database
        if database is not None and content_of(database) is Content.MLFLOW:
            names = sweep_names(database)
    return _items(names, incomplete)


def complete_presets(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    """Return the presets that begin so."""
    from harness.spec.presets import PRESETS  # noqa: PLC0415 - not for --help

    return _items(list(PRESETS), incomplete)


def complete_sweep_files(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    """Return the shipped sweeps that begin so, and let the shell add files."""
    from harness.spec.shipped import shipped_sweeps  # noqa: PLC0415 - not for --help

    files: CompletionItem[str] = CompletionItem(incomplete, type="file")
    return [*_items(list(shipped_sweeps()), incomplete), files]


def complete_experiments(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    """Return the experiments of a file of rules that begin so, in any case."""
    from harness.spec.claims_file import read_claims  # noqa: PLC0415 - not for --help
    from harness.spec.shipped import shipped_claims  # noqa: PLC0415 - not for --help

    names: list[str] = []
    # A file that cannot be read completes nothing: a message would land in the user's prompt.
    with contextlib.suppress(HarnessError, OSError):
        names = list(read_claims(context.params.get("rules_file") or shipped_claims()).sweeps)
    if incomplete.isupper():
        names = [name.upper() for name in names]
    return _items(names, incomplete)


def _items(names: list[str], incomplete: str) -> "list[CompletionItem[str]]":
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
