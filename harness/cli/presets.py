"""``harness presets [NAME]``: the presets, and where each value comes from."""

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from harness.cli.completion import complete_presets
from harness.errors import InputError
from harness.spec.diagnosis import refusal
from harness.spec.layer_weights import canonical_weights
from harness.spec.presets import PRESETS
from harness.spec.setting_groups import grouped_settings

if TYPE_CHECKING:
    from harness.spec.presets import Preset

__all__ = ["command"]

WIDTH = 100
INDENT = "  "
ASSUMED = "assumed: "
AS_ABOVE = "as above"
UNITS = (
    "what a layer counts in the total, in units that do not depend on the kind of loss: mean "
    "squared difference of features for content; of Gram matrices over positions, as a mean over "
    "their entries, for style"
)


@click.command("presets")
@click.argument("name", required=False, shell_complete=complete_presets)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the settings of NAME, as transfer --settings reads them; without NAME all "
    "presets with their sources.",
)
def command(name: str | None, as_json: bool) -> None:
    """List the presets, or show the settings of one with the source of each value.

    What the source does not state is marked as assumed. Canonical weights are what each layer
    counts in units in which presets compare, whatever their losses are.
    """
    if name is None:
        if as_json:
            click.echo(json.dumps([_facts(one) for one in PRESETS.values()], indent=2))
        else:
            click.echo("\n".join(_rows([(one.name, one.summary) for one in PRESETS.values()])))
        return
    if name not in PRESETS:
        raise InputError(f"preset: {refusal(name, PRESETS)}")
    preset = PRESETS[name]
    if as_json:
        click.echo(json.dumps(preset.settings.model_dump(mode="json"), indent=2))
    else:
        click.echo("\n".join(_lines(preset)))


def _facts(preset: "Preset") -> dict[str, Any]:
    values = [pair for group in grouped_settings(preset.settings).values() for pair in group]
    return {
        "name": preset.name,
        "summary": preset.summary,
        "settings": preset.settings.model_dump(mode="json"),
        "sources": {key: preset.source_of(key) for key in values},
        "assumed": [key for key in values if preset.is_assumed(key)],
        "notes": list(preset.notes),
        "proof": preset.proof,
        "canonical_weights": [
            {"loss": one.loss, "tap": one.tap, "weight": one.weight, "per": one.per}
            for one in canonical_weights(preset.settings)
        ],
    }


def _lines(preset: "Preset") -> Iterator[str]:
    yield from _paragraph(f"{preset.name}: {preset.summary}", indent="")
    groups = grouped_settings(preset.settings)
    rows = {
        name: [(key, _text(values[key]), source) for key, source in _sources(preset, values)]
        for name, values in groups.items()
    }
    widths = _widths([row for group in rows.values() for row in group])
    for name, group in rows.items():
        yield from ("", name)
        yield from _rows(group, indent=INDENT, widths=widths)
    yield from ("", "canonical weights")
    yield from _paragraph(UNITS)
    weights = canonical_weights(preset.settings)
    yield from _rows([(one.loss, one.tap, str(one)) for one in weights], indent=INDENT)
    if any(one.per for one in weights):
        yield from _paragraph("M: positions of the layer, which grow with the picture")
    if preset.settings.weights.balanced:
        yield from _paragraph("style: times the weight that balances the gradients")
    if preset.notes:
        yield from ("", "notes")
        for note in preset.notes:
            yield from _paragraph(note, bullet="- ")
    if preset.proof:
        yield from ("", "proof")
        yield from _paragraph(preset.proof)


def _text(value: str | float | bool) -> str:
    """Write a value as a sweep file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _sources(preset: "Preset", keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each key with its source; the layers of one list share theirs."""
    before = ("", "")
    for key in keys:
        source = f"{ASSUMED if preset.is_assumed(key) else ''}{preset.source_of(key)}"
        field = key.partition(".")[0]
        yield key, AS_ABOVE if (field, source) == before else source
        before = (field, source)


def _paragraph(text: str, *, indent: str = INDENT, bullet: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent + bullet,
        subsequent_indent=indent + " " * len(bullet),
    )


def _widths(rows: Iterable[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _rows(
    rows: Sequence[Sequence[str]], *, indent: str = "", widths: Sequence[int] = ()
) -> Iterator[str]:
    """Yield aligned rows whose last cell is wrapped under itself.

    Args:
        rows: Cells, as many in each row.
        indent: What every line begins with.
        widths: Of the columns; the rows' own if none are given.
    """
    columns = widths or _widths(rows)
    for row in rows:
        padded = zip(row[:-1], columns, strict=False)
        head = indent + "".join(f"{cell:<{width}}  " for cell, width in padded)
        yield from textwrap.wrap(
            row[-1] or "-", WIDTH, initial_indent=head, subsequent_indent=" " * len(head)
        )
