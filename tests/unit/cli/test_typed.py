"""The command as it was typed."""

import shlex

import pytest

from harness.cli.typed import command_as_typed


def test_a_shell_reads_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words with spaces and quotes stay words; the program is called by its name."""
    words = ["ablate", "it's mine/a b", "--out", "$HOME"]
    monkeypatch.setattr("sys.argv", ["/somewhere/harness", *words])

    assert ["harness", *words] == shlex.split(command_as_typed())


def test_words_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What must not be given again is left out, and nothing else."""
    monkeypatch.setattr("sys.argv", ["harness", "sweep", "a.yaml", "--fresh", "--dry-run"])

    assert command_as_typed(without={"--fresh"}) == "harness sweep a.yaml --dry-run"
