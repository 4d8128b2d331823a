"""How an answer is printed, by every command that has one."""

import shutil
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from harness.sweep.answer import Answer
    from harness.sweep.coordinator import Outcome

__all__ = ["line_width", "print_answer", "print_outcome"]

NARROWEST, WIDEST = 100, 160
FILE_WIDTH = 132  # a variant's name of two settings takes two lines


def print_outcome(outcome: "Outcome", *, as_json: bool) -> None:
    """Print the answer of a sweep; of a study also what its best is on cases it never saw."""
    print_answer(outcome.answer, as_json=as_json)
    if outcome.confirmed is not None and not as_json:
        click.echo("\nOn cases that no variant was chosen by:")
        print_answer(outcome.confirmed.answer, as_json=False)


def print_answer(answer: "Answer", *, as_json: bool) -> None:
    """Print the sentence, the table and where everything is; or the whole as JSON."""
    if as_json:
        click.echo(answer.json_path.read_text(encoding="utf-8"))
        return
    click.echo(f"\n{answer.sentence}\n\n{answer.text(line_width())}")
    for what, path in answer.files.items():
        click.echo(f"{what + ':':<15}{path}")


def line_width() -> int:
    """Return the characters of a line of a table: the terminal's, within reason."""
    if not sys.stdout.isatty():
        return FILE_WIDTH
    return min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
