"""The page of a sweep as a text: whole, harmless, honest about what is absent."""

import base64
import hashlib
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from reports.figures.figure import Figure
from reports.findings import Findings
from reports.material import CURVE_COLUMNS, Material
from reports.page import render_page

from .elements import Elements

MakeRuns = Callable[..., pd.DataFrame]

NASTY = '</script><img src=x onerror="alert(1)"><!-- `& \u2028 {{ 7 * 7 }} $title'
FEW = ([1.0, 1.1], [0.5, 0.4])
MANY = ([1.0, 1.1, 1.2, 1.0, 0.9, 1.1, 1.0], [0.5, 0.4, 0.45, 0.5, 0.4, 0.4, 0.5])
DRAWING = (
    '<svg viewBox="0 0 9 9"><style>*{fill:none}</style><path style="stroke: &quot;x&quot;"/></svg>'
)

ONE_PAIR = '<span class="note">1 pair</span>'
RANGE = '<span class="note">range</span>'
FIGURE = Figure(name="front", title="Front", caption="What is drawn.", svg=DRAWING)


def picture(seed: int = 0, size: tuple[int, int] = (24, 32)) -> np.ndarray:
    """Return noise, which no format makes small."""
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def page(runs: pd.DataFrame, figures: tuple[Figure, ...] = (), **changes: Any) -> str:
    """Return the page of some runs; the first variant is the baseline."""
    variants = list(runs["variant"].unique())
    values = {
        "sweep": "tiny",
        "question": "Does it matter?",
        "baseline": variants[0],
        "runs": runs,
        "curves": pd.DataFrame(columns=list(CURVE_COLUMNS)),
        "axes": {name: {"axis": name} for name in variants},
        "layout": {},
        "contents": {name: picture(1) for name in runs["content"].unique()},
        "styles": {name: picture(2) for name in runs["style"].unique()},
    }
    material = Material(**(values | changes))
    findings = Findings.of(runs, material.baseline, absent=material.absent, notes=material.notes)
    return render_page(material, findings, figures)


def told(text: str) -> dict[str, Any]:
    """Return the data inside a page."""
    content: dict[str, Any] = json.loads(Elements(text).texts["script"][0])
    return content


def policy(text: str) -> str:
    """Return a page's content security policy."""
    return next(
        found["content"] or "" for _tag, found in Elements(text).found if "http-equiv" in found
    )


def readable(text: str) -> str:
    """Return what a page says in its table and paragraphs, spaces collapsed."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def hashed(text: str) -> str:
    """Return the hash by which a policy names a text."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@pytest.fixture
def runs(make_runs: MakeRuns, tmp_path: Path) -> pd.DataFrame:
    """Two variants on two pairs, each run with a picture."""
    made = make_runs({"base": FEW, "other": ([1.5, 1.7], [0.4, 0.3])}, run_id="r")
    for at in made.index:
        Image.fromarray(picture(at)).save(tmp_path / f"{at}.png")
    made["picture"] = [tmp_path / f"{at}.png" for at in made.index]
    made["run_id"] = [f"r{at}" for at in made.index]
    return made


def test_page_has_every_picture_and_asks_no_server(runs: pd.DataFrame) -> None:
    """Pictures are inside; no element has an address but data and the page's own anchors."""
    snapshots = {"base/0/0": {2: runs["picture"][0]}}
    text = page(runs, (FIGURE,), snapshots=snapshots)
    found = told(text)
    addresses = {
        value
        for _tag, attributes in Elements(text).found
        for name, value in attributes.items()
        if name in {"src", "href", "action", "srcset", "data", "poster"} and value
    }

    assert {"base/0/0", "base/1/0", "other/0/0", "other/1/0"} == found["results"].keys()
    assert {"c0", "c1"} == found["contents"].keys()
    assert {"s0", "s1"} == found["styles"].keys()
    assert [2] == [iteration for iteration, _uri in found["snapshots"]["base/0/0"]]
    assert {"data:,"} == {one for one in addresses if not one.startswith("#")}
    assert policy(text).startswith("default-src 'none'; img-src data:; style-src 'sha256-")


def test_policy_names_the_script_and_every_style(runs: pd.DataFrame) -> None:
    """A browser runs the page's own script and styles, those inside drawings too."""
    text = page(runs, (FIGURE,))
    elements = Elements(text)
    own = [*elements.texts["style"], 'stroke: "x"', elements.texts["script"][1]]

    assert list(map(hashed, own)) == re.findall(r"sha256-([^']+)'", policy(text))
    assert "unsafe" not in policy(page(runs))


def test_names_cannot_break_out(runs: pd.DataFrame) -> None:
    """Whatever a sweep, a variant, a file or an error is called stays text."""
    plain = page(runs, **named("x"))
    text = page(*nasty(runs), **named(NASTY))
    elements = Elements(text)

    assert "onerror" not in {name for _tag, found in elements.found for name in found}
    assert [] == [tag for tag, _found in elements.found if tag == "img" and "alt" not in _found]
    assert len(elements.texts["script"]) == len(Elements(plain).texts["script"]) == 2
    assert NASTY == told(text)["sweep"]
    assert {"base", NASTY} == set(told(text)["lines"])
    assert "49" not in elements.texts["title"][0]
    assert elements.texts["title"][0].startswith(NASTY)


def named(name: str) -> dict[str, Any]:
    """Return everything of a sweep that has a name of a person's choice."""
    return {
        "sweep": name,
        "question": name,
        "axes": {"base": {name: name}},
        "settings": {"base": name},
        "absent": {"content/lpips": name},
        "notes": (name,),
        "provenance": {name: name},
        "command": name,
    }


def nasty(runs: pd.DataFrame) -> tuple[pd.DataFrame]:
    """Return runs with a variant, a content, a flag and a failure of that name."""
    changed = runs.replace({"variant": {"other": NASTY}, "content": {"c0": NASTY}})
    changed["flags"] = NASTY
    changed.loc[3, ["status", "error"]] = ["FAILED", NASTY]
    return (changed,)


def test_only_web_addresses_become_links(runs: pd.DataFrame) -> None:
    """A script in place of an address is no link; MLflow on this machine needs a server."""
    links = {"r0": "javascript:alert(1)", "r1": "http://127.0.0.1:5000/#/r1"}
    text = page(runs, run_links=links, sweep_link="http://[")

    assert ["", "http://127.0.0.1:5000/#/r1", "", ""] == [
        cell["link"] for cell in told(text)["cells"]
    ]
    assert "http://[" not in text
    assert "harness ui" in text
    assert "harness ui" not in page(runs, run_links={"r0": "https://mlflow.example.com"})


def test_page_of_a_sweep_without_a_finished_run(make_runs: MakeRuns) -> None:
    """Everything failed: the page says so, with every reason once."""
    failed = make_runs({"base": FEW, "other": FEW}, status="FAILED", error="out of memory")
    failed[["style/gain", "content/score", "content/lpips"]] = math.nan
    text = page(failed, axes={}, contents={}, styles={})

    assert "Cannot tell: no run has finished" in text
    assert "4 runs, 0 of them finished" in readable(text)
    assert 2 == readable(text).count("2 failed which")
    assert {"FAILED"} == {cell["status"] for cell in told(text)["cells"]}
    assert {"out of memory"} == {cell["reason"] for cell in told(text)["cells"]}
    assert {} == told(text)["results"]


def test_absent_numbers_are_dashes(make_runs: MakeRuns) -> None:
    """NaN is shown as a dash, sorts last and is null for the script."""
    some = make_runs({"base": FEW, "other": FEW})
    some.loc[some["variant"] == "other", ["content/lpips", "seconds"]] = math.nan
    text = page(some)
    cells = re.findall(r"<td[^>]*>\s*<span class=\"value\">—</span>", text)
    at = [score["name"] for score in told(text)["scores"]].index("content/lpips")

    assert 2 == len(cells)
    assert not any("data-sort" in cell for cell in cells)
    assert [0.25, 0.25, None, None] == [cell["scores"][at] for cell in told(text)["cells"]]


def test_smallest_sweep(make_runs: MakeRuns) -> None:
    """One variant on one pair, without a question, settings, or anything else."""
    text = page(make_runs({"only": ([1.0], [0.5])}), question="", axes={})

    assert "<h1>tiny</h1>" in text
    assert "1 run 1 pair 1 variant" in readable(text)
    assert "No fallback was used." in text


def test_seeds_and_pictures_made_elsewhere(make_runs: MakeRuns) -> None:
    """Seeds are a dimension of their own; a variant without axes has no label on them."""
    several = make_runs({"base": FEW, "theirs": FEW}, seeds=2)
    found = told(page(several, axes={"base": {"weights.style": "1"}}))

    assert 8 == len(found["cells"])
    assert ["variant", "pair", "content", "style", "seed", "weights.style"] == found["dimensions"]
    assert {"1", ""} == {cell["labels"]["weights.style"] for cell in found["cells"]}
    assert {"0", "1"} == {cell["labels"]["seed"] for cell in found["cells"]}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ("pair", "variant")),
        ({"rows": "axis", "columns": "style"}, ("axis", "style")),
        ({"rows": "variant"}, ("variant", "pair")),
        ({"rows": "axis", "columns": "axis"}, ("pair", "variant")),
        ({"rows": "unheard of"}, ("pair", "variant")),
    ],
)
def test_pictures_are_laid_out_as_the_sweep_says(
    make_runs: MakeRuns, asked: dict[str, str], expected: tuple[str, str]
) -> None:
    """Rows and columns come from the sweep, where they are dimensions of it."""
    found = told(page(make_runs({"base": FEW}), layout=asked))["layout"]

    assert expected == (found["rows"], found["columns"])


def test_variants_are_marked_in_words(make_runs: MakeRuns) -> None:
    """Better, worse, baseline and the front can be told without colour; ranges are called so."""
    better = [value + 1 + at / 100 for at, value in enumerate(MANY[0])]
    judged = page(make_runs({"base": MANY, "good": (better, MANY[1])}))
    few = page(make_runs({"base": FEW, "other": FEW}))

    assert "▲ better" in readable(judged)
    assert "■ baseline" in readable(judged)
    assert "significantly better: 2" in readable(judged)
    assert "● 100 % on the front" in readable(judged)
    assert "? cannot tell" in readable(few)
    assert RANGE not in judged
    assert ONE_PAIR in page(make_runs({"base": ([1.0], [0.5]), "other": ([1.1], [0.4])}))
    assert ONE_PAIR not in few
    assert RANGE in few


def test_pairs_that_share_pictures_are_marked(make_runs: MakeRuns) -> None:
    """Where pairs are not independent, the verdict's cell says so."""
    shared = make_runs({"base": FEW, "other": FEW}, content="c0")

    assert "pairs share pictures" in readable(page(shared))
    assert "pairs share pictures" not in readable(page(make_runs({"base": FEW, "other": FEW})))


def test_reader_may_add_measurements(make_runs: MakeRuns) -> None:
    """Every other measurement is offered with its label and meaning."""
    more = make_runs({"base": FEW, "other": FEW}, balance=0.5)
    more.loc[more["variant"] == "other", "loss_key"] = "another"
    columns = {column["key"]: column for column in told(page(more))["columns"]}

    assert {"balance", "loss/total", "regret", "pairs", "reason"} == columns.keys()
    assert "balance ↑" == columns["balance"]["label"]
    assert columns["balance"]["meaning"]
    assert ["10", "not comparable"] == [one["text"] for one in columns["loss/total"]["entries"]]
    assert [10.0, None] == [one["sort"] for one in columns["loss/total"]["entries"]]


def test_pictures_that_find_no_room_are_counted(
    runs: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the budget results are left out, and the page says how many."""
    whole = page(runs)
    monkeypatch.setattr("reports.page.render.RESULTS_BYTES", 2000)

    text = page(runs)

    n_left_out = 4 - len(told(text)["results"])
    assert 0 < n_left_out < 4
    assert f"{n_left_out} result" in text
    assert "found no room on this page" in text
    assert "found no room on this page" not in whole


def test_missing_files_are_told(runs: pd.DataFrame, tmp_path: Path) -> None:
    """A result whose file is gone or damaged is no picture, and is counted."""
    (tmp_path / "0.png").unlink()
    (tmp_path / "1.png").write_bytes(b"no picture")

    text = page(runs)

    assert 2 == len(told(text)["results"])
    assert "2 results could not be read." in text


def test_table_says_what_every_other_table_says(make_runs: MakeRuns) -> None:
    """Mean and bracket stand in one cell as they do in the terminal's table."""
    made = make_runs({"base": MANY, "good": ([value + 1 for value in MANY[0]], MANY[1])})
    display = Findings.of(made, "base", absent={}, notes=()).display
    text = readable(page(made))

    for name in ("style gain ↑", "content ↑"):
        for cell in display[name]:
            assert cell in text


@pytest.mark.slow
def test_page_of_a_thousand_runs_stays_small(make_runs: MakeRuns, tmp_path: Path) -> None:
    """1,000 runs with two snapshots each: every result is there, in fewer than 25 MB."""
    scores = ([1.0] * 40, [0.5] * 40)
    made = make_runs({f"variant {at}": scores for at in range(25)}, balance=0.5, iterations=100.0)
    paths = [tmp_path / f"{at}.png" for at in range(4)]
    for at, path in enumerate(paths):
        Image.fromarray(picture(at, (48, 64))).resize((512, 384)).save(path)
    made["picture"] = [paths[at % len(paths)] for at in made.index]
    snapshots = {key: {20: paths[0], 60: paths[1]} for key in made["fingerprint"]}

    text = page(made, snapshots=snapshots, settings=dict.fromkeys(made["variant"], "a: 1\n" * 40))

    assert 1000 == len(told(text)["results"]) == len(told(text)["snapshots"])
    assert len(text.encode()) < 25_000_000
    assert "1000 results made smaller" in text
