"""Settings that are sound by themselves and do not go together: refused, with what to do."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from harness.errors import Problem
from harness.spec.setting_types import LossWeights
from harness.spec.settings import Settings
from harness.spec.sweep_spec import SweepSpec

Load = Callable[..., SweepSpec]
ProblemOf = Callable[..., Problem]
ProblemsOf = Callable[..., list[Problem]]

CLASHES: dict[str, tuple[dict[str, Any], str, str]] = {
    "clamped L-BFGS": ({"optimizer": "lbfgs", "clamp": "step"}, "clamp", "take clamp: none"),
    "Adam clamped in its evaluation": ({"clamp": "in_closure"}, "clamp", "take clamp: step"),
    "line search of another L-BFGS": (
        {"lbfgs_line_search": "strong_wolfe"},
        "lbfgs_line_search",
        "take lbfgs_variant: torch",
    ),
    "balance without style": (
        {"weights": {"balanced": True, "style": 0}},
        "weights.balanced",
        "raise weights.content and weights.style above 0",
    ),
    "balance without content": (
        {"weights": {"balanced": True, "content": 0}},
        "weights.balanced",
        "or take weights.balanced: false",
    ),
    "best iterate of an average": ({"result": "best_loss"}, "result", "take averaging: 0"),
    "iterate after the best of an average": (
        {"result": "after_best_loss"},
        "result",
        "found after_best_loss",
    ),
    "scale of a size that is given": (
        {"style_size": "content", "style_scale": 2},
        "style_scale",
        "take style_size: own",
    ),
}


def yaml_of(value: Any) -> str:
    """Write plain data as flow YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {yaml_of(one)}" for key, one in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize(("changes", "key", "remedy"), CLASHES.values(), ids=CLASHES)
def test_a_file_is_told_the_line_and_what_to_do(
    problem_of: ProblemOf, changes: dict[str, Any], key: str, remedy: str
) -> None:
    """The line is that of the setting that is complained of."""
    lines = [f"  {name}: {yaml_of(value)}" for name, value in changes.items()]
    problem = problem_of("\n".join(["base:", "  iterations: 5", *lines]))

    at = 3 + list(changes).index(key.split(".", maxsplit=1)[0])
    assert (at, f"base.{key}") == (problem.line, problem.key)
    assert remedy in problem.message


@pytest.mark.parametrize(("changes", "key", "remedy"), CLASHES.values(), ids=CLASHES)
def test_so_is_the_command_line(
    problem_of: ProblemOf, changes: dict[str, Any], key: str, remedy: str
) -> None:
    """``--set`` stands where the file would."""
    overrides = [f"{name}={yaml_of(value)}" for name, value in changes.items()]
    problem = problem_of("question: a", *overrides)

    assert ("--set", f"base.{key}") == (problem.file, problem.key)
    assert remedy in problem.message


@pytest.mark.parametrize(("changes", "key", "remedy"), CLASHES.values(), ids=CLASHES)
def test_so_is_python(changes: dict[str, Any], key: str, remedy: str) -> None:
    """The model refuses them by itself, naming the key."""
    with pytest.raises(ValidationError, match=key) as caught:
        Settings.model_validate(changes)
    assert remedy in str(caught.value)


SOUND: tuple[dict[str, Any], ...] = (
    {"optimizer": "lbfgs", "clamp": "in_closure"},
    {"optimizer": "lbfgs", "clamp": "none"},
    {"clamp": "step"},
    {"lbfgs_line_search": "strong_wolfe", "lbfgs_variant": "torch"},
    {"weights": {"balanced": True, "style": 0.1, "tv": 0}},
    {"result": "best_loss", "averaging": 0},
    {"style_size": "never_larger", "style_scale": 2},
)


@pytest.mark.parametrize("changes", SOUND, ids=str)
def test_what_goes_together_is_taken(changes: dict[str, Any]) -> None:
    """No rule says more than it must."""
    Settings.model_validate(changes)


def test_where_the_file_changes_only_the_other_setting_that_one_is_named(
    problem_of: ProblemOf,
) -> None:
    """What is complained of may be the preset's, which has no line."""
    problem = problem_of("base:\n  averaging: 0.5\n  result: best_loss", "averaging=0.2")
    assert problem.key == "base.result"

    problem = problem_of("""\
        base: {averaging: 0, result: best_loss}
        parameters:
          averaging: {values: [0, 0.9]}
    """)
    assert (3, "parameters.averaging.values[1]") == (problem.line, problem.key)
    assert "take averaging: 0" in problem.message


def test_a_grid_names_the_variant_and_how_to_leave_it_out(
    load: Load, problem_of: ProblemOf
) -> None:
    """Values that only some variants cannot have are no fault by themselves."""
    text = """\
        base: {clamp: step}
        parameters:
          optimizer: {values: [adam, lbfgs]}
          clamp: {values: [step, none]}
    """
    problem = problem_of(text)
    assert (4, "parameters.clamp.values[0]") == (problem.line, problem.key)
    assert "in the variant optimizer=lbfgs, clamp=step; exclude leaves it out" in problem.message

    spec = load(f"{text}\n        exclude: [{{optimizer: lbfgs, clamp: step}}]")
    assert 3 == len(spec.variants)


def test_a_study_refuses_a_value_that_nothing_can_go_with(problem_of: ProblemOf) -> None:
    """It would be refused again and again, or never be tried."""
    problem = problem_of("""\
        method: random
        limits: {max_variants: 4}
        base: {optimizer: lbfgs}
        parameters: {clamp: {values: [none, step]}}
    """)
    assert (4, "parameters.clamp.values[1]") == (problem.line, problem.key)
    assert "take clamp: none" in problem.message


def test_a_study_refuses_the_points_that_do_not_go_together(load: Load) -> None:
    """Where another parameter may mend it, the value itself is none to complain of."""
    space = load("""\
        method: random
        limits: {max_variants: 4}
        parameters:
          optimizer: {values: [adam, lbfgs]}
          clamp: {values: [auto, step]}
    """).space
    assert space is not None
    assert space.refusal({"optimizer": "adam", "clamp": "step"}) is None
    refused = space.refusal({"optimizer": "lbfgs", "clamp": "step"}) or ""
    assert "these settings do not go together: clamp: found step with optimizer: lbfgs" in refused


def test_smaller_settings_of_a_study_are_checked_with_its_base(problem_of: ProblemOf) -> None:
    """Even where both are sound by themselves."""
    problem = problem_of("""\
        method: random
        metric: style/gain
        limits: {max_variants: 4}
        base: {result: best_loss, averaging: 0}
        parameters: {lr: {min: 0.1, max: 1}}
        search: {halving: {image_size: 64, averaging: 0.5}}
    """)
    assert (6, "search.halving.averaging") == (problem.line, problem.key)


def test_a_weight_for_a_layer_that_is_not_used_is_refused(problems_of: ProblemsOf) -> None:
    """It would add a layer; the message says how to weigh one and how to add one."""
    problems = problems_of("""\
        base:
          style_layers: [relu1_1, relu2_1]
          style_layers.relu3_1: 2
        parameters:
          content_layers.relu2_2: {values: [1, 2]}
    """)
    assert [(3, "base.style_layers.relu3_1")] == [
        (one.line, one.key) for one in problems if "relu3_1" in one.message
    ]
    first = problems[0].message
    assert "found a weight for relu3_1, which style_layers does not name" in first
    assert "weigh one of relu1_1, relu2_1, or add relu3_1 to style_layers" in first
    others = [one.key for one in problems[1:]]
    assert [f"parameters.content_layers.relu2_2.values[{at}]" for at in (0, 1)] == others


def test_it_is_refused_on_the_command_line_too(problem_of: ProblemOf) -> None:
    """The layers are those of the file or of its preset."""
    problem = problem_of("base: {style_layers: [rgb]}", "style_layers.relu1_1=2")

    assert ("--set", "base.style_layers.relu1_1") == (problem.file, problem.key)
    assert "add relu1_1 to style_layers" in problem.message


def test_where_layers_vary_only_variants_without_the_layer_are_refused(
    load: Load, problems_of: ProblemsOf
) -> None:
    """``when`` or ``exclude`` say where a weight is varied."""
    text = """\
        parameters:
          style_layers: {values: {few: [rgb], many: [rgb, relu1_1]}}
          style_layers.relu1_1: {values: [1, 2]%s}
    """
    problem, _ = problems_of(text % "")
    assert "which style_layers does not name; weigh one of rgb" in problem.message
    assert "style_layers=few" in problem.message

    spec = load(text % ", when: {style_layers: many}")
    assert ["few", "many", "many"] == [one.assignment["style_layers"] for one in spec.variants]


BALANCED = LossWeights(balanced=True, style=1)


@pytest.mark.parametrize(
    "text",
    [
        "{weights: balanced}",
        "{weights: {balanced: true}}",
        "{weights.balanced: true}",
        "{weights: {balanced: true, style: 1}}",
    ],
)
def test_balanced_weights_have_a_factor_of_one(load: Load, text: str) -> None:
    """The style's own weight of the preset is no factor."""
    assert BALANCED == load(f"base: {text}").base.weights
    key, _, value = text[1:-1].partition(": ")
    assert BALANCED == load("question: a", f"{key}={value}").base.weights


def test_balanced_weights_may_have_another_factor(load: Load) -> None:
    """Beside the word, under it, or swept."""
    expected = LossWeights(balanced=True, style=0.1)

    assert expected == load("base: {weights: {balanced: true, style: 0.1}}").base.weights
    assert expected == load("base: {weights.balanced: true, weights.style: 0.1}").base.weights
    assert expected == load("base: {weights: balanced}", "weights.style=0.1").base.weights
    spec = load("""\
        base: {weights: balanced}
        parameters: {weights.style: {values: [0.1, 1, 10]}}
        baseline: {weights.style: 1}
    """)
    assert [0.1, 1, 10] == [one.settings.weights.style for one in spec.variants]
    assert all(one.settings.weights.balanced for one in spec.variants)
    assert 1 == spec.baseline_index


def test_balancing_leaves_the_other_weights_of_a_base(load: Load) -> None:
    """As any change of some weights does."""
    weights = load("base: {weights: {content: 5, tv: 0}}", "weights=balanced").base.weights

    assert LossWeights(balanced=True, style=1, content=5, tv=0) == weights


@pytest.mark.parametrize("method", ["grid", "random"])
def test_balanced_weights_are_a_value_to_vary(load: Load, method: str) -> None:
    """Beside maps of weights; a baseline may name them."""
    spec = load(f"""\
        method: {method}
        limits: {{max_variants: 2}}
        parameters:
          weights: {{values: {{even: balanced, bold: {{style: 50}}}}}}
        baseline: {{weights: balanced}}
    """)
    assert BALANCED == spec.baseline.settings.weights
    assert "weights=even" == spec.baseline.name


def test_a_misspelt_word_for_weights_is_refused(problem_of: ProblemOf) -> None:
    """The nearest is named."""
    problem = problem_of("base: {weights: balancd}")

    assert "base.weights" == problem.key
    assert "did you mean balanced?" in problem.message
    assert "given twice" in problem_of("base: {weights: balanced, weights.balanced: no}").message


def test_balancing_is_not_varied_without_a_factor(load: Load, problem_of: ProblemOf) -> None:
    """House's weight of 30 would be the factor, which nobody has asked for."""
    alone = "parameters:\n  weights.balanced: {values: [true, false]}"
    problem = problem_of(alone)
    assert (2, "parameters.weights.balanced") == (problem.line, problem.key)
    assert "found weights.balanced varied alone: 30" in problem.message

    for said in ("base: {weights.style: 2}\n", "base: {weights: balanced}\n"):
        assert 2 == len(load(said + alone).variants)
