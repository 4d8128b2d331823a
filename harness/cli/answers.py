"""How an answer is printed, by every command that has one."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from harness.sweep.answer import Answer

__all__ = ["print_answer"]


def print_answer(answer: "Answer", *, as_json: bool) -> None:
    """Print the sentence, the table and where everything is; or the whole as JSON."""
    if as_json:
        click.echo(answer.json_path.read_text(encoding="utf-8"))
        return
    click.echo(f"\n{answer.sentence}\n\n{answer.text}")
    for what, path in answer.files.items():
        click.echo(f"{what + ':':<15}{path}")
