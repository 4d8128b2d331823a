"""Reading YAML: core scalars of YAML 1.2, lines, and everything that is refused."""

from typing import Any

import pytest

from harness.errors import Problem, SpecError
from harness.spec.yaml_loader import MAX_BYTES, load_yaml
from harness.spec.yaml_scalars import core_scalar


def read(text: str) -> Any:
    """Return the data of a sound text."""
    document = load_yaml(text.encode(), "f.yaml")
    assert document.problems == ()
    return document.data


def only_problem(raw: str | bytes) -> Problem:
    """Return the single problem of a text, whether it stops the reading or not."""
    data = raw.encode() if isinstance(raw, str) else raw
    try:
        problems = load_yaml(data, "f.yaml").problems
    except SpecError as error:
        problems = error.problems
    assert len(problems) == 1, problems
    return problems[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e6", 1000000),
        ("1.0e6", 1000000),
        ("1e-3", 0.001),
        (".5", 0.5),
        ("5.", 5),
        ("-1.5E+2", -150),
        ("012", 12),
        ("+7", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("2001-12-14", "2001-12-14"),
        ("0b101", "0b101"),
        ("e5", "e5"),
        ("1e", "1e"),
        ("-", "-"),
        ("true", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("9007199254740993", 9007199254740992.0),
    ],
)
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    """What YAML 1.1 twists stays text or becomes the number it looks like."""
    assert value == core_scalar(text)
    assert type(value) is type(core_scalar(text))


@pytest.mark.parametrize("text", [".inf", "-.Inf", ".nan", "1e400", "9" * 5000, "0x" + "f" * 40])
def test_numbers_that_nothing_can_hold_are_refused(text: str) -> None:
    """Infinite, undefined and huge numbers raise, with the text that was found."""
    with pytest.raises(ValueError, match="found"):
        core_scalar(text)


def test_integral_floats_become_integers() -> None:
    """``150.0`` and ``150`` are one value, of one type."""
    assert repr({"a": 150, "b": 150, "c": 0}) == repr(read("{a: 150.0, b: 150, c: -0.0}"))


def test_quoted_scalars_and_keys_stay_text() -> None:
    """Quotes keep numbers text; keys are text as they are written."""
    assert read("{1e3: '5', yes: [\"true\"], 2: }") == {"1e3": "5", "yes": ["true"], "2": None}


def test_every_key_path_has_its_line() -> None:
    """A key has the line of the key itself, an entry of a list that of its start."""
    document = load_yaml(b"a: 1\nb:\n  c: [1,\n    2]\n  d:\n  - e: 3\n", "f.yaml")

    expected = {
        (): 1,
        ("a",): 1,
        ("b",): 2,
        ("b", "c"): 3,
        ("b", "c", 0): 3,
        ("b", "c", 1): 4,
        ("b", "d"): 5,
        ("b", "d", 0): 6,
        ("b", "d", 0, "e"): 6,
    }
    assert expected == document.lines


def test_aliases_stand_for_their_anchors() -> None:
    """An alias is replaced by a value of its own."""
    assert read("a: &x [1, 2]\nb: *x\n") == {"a": [1, 2], "b": [1, 2]}


def test_a_repeated_key_is_refused_with_both_lines() -> None:
    """The first value counts; the problem names both lines and the whole path."""
    document = load_yaml(b"base:\n  lr: 1\n  size: 2\n  lr: 3\n", "f.yaml")

    assert document.data == {"base": {"lr": 1, "size": 2}}
    expected = Problem(
        message="given twice; first on line 2", file="f.yaml", line=4, key="base.lr"
    )
    assert (expected,) == document.problems


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: !!python/object/apply:os.system ['true']\n",
        "a: 1\nb: !!python/name:os.system\n",
        "a: 1\nb: !include other.yaml\n",
        "a: 1\nb: !!str 5\n",
        "a: 1\nb: ! 5\n",
        "a: 1\n!!str b: 5\n",
    ],
)
def test_tags_are_refused(text: str) -> None:
    """No tag is obeyed, whatever it asks for."""
    problem = only_problem(text)

    assert problem.line == 2
    assert "tags are not allowed" in problem.message


def test_a_python_tag_runs_nothing(tmp_path: Any) -> None:
    """A file that asks for a command to be run is read without running it."""
    target = tmp_path / "made"
    text = f"a: !!python/object/apply:os.mkdir ['{target}']"
    load_yaml(text.encode(), "f.yaml")

    assert not target.exists()


def test_multiplying_aliases_are_refused() -> None:
    """A billion laughs ends at the limit, at once."""
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    problem = only_problem("\n".join(lines))

    assert problem.line == 5  # 9 + 9² + 9³ + 9⁴ = 7380 values, times nine is too much
    assert "aliases" in problem.message


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: &x [1, *x]", 1, "contains itself"),
        ("a: &x {b: *x}", 1, "contains itself"),
        ("a: 1\nb: *nobody", 2, "no &nobody"),
        ("a: 1\n\tb: 2\n", 2, "tab"),
        ("a:\n\t- 1\n", 2, "tab"),
        ("a: [1, 2\nb: 3\n", 2, "not valid YAML"),
        ("a: 'x\n", 2, "not valid YAML"),
        ("a: b: c\n", 1, "not valid YAML"),
        ("", 1, "empty"),
        ("# only a comment\n", 1, "empty"),
        ("---\n", 2, "mapping"),
        ("- a\n- b\n", 1, "mapping"),
        ("just text\n", 1, "mapping"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: 1\n? [x, y]\n: 2\n", 2, "key"),
        ("a: 1\n'': 2\n", 2, "empty"),
        ("a: &x {b: 1}\nc: {<<: *x}\n", 2, "merge"),
        ("a: 1\nb: \x07\n", 2, "control character"),
        ("a: 1\nb: .nan\n", 2, "finite"),
        ("a: 1\nb: [1, 1e999]\n", 2, "too large"),
        ("a: " + "[" * 60 + "]" * 60, 1, "deep"),
        ("a: " + "[" * 30000, 1, "deep"),
    ],
)
def test_what_cannot_be_read_is_one_clear_problem(text: str, line: int, message: str) -> None:
    """Each kind of broken text gives one problem with its line."""
    problem = only_problem(text)

    assert line == problem.line
    assert message in problem.message
    assert problem.file == "f.yaml"


def test_text_that_is_not_utf_8_is_refused_with_its_line() -> None:
    """Latin-1 and UTF-16 are told apart from YAML errors."""
    assert only_problem("a: 1\nb: é\n".encode("latin-1")).line == 2
    assert "UTF-8" in only_problem("a: 1\n".encode("utf-16")).message


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    """Editors on Windows write one."""
    assert load_yaml("a: 1\r\n".encode("utf-8-sig"), "f.yaml").data == {"a": 1}


def test_a_file_that_is_too_large_is_not_parsed() -> None:
    """The limit is checked before anything else."""
    assert "bytes" in only_problem(b"a" * (MAX_BYTES + 1)).message
