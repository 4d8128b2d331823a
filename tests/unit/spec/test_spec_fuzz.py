"""Whatever a sweep file holds, it is loaded or refused with problems; nothing else happens."""

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import Problem, SpecError
from harness.spec.claims_file import ClaimsFile, read_claims
from harness.spec.sweep_spec import SweepSpec, load_sweep

SOUND: dict[str, Any] = {
    "question": "?",
    "metric": ["style/gain"],
    "cases": {"content": ["builtin:a"], "style": "builtin:b", "pairing": "zip", "seeds": [0, 1]},
    "base": {"preset": "house", "weights": {"style": 3}, "style_layers": ["rgb", "relu1_1"]},
    "parameters": {
        "content_layers": {"values": {"deep": ["relu4_2"], "flat": {"relu1_1": 2}}},
        "lr": {"min": 0.1, "max": 1, "count": 3, "distribution": "log_uniform_values"},
        "opening": {"zip": {"start": ["content", "noise"], "weights.content": [1, 5]}},
        "weights.tv": {"values": [0, 1], "when": {"start": "noise"}},
        "backbone": {"values": ["vgg16", "vgg19"]},
    },
    "exclude": [{"content_layers": "flat", "start": "noise"}],
    "baseline": {
        "content_layers": "deep",
        "lr": 0.1,
        "start": "content",
        "weights.content": 1,
        "backbone": "vgg16",
    },
    "limits": {"max_variants": 100, "time": "2h", "retries": 0},
    "layout": {"rows": "lr", "columns": "content"},
    "evaluation": {"evaluator": "auto", "snapshots": [10, 20]},
    "confirm": {"content": "builtin:c", "style": ["builtin:d"]},
    "gate": {"margins": {"style/gain": 0.1, "balance": 1}, "confirm_seeds": [2], "breaks": 3},
    "scales": {"small": {"iterations": 50, "weights": {"style": 2}, "cases.seeds": [3]}},
    "scale": "small",
}
STUDY: dict[str, Any] = {key: value for key, value in SOUND.items() if key != "gate"} | {
    "method": "tpe",
    "parameters": SOUND["parameters"]
    | {
        "lr": {"min": 0.1, "max": 1, "distribution": "log_uniform_values"},
        "iterations": {"min": 30, "max": 90, "distribution": "q_uniform", "q": 30},
    },
    "search": {
        "seed": 1,
        "first": [{"start": "noise", "content_layers": "deep"}, {"lr": 0.5, "iterations": 60}],
        "constraints": {"content/score": {"min": 0.4}, "seconds": {"max": 9}},
        "prune": True,
        "halving": {"image_size": 96, "averaging": 0.5, "keep": 0.5},
    },
}
RULES: dict[str, Any] = {
    "claims": {
        "A1": {
            "says": "so",
            "parts": [
                {
                    "says": "it is",
                    "sweep": "s",
                    "metric": "style/gain",
                    "of": {"lr": 0.1, "iteration": 5, "regret": False},
                    "less_each": {"lr": [0.1, 1], "start": "noise"},
                    "how": "ratio",
                    "expect": {"above": 0.1},
                }
            ],
            "caveat": "none",
        },
        "B1": {"says": "so", "waits": "a model"},
    },
    "questions": [{"asks": "what", "answers": {"A": "yes"}, "claims": ["A1"], "parts": []}],
    "walk": {"sweep": "w", "says": "what paid"},
}
WORDS = ["lr", "start", "noise", "relu4_2", "weights.style", "values", "zip", "min", "", "1e3"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 300) | st.floats(-2, 500) | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3)
    ),
    max_leaves=4,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value inside a value."""
    if not isinstance(value, dict | list):
        return [path]
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return [path, *(one for key, inner in items for one in paths(inner, (*path, key)))]


def changed(sound: dict[str, Any], changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
    """Return a sound file with some values replaced, as far as their places are still there."""
    data = copy.deepcopy(sound)
    for path, value in changes:
        place: Any = data
        for key in path[:-1]:
            is_there = isinstance(place, dict | list) and key in dict(
                place.items() if isinstance(place, dict) else enumerate(place)
            )
            place = place[key] if is_there else {}
        if isinstance(place, dict):
            place[path[-1]] = value
    return data


def load_or_problems(file: Path) -> tuple[tuple[Problem, ...], SweepSpec | None]:
    """Load a sweep file; return its problems or what it says."""
    try:
        return (), load_sweep(file)
    except SpecError as error:
        return error.problems, None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(paths(SOUND)[1:]), JSON), max_size=3))
def test_a_changed_file_is_loaded_or_refused(
    tmp_path: Path, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    """Any values anywhere: a sweep that can run, or problems that say where and what."""
    file = tmp_path / "fuzz.yaml"
    file.write_text(json.dumps(changed(SOUND, changes)))
    problems, spec = load_or_problems(file)

    assert (spec is None) is bool(problems)
    assert all(problem.message and problem.file for problem in problems)
    if spec is not None:
        assert spec.cases
        assert spec.baseline in spec.variants


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(paths(STUDY)[1:]), JSON), max_size=3))
def test_a_changed_study_is_loaded_or_refused(
    tmp_path: Path, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    """As a grid; and what comes first can be run, in full and small."""
    file = tmp_path / "fuzz.yaml"
    file.write_text(json.dumps(changed(STUDY, changes)))
    problems, spec = load_or_problems(file)

    assert (spec is None) is bool(problems)
    assert all(problem.message and problem.file for problem in problems)
    if spec is not None and spec.space is not None:
        assert len(spec.variants) == len(spec.points) > 0
        for point, variant in zip(spec.points, spec.variants, strict=True):
            assert spec.space.refusal(point) is None
            assert spec.space.variant(point).settings == variant.settings
            assert spec.space.small(variant.settings)


def read_or_problems(file: Path, specs: dict[str, SweepSpec]) -> ClaimsFile | tuple[Problem, ...]:
    """Read rules and check them against their sweeps; return them or their problems."""
    try:
        rules = read_claims(file)
        rules.check_sweeps(specs)
    except SpecError as error:
        return error.problems
    return rules


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(paths(RULES)[1:]), JSON), max_size=3))
def test_changed_rules_are_read_or_refused(
    tmp_path: Path, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    """Claims with something that decides them, or problems that say where and what."""
    axes = {"s": {"lr": [0.1, 1], "start": ["content", "noise"]}, "w": {"lr": [0.1, 1]}}
    for name, varied in axes.items():
        cases = {"content": "builtin:a", "style": "builtin:b"}
        parameters = {key: {"values": values} for key, values in varied.items()}
        content = {"cases": cases, "parameters": parameters}
        (tmp_path / f"{name}.yaml").write_text(json.dumps(content))
    specs = {name: load_sweep(tmp_path / f"{name}.yaml") for name in axes}
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps(changed(RULES, changes)))
    found = read_or_problems(file, specs)

    if isinstance(found, ClaimsFile):
        assert all(one.waits or one.parts for one in found.rules.claims)
        assert set(found.sweeps) <= set(specs)
    else:
        assert found
        assert all(problem.message and problem.file for problem in found)
