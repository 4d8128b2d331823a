"""A sweep file with the method of a study: what comes first, the search block, the notes."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from harness.errors import Problem
from harness.spec.models import METHODS, SweepFile
from harness.spec.sweep_spec import SweepSpec

Load = Callable[..., SweepSpec]

HEAD = """\
    method: tpe
    metric: balance
    limits: {max_variants: 9}
"""
STUDY = f"""{HEAD}\
    parameters:
      start: {{values: [content, noise]}}
      weights.style: {{min: 1, max: 100, distribution: log_uniform_values}}
      weights.tv: {{min: 0, max: 8, when: {{start: noise}}}}
"""


def names(spec: SweepSpec) -> list[str]:
    """Return the names of the variants that come first."""
    return [variant.name for variant in spec.variants]


def test_a_study_begins_with_the_base(load: Load) -> None:
    """The baseline has every base value; ranges have no labels."""
    spec = load(STUDY)

    assert names(spec) == ["start=content, weights.style=30"]
    assert spec.baseline.settings == spec.base
    assert spec.points == ({"start": "content", "weights.style": 30.0},)
    assert spec.axes == {"start": ("content", "noise"), "weights.style": (), "weights.tv": ()}
    assert spec.notes == ()


def test_the_first_variants_follow_the_baseline(load: Load) -> None:
    """In the file's order; what they do not name is as in the base, not as in the baseline."""
    spec = load(
        STUDY
        + "    baseline: {weights.style: 5}\n"
        + "    search:\n"
        + "      first: [{start: noise}, {weights.style: 2, weights.tv: 4, pooling: avg}]\n"
    )

    assert names(spec) == [
        "start=content, weights.style=5",
        "start=noise, weights.style=30, weights.tv=4",
        "start=content, weights.style=2",
    ]
    assert spec.baseline_index == 0
    assert [len(point) for point in spec.points] == [2, 3, 2]
    assert spec.space is not None
    assert [spec.space.variant(one).name for one in spec.points] == names(spec)


def test_a_first_variant_that_is_the_baseline_is_tried_once(load: Load) -> None:
    """Naming it again changes nothing."""
    spec = load(STUDY + "    search: {first: [{start: content}, {weights.style: 30}]}\n")

    assert (len(spec.variants), len(spec.points), spec.notes) == (1, 1, ())


def test_points_of_equal_settings_collapse(load: Load) -> None:
    """The whole names what its part overrules."""
    spec = load("""\
        method: random
        limits: {time: 1h}
        parameters:
          weights: {values: {gentle: {style: 5}, bold: {style: 50}}}
          weights.style: {min: 1, max: 9}
        baseline: {weights: gentle, weights.style: 2}
        search: {first: [{weights: bold, weights.style: 2}]}
    """)

    assert names(spec) == ["weights=gentle, weights.style=2"]
    assert spec.points == ({"weights": "gentle", "weights.style": 2.0},)
    assert "(weights=bold, weights.style=2): the same settings" in spec.notes[-1]


def test_what_cannot_have_its_base_value_says_so(load: Load) -> None:
    """The first choice, or the nearest end, stands in for it, unless the file names a value."""
    text = f"""{HEAD}\
    parameters:
      content_layers: {{values: [relu1_1, relu2_1]}}
      weights.style: {{min: 50, max: 100}}
      style_layers.conv5_4: {{min: 0.5, max: 1}}
    base: {{style_layers: {{rgb: 1, conv5_4: 0}}}}
"""
    spec = load(text)
    found = spec.baseline.settings

    assert (list(found.content_layers), found.weights.style) == (["relu1_1"], 50.0)
    assert found.style_layers["conv5_4"] == 0.5
    assert spec.notes == (
        "content_layers is not tried at its base value, relu4_2; where baseline or search.first "
        "do not name it, it is relu1_1",
        "weights.style is not tried at its base value, 30; where baseline or search.first do not "
        "name it, it is 50",
        "style_layers.conv5_4 is not tried at its base value, 0; where baseline or search.first "
        "do not name it, it is 0.5",
    )
    named = "baseline: {content_layers: relu2_1, weights.style: 60, style_layers.conv5_4: 1}"
    assert load(text + f"    {named}\n").notes == ()


def test_a_grid_has_no_space_and_a_study_has_one(load: Load) -> None:
    """So that whoever runs them can tell them apart."""
    grid, study = load("question: a"), load(STUDY)

    assert (grid.space, grid.search, grid.points) == (None, None, ())
    assert study.space is not None
    assert study.search is not None


def test_the_search_block_is_read(load: Load) -> None:
    """Seed, constraints, pruning, halving, and what they are by default."""
    block = (
        "seed: 3, constraints: {content/score: {min: 0.4}, seconds: {min: 1, max: 9}}, "
        "prune: false, halving: {image_size: 96, weights.content: 2, keep: 0.25}"
    )
    search = load(STUDY + f"    search: {{{block}}}\n").search
    default = load(STUDY).search
    assert search is not None
    assert default is not None
    assert search.halving is not None

    bounds = {name: (one.min, one.max) for name, one in search.constraints.items()}
    assert bounds == {"content/score": (0.4, None), "seconds": (1.0, 9.0)}
    assert (search.seed, search.prune) == (3, False)
    assert search.halving.keep == 0.25
    assert search.halving.settings == {"image_size": 96, "weights.content": 2}
    assert (default.seed, default.first, default.constraints) == (0, (), {})
    assert (default.prune, default.halving) == (True, None)


@pytest.mark.parametrize("block", ["", "    search: {prune: false}\n"])
def test_a_front_is_not_pruned(load: Load, block: str) -> None:
    """There is no one metric by which a variant could be given up."""
    spec = load(STUDY.replace("metric: balance", "metric: [balance, seconds]") + block)

    assert spec.search is not None
    assert spec.search.prune is False


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("cmaes", ("cmaes searches ranges only; it draws start at random",)),
        ("qmc", ("qmc spreads evenly what always applies; averaging may be drawn at random",)),
        ("tpe", ()),
    ],
)
def test_notes_say_what_a_method_draws_at_random(
    load: Load, method: str, expected: tuple[str, ...]
) -> None:
    """Nobody should wonder why a choice does not improve."""
    condition = ", when: {start: noise}" if method != "cmaes" else ""
    spec = load(f"""\
        method: {method}
        metric: balance
        limits: {{time: 1h}}
        parameters:
          start: {{values: [content, noise]}}
          lr: {{min: 0.01, max: 1}}
          averaging: {{min: 0, max: 0.98{condition}}}
    """)

    assert spec.notes == expected


def test_snapshots_may_be_as_late_as_the_longest_variant(load: Load) -> None:
    """Of a range its end, of values the largest; the base where the parameter may not apply."""
    ranged = STUDY.replace("weights.style: {min: 1, max: 100", "iterations: {min: 1, max: 400")
    listed = STUDY.replace("weights.tv: {min: 0, max: 8", "iterations: {values: [5, 9]")

    for text, longest in ((ranged, 400), (listed, 150)):
        spec = load(f"{text}    evaluation: {{snapshots: [{longest}]}}\n")
        assert (longest,) == spec.evaluation.snapshots


def test_files_of_halving_are_found_beside_the_sweep_file(load: Load, tmp_path: Path) -> None:
    """As everywhere in a sweep file."""
    (tmp_path / "me.png").touch()
    block = "{values: [max, avg]}\n    search: {halving: {start: 'file:me.png'}}\n"
    spec = load(HEAD + "    parameters:\n      pooling: " + block)

    assert spec.space is not None
    assert f"file:{tmp_path / 'me.png'}" == spec.space.small(spec.base).start


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("search.seed=7", (7, {"image_size": 96})),
        ("search.halving.style_layers.rgb=0.5", (0, {"image_size": 96, "style_layers.rgb": 0.5})),
        ("search.halving={iterations: 9}", (0, {"iterations": 9})),
    ],
)
def test_the_command_line_changes_the_search(
    load: Load, override: str, expected: tuple[int, dict[str, float]]
) -> None:
    """By the keys of the file; a settings key may have a dot."""
    search = load(STUDY + "    search: {halving: {image_size: 96}}\n", override).search
    assert search is not None
    assert search.halving is not None

    assert expected == (search.seed, search.halving.settings)


def test_a_refused_parameter_is_not_complained_of_twice(
    problems_of: Callable[..., list[Problem]],
) -> None:
    """Whatever needs it is passed over, and the rest of the file is still checked."""
    found = problems_of("""\
        method: cmaes
        metric: balance
        parameters:
          lr: {min: 0.01, max: 1, count: 3}
          averaging: {min: 0, max: 0.9}
        exclude: [{lr: 0.1}]
        baseline: {lr: 0.5}
        limits: {time: soon}
        search:
          first: [{lr: 0.1}, {averaging: 2}]
          constraints: {style/gian: {min: 1}, balance: {}}
    """)
    assert [one.key for one in found] == [
        "parameters.lr.count",
        "limits.time",
        "search.first[1].averaging",
        "search.constraints.balance",
        "search.constraints.style/gian",
    ]


def test_an_exclusion_may_name_only_what_applies_sometimes(load: Load) -> None:
    """It is met where the parameter applies, which is found out."""
    spec = load(f"""{HEAD}\
    parameters:
      start: {{values: [content, noise]}}
      weights.tv: {{values: [0, 1], when: {{start: noise}}}}
    exclude: [{{weights.tv: 1}}]
""")
    assert spec.space is not None

    assert spec.space.refusal({"start": "noise", "weights.tv": "1"}) == "excluded by exclude[0]"
    assert spec.space.refusal({"start": "content"}) is None


def test_halving_is_not_blamed_for_what_is_impossible_anyway(load: Load) -> None:
    """A layer that only one of two backbones has is refused point by point."""
    spec = load(f"""{HEAD}\
    base: {{backbone: vgg16}}
    parameters:
      backbone: {{values: [vgg16, vgg19]}}
      content_layers: {{values: [relu3_3, relu3_4]}}
    search: {{halving: {{image_size: 96}}}}
""")

    assert names(spec) == ["backbone=vgg16, content_layers=relu3_3"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("method: tep\nsearch: {seed: 1}", "method"),
        (
            "method: tpe\nlimits: {time: 1h}\nparameters: 3\nsearch: {first: [{lr: 1}]}",
            "parameters",
        ),
    ],
)
def test_what_follows_from_a_problem_is_no_other_problem(
    problem_of: Callable[..., Problem], text: str, key: str
) -> None:
    """A search with a misspelt method, a first variant of parameters that cannot be read."""
    assert key == problem_of(text).key


def test_methods_are_those_of_the_sweep_file() -> None:
    """All but the grid."""
    methods = get_args(SweepFile.model_fields["method"].annotation)

    assert {"grid", *METHODS} == set(methods)
