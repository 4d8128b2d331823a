"""Runs that ended before all of their iterations, as a sweep tells of them."""

from harness.sweep.early_end import early_ends_note


def test_whole_runs_need_no_note() -> None:
    """Those that did what was asked for."""
    assert () == early_ends_note(["iterations", "iterations"])


def test_early_ends_are_counted_by_reason() -> None:
    """The most frequent first."""
    (note,) = early_ends_note(["plateau", "iterations", "time", "plateau"])

    assert note.startswith("3 of 4 runs ended before all iterations: plateau (2), time (1)")
