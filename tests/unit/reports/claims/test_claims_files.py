"""The files of judged claims: Markdown, page, numbers, pictures; hostile names stay texts."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt
from PIL import Image

from reports.claims.album import collect_pictures
from reports.claims.files import write_claims
from reports.claims.judge import judge_claims
from reports.claims.rules import Question, Rules
from reports.material import Material
from reports.walk.strides import Walked, measure_walk
from tests.unit.reports.elements import Elements

from .made_up import BASE, claim, curves, expect, of, part, rules, sweep

MakeRuns = Callable[..., pd.DataFrame]

HOSTILE = '<script>alert("x")</script> **b** [l](http://evil.example) | @user `'


def picture(value: int, size: tuple[int, int] = (40, 60)) -> np.ndarray:
    """A picture of one grey."""
    return np.full((*size, 3), value, np.uint8)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a picture's file."""
    with Image.open(path) as image:
        return image.size


def pictured(folder: Path, **changes: object) -> Material:
    """Two labels, three units apart, with pictures of the results and curves on the way."""
    material = sweep({"low": BASE, "high": [value + 3 for value in BASE]})
    paths = []
    for place in range(len(material.runs)):
        path = folder / f"result-{place}.png"
        Image.fromarray(picture(10 * place, (200, 300))).save(path)
        paths.append(path)
    fields = {
        "runs": material.runs.assign(picture=paths, iterations=40),
        "curves": pd.concat(
            [
                curves(material, "style/gain", {20: 1.0, 40: 1.5}),
                curves(material, "loss/total", {0: 9.0, 20: 3.0, 40: 1.0}),
            ]
        ),
        "contents": {f"c{at}": picture(200) for at in range(8)},
        "styles": {f"s{at}": picture(90 + at) for at in range(8)},
    }
    return replace(material, **(fields | changes))  # type: ignore[arg-type]


def some_rules() -> Rules:
    """A claim of each verdict, a question, one that waits and one that was not run."""
    return rules(
        claim(part(of("high"), of("low"), expect("above", 1)), caveat="Two labels only."),
        claim(part(of("high"), of("low"), expect("above", 5)), name="A4"),
        claim(
            part(of("low"), of("low", iteration=20), expect("above", -0.535), metric="style/gain"),
            part(of("low", iteration=20), metric="style/gain"),
            name="D1",
        ),
        claim(name="B3", waits="the feed-forward model"),
        claim(part(of("low"), sweep="e-9"), name="E9"),
        questions=[
            Question(
                asks="How many are enough?",
                answers={"A": "300", "D": "4000"},
                claims=("A3", "D1"),
                parts=(part(of("high"), of("low")),),
            )
        ],
    )


def written(
    folder: Path,
    found: Rules,
    materials: Mapping[str, Material],
    walked: Walked | None = None,
    **changes: str,
) -> dict[str, str]:
    """The texts of the files."""
    paths = write_claims(
        judge_claims(found, materials),
        materials,
        walked,
        folder,
        title=changes.get("title", "The reports' claims"),
        command="harness claims --scale small",
        facts={"backbone": changes.get("fact", "vgg19, k-means filters")},
        limits=[changes.get("limit", "On k-means filters, not the report's network.")],
    )
    assert {".md", ".html", ".json"} == paths.keys()
    return {suffix: path.read_text(encoding="utf-8") for suffix, path in paths.items()}


def walk(make_runs: MakeRuns) -> Walked:
    """Three stations over eight pairs; the last is five times as fast."""
    rise = [0.21, 0.18, 0.25, 0.19, 0.22, 0.17, 0.2, 0.24]
    first = [1.0, 1.2, 0.9, 1.1, 1.3, 0.8, 1.0, 1.1]
    second = [value + more for value, more in zip(first, rise, strict=True)]
    runs = make_runs({"base": (first, first), "one": (second, first), "two": (second, first)})
    iterations = runs["variant"].map({"base": 1000.0, "one": 1000.0, "two": 200.0})
    runs = runs.assign(iterations=iterations, seconds_per_iteration=0.02)
    runs["seconds"] = runs["iterations"] * 0.02
    return measure_walk(runs, ("base", "one", "two"), ("pooling max → avg", "fewer iterations"))


def test_the_page_is_complete_in_order(tmp_path: Path) -> None:
    """Contradictions come before claims by report, and these before what waits."""
    texts = written(tmp_path / "out", some_rules(), {"a-2": pictured(tmp_path)})

    for text in (texts[".md"], texts[".html"]):
        places = [
            text.index(words)
            for words in (
                "What somebody wrote.",
                "3 claims judged: 1 supported, 1 contradicted, 1 cannot tell; 1 waiting",
                "Where the reports contradict each other",
                "How many are enough?",
                "Scores and loss by iteration",
                "Report A: Isotton and Munafò",
                "Two labels only.",
                "Report D",
                "What waits",
                "the feed-forward model",
                "Not run here",
                "E9: needs e-9",
            )
        ]
        assert sorted(places) == places
    assert "+3.00 … +3.00" in texts[".md"]
    assert "8 such pairs could have found a mean of" in texts[".html"]


def test_pictures_are_small_files_beside_the_markdown(tmp_path: Path) -> None:
    """Every picture that the text names is there, at most 160 pixels, and nothing else."""
    texts = written(tmp_path / "out", some_rules(), {"a-2": pictured(tmp_path)})

    tokens = MarkdownIt("commonmark").enable("table").parse(texts[".md"])
    named = {
        str(child.attrs["src"])
        for token in tokens
        for child in token.children or []
        if child.type == "image"
    }
    files = {f"pictures/{path.name}" for path in (tmp_path / "out" / "pictures").iterdir()}
    assert files == named
    jpegs = list((tmp_path / "out" / "pictures").glob("a-2-*.jpg"))
    # One content for all, and of two pairs the style and the results: two and one.
    assert 6 == len(jpegs)
    assert {(160, 107), (160, 106), (60, 40)} >= set(map(size_of, jpegs))
    assert 15 == texts[".html"].count("data:image/jpeg")


def test_pictures_of_an_earlier_page_are_removed(tmp_path: Path) -> None:
    """Ours alone: what somebody else put there stays."""
    folder = tmp_path / "out" / "pictures"
    folder.mkdir(parents=True)
    (folder / "a-2-0123456789ab.jpg").write_bytes(b"old")
    (folder / "mine.jpg").write_bytes(b"kept")

    written(tmp_path / "out", some_rules(), {"a-2": pictured(tmp_path)})

    assert not (folder / "a-2-0123456789ab.jpg").exists()
    assert (folder / "mine.jpg").exists()


def test_the_numbers_are_all_there(tmp_path: Path) -> None:
    """Values per pair, interval, level, margin, what could have been found."""
    record = json.loads(written(tmp_path, some_rules(), {"a-2": pictured(tmp_path)})[".json"])

    first, _, third = record["claims"]
    (only,) = first["parts"]
    assert ("A3", "supported") == (first["claim"], first["verdict"])
    assert {f"c{at} × s{at}": 3.0 for at in range(8)} == pytest.approx(only["values"])
    assert {"region": "above", "margin": 1} == only["expected"]
    assert [3, 3] == pytest.approx(only["interval"])
    assert third["parts"][0]["less"]["iteration"] == 20
    assert third["parts"][1]["verdict"] is None
    assert {"E9": ["e-9"]} == record["not_run"]
    assert "B3" == record["waiting"][0]["claim"]


def test_the_walk_is_a_table_with_its_causes(tmp_path: Path, make_runs: MakeRuns) -> None:
    """What the report wrote, the two ends, and what each change was worth."""
    texts = written(tmp_path / "out", some_rules(), {"a-2": pictured(tmp_path)}, walk(make_runs))

    for text in (texts[".md"], texts[".html"]):
        assert "Table 1, redone" in text
        assert "111.73 → 23.38" in text
        assert "5.0× faster" in text
        assert "pooling max → avg" in text
    record = json.loads(texts[".json"])
    assert 4 == len(record["walk"]["causes"])


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    """In labels, names of pairs and sweeps, claims, answers, facts: no element, link or code."""
    material = pictured(tmp_path, sweep=HOSTILE)
    runs = material.runs.assign(pair=material.runs["pair"] + HOSTILE)
    found = some_rules()
    claims = tuple(
        replace(one, says=HOSTILE, caveat=HOSTILE, waits=one.waits and HOSTILE)
        for one in found.claims
    )
    asked = replace(found.questions[0], asks=HOSTILE, answers={"A": HOSTILE})

    texts = written(
        tmp_path / "out",
        Rules(claims=claims, questions=(asked,)),
        {"a-2": replace(material, runs=runs)},
        title=HOSTILE,
        fact=HOSTILE,
        limit=HOSTILE,
    )

    for page in (texts[".html"], MarkdownIt("commonmark").enable("table").render(texts[".md"])):
        tags = [tag for tag, _ in Elements(page).found]
        links = [dict(attributes).get("href") for tag, attributes in Elements(page).found]
        assert "script" not in tags
        assert all(link is None or link.startswith("#") for link in links)
    plain = re.sub("`[^`]*`", "", texts[".md"].replace("\\`", ""))  # code mentions nobody
    assert "@user" not in plain


def test_one_claim_alone_makes_a_page(tmp_path: Path) -> None:
    """Without questions, walk, curves, pictures, or anything that waits."""
    material = sweep({"low": BASE, "high": BASE})

    texts = written(
        tmp_path,
        rules(claim(part(of("high"), of("low"), expect("within", 1)))),
        {"a-2": material},
    )

    assert "What waits" not in texts[".html"]
    assert "figure" not in [tag for tag, _ in Elements(texts[".html"]).found]


def test_pictures_get_worse_before_they_get_too_many_bytes() -> None:
    """All in the best quality that fits; equal ones are one file, gone ones none."""
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 255, (200, 200, 3), dtype=np.uint8)
    asked: list[tuple[str, Path | np.ndarray]] = [
        ("A 2/…", noise),
        ("A 2/…", noise),
        ("x", Path("gone.png")),
    ]

    good, small = collect_pictures(asked), collect_pictures(asked, budget_bytes=9_000)

    assert 1 == len(good.files)
    assert good.pictures[2] is None
    assert sum(map(len, small.files.values())) < sum(map(len, good.files.values()))
    assert all(name.startswith("a-2-") for name in good.files)
