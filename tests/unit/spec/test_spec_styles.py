"""Styles that are several pictures: what a sweep file says of them, and what tells them apart."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import Problem
from harness.spec.schema import json_schema
from harness.spec.style_files import StyleFiles
from harness.spec.sweep_spec import SweepSpec

Load = Callable[..., SweepSpec]
ProblemOf = Callable[..., Problem]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Make some files that nobody opens."""
    for name in ("a.jpg", "b.jpg", "x[1].jpg"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.usefixtures("photos")
def test_several_pictures_are_one_style(load: Load) -> None:
    """Named by their label, in product and zip alike, on cases and on those that confirm."""
    spec = load("""\
        confirm: {content: builtin:c, style: {both: {a.jpg: 1, 'x[1].jpg': 3}}}
        cases:
          content: [builtin:c, builtin:d]
          style:
            - builtin:s
            - {s and a: {builtin:s: 2, a.jpg: 0.5}}
          pairing: zip
    """)
    assert ["c × s", "d × s and a"] == [pair.name for pair in spec.pairs]
    parts = [[(one.text, weight) for one, weight in pair.style.parts] for pair in spec.pairs]
    assert [[("builtin:s", 1.0)], [("builtin:s", 2.0), ("a.jpg", 0.5)]] == parts
    assert spec.confirm is not None
    assert ["c × both"] == [pair.name for pair in spec.confirm.pairs]


@pytest.mark.usefixtures("photos")
def test_labels_are_names_like_others(load: Load) -> None:
    """What is named twice is counted once; other pictures under one label get a number."""
    spec = load("""\
        cases:
          content: builtin:c
          style:
            - builtin:s
            - {s: {builtin:s: 2, a.jpg: 1}}
            - {s: {a.jpg: 1, builtin:s: 2}}
            - {s: {b.jpg: 1, builtin:s: 2}}
    """)
    assert ["c × s", "c × s-2", "c × s-3"] == [pair.name for pair in spec.pairs]
    assert ("cases: c × s-2 is named 2 times and counted once",) == spec.notes


@pytest.mark.usefixtures("photos")
def test_a_style_of_the_command_line_is_relative_to_its_folder(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As single pictures are."""
    monkeypatch.chdir(tmp_path)
    spec = load(
        "cases: {content: builtin:c, style: builtin:s}",
        "cases.style={mine: {builtin:s: 1, b.jpg: 2}}",
    )
    (pair,) = spec.pairs
    assert ["builtin:s", str(tmp_path / "b.jpg")] == [one.text for one, _ in pair.style.parts]


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    ("style", "key", "part"),
    [
        ("{x: {a.jpg: 1, b.jpg: 0}}", "[0].x.b.jpg", "found 0; allowed: a number above 0"),
        ("{x: {a.jpg: 1, b.jpg: '2'}}", "[0].x.b.jpg", "found '2'; allowed: a number"),
        ("{x: {a.jpg: 1}}", "[0].x", 'found {"a.jpg": 1}; allowed: two pictures or more'),
        ("{x: [a.jpg, b.jpg]}", "[0].x", "allowed: two pictures or more with their weights"),
        ("[{x: {a.jpg: 1, b.jpg: 1}, y: {}}]", "[0]", "allowed: one label an entry"),
        ("[{a.jpg: 2}]", "[0].a.jpg", "found 2; allowed: two pictures or more"),
        ("[builtin:s, 3]", "[1]", "found 3; allowed: a picture, or several with their weights"),
        ("{x: {a.jpg: 1, bb.jpg: 1}}", "[0].x.bb.jpg", "did you mean b.jpg?"),
        ("{x: {a.jpg: 1, '*.jpg': 1}}", "[0].x.*.jpg", "allowed: one file, with its weight"),
        ("{x: {a.jpg: 1, ./a.jpg: 1}}", "[0].x../a.jpg", "the file of 'a.jpg'; allowed: each"),
        ("{x: {a.jpg: 1, 'builtin:': 1}}", "[0].x.builtin:", "without a name"),
        ('{"x\\ny": {a.jpg: 1, b.jpg: 1}}', "[0]", "one line of printable text"),
    ],
)
def test_what_is_wrong_with_a_style_is_told(
    problem_of: ProblemOf, style: str, key: str, part: str
) -> None:
    """With line, key, what was found and what is allowed."""
    problem = problem_of(f"question: a\ncases: {{content: builtin:c, style: {style}}}\n")

    assert (2, f"cases.style{key}") == (problem.line, problem.key)
    assert part in problem.message


@pytest.mark.parametrize(
    ("style", "is_valid"),
    [
        ("builtin:s", True),
        ({"both": {"a.jpg": 1, "b.jpg": 0.5}}, True),
        (["builtin:s", {"both": {"a.jpg": 1, "b.jpg": 0.5}}], True),
        ({"both": {"a.jpg": 1}}, False),
        ({"both": {"a.jpg": 1, "b.jpg": 0}}, False),
        ([3], False),
    ],
)
def test_the_schema_knows_several_pictures(style: object, is_valid: bool) -> None:
    """An editor completes and refuses them as the harness does."""
    jsonschema = pytest.importorskip("jsonschema")
    checker = jsonschema.Draft202012Validator(json_schema())

    assert is_valid == checker.is_valid({"cases": {"content": "builtin:c", "style": style}})


A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def test_equal_styles_are_equal_however_they_are_written() -> None:
    """Order and scale of the weights do not matter, ratios do."""
    style = StyleFiles.of([(A, 2), (B, 1)])

    assert ((A, 2), (B, 1)) == style.weights
    for same in ([(B, 1), (A, 2)], [(A, 0.2), (B, 0.1)], [(A, 1e300), (B, 5e299)]):
        assert style == StyleFiles.of(same)
        assert style.sha256 == StyleFiles.of(same).sha256
    for other in ([(A, 1), (B, 2)], [(A, 2), (C, 1)], [(A, 2), (B, 1), (C, 1)], [(A, 1)]):
        assert style.sha256 != StyleFiles.of(other).sha256
    assert ((A, 2 / 3), (B, 1 / 3)) == style.shares


def test_a_style_of_one_file_is_that_file() -> None:
    """Whatever its weight, and where the same file comes under several names."""
    for one in ([(A, 1)], [(A, 7.5)], [(A, 1), (A, 2)]):
        style = StyleFiles.of(one)
        assert (A, (), ((A, 1.0),)) == (style.sha256, style.weights_if_several, style.shares)


def test_a_style_that_was_written_down_is_the_same() -> None:
    """Of one file its hash is enough."""
    for style in (StyleFiles.of([(A, 1)]), StyleFiles.of([(A, 0.7), (B, 0.3)])):
        assert style == StyleFiles.stored(style.sha256, style.weights_if_several)


@pytest.mark.parametrize("weights", [[], [(A, 0)], [(A, -1), (B, 2)], [(A, float("nan"))]])
def test_weights_that_mean_nothing_are_refused(weights: list[tuple[str, float]]) -> None:
    """Rather than taken for something."""
    with pytest.raises(ValueError, match=r"at least one|above 0|Invalid literal"):
        StyleFiles.of(weights)
