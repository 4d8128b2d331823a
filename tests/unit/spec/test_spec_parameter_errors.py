"""What can be wrong with parameters, exclusions and the baseline of a sweep file."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.errors import Problem

from .conftest import Wrong

ProblemOf = Callable[..., Problem]
ProblemsOf = Callable[..., list[Problem]]
CheckProblem = Callable[[Wrong], None]

WRONG: dict[str, Wrong] = {
    "unknown parameter": (
        "parameters:\n  iteratons: {values: [1]}",
        2,
        "parameters.iteratons",
        "did you mean iterations?",
    ),
    "seed as a parameter": (
        "parameters: {seed: {values: [1]}}",
        1,
        "parameters.seed",
        "did you mean cases.seeds?",
    ),
    "list without values": (
        "parameters: {lr: [0.1, 0.2]}",
        1,
        "parameters.lr",
        "found [0.1, 0.2]; allowed: {values:",
    ),
    "form misspelt": ("parameters: {lr: {valeus: [1]}}", 1, "parameters.lr", "mean values?"),
    "no values": ("parameters: {lr: {values: []}}", 1, "parameters.lr.values", "at least one"),
    "two forms": (
        "parameters: {lr: {values: [1], min: 2}}",
        1,
        "parameters.lr.min",
        "allowed: values, when",
    ),
    "label of two lines": (
        'parameters: {lr: {values: {"a\\nb": 1}}}',
        1,
        "parameters.lr.values",
        "one line",
    ),
    "wrong value": (
        "parameters:\n  lr:\n    values:\n      - 1\n      - fast",
        5,
        "parameters.lr.values[1]",
        "found 'fast'; allowed: a number",
    ),
    "wrong labelled value": (
        "parameters:\n  lr:\n    values:\n      slow: 1\n      fast: -1",
        5,
        "parameters.lr.values.fast",
        "found -1; allowed: a number above 0",
    ),
    "wrong tap in a value": (
        "parameters: {content_layers: {values: [relu4_2, relu9_2]}}",
        1,
        "parameters.content_layers.values[1].relu9_2",
        "no tap relu9_2",
    ),
    "wrong tap in a key": (
        "parameters: {style_layers.relu9_1: {values: [1]}}",
        1,
        "parameters.style_layers.relu9_1.values[0]",
        "no tap relu9_1",
    ),
    "range without count": ("parameters: {lr: {min: 1, max: 2}}", 1, "parameters.lr", "count"),
    "range without max": (
        "parameters: {lr: {min: 1, count: 2}}",
        1,
        "parameters.lr.max",
        "required",
    ),
    "range upside down": (
        "parameters: {lr: {min: 2, max: 1, count: 2}}",
        1,
        "parameters.lr",
        "a min below max",
    ),
    "logarithm of zero": (
        "parameters: {lr: {min: 0, max: 1, count: 2, distribution: log_uniform_values}}",
        1,
        "parameters.lr",
        "a min above 0",
    ),
    "distribution": (
        "parameters: {lr: {min: 1, max: 2, count: 2, distribution: log_uniform}}",
        1,
        "parameters.lr.distribution",
        "did you mean log_uniform_values?",
    ),
    "q without its distribution": (
        "parameters: {lr: {min: 1, max: 2, count: 2, q: 1}}",
        1,
        "parameters.lr",
        "q_uniform",
    ),
    "q that hits nothing": (
        "parameters: {lr: {min: 1, max: 2, count: 2, q: 7, distribution: q_uniform}}",
        1,
        "parameters.lr",
        "no multiple of 7",
    ),
    "count of one": (
        "parameters: {lr: {min: 1, max: 2, count: 1}}",
        1,
        "parameters.lr.count",
        "2 or more",
    ),
    "range of words": (
        "parameters: {pooling: {min: 1, max: 2, count: 2}}",
        1,
        "parameters.pooling",
        "is no number",
    ),
    "range of nothing": (
        "parameters: {fooling: {min: 1, max: 2, count: 2}}",
        1,
        "parameters.fooling",
        "mean pooling?",
    ),
    "range out of bounds": (
        "parameters: {averaging: {min: 0, max: 1, count: 2}}",
        1,
        "parameters.averaging",
        "below 1",
    ),
    "zip of unequal lengths": (
        "parameters: {duo: {zip: {lr: [1, 2], start: [noise]}}}",
        1,
        "parameters.duo.zip",
        "found 2 of lr, 1 of start",
    ),
    "zip with too few names": (
        "parameters: {duo: {zip: {lr: [1, 2]}, labels: [slow]}}",
        1,
        "parameters.duo.labels",
        "found 1 for 2 positions; allowed: one for each",
    ),
    "zip with a name twice": (
        "parameters: {duo: {zip: {lr: [1, 2]}, labels: [slow, slow]}}",
        1,
        "parameters.duo.labels",
        "labels that differ",
    ),
    "zip of an unknown key": (
        "parameters:\n  duo:\n    zip:\n      lr: [1]\n      sart: [noise]",
        5,
        "parameters.duo.zip.sart",
        "did you mean start?",
    ),
    "zip with a wrong value": (
        "parameters:\n  duo:\n    zip:\n      lr: [1, 2]\n      start: [noise,\n        nose]",
        6,
        "parameters.duo.zip.start[1]",
        "did you mean noise?",
    ),
    "zip named like a setting": (
        "parameters: {start: {zip: {lr: [1, 2]}}}",
        1,
        "parameters.start",
        "may not be start",
    ),
    "zip named like a case": (
        "parameters: {seed: {zip: {lr: [1, 2]}}}",
        1,
        "parameters.seed",
        "may not be seed",
    ),
    "swept twice": (
        "parameters: {lr: {values: [1]}, duo: {zip: {lr: [1, 2]}}}",
        1,
        "parameters.duo.zip.lr",
        "swept twice",
    ),
    "when names nothing varied": (
        "parameters: {lr: {values: [1, 2], when: {star: noise}}, start: {values: [noise]}}",
        1,
        "parameters.lr.when.star",
        "did you mean start?",
    ),
    "when names no value": (
        "parameters: {lr: {values: [1, 2], when: {start: style}}, start: {values: [noise]}}",
        1,
        "parameters.lr.when.start",
        "found 'style'; allowed: noise",
    ),
    "when of itself": (
        "parameters: {lr: {values: [1, 2], when: {lr: 1}}}",
        1,
        "parameters.lr.when",
        "depends on itself",
    ),
    "exclude names nothing varied": (
        "parameters: {lr: {values: [1, 2]}}\nexclude:\n- {lr: 1}\n- {rl: 1}",
        4,
        "exclude[1].rl",
        "varied in this sweep: lr",
    ),
    "exclude names no value": (
        "parameters: {lr: {values: {low: 1, high: 2}}}\nexclude: [{lr: hihg}]",
        2,
        "exclude[0].lr",
        "did you mean high?",
    ),
    "exclude matches no combination": (
        "parameters: {lr: {values: [1, 2], when: {start: noise}}, "
        "start: {values: [noise, style]}}\nexclude: [{lr: 1, start: style}]",
        2,
        "exclude[0]",
        "excludes nothing",
    ),
    "exclude leaves nothing": (
        "parameters: {lr: {values: [1]}}\nexclude: [{lr: 1}]",
        2,
        "exclude",
        "leaves no variant",
    ),
    "empty exclude": ("exclude: [{}]", 1, "exclude[0]", "1 or more"),
    "baseline names no value": (
        "parameters: {lr: {values: [1, 2]}}\nbaseline: {lr: 3}",
        2,
        "baseline.lr",
        "found 3; allowed: 1, 2",
    ),
    "baseline names nothing varied": (
        "parameters: {lr: {values: [1, 2]}}\nbaseline: {pooling: max}",
        2,
        "baseline.pooling",
        "varied in this sweep: lr",
    ),
    "baseline of an unvaried base value": (
        "parameters: {lr: {values: [1, 2]}}\nbaseline: {pooling: avg}",
        2,
        "baseline",
        "not named, so at its base value: lr=0.02); nearest: (lr=1); (lr=2)",
    ),
    "baseline excluded": (
        "parameters: {lr: {values: [1, 2]}}\nexclude: [{lr: 2}]\nbaseline: {lr: 2}",
        3,
        "baseline",
        "no variant has these settings; nearest: (lr=1)",
    ),
    "baseline ambiguous": (
        "parameters: {lr: {values: {'1': 2, '2': 1}}}\nbaseline: {lr: 1}",
        2,
        "baseline.lr",
        "which means 1 and 2; allowed: one of them",
    ),
    "too many variants": (
        "parameters: {lr: {values: [1, 2, 3]}}\nlimits:\n  max_variants: 2",
        3,
        "limits.max_variants",
        "found 3 variants; allowed: 2",
    ),
    "far too many combinations": (
        "parameters: {lr: {min: 1, max: 2, count: 200}, weights.tv: {min: 1, max: 2, count: 200}}",
        1,
        "parameters",
        "more than 10000",
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_each_error_of_a_parameter_has_its_line_key_and_remedy(
    wrong: Wrong, check_problem: CheckProblem
) -> None:
    """One thing wrong gives one problem, at its line, under its key, with what is allowed."""
    check_problem(wrong)


def test_a_refused_parameter_is_not_complained_of_twice(problems_of: ProblemsOf) -> None:
    """Whatever names it later is passed over."""
    found = problems_of("""\
        parameters:
          lr: {valus: [1, 2]}
          opening: {zip: {start: [noise], weights.content: [1, 2]}}
          pooling: {values: [max, avg], when: {start: noise}}
        exclude: [{lr: 1}]
        baseline: {lr: 2, start: noise}
        layout: {rows: lr, columns: opening}
    """)
    assert [one.key for one in found] == ["parameters.lr", "parameters.opening.zip"]


def test_taps_are_checked_against_the_backbone_of_each_variant(problem_of: ProblemOf) -> None:
    """A tap that only one of two backbones has names the variants that cannot be."""
    problem = problem_of("""\
        parameters:
          backbone: {values: [vgg16, vgg19]}
          content_layers: {values: [relu3_3, relu3_4]}
          lr: {values: [0.01, 0.02]}
    """)
    assert problem.key == "parameters.content_layers.values[1].relu3_4"
    assert problem.line == 3
    variant = "in the variant backbone=vgg16, content_layers=relu3_4, lr=0.01 and 1 more"
    assert variant in problem.message


def test_an_excluded_variant_may_be_impossible(load: Callable[..., Any]) -> None:
    """Exclusions are taken away before settings are checked."""
    spec = load("""\
        parameters:
          backbone: {values: [vgg16, vgg19]}
          content_layers: {values: [relu3_3, relu3_4]}
        exclude: [{backbone: vgg16, content_layers: relu3_4}]
    """)
    assert len(spec.variants) == 3
