"""Cases: files and globs found, paired, crossed with seeds, named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import Problem
from harness.spec.sweep_spec import SweepSpec

Load = Callable[..., SweepSpec]
ProblemOf = Callable[..., Problem]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Make some files that nobody opens."""
    for name in ("photos/a.jpg", "photos/b.jpg", "photos/deep/c.jpg", "other/a.png", "x[1].jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def contents(spec: SweepSpec) -> list[tuple[str, str]]:
    """Return text and short name of every content."""
    return [(one.content.text, one.content.name) for one in spec.pairs]


@pytest.mark.usefixtures("photos")
def test_globs_are_sorted_and_reach_deep(load: Load) -> None:
    """``**`` goes into folders; folders themselves are no pictures."""
    spec = load("cases: {content: 'photos/**/*', style: builtin:s}")

    assert contents(spec) == [
        ("photos/a.jpg", "a"),
        ("photos/b.jpg", "b"),
        ("photos/deep/c.jpg", "c"),
    ]


@pytest.mark.usefixtures("photos")
def test_equal_stems_get_different_names(load: Load) -> None:
    """A number tells them apart; the text stays what it was."""
    spec = load("cases: {content: [builtin:a, photos/a.jpg, other/a.png], style: builtin:s}")

    assert contents(spec) == [
        ("builtin:a", "a"),
        ("photos/a.jpg", "a-2"),
        ("other/a.png", "a-3"),
    ]


def test_a_name_with_brackets_is_a_file_before_it_is_a_glob(load: Load, photos: Path) -> None:
    """Absolute paths work too."""
    spec = load(f"cases: {{content: ['x[1].jpg', '{photos}/photos/b.jpg'], style: builtin:s}}")

    assert [("x[1].jpg", "x[1]"), (f"{photos}/photos/b.jpg", "b")] == contents(spec)


@pytest.mark.usefixtures("photos")
def test_a_pair_named_twice_is_counted_once(load: Load) -> None:
    """Two ways to one file are one picture, and the plan says so."""
    spec = load("cases: {content: [photos/a.jpg, './photos/*.jpg'], style: builtin:s}")

    assert [pair.name for pair in spec.pairs] == ["a × s", "b × s"]
    assert spec.notes == ("cases: a × s is named 2 times and counted once",)


def test_zip_pairs_the_first_with_the_first(load: Load) -> None:
    """A content may come twice with different styles."""
    spec = load("""\
        cases:
          content: [builtin:a, builtin:a, builtin:b]
          style: [builtin:x, builtin:y, builtin:y]
          pairing: zip
          seeds: [3, 1]
    """)
    assert [(pair.content.name, pair.style.name) for pair in spec.pairs] == [
        ("a", "x"),
        ("a", "y"),
        ("b", "y"),
    ]
    assert [(case.content.name, case.style.name, case.seed) for case in spec.cases[:3]] == [
        ("a", "x", 3),
        ("a", "x", 1),
        ("a", "y", 3),
    ]
    assert spec.seeds == (3, 1)


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    ("cases", "key", "part"),
    [
        (
            "{content: photos/*.jpg, style: builtin:s, pairing: zip}",
            "cases.pairing",
            "found 2 contents and 1 styles; allowed with zip: equally many",
        ),
        ("{content: photos/*.gif, style: builtin:s}", "cases.content[0]", "no file matches"),
        (
            "{content: builtin:a, style: [builtin:s, photos/aa.jpg]}",
            "cases.style[1]",
            "did you mean photos/a.jpg?",
        ),
        ("{content: photos, style: builtin:s}", "cases.content[0]", "a folder; allowed: files"),
        ("{content: 'builtin:', style: builtin:s}", "cases.content[0]", "without a name"),
        ("{content: [''], style: builtin:s}", "cases.content[0]", "not empty"),
    ],
)
def test_pictures_that_are_not_there_are_problems(
    problem_of: ProblemOf, cases: str, key: str, part: str
) -> None:
    """Each names what was looked for and where."""
    problem = problem_of(f"question: a\ncases: {cases}\n")

    assert (2, key) == (problem.line, problem.key)
    assert part in problem.message


@pytest.mark.usefixtures("photos")
def test_confirm_has_the_form_of_cases(load: Load) -> None:
    """Cases for a study's winner are found and paired like the others."""
    spec = load("""\
        confirm: {content: photos/*.jpg, style: builtin:s, seeds: [7]}
        cases: {content: builtin:a, style: builtin:s}
    """)
    assert spec.confirm is not None
    assert [one.name for one in spec.confirm.cases] == ["a × s, seed 7", "b × s, seed 7"]
