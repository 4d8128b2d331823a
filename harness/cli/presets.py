"""``harness presets [NAME]``: the presets, and where each value comes from."""

import json

import click

from harness.cli.completion import complete_presets
from harness.errors import InputError
from harness.spec.flatten import flatten_settings
from harness.spec.presets import PRESETS

__all__ = ["command"]


@click.command("presets")
@click.argument("name", required=False, shell_complete=complete_presets)
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
def command(name: str | None, as_json: bool) -> None:
    """List the presets, or show the settings of one with the source of each value."""
    if name is None:
        for preset in PRESETS.values():
            click.echo(f"{preset.name:<12}{preset.summary}")
        return
    if name not in PRESETS:
        raise InputError(f"there is no preset {name!r}; there are: {', '.join(PRESETS)}")
    preset = PRESETS[name]
    values = flatten_settings(preset.settings)
    if as_json:
        click.echo(json.dumps(preset.settings.model_dump(mode="json"), indent=2))
        return
    for key, value in values.items():
        click.echo(f"{key:<24}{value!s:<16}{preset.source_of(key)}")
