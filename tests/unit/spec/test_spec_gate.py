"""The block ``gate``: what it comes to, and everything that can be wrong with it."""

from collections.abc import Callable

import pytest

from harness.errors import Problem
from harness.spec.sweep_spec import SweepSpec

from .conftest import Wrong

Load = Callable[..., SweepSpec]
ProblemOf = Callable[..., Problem]
ProblemsOf = Callable[..., list[Problem]]
CheckProblem = Callable[[Wrong], None]

CASES = "cases: {content: builtin:a, style: builtin:b, seeds: [0, 1]}\n"
GATE = CASES + "gate:\n  margins: {style/gain: 0.05}\n"

WRONG: dict[str, Wrong] = {
    "no mapping": (CASES + "gate: 3", 2, "gate", "found 3; allowed: a mapping"),
    "no margins": (CASES + "gate: {breaks: 4}", 2, "gate.margins", "is missing and required"),
    "empty margins": (CASES + "gate: {margins: {}}", 2, "gate.margins", "1 or more entries"),
    "margins as a list": (
        CASES + "gate: {margins: [style/gain]}",
        2,
        "gate.margins",
        'found ["style/gain"]; allowed: a mapping',
    ),
    "margin of zero": (
        CASES + "gate:\n  margins:\n    style/gain: 0",
        4,
        "gate.margins.style/gain",
        "found 0; allowed: a number above 0",
    ),
    "margin in per cent": (
        CASES + "gate: {margins: {style/gain: 5 %}}",
        2,
        "gate.margins.style/gain",
        "found '5 %'; allowed: a number",
    ),
    "margin without end": (
        CASES + "gate: {margins: {style/gain: .inf, balance: 1}}",
        2,
        "gate.margins.style/gain",
        "finite",
    ),
    "unknown metric": (
        CASES + "gate:\n  margins:\n    content/score: 1\n    style/gian: 1",
        5,
        "gate.margins.style/gian",
        "did you mean style/gain?",
    ),
    "unranked metric": (
        CASES + "gate: {margins: {style/gabor: 1}}",
        2,
        "gate.margins.style/gabor",
        "logged, never ranked on",
    ),
    "what a run costs": (
        CASES + "gate: {margins: {seconds: 1}}",
        2,
        "gate.margins.seconds",
        "gate.seconds judges time",
    ),
    "unknown key": (GATE + "  brakes: 4", 4, "gate.brakes", "did you mean breaks?"),
    "no share": (GATE + "  seconds: 0", 4, "gate.seconds", "a number above 0"),
    "too large a share": (GATE + "  seconds: 20", 4, "gate.seconds", "10 or less"),
    "breaks within the margin": (GATE + "  breaks: 0.5", 4, "gate.breaks", "1 or more"),
    "breaks never": (GATE + "  breaks: .inf", 4, "gate.breaks", "finite"),
    "fresh seed twice": (GATE + "  confirm_seeds: [5, 5]", 4, "gate.confirm_seeds", "each once"),
    "negative fresh seed": (
        GATE + "  confirm_seeds: [5, -1]",
        4,
        "gate.confirm_seeds[1]",
        "0 or more",
    ),
    "fresh seed that is not fresh": (
        GATE + "  confirm_seeds: [5, 1]",
        4,
        "gate.confirm_seeds[1]",
        "found 1, which is cases.seeds[1]; allowed: seeds that cases does not have",
    ),
    "study": (
        GATE
        + "method: tpe\nmetric: balance\nlimits: {max_variants: 9}\n"
        + "parameters: {weights.style: {min: 1, max: 9}}",
        2,
        "gate",
        "tpe chooses them anew; allowed with method: grid",
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_each_error_of_a_gate_has_its_line_key_and_remedy(
    wrong: Wrong, check_problem: CheckProblem
) -> None:
    """One thing wrong gives one problem, at its line, under its key, with what is allowed."""
    check_problem(wrong)


def test_all_problems_of_a_gate_come_at_once(problems_of: ProblemsOf) -> None:
    """One wrong margin does not hide another's name, nor a seed that is not fresh."""
    found = problems_of(
        CASES
        + "gate:\n"
        + "  margins: {style/gain: -1, style/gian: 1}\n"
        + "  seconds: no\n"
        + "  confirm_seeds: [0]"
    )

    assert [
        (3, "gate.margins.style/gain"),
        (3, "gate.margins.style/gian"),
        (4, "gate.seconds"),
        (5, "gate.confirm_seeds[0]"),
    ] == [(one.line, one.key) for one in found]


def test_wrong_seeds_of_cases_are_not_held_against_the_gate(problem_of: ProblemOf) -> None:
    """Which seeds are taken cannot be said before those of ``cases`` are right."""
    problem = problem_of(
        "cases: {content: builtin:a, style: builtin:b, seeds: [1, 1]}\n"
        "gate: {margins: {balance: 1}, confirm_seeds: [0]}"
    )

    assert "cases.seeds" == problem.key


def test_gate_is_none_where_the_file_has_none(load: Load) -> None:
    """Most sweeps are not regressions."""
    assert load("").gate is None


def test_a_gate_has_defaults_for_all_but_its_margins(load: Load) -> None:
    """A fifth slower, four margins in one pair, no fresh seeds."""
    gate = load("gate: {margins: {content/score: 0.015}}").gate

    assert gate is not None
    assert {"content/score": 0.015} == gate.margins
    assert (0.2, (), 4.0) == (gate.seconds, gate.confirm_seeds, gate.breaks)


def test_a_gate_is_kept_in_the_order_of_the_file(load: Load) -> None:
    """Findings come in the order in which a person wrote the margins."""
    gate = load("""\
        gate:
          margins: {style/gain: 0.05, balance: 1, content/score: 0.015}
          seconds: 0.5
          confirm_seeds: [7, 2]
          breaks: 3
    """).gate

    assert gate is not None
    assert ["style/gain", "balance", "content/score"] == list(gate.margins)
    assert (0.5, (7, 2), 3.0) == (gate.seconds, gate.confirm_seeds, gate.breaks)


def test_margins_can_be_set_on_the_command_line(load: Load) -> None:
    """One margin, a new gate, or the whole block, where the file has one and where not."""
    changed = load(GATE, "gate.margins.style/gain=0.1", "gate.margins.balance=2", "gate.breaks=5")
    new = load("", "gate={margins: {balance: 3}}")

    assert changed.gate is not None
    assert new.gate is not None
    assert ({"style/gain": 0.1, "balance": 2.0}, 5.0) == (
        changed.gate.margins,
        changed.gate.breaks,
    )
    assert {"balance": 3.0} == new.gate.margins


@pytest.mark.parametrize(
    ("override", "key", "part"),
    [
        ("gate.margins.style/gian=1", "gate.margins.style/gian", "did you mean style/gain?"),
        ("gate.margins.style/gain=-1", "gate.margins.style/gain", "a number above 0"),
        ("gate.confirm_seeds=[1]", "gate.confirm_seeds[0]", "cases.seeds[1]"),
    ],
)
def test_wrong_overrides_of_a_gate_are_problems_of_the_command_line(
    problem_of: ProblemOf, override: str, key: str, part: str
) -> None:
    """They name ``--set`` and carry no line."""
    problem = problem_of(GATE, override)

    assert ("--set", None, key) == (problem.file, problem.line, problem.key)
    assert part in problem.message
