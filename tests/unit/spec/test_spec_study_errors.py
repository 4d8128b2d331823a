"""What can be wrong with a study: its budget, method, space and ``search`` block."""

from collections.abc import Callable

import pytest

from harness.errors import Problem

from .conftest import Wrong

ProblemsOf = Callable[..., list[Problem]]
CheckProblem = Callable[[Wrong], None]

HEAD = "method: tpe\nmetric: balance\nlimits: {max_variants: 9}\n"
LR = HEAD + "parameters: {lr: {min: 0.01, max: 1}}\n"
CMAES = "method: cmaes\nlimits: {time: 1h}\nparameters:\n  lr: {min: 0.01, max: 1}\n"
WIDE = CMAES + "  averaging: {min: 0, max: 0.9}\n"
START = HEAD + "parameters: {start: {values: [content, noise]}, lr: {min: 0.01, max: 1}}\n"

WRONG: dict[str, Wrong] = {
    "no budget": (
        "method: tpe\nparameters: {lr: {min: 0.01, max: 1}}",
        1,
        "method",
        "limits.max_variants (how many variants to try), limits.time, or both",
    ),
    "limits that are no budget": (
        "method: tpe\nparameters: {lr: {min: 0.01, max: 1}}\nlimits: {retries: 2}",
        3,
        "limits",
        "goes on until its budget is spent",
    ),
    "no room for the first": (
        LR.replace("9", "2") + "search: {first: [{lr: 0.1}, {lr: 0.2}]}",
        3,
        "limits.max_variants",
        "found 2; the baseline and 2 of search.first are more",
    ),
    "nothing to vary": (HEAD, 1, "method", "tpe needs something to vary"),
    "count": (
        HEAD + "parameters:\n  lr: {min: 0.01, max: 1,\n    count: 3}",
        6,
        "parameters.lr.count",
        "count is for grids",
    ),
    "range upside down": (
        HEAD + "parameters: {lr: {min: 1, max: 0.1}}",
        4,
        "parameters.lr",
        "a min below max",
    ),
    "end out of bounds": (
        HEAD + "parameters: {averaging: {min: 0, max: 1}}",
        4,
        "parameters.averaging",
        "found 1; allowed: a number below 1",
    ),
    "layer that the backbone lacks": (
        HEAD + "parameters: {style_layers.relu9_1: {min: 0.5, max: 1}}",
        4,
        "parameters.style_layers.relu9_1",
        "no tap relu9_1",
    ),
    "q of a whole setting": (
        HEAD + "parameters: {iterations: {min: 1, max: 9, q: 1.5, distribution: q_uniform}}",
        4,
        "parameters.iterations",
        "found the q 1.5; allowed: whole numbers",
    ),
    "a value twice": (
        HEAD + "parameters: {lr: {values: [1, 2, 1.0]}}",
        4,
        "parameters.lr.values[2]",
        "found 1 twice",
    ),
    "a value under two labels": (
        HEAD + "parameters: {lr: {values: {slow: 1, same: 1}}}",
        4,
        "parameters.lr.values.same",
        "same is the same as slow",
    ),
    "a label twice": (
        HEAD
        + "parameters:\n  duo:\n    zip:\n"
        + "      lr: {'1, 2': 1, '1': 2}\n      weights.tv: {'3': 1, '2, 3': 2}",
        7,
        "parameters.duo.zip.lr.1",
        "found (1, 2, 3) twice",
    ),
    "condition on a range": (
        HEAD + "parameters:\n  lr: {min: 0.01, max: 1}\n"
        "  start: {values: [content, noise], when: {lr: 0.1}}",
        6,
        "parameters.start.when.lr",
        "lr is a range (0.01 to 1), which has no values to compare with",
    ),
    "exclusion of a range": (
        LR + "exclude: [{lr: 0.1}]",
        5,
        "exclude[0].lr",
        "allowed here: parameters with values",
    ),
    "exclusion of nothing": (
        HEAD + "parameters:\n  start: {values: [content, noise]}\n"
        "  weights.tv: {values: [0, 1], when: {start: noise}}\n"
        "exclude:\n- {start: content, weights.tv: 0}",
        8,
        "exclude[0]",
        "excludes nothing",
    ),
    "exclusion of the default baseline": (
        START + "exclude: [{start: content}]",
        4,
        "parameters",
        "(start=content, lr=0.02) cannot be run: excluded by exclude[0]; name one that can",
    ),
    "exclusion of the baseline": (
        START + "exclude: [{start: noise}]\nbaseline: {start: noise}",
        6,
        "baseline",
        "the baseline (start=noise, lr=0.02) cannot be run: excluded by exclude[0]",
    ),
    "baseline outside": (
        LR + "baseline: {lr: 3}",
        5,
        "baseline.lr",
        "found 3; allowed: 0.01 to 1; nearest: 1",
    ),
    "baseline that is no number": (
        LR + "baseline: {lr: fast}",
        5,
        "baseline.lr",
        "found 'fast'; allowed: 0.01 to 1",
    ),
    "baseline between two multiples": (
        HEAD + "parameters: {iterations: {min: 50, max: 200, q: 50, distribution: q_uniform}}\n"
        "baseline: {iterations: 120}",
        5,
        "baseline.iterations",
        "allowed: multiples of 50 from 50 to 200; nearest: 100",
    ),
    "baseline of no choice": (
        START + "baseline: {start: nose}",
        5,
        "baseline.start",
        "did you mean noise?",
    ),
    "first of what is not varied": (
        LR + "search:\n  first:\n  - {lr: 0.1}\n  - {poling: max}",
        8,
        "search.first[1].poling",
        "varied in this sweep: lr",
    ),
    "first that is empty": (
        LR + "search: {first: [{}]}",
        5,
        "search.first[0]",
        "1 or more",
    ),
    "first where it does not apply": (
        HEAD + "parameters:\n  start: {values: [content, noise]}\n"
        "  weights.tv: {min: 0, max: 1, when: {start: noise}}\n"
        "search: {first: [{start: content, weights.tv: 0.5}]}",
        7,
        "search.first[0].weights.tv",
        "weights.tv is varied only when start=noise; leave it out here",
    ),
    "first at a base value that is no choice": (
        HEAD + "parameters:\n  start: {values: [content, noise]}\n"
        "  weights.tv: {values: [0, 1], when: {start: noise}}\n"
        "search: {first: [{start: noise, weights.tv: 4}]}",
        7,
        "search.first[0].weights.tv",
        "found the base value, but weights.tv is varied here; allowed: 0, 1",
    ),
    "first with contradicting members": (
        HEAD + "parameters: {duo: {zip: {lr: [1, 2], start: [noise, style]}}}\n"
        "search: {first: [{lr: 1, start: style}]}",
        5,
        "search.first[0].start",
        "no position of duo has this with lr and start; allowed: (1, noise), (2, style)",
    ),
    "first with one of several positions": (
        HEAD + "parameters: {duo: {zip: {lr: [1, 2], start: [noise, noise]}}}\n"
        "search: {first: [{start: noise}]}",
        5,
        "search.first[0].start",
        "means (1, noise), (2, noise); allowed: one of them",
    ),
    "first that is impossible": (
        HEAD + "parameters:\n  backbone: {values: [vgg19, vgg16]}\n"
        "  content_layers: {values: [relu4_2, relu3_4]}\n"
        "search: {first: [{backbone: vgg16, content_layers: relu3_4}]}",
        7,
        "search.first[0]",
        "do not go together: content_layers.relu3_4: vgg16 has no tap relu3_4",
    ),
    "front with cmaes": (
        WIDE + "metric: [balance, seconds]",
        6,
        "metric",
        "cmaes searches by one metric, and there are 2: balance and seconds; allowed: one, or",
    ),
    "front by default with cmaes": (
        WIDE,
        1,
        "method",
        "there are 2: style/gain and content/score",
    ),
    "cmaes on a line": (
        CMAES + "metric: balance",
        1,
        "method",
        "cmaes searches ranges (min, max), at least 2, and there is 1",
    ),
    "cmaes on choices": (
        "method: cmaes\nmetric: balance\nlimits: {time: 1h}\nparameters: {lr: {values: [1, 2]}}",
        1,
        "method",
        "and there is none",
    ),
    "cmaes on a range of one number": (
        CMAES + "  iterations: {min: 5.5, max: 6.5}\nmetric: balance",
        1,
        "method",
        "at least 2, and there is 1",
    ),
    "condition with cmaes": (
        WIDE + "  start: {values: [content, noise]}\n"
        "  weights.tv: {min: 0, max: 1,\n    when: {start: noise}}\nmetric: balance",
        8,
        "parameters.weights.tv.when",
        "cmaes cannot search a parameter that applies only sometimes",
    ),
    "condition with gp": (
        START.replace("tpe", "gp").replace("}}\n", "}, ")
        + "weights.tv: {min: 0, max: 1, when: {start: noise}}}",
        4,
        "parameters.weights.tv.when",
        "gp cannot search a parameter that applies only sometimes",
    ),
    "unknown key of the search": (LR + "search: {sed: 1}", 5, "search.sed", "did you mean seed?"),
    "search that is no mapping": (LR + "search: 3", 5, "search", "found 3; allowed: a mapping"),
    "negative seed": (LR + "search: {seed: -1}", 5, "search.seed", "0 or more"),
    "constraint on an unknown metric": (
        LR + "search:\n  constraints:\n    style/gian: {min: 1}",
        7,
        "search.constraints.style/gian",
        "did you mean style/gain?",
    ),
    "constraint without bounds": (
        LR + "search: {constraints: {style/gain: {}}}",
        5,
        "search.constraints.style/gain",
        "found {}; allowed: min, max or both",
    ),
    "constraint upside down": (
        LR + "search: {constraints: {style/gain: {min: 2, max: 1}}}",
        5,
        "search.constraints.style/gain",
        "a min up to max",
    ),
    "unknown bound": (
        LR + "search: {constraints: {style/gain: {least: 2}}}",
        5,
        "search.constraints.style/gain.least",
        "allowed: min, max",
    ),
    "pruning on a front": (
        LR.replace("metric: balance", "metric: [balance, seconds]") + "search: {prune: true}",
        5,
        "search.prune",
        "allowed: prune: false, or one metric",
    ),
    "halving of no setting": (
        LR + "search:\n  halving:\n    iteratons: 5",
        7,
        "search.halving.iteratons",
        "did you mean iterations?",
    ),
    "halving of a wrong value": (
        LR + "search: {halving: {image_size: 8}}",
        5,
        "search.halving.image_size",
        "found 8; allowed: 32 or more",
    ),
    "halving of more": (
        LR + "search: {halving: {iterations: 400}}",
        5,
        "search.halving.iterations",
        "found 400, which is more than in base; allowed: less than 150",
    ),
    "halving of nothing": (
        LR + "search: {halving: {keep: 0.5}}",
        5,
        "search.halving",
        "allowed: smaller settings",
    ),
    "halving to the same": (
        LR + "search: {halving: {image_size: 256}}",
        5,
        "search.halving",
        "makes nothing smaller",
    ),
    "halving by several metrics": (
        LR.replace("metric: balance", "metric: [balance, style/gain]")
        + "search: {halving: {image_size: 96}}",
        5,
        "search.halving",
        "told by one metric, and there are 2",
    ),
    "halving that keeps all": (
        LR + "search: {halving: {image_size: 96, keep: 1}}",
        5,
        "search.halving.keep",
        "a number below 1",
    ),
    "halving of what is varied": (
        LR + "search: {halving: {lr: 0.1}}",
        5,
        "search.halving.lr",
        "the study varies it (parameters.lr)",
    ),
    "halving of a part of what is varied": (
        HEAD + "parameters: {style_layers: {values: [rgb, relu1_1]}}\n"
        "search: {halving: {style_layers.rgb: 0.1}}",
        5,
        "search.halving.style_layers.rgb",
        "parameters.style_layers",
    ),
    "halving of a whole of what is varied": (
        HEAD + "parameters: {weights.style: {min: 1, max: 9}}\n"
        "search: {halving: {weights: {tv: 1}}}",
        5,
        "search.halving.weights",
        "parameters.weights.style",
    ),
    "halving that one choice cannot take": (
        HEAD + "parameters: {backbone: {values: [vgg19, vgg16]}}\n"
        "search: {halving: {content_layers: relu3_4}}",
        5,
        "search.halving.content_layers.relu3_4",
        "vgg16 has no tap relu3_4",
    ),
    "halving to a backbone that one choice cannot take": (
        HEAD + "parameters: {content_layers: {values: [relu4_2, relu3_4]}}\n"
        "search: {halving: {backbone: vgg16}}",
        5,
        "search.halving.backbone",
        "vgg16 has no tap relu3_4",
    ),
    "snapshot after the end": (
        HEAD + "parameters: {iterations: {min: 20, max: 90}}\nevaluation: {snapshots: [90, 100]}",
        5,
        "evaluation.snapshots[1]",
        "no variant has more than 90",
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_each_error_of_a_study_has_its_line_key_and_remedy(
    wrong: Wrong, check_problem: CheckProblem
) -> None:
    """One thing wrong gives one problem, at its line, under its key, with what is allowed."""
    check_problem(wrong)
