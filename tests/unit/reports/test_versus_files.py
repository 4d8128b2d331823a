"""The files of a comparison: the numbers, the page that asks for nothing, the sheet."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from reports.versus.changes import Change
from reports.versus.comparison import Versus, compare_sides
from reports.versus.files import record_of, write_comparison
from reports.versus.page import render_page
from reports.versus.pictures import Inputs
from reports.versus.table import display_of, numbers_of

MakeRuns = Callable[..., pd.DataFrame]

HOSTILE = "<script>alert('x')</script>`|$\\input{x}"
PAIRS = 6


@pytest.fixture
def found(make_runs: MakeRuns, tmp_path: Path) -> Versus:
    """Two sides with pictures, the other one under a hostile name; one picture is gone."""
    noise = np.array([0.3, -0.2, 0.1, 0.0, -0.3, 0.2])
    runs = make_runs({"base": (1 + noise, 0.5 + noise), HOSTILE: (2 + noise**2, 0.5 + noise)})
    for place, row in runs.iterrows():
        path = tmp_path / f"{place}.png"
        Image.new("RGB", (40, 30), (10 * int(str(place)), 80, 120)).save(path)
        runs.loc[place, "picture"] = path if row["case"] != "c1 × s1 #0" else tmp_path / "gone.png"
    runs["peak_memory_bytes"] = 2.0**30
    runs["loss_key"] = runs["variant"]
    change = Change(key="start", before="content", after=f"file:{HOSTILE}")
    return compare_sides(runs, "base", changes=[change], notes=["so it was"])


@pytest.fixture
def inputs() -> Inputs:
    """Contents and styles of the pairs."""
    grey = np.full((30, 40, 3), 128, np.uint8)
    return Inputs(
        contents={f"c{i}": grey for i in range(PAIRS)},
        styles={f"s{i}": grey for i in range(PAIRS)},
    )


class _Tags(HTMLParser):
    """Gathers the elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.found.append((tag, dict(attrs)))


def test_every_file_is_written(found: Versus, inputs: Inputs, tmp_path: Path) -> None:
    """Markdown, LaTeX, CSV, JSON, page and sheet stand in one folder."""
    files = write_comparison(found, inputs, tmp_path / "out", command="harness compare A B")

    assert {".md", ".tex", ".csv", ".json", ".html", ".png"} == set(files)
    assert sorted(files.values()) == sorted((tmp_path / "out").iterdir())
    assert r"\toprule" in files[".tex"].read_text()
    with Image.open(files[".png"]) as sheet:
        assert sheet.width > 400


def test_json_and_csv_have_every_number(found: Versus, inputs: Inputs, tmp_path: Path) -> None:
    """Both have one entry per quantity with full digits; JSON has null where nothing is known."""
    files = write_comparison(found, inputs, tmp_path, command="")
    record = json.loads(files[".json"].read_text(), parse_constant=pytest.fail)
    table = pd.read_csv(files[".csv"], keep_default_na=False)
    loss = next(one for one in record["quantities"] if one["quantity"] == "loss/total")
    gain = next(one for one in found.quantities if one.name == "style/gain").found

    assert [one.name for one in found.quantities] == list(table["quantity"])
    assert (10.0, 11.0, None, None) == (loss["a"], loss["b"], loss["difference"], loss["p"])
    assert gain.difference == float(table.set_index("quantity").loc["style/gain", "difference"])
    assert ("base", HOSTILE, "better") == (record["a"], record["b"], record["verdict"])
    assert [
        {"key": "start", "before": "content", "after": f"file:{HOSTILE}", "in_loss": False}
    ] == (record["settings"])


def test_the_page_takes_no_orders_from_names(found: Versus, inputs: Inputs) -> None:
    """Hostile names are text: no element of theirs, and a policy that would not run it."""
    page = render_page(found, inputs, command=f"harness compare A '{HOSTILE}'")
    tags = _Tags()
    tags.feed(page)
    names = {tag for tag, _ in tags.found}
    policy = next(str(attrs["content"]) for _, attrs in tags.found if "http-equiv" in attrs)

    assert not names & {"script", "link", "iframe", "a", "object", "form"}
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:|//)", page)
    assert not [attrs for _, attrs in tags.found if any(name.startswith("on") for name in attrs)]


def test_the_page_shows_every_picture(found: Versus, inputs: Inputs) -> None:
    """Four pictures a pair, inside the page; one whose file is gone is called missing."""
    page = render_page(found, inputs, command="")

    assert 4 * PAIRS - 2 == page.count('<img src="data:image/')
    assert 2 == page.count(">missing<")
    assert "c0 × s0</figcaption>" in page


def test_markdown_keeps_names_in_their_cells(
    found: Versus, inputs: Inputs, tmp_path: Path
) -> None:
    """Names stand as code, a bar in a value is escaped, every row has its columns."""
    text = write_comparison(found, inputs, tmp_path, command="")[".md"].read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `start`")]

    assert [4] == [len(re.findall(r"(?<!\\)\|", line)) for line in rows]
    assert "<script>" not in re.sub(r"`[^`]*`", "", text)


def test_table_for_readers(found: Versus) -> None:
    """Memory is in MiB, what is not comparable has no difference, differences have intervals."""
    table = display_of(found).set_index("quantity")
    style = table.loc["style gain ↑, nats"]

    assert "1024" == table.loc["peak memory ↓, MiB", "A"]
    assert ("\N{EM DASH}", "not comparable") == tuple(
        table.loc["total loss", ["B \N{MINUS SIGN} A", "verdict"]]
    )
    assert re.fullmatch(r"\+\d\.\d\d ± \d\.\d\d", str(style["B \N{MINUS SIGN} A"]))
    assert ("6", "more style") == (style["pairs"], style["verdict"])


def test_very_large_and_very_small_values(make_runs: MakeRuns) -> None:
    """Losses of billions and of millionths are written with powers of ten."""
    runs = make_runs({"a": ([1.0], [1.0]), "b": ([1.0], [1.0])})
    runs["loss/total"] = [1780934.4, 1643762800.0]
    runs["loss/tv"] = [2e-6, -1e-6]
    runs["loss_key"] = "same"
    table = display_of(compare_sides(runs, "a")).set_index("quantity")

    assert ("1.78e+06", "1.64e+09", "+1.64e+09") == tuple(table.loc["total loss"][:3])
    assert ("2e-06", "-1e-06", "-3e-06") == tuple(
        cell.replace("\N{MINUS SIGN}", "-") for cell in table.loc["total variation loss"][:3]
    )


def test_record_without_times(found: Versus) -> None:
    """Where the seconds have no iterations to be split by, the running time is null."""
    assert record_of(found)["running_time"] is None
    assert len(numbers_of(found)) == len(found.quantities)
