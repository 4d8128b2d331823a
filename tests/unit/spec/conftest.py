"""Sweep files made of text, for the tests of ``harness.spec``."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from harness.errors import Problem, SpecError
from harness.spec.sweep_spec import SweepSpec, load_sweep

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
