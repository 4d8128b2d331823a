"""``harness claims`` but for its work: what is asked for, what is done about it, the exit code."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.cli.claims import command
from harness.cli.completion import complete_experiments
from harness.cli.main import cli

SWEEP = """\
question: Does it matter?
cases: {content: builtin:chelsea, style: builtin:strokes}
parameters: {lr: {values: [0.1, 1]}}
scales: {small: {iterations: 5}, full: {}}
"""
PART = "{says: s, sweep: SWEEP, metric: seconds, of: {lr: 1}, expect: {above: 0}}"
Outcomes = Callable[..., list[str]]


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write rules on two experiments, and stand elsewhere."""
    folder = tmp_path / "own"
    folder.mkdir()
    for name in ("a-1", "b-2"):
        (folder / f"{name}.yaml").write_text(SWEEP)
    parts = ", ".join(PART.replace("SWEEP", name) for name in ("a-1", "b-2"))
    claims = f"A1: {{says: s, parts: [{parts}]}}, B1: {{says: s, parts: [{PART}]}}"
    path = folder / "claims.yaml"
    path.write_text(f"claims: {{{claims.replace('SWEEP', 'b-2')}}}")
    monkeypatch.chdir(tmp_path)
    return path


@pytest.fixture
def perform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Outcomes:
    """Return what decides how experiments end; their names come when they are performed."""
    performed: list[str] = []

    def set_outcomes(**ends: Any) -> list[str]:
        def pretend(spec: Any, *_: object) -> Any:
            performed.append(spec.name)
            outcome = {"failed": 0, "missing": 0, "stopped": "", "interruption": None}
            answer = SimpleNamespace(material=spec.name)
            outcome |= {"confirmed": None, "is_study": False, "answer": answer} | ends
            return SimpleNamespace(**outcome)

        monkeypatch.setattr("harness.cli.claims.perform", pretend)
        return performed

    def judge(_: object, materials: dict[str, Any], folder: Path, **__: object) -> Any:
        text = f"{materials} in {folder}"
        written = tmp_path / "claims.json"
        written.write_text("{}")
        paths = dict.fromkeys((".md", ".html", ".json"), written)
        return SimpleNamespace(judged=SimpleNamespace(text=lambda _: text), paths=paths)

    monkeypatch.setattr("harness.sweep.claims.plans.check_plans", lambda *_: None)
    monkeypatch.setattr("harness.sweep.claims.stored.stored_material", lambda *_: None)
    monkeypatch.setattr("harness.sweep.claims.verdicts.judge_experiments", judge)
    return set_outcomes


def claims(*arguments: str) -> Result:
    """Call the command in this process."""
    return CliRunner().invoke(command, arguments, standalone_mode=False)


def test_every_experiment_is_performed_and_judged(rules: Path, perform: Outcomes) -> None:
    """One after another, with a line for each; the folder is named after rules and scale."""
    performed = perform()

    done = claims("--rules", str(rules))

    assert 0 == done.return_value, done.output
    assert ["a-1-small", "b-2-small"] == performed
    assert "a-1 (1 of 2): Does it matter?" in done.stderr
    assert "{'a-1': 'a-1-small', 'b-2': 'b-2-small'} in results/claims-small" in done.stdout


def test_named_experiments_at_another_scale(rules: Path, perform: Outcomes) -> None:
    """Names in any case; only these are performed."""
    performed = perform()

    done = claims("--rules", str(rules), "B-2", "--scale", "full", "--json")

    assert (0, ["b-2-full"], "{}\n") == (done.return_value, performed, done.stdout)


def test_failed_runs_are_an_exit_code_and_still_judged(rules: Path, perform: Outcomes) -> None:
    """What did not fail counts."""
    perform(failed=2)

    done = claims("--rules", str(rules))

    assert 1 == done.return_value
    assert "claims-small" in done.stdout
    assert "2 runs failed; the same command tries them again" in done.stderr


def test_an_interruption_ends_it_all(
    rules: Path, perform: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is judged; the command that goes on is printed."""
    monkeypatch.setattr("sys.argv", ["harness", "claims", "--scale", "small"])
    performed = perform(missing=3, interruption=KeyboardInterrupt())

    done = claims("--rules", str(rules))

    assert (130, ["a-1-small"], "") == (done.return_value, performed, done.stdout)
    assert "3 runs left. To go on: harness claims --scale small" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("A11",), "found 'A11'; experiments: a-1, b-2; did you mean a-1?"),
        (("a1",), "a1 is a claim; the experiments that decide it: a-1, b-2"),
        (("a-1",), "no claim can be decided by a-1 alone: A1 also needs b-2"),
        (("--scale", "ful"), "--scale: found 'ful'; allowed: small, full; did you mean full?"),
        (("--set", "iteratons=5"), "--set: iteratons: unknown key"),
        (("--set", "lr=5"), "lr: the sweep varies it (parameters.lr); change that, or leave it"),
    ],
)
def test_wrong_input_is_explained_before_anything_runs(
    rules: Path, perform: Outcomes, arguments: tuple[str, ...], message: str
) -> None:
    """Exit code 2, with the nearest name."""
    performed = perform()

    done = claims("--rules", str(rules), *arguments)

    assert 2 == getattr(done.exception, "exit_code", None)
    assert message in str(done.exception)
    assert [] == performed


def test_rules_that_are_not_there() -> None:
    """The shipped ones are meant where none are named."""
    done = claims("--rules", "nowhere/claims.yaml")

    assert "nowhere/claims.yaml: no such file" in str(done.exception).replace("\\", "/")


@pytest.mark.parametrize(
    ("incomplete", "expected"), [("", ["a-1", "b-2"]), ("b", ["b-2"]), ("A", ["A-1"]), ("x", [])]
)
def test_experiments_complete(rules: Path, incomplete: str, expected: list[str]) -> None:
    """In the case that was begun; rules that cannot be read complete nothing."""
    context = cli.make_context("harness", ["claims"], resilient_parsing=True)
    context.params["rules_file"] = rules

    items = complete_experiments(context, command.params[0], incomplete)
    assert expected == [item.value for item in items]
    context.params["rules_file"] = rules.parent
    assert [] == complete_experiments(context, command.params[0], incomplete)
