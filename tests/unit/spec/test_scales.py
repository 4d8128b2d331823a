"""Scales of a sweep file: one question at several sizes."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.errors import Problem
from harness.spec.schema import json_schema
from harness.spec.sweep_spec import SweepSpec

Load = Callable[..., SweepSpec]
ProblemsOf = Callable[..., list[Problem]]

TEXT = """\
base: {preset: chadebec, iterations: 3000}
parameters: {lr: {values: [0.1, 10]}}
scales:
  small: {image_size: 96, iterations: 150, weights.content: 28.4, evaluation.size: 128}
  full: {}
"""


def test_the_first_scale_is_taken_unless_another_is_asked_for(load: Load) -> None:
    """Its values replace the file's; the sweep is named after it."""
    small, full = load(TEXT), load(TEXT, "scale=full")

    assert ("small", "sweep-small", 96, 150) == (
        small.scale,
        small.name,
        small.base.image_size,
        small.base.iterations,
    )
    assert (28.4, 128) == (small.base.weights.content, small.evaluation.size)
    assert ("full", "sweep-full", 3000) == (full.scale, full.name, full.base.iterations)


def test_the_file_may_name_its_scale(load: Load) -> None:
    """``--set`` wins over it."""
    text = f"{TEXT}scale: full\n"

    assert "full" == load(text).scale
    assert "small" == load(text, "scale=small").scale


def test_a_file_without_scales_is_as_it_was(load: Load) -> None:
    """Neither its name nor its notes speak of scales."""
    spec = load("base: {iterations: 5}")

    assert ("", "sweep", ()) == (spec.scale, spec.name, spec.notes)


def test_the_plan_says_which_scale_it_is(load: Load) -> None:
    """And how to take another one."""
    assert (
        "this is the scale small of its file; `--set scale=full` takes another" in load(TEXT).notes
    )


def test_the_command_line_changes_a_scale_too(load: Load) -> None:
    """By the key itself, or by the scale's."""
    assert 7 == load(TEXT, "iterations=7").base.iterations
    assert 8 == load(TEXT, "scales.small.iterations=8").base.iterations
    assert 2.5 == load(TEXT, "scales.small.weights.content=2.5").base.weights.content


def test_a_scale_changes_any_part_of_the_file(load: Load) -> None:
    """What is varied, the cases, and settings however the file writes them."""
    spec = load("""\
        base: {weights: {content: 5, tv: 1}, style_layers: [relu1_1], style_layers.relu1_1: 3}
        parameters: {lr: {values: [1, 2, 3]}}
        scales:
          small:
            parameters.lr.values: {slow: 0.1, fast: 1}
            cases.seeds: [1, 2]
            weights: {content: 6}
            style_layers: [relu2_1]
    """)

    assert {"lr": ("slow", "fast")} == spec.axes
    assert (1, 2) == spec.seeds
    assert (6.0, 1.0) == (spec.base.weights.content, spec.base.weights.tv)
    assert {"relu2_1": 1.0} == spec.base.style_layers


@pytest.mark.parametrize(
    ("scales", "line", "key", "part"),
    [
        ("{small: {iteratons: 5}}", 2, "scales.small.iteratons", "did you mean iterations?"),
        ("{small: {}, full: {sise: 5}}", 2, "scales.full.sise", "unknown key; allowed: "),
        ("{small: {scale: full}}", 2, "scales.small.scale", "unknown key"),
        ("{small: {iterations: many}}", 2, "scales.small.iterations", "allowed: a whole number"),
        ("{small: {weights.stile: 1}}", 2, "scales.small.weights.stile", "weights.style?"),
        ("{small: {weights: {tv: -1}}}", 2, "scales.small.weights.tv", "found -1"),
        ("{small: {cases.seeds: [1, -1]}}", 2, "scales.small.cases.seeds[1]", "found -1"),
        ("{small: {lr: 5}}", 2, "scales.small.lr", "the sweep varies it (parameters.lr)"),
        ("{small: {evaluation: {sze: 5}}}", 2, "scales.small.evaluation.sze", "mean size?"),
        ("{a/b: {}}", 2, "scales.a/b", "'sweep-a/b' is no name for a sweep"),
        ("{small: 5}", 2, "scales.small", "found 5; allowed: a mapping"),
        ("[small]", 2, "scales", "allowed: a mapping"),
        ("{small: {}}\nscale: ful", 3, "scale", "found 'ful'; allowed: small"),
        ("{small: {}, full: {}}\nscale: ful", 3, "scale", "did you mean full?"),
        ("{small: {}}\nscale: [small]", 3, "scale", "allowed: text"),
        ("{}\nscale: small", 3, "scale", "found 'small', but the file has no scales"),
    ],
)
def test_a_fault_stands_where_it_is_written(
    problems_of: ProblemsOf, scales: str, line: int, key: str, part: str
) -> None:
    """With the line of the scale, not of what it replaces; in scales that are not taken, too."""
    (problem,) = problems_of(f"parameters: {{lr: {{values: [1, 2]}}}}\nscales: {scales}")

    assert (line, key) == (problem.line, problem.key)
    assert part in problem.message


@pytest.mark.parametrize(
    ("text", "override", "key", "part"),
    [
        (TEXT, "scale=ful", "scale", "found 'ful'; allowed: small, full; did you mean full?"),
        ("", "scale=full", "scale", "found 'full', but the file has no scales"),
        (TEXT, "scales.small.iterations=many", "scales.small.iterations", "a whole number"),
        (TEXT, "iterations=many", "base.iterations", "a whole number"),
        (TEXT, "scale=[", "scale", "not valid YAML"),
    ],
)
def test_a_fault_of_the_command_line_is_called_one(
    problems_of: ProblemsOf, text: str, override: str, key: str, part: str
) -> None:
    """It has no line; a file without scales has none to choose."""
    (problem,) = problems_of(text, override)

    assert ("--set", None, key) == (problem.file, problem.line, problem.key)
    assert part in problem.message


def test_a_later_value_is_blamed_not_the_one_it_replaced(problems_of: ProblemsOf) -> None:
    """A whole from the command line takes the blame from a part that the scale had set."""
    (problem,) = problems_of(
        "scales: {small: {cases.seeds: [3]}}",
        "cases={content: builtin:chelsea, style: builtin:strokes, seeds: [1, -1]}",
    )

    assert ("--set", "cases.seeds[1]") == (problem.file, problem.key)


@pytest.mark.parametrize(
    ("scale", "is_sound"),
    [
        ({"image_size": 96, "weights.content": 2, "style_layers.rgb": 1}, True),
        ({"cases.seeds": [1], "parameters.lr.values": [1], "evaluation": {"size": 64}}, True),
        ({}, True),
        ({"iteratons": 5}, False),
        ({"image_size": 8}, False),
        ({"scale": "full"}, False),
        (5, False),
    ],
)
def test_the_schema_knows_the_keys_of_a_scale(scale: Any, is_sound: bool) -> None:
    """An editor completes and checks them."""
    jsonschema = pytest.importorskip("jsonschema")
    data = {"cases": {"content": "a", "style": "b"}, "scales": {"small": scale}}

    assert is_sound is jsonschema.Draft202012Validator(json_schema()).is_valid(data)
