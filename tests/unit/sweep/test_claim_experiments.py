"""Which experiments are meant, and what they can decide without the others."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.errors import InputError, SpecError
from harness.spec.claims_file import read_claims
from harness.sweep.claims.experiments import (
    check_decidable,
    choose_experiments,
    common_scale,
    load_experiments,
)
from harness.sweep.claims.plans import ExperimentPrice, add_prices
from reports.claims.rules import Claim, Operand, Part, Question, Rules, Walk

SWEEP = """\
cases: {content: builtin:chelsea, style: builtin:strokes}
parameters: {lr: {values: [0.1, 1]}}
scales: {small: {iterations: 5}, full: {}}
"""
PART = "{says: s, sweep: SWEEP, metric: seconds, of: {lr: 1}, expect: {above: 0}}"


def part(sweep: str) -> Part:
    """A part that rests on a sweep."""
    return Part(says="", sweep=sweep, metric="style/gain", of=Operand())


RULES = Rules(
    claims=(
        Claim(name="A1", says="", parts=(part("a-1"),)),
        Claim(name="A9", says="", parts=(part("a-1"), part("c-1"))),
        Claim(name="B3", says="", waits="a model"),
    ),
    questions=(
        Question(asks="one", answers={}, claims=("A1", "A9")),
        Question(asks="two", answers={}, parts=(part("b-1"),)),
    ),
    walk=Walk(sweep="e-7", says="what paid"),
)


@pytest.mark.parametrize("names", [("a-1",), ("b-1",), ("e-7",), ("a-1", "c-1")])
def test_experiments_that_decide_something_are_accepted(names: Sequence[str]) -> None:
    """A claim, a part of a question, or a walk."""
    check_decidable(RULES, names)


def test_experiments_that_decide_nothing_are_refused() -> None:
    """With what else each claim needs."""
    message = r"decided by c-1, d-1 alone: A9 also needs a-1"

    with pytest.raises(InputError, match=message):
        check_decidable(RULES, ("c-1", "d-1"))


@pytest.fixture
def rules_file(tmp_path: Path) -> Path:
    """Write rules on two sweeps."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(SWEEP)
    parts = ", ".join(PART.replace("SWEEP", name) for name in ("a", "b"))
    path = tmp_path / "rules.yaml"
    path.write_text(f"claims: {{A1: {{says: s, parts: [{parts}]}}}}")
    return path


@pytest.mark.parametrize(("scale", "expected"), [(None, "small"), ("full", "full")])
def test_all_experiments_are_of_one_scale(
    rules_file: Path, scale: str | None, expected: str
) -> None:
    """The first of each unless one is named."""
    found = load_experiments(read_claims(rules_file), ("a", "b"), scale=scale, overrides=())

    assert [f"a-{expected}", f"b-{expected}"] == [one.spec.name for one in found]
    assert expected == common_scale(found)


def test_problems_of_all_experiments_come_at_once(rules_file: Path) -> None:
    """What the command line has wrong is said once, with whom it concerns."""
    rules_file.with_name("b.yaml").write_text(SWEEP.replace("lr", "lrr"))
    file = read_claims(rules_file)

    with pytest.raises(SpecError) as caught:
        load_experiments(file, ("a", "b"), scale="ful", overrides=("iterations=x",))

    lines = str(caught.value).splitlines()
    assert ["b.yaml:2: parameters.lrr: unknown key"] == [
        one.rpartition("/")[2].partition(";")[0] for one in lines if "b.yaml" in one
    ]
    assert any("--set: base.iterations" in one and one.endswith("(in a, b)") for one in lines)
    assert "--scale: found 'ful'; allowed: small, full; did you mean full? (in a, b)" in lines


def test_prices_add_up() -> None:
    """One after another: time and disk add up, memory is that of the largest."""
    sizes = {"variants": 2, "cases": 3, "runs": 6, "done": 1}
    one = ExperimentPrice(name="a", **sizes, seconds=5, memory_bytes=30, disk_bytes=7)
    two = ExperimentPrice(name="b", **sizes, seconds=6, memory_bytes=20, disk_bytes=8)

    total = add_prices([one, two])

    assert (4, 6, 12, 2) == (total.variants, total.cases, total.runs, total.done)
    assert (11, 30, 15) == (total.seconds, total.memory_bytes, total.disk_bytes)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [((), ("a", "b")), (("B", "a", "A"), ("a", "b")), (("B",), ("b",))],
)
def test_names_are_taken_in_any_case_and_once(
    rules_file: Path, asked: Sequence[str], expected: Sequence[str]
) -> None:
    """All where none is named, in order of name."""
    assert expected == choose_experiments(read_claims(rules_file), asked)


def test_unknown_names_are_refused_all_at_once(rules_file: Path) -> None:
    """With the nearest; the name of a claim with the experiments that it rests on."""
    with pytest.raises(InputError) as caught:
        choose_experiments(read_claims(rules_file), ("A", "bb", "a1"))

    assert [
        "found 'bb'; experiments: a, b; did you mean b?",
        "a1 is a claim; the experiments that decide it: a, b",
    ] == str(caught.value).splitlines()
