"""Sweep files made of text, for the tests of ``harness.spec``."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from harness.errors import Problem, SpecError
from harness.spec.sweep_spec import SweepSpec, load_sweep

Wrong = tuple[str, int | None, str, str]
"""A text with one thing wrong: the line and the key of its problem, and a part of the message."""

CASES = "cases: {content: builtin:chelsea, style: builtin:strokes}\n"


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., SweepSpec]:
    """Write a sweep file of this text (with one case, unless it has its own) and load it."""

    def load_text(text: str, *overrides: str) -> SweepSpec:
        path = tmp_path / "sweep.yaml"
        body = dedent(text).rstrip() + "\n"
        path.write_text(body if "cases:" in body else body + CASES)
        return load_sweep(path, overrides)

    return load_text


@pytest.fixture
def problems_of(load: Callable[..., SweepSpec]) -> Callable[..., list[Problem]]:
    """Load a text that is wrong and return all of its problems."""

    def problems(text: str, *overrides: str) -> list[Problem]:
        with pytest.raises(SpecError) as caught:
            load(text, *overrides)
        return list(caught.value.problems)

    return problems


@pytest.fixture
def problem_of(problems_of: Callable[..., list[Problem]]) -> Callable[..., Problem]:
    """Load a text with exactly one thing wrong and return that problem."""

    def problem(text: str, *overrides: str) -> Problem:
        found = problems_of(text, *overrides)
        assert len(found) == 1, [str(one) for one in found]
        return found[0]

    return problem


@pytest.fixture
def check_problem(problem_of: Callable[..., Problem]) -> Callable[[Wrong], None]:
    """Load a text with one thing wrong and check what is said of it, and where."""

    def check(wrong: Wrong) -> None:
        text, line, key, part = wrong
        problem = problem_of(text)

        assert (line, key) == (problem.line, problem.key)
        assert part in problem.message
        assert problem.file.endswith("sweep.yaml")

    return check
