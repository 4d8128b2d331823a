"""The ``harness`` command: finds the subcommand, turns errors into messages and exit codes."""

import errno
import importlib
import logging
import sys
from typing import NoReturn

import click

from harness import __version__
from harness.cli.interruption import interrupted_code, raise_on_sigterm
from harness.errors import HarnessError, StoreError

__all__ = ["cli", "main"]

COMMANDS = {
    "sweep": "harness.cli.sweep",
    "report": "harness.cli.report",
    "evaluate": "harness.cli.evaluate",
    "compare": "harness.cli.compare",
    "ablate": "harness.cli.ablate",
    "claims": "harness.cli.claims",
    "regress": "harness.cli.regress",
    "baseline": "harness.cli.baseline",
    "vote": "harness.cli.vote",
    "list": "harness.cli.list",
    "remove": "harness.cli.remove",
    "transfer": "harness.cli.transfer",
    "init": "harness.cli.init",
    "presets": "harness.cli.presets",
    "schema": "harness.cli.schema",
    "fetch": "harness.cli.fetch",
    "ui": "harness.cli.ui",
    "doctor": "harness.cli.doctor",
    "completion": "harness.cli.completion",
}
DISK_FAILED = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO)


class LazyGroup(click.Group):
    """Imports a command's module only when it is called, so that ``--help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="harness")
@click.option("-v", "--verbose", is_flag=True, help="Show debugging messages.")
def cli(verbose: bool) -> None:
    """Sweep the knobs of neural style transfer and say which setting won, and how surely.

    Start with:  harness sweep quick
    """
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.WARNING, force=True)
    logging.getLogger("harness").setLevel(logging.DEBUG if verbose else logging.INFO)


def main() -> NoReturn:
    """Run the command line; never returns."""
    raise_on_sigterm()
    try:
        code = cli.main(standalone_mode=False)
    except HarnessError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in DISK_FAILED:
            raise
        click.echo(f"error: {error.strerror}: {error.filename or 'a temporary file'}", err=True)
        sys.exit(StoreError.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort) as error:
        click.echo("interrupted", err=True)
        sys.exit(interrupted_code(error))
    sys.exit(code if isinstance(code, int) else 0)
