import json
import math
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from reports.atomic import write_atomically
from reports.display import display_table
from reports.findings import Findings
from reports.table import summarize
from reports.text import render_markdown, render_text
from reports.wrapping import wrap
from reports.writers import Tables, write_contact_sheet, write_tables

MakeRuns = Callable[..., pd.DataFrame]

SCORES = {"base": ([1.0, 1.1], [0.7, 0.6]), "a | b": ([1.2, 1.4], [0.7, 0.6])}


def _write(runs: pd.DataFrame, folder: Path) -> Tables:
    summary = summarize(runs, "base")
    findings = Findings(
        sentence="Cannot tell.",
        summary=summary,
        display=display_table(summary),
        footnotes=("A note.",),
    )
    return write_tables(findings, name="tiny", caption="Is 50 % enough?", folder=folder)


def _refuse(constant: str) -> None:
    raise AssertionError(constant)


def test_json_is_strict_and_versioned(make_runs: MakeRuns, tmp_path: Path) -> None:
    """The JSON has no NaN, carries a schema version, and holds every variant's numbers."""
    path = _write(make_runs(SCORES), tmp_path).json

    record = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)

    assert {key: record[key] for key in ("schema_version", "answer", "footnotes")} == {
        "schema_version": 1,
        "answer": "Cannot tell.",
        "footnotes": ["A note."],
    }
    assert record["variants"][1]["style/gain"] == pytest.approx(1.3)
    assert record["variants"][1]["style/gain/p"] is None
    assert record["variants"][1]["pairs_needed"] == 6
    assert record["variants"][0]["pairs_needed"] is None


def test_csv_reads_back_as_it_was(make_runs: MakeRuns, tmp_path: Path) -> None:
    """The CSV holds the full table to the last digit."""
    runs = make_runs(SCORES)
    path = _write(runs, tmp_path / "new" / "folder").csv

    read = pd.read_csv(path)

    pd.testing.assert_frame_equal(read, summarize(runs, "base"), check_dtype=False)


def test_markdown_escapes_bars(make_runs: MakeRuns, tmp_path: Path) -> None:
    """A bar in a variant's name does not split its cell; the answer stands on top."""
    path = _write(make_runs(SCORES), tmp_path).markdown

    lines = path.read_text(encoding="utf-8").splitlines()

    assert lines[0] == "Cannot tell."
    assert lines[3] == "| --- | ---: | --- | --- | ---: | ---: | ---: | --- |"
    assert lines[5].startswith(r"| a \| b | ● | 1.30 (+0.20 … +0.30) |")
    assert lines[-1] == "- A note."


def test_latex_has_the_table_its_caption_and_label(make_runs: MakeRuns, tmp_path: Path) -> None:
    """The LaTeX file is a table named by the sweep; letters that mean something are escaped."""
    text = _write(make_runs(SCORES), tmp_path).latex.read_text(encoding="utf-8")

    assert r"\caption{Is 50\,\% enough?}" in text or r"Is 50 \% enough?" in text
    assert "tab:tiny" in text
    assert r"\toprule" in text


def test_markdown_keeps_a_row_on_its_line() -> None:
    """Line breaks in names and notes become spaces, else the table would end there."""
    display = pd.DataFrame({"variant": ["two\nlines"]})

    assert render_markdown(display, ["a\nnote"]).splitlines()[2:] == [
        "| two lines |",
        "",
        "- a note",
    ]


def test_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the disk refuses, the earlier file is whole and nothing else is left behind."""
    path = tmp_path / "table.csv"
    path.write_bytes(b"old")

    def full_disk(descriptor: int) -> None:
        raise OSError(28, f"no space left for {descriptor}")

    monkeypatch.setattr(os, "fsync", full_disk)

    with pytest.raises(OSError, match="no space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["table.csv"]


def test_contact_sheet_file_is_the_sheet(tmp_path: Path) -> None:
    """A written contact sheet is a PNG with the same pixels."""
    sheet = Image.linear_gradient("L").convert("RGB")
    path = tmp_path / "deep" / "sheet.png"

    write_contact_sheet(sheet, path)

    with Image.open(path) as read:
        assert (read.format, read.tobytes()) == ("PNG", sheet.tobytes())


def test_text_is_aligned() -> None:
    """Columns start at the same place on every line; numbers of seconds end at the same place."""
    display = pd.DataFrame({"variant": ["base", "other"], "seconds": ["9.5", "120"]})

    assert render_text(display, ["A note."], width=100).splitlines() == [
        "variant  seconds",
        "───────  ───────",
        "base         9.5",
        "other        120",
        "",
        "A note.",
    ]


@pytest.mark.parametrize("width", [100, 110, 120])
def test_text_wraps_long_names(make_runs: MakeRuns, width: int) -> None:
    """Long variant names and notes wrap so that no line is wider than the terminal."""
    name = "content_layers=relu4_2, style_layers=up to block 5, weights.style=100"
    runs = make_runs({"base": ([1.0], [0.7]), name: ([1.2], [0.7])})
    display = display_table(summarize(runs, "base"))

    text = render_text(display, ["word " * 40], width=width)

    assert max(map(len, text.splitlines())) <= width
    _, rule, *rows = text.splitlines()
    first_column = "".join(line[: rule.index(" ")] for line in rows)
    assert "".join(name.split()) in "".join(first_column.split())


def test_text_does_not_narrow_numbers() -> None:
    """On a hopelessly narrow terminal numbers stay whole and the line grows instead."""
    display = pd.DataFrame({"variant": ["a name of some words"], "style gain ↑": ["1.32 (+0.27)"]})

    lines = render_text(display, [], width=10).splitlines()

    assert lines[2:] == ["a name of some    1.32 (+0.27)", "words"]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 5, [""]),
        ("two words", 9, ["two words"]),
        ("two words", 8, ["two", "words"]),
        ("layers=relu4_2,start=noise", 15, ["layers=relu4_2,", "start=noise"]),
        ("layers=relu4_2", 10, ["layers=", "relu4_2"]),
        ("relu_four", 5, ["relu_", "four"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
    ],
)
def test_wrap_breaks_at_the_best_place(text: str, width: int, expected: list[str]) -> None:
    """Lines break at spaces, else after punctuation, else anywhere, and never overflow."""
    assert expected == wrap(text, width)


def test_wrap_elides_what_does_not_fit() -> None:
    """The last line allowed ends in an ellipsis and still fits."""
    assert wrap("one two three four", 5, most_lines=2) == ["one", "two…"]
    assert wrap("one twofold", 4, most_lines=2) == ["one", "two…"]


def test_wrap_measures_with_what_it_is_given() -> None:
    """A measure in pixels decides instead of the number of characters."""
    assert wrap("iii mmm", 14, measure=lambda text: 4.0 * text.count("m")) == ["iii mmm"]
    assert math.isclose(len(wrap("mmm mmm", 14, measure=lambda text: 4.0 * len(text))), 2)
