"""Aligned columns of text."""

import pytest

from harness.cli.columns import columns, one_line


def test_cells_are_aligned() -> None:
    """Every column is as wide as its widest cell; nothing trails."""
    assert ["a    bb", "ccc  d"] == columns([("a", "bb"), ("ccc", "d")])


def test_wide_letters_count_double() -> None:
    """Letters that take two places on a terminal are counted as such."""
    assert ["浮世  a", "wave  b"] == columns([("浮世", "a"), ("wave", "b")])


def test_long_line_is_cut_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a line ends at its edge, visibly; into a pipe it goes whole."""
    rows = [("name", "a very long answer")]
    monkeypatch.setenv("COLUMNS", "12")
    whole = columns(rows)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    assert ["name  a very long answer"] == whole
    assert ["name  a ver…"] == columns(rows)


def test_text_cannot_steer_the_terminal() -> None:
    """Line breaks and escape sequences of a stored text do not reach the terminal."""
    assert "a b [2J c" == one_line("a\n b \x1b[2J\tc")
