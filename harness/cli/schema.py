"""``harness schema``: the JSON schema of a sweep file, for editors."""

import json

import click

from harness.spec.schema import json_schema

__all__ = ["command"]


@click.command("schema")
def command() -> None:
    """Print the JSON schema of a sweep file (for completion and checks in editors)."""
    click.echo(json.dumps(json_schema(), indent=2))
