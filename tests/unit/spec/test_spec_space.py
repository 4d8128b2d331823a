"""The space of a study: what applies when, variants of points, names, refusals, signatures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from harness.errors import SpecError
from harness.spec.setting_keys import lookup
from harness.spec.setting_types import LossWeights
from harness.spec.space import Dimension, Point, Space
from harness.spec.sweep_spec import SweepSpec, load_sweep

Load = Callable[..., SweepSpec]

TEXT = """\
    method: tpe
    metric: balance
    limits: {max_variants: 9}
    parameters:
      weights.tv: {values: [0, 1], when: {start: noise}}
      weights.style: {min: 1, max: 100, distribution: log_uniform_values}
      iterations: {min: 40, max: 200}
      content_layers: {values: {deep: relu4_2, flat: relu2_2}}
      opening: {zip: {start: [content, noise], weights.content: [1, 5]}}
      style_layers.relu3_1: {min: 0, max: 2, q: 0.5, distribution: q_uniform}
    exclude: [{content_layers: flat, start: noise}]
"""


@pytest.fixture
def space(load: Load) -> Space:
    """Return the space of the study above."""
    space = load(TEXT).space
    assert space is not None
    return space


FULL: Point = {
    "weights.tv": "1",
    "weights.style": 12.34567,
    "iterations": 100,
    "content_layers": "deep",
    "opening": "(noise, 5)",
    "style_layers.relu3_1": 1.5,
}


def test_dimensions_come_in_the_order_of_the_file(space: Space) -> None:
    """With their labels, or the ends and kind of their numbers."""
    found = [(one.name, one.labels, str(one.interval)) for one in space.dimensions]

    assert found == [
        ("weights.tv", ("0", "1"), "None"),
        ("weights.style", (), "1 to 100"),
        ("iterations", (), "whole numbers from 40 to 200"),
        ("content_layers", ("deep", "flat"), "None"),
        ("opening", ("(content, 1)", "(noise, 5)"), "None"),
        ("style_layers.relu3_1", (), "multiples of 0.5 from 0 to 2"),
    ]
    assert [one.interval.is_log for one in space.dimensions if one.interval] == [1, 0, 0]
    assert space.dimensions[0].when == {"start": "noise"}


def asked(space: Space, answers: Point) -> list[str]:
    """Return the names in the order in which the space asks for them."""
    chosen: dict[str, str | int | float] = {}
    while (one := space.next_dimension(chosen)) is not None:
        chosen[one.name] = answers[one.name]
    return list(chosen)


def test_a_condition_is_decided_before_what_depends_on_it(space: Space) -> None:
    """The weight comes first in the file, and is asked for after the start, if at all."""
    order = asked(space, FULL)

    assert sorted(FULL) == sorted(order)
    assert order.index("opening") < order.index("weights.tv")
    assert "weights.tv" not in asked(space, {**FULL, "opening": "(content, 1)"})


def test_a_point_is_a_variant_with_resolved_settings(space: Space) -> None:
    """Labels stand for their values, members of a zip have theirs; numbers are taken exactly."""
    variant = space.variant(FULL)
    settings = variant.settings
    assert settings.weights == LossWeights(content=5, style=12.34567, tv=1)
    assert (100, "noise") == (settings.iterations, settings.start)
    assert 1.5 == settings.style_layers["relu3_1"]
    assert variant.name == (
        "weights.tv=1, weights.style=12.35, iterations=100, content_layers=deep, "
        "opening=(noise, 5), style_layers.relu3_1=1.5"
    )
    assert variant.assignment["weights.style"] == variant.labels["weights.style"] == "12.35"
    assert (variant.labels["start"], variant.labels["weights.content"]) == ("noise", "5")


def test_what_does_not_apply_has_its_base_value_and_no_name(space: Space) -> None:
    """As in a grid."""
    point = {name: value for name, value in FULL.items() if name != "weights.tv"}
    variant = space.variant({**point, "opening": "(content, 1)"})

    assert variant.settings.weights.tv == 4.0
    assert variant.assignment["weights.tv"] == "4"
    assert variant.name.startswith("weights.style=12.35, ")


@pytest.mark.parametrize(
    ("number", "text"),
    [(12.34567, "12.35"), (30.0, "30"), (99.99999, "100"), (1.0000001, "1"), (2, "2")],
)
def test_numbers_have_four_digits_in_a_name(space: Space, number: float, text: str) -> None:
    """Enough to tell variants apart at a glance."""
    assert f"weights.style={text}," in space.variant({**FULL, "weights.style": number}).name


def test_a_name_that_is_taken_gets_more_digits(space: Space) -> None:
    """As many as it takes, up to all of them; names of the others stay."""
    names: list[str] = []
    for number in (12.34567, 12.34568, 12.345671, 12.345670000000002):
        variant = space.variant({**FULL, "weights.style": number}, taken=names)
        assert variant.settings.weights.style == number
        assert f"weights.style={variant.assignment['weights.style']}," in variant.name
        names.append(variant.name)

    shown = [name.split(", ")[1].removeprefix("weights.style=") for name in names]
    assert shown == ["12.35", "12.346", "12.3457", "12.34567"]


def test_labels_that_make_up_one_name_are_numbered(load: Load) -> None:
    """Two different variants never share a name, whatever their labels say."""
    space = load("""\
        method: tpe
        metric: balance
        limits: {time: 1h}
        parameters:
          lr: {values: {a: 0.1, "a, averaging=b": 0.2}}
          averaging: {values: {b: 0.5, c: 0.6}, when: {lr: a}}
    """).space
    assert space is not None
    first = space.variant({"lr": "a", "averaging": "b"}).name
    second = space.variant({"lr": "a, averaging=b"}, taken={first}).name
    third = space.variant({"lr": "a, averaging=b"}, taken={first, second}).name

    assert first == "lr=a, averaging=b"
    assert second == "lr=a, averaging=b (2)"
    assert third == "lr=a, averaging=b (3)"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "excluded": ({"content_layers": "flat"}, "excluded by exclude[0]"),
    "unknown": ({"wieghts.tv": "1"}, "did you mean weights.tv?"),
    "no label": ({"content_layers": "deap"}, "content_layers: found 'deap'; allowed: deep, flat"),
    "number for a label": ({"weights.tv": 1}, "weights.tv: found 1; allowed: 0, 1"),
    "label for a number": ({"iterations": "100"}, "iterations: found '100'; allowed: whole"),
    "outside": ({"iterations": 201}, "allowed: whole numbers from 40 to 200; nearest: 200"),
    "not whole": ({"iterations": 50.5}, "nearest: 51"),
    "between two multiples": ({"style_layers.relu3_1": 0.6}, "nearest: 0.5"),
    "true": ({"weights.style": True}, "found true; allowed: 1 to 100"),
    "surplus": ({"opening": "(content, 1)"}, "weights.tv does not apply here"),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED.keys())
def test_points_that_cannot_be_run_are_refused(
    space: Space, refused: tuple[dict[str, Any], str]
) -> None:
    """The reason is told, and there is no variant."""
    changes, reason = refused
    point = {**FULL, **changes}

    assert reason in (space.refusal(point) or "")
    with pytest.raises(SpecError) as caught:
        space.variant(point)
    assert reason in str(caught.value)


def test_an_incomplete_point_is_refused(space: Space) -> None:
    """What applies must be chosen."""
    assert space.refusal({}) is not None
    point = {name: value for name, value in FULL.items() if name != "weights.tv"}
    assert space.refusal(point) == "weights.tv is missing and applies here"


def test_settings_that_do_not_go_together_are_refused(load: Load) -> None:
    """Each value is sound by itself."""
    space = load("""\
        method: random
        limits: {time: 1h}
        parameters:
          backbone: {values: [vgg19, vgg16]}
          content_layers: {values: [relu4_2, relu3_4]}
    """).space
    assert space is not None
    point = {"backbone": "vgg16", "content_layers": "relu3_4"}

    assert "content_layers.relu3_4: vgg16 has no tap relu3_4" in (space.refusal(point) or "")
    assert space.refusal({**point, "backbone": "vgg19"}) is None


def test_settings_that_halving_makes_impossible_are_refused(load: Load) -> None:
    """A point is run small first, so that it must be sound then, too."""
    space = load("""\
        method: random
        metric: balance
        limits: {time: 1h}
        base: {style_layers: [rgb, relu1_1]}
        parameters: {style_layers.rgb: {min: 0, max: 1}}
        search: {halving: {style_layers.relu1_1: 0}}
    """).space
    assert space is not None

    assert "no layer with a weight above zero" in (space.refusal({"style_layers.rgb": 0}) or "")
    assert space.refusal({"style_layers.rgb": 0.1}) is None


def first_point(load: Load, first: str) -> Point:
    """Return the point of what ``search.first`` names."""
    return load(f"{TEXT}    search: {{first: [{first}]}}\n").points[-1]


def test_values_find_their_point(load: Load, space: Space) -> None:
    """By label, value or member of a zip; what is not named is as in the base."""
    point = first_point(load, "{content_layers: relu4_2, start: noise, weights.tv: 1}")

    assert point == {
        "weights.tv": "1",
        "weights.style": 30.0,
        "iterations": 150,
        "content_layers": "deep",
        "opening": "(noise, 5)",
        "style_layers.relu3_1": 1.0,
    }
    assert isinstance(point["iterations"], int)
    assert space.refusal(point) is None


def test_numbers_are_taken_as_the_interval_has_them(load: Load) -> None:
    """Whole ones whole, multiples without a trace of binary rounding."""
    point = first_point(load, "{iterations: 100.0, style_layers.relu3_1: 1.500000000001}")

    assert (100, 1.5) == (point["iterations"], point["style_layers.relu3_1"])
    assert isinstance(point["iterations"], int)


def test_values_that_mean_nothing_are_all_told(load: Load) -> None:
    """With what is allowed and what is nearest."""
    with pytest.raises(SpecError) as caught:
        first_point(load, "{iterations: 1000, content_layers: fat, poling: max}")

    assert [one.key for one in caught.value.problems] == [
        f"search.first[0].{key}" for key in ("iterations", "content_layers", "poling")
    ]
    assert "nearest: 200" in str(caught.value)


def test_small_changes_the_settings_of_halving_only(load: Load) -> None:
    """Everything else is what the variant has; without halving, everything is."""
    halved = load(TEXT + "    search: {halving: {image_size: 96, averaging: 0.5}}\n").space
    plain = load(TEXT).space
    assert halved is not None
    assert plain is not None
    settings = halved.variant(FULL).settings
    small = halved.small(settings)

    assert (small.image_size, small.averaging) == (96, 0.5)
    assert small.model_copy(update={"image_size": 256, "averaging": 0.95}) == settings
    assert plain.small(settings) == settings


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        ("max: 100", "max: 50", True),
        ("q: 0.5", "q: 0.25", True),
        ("exclude: [{content_layers: flat, start: noise}]", "", True),
        (", when: {start: noise}", "", True),
        ("deep: relu4_2, flat: relu2_2", "flat: relu2_2, deep: relu4_2", False),
        ("deep: relu4_2", "low: relu4_2", False),
        ("deep: relu4_2", "deep: relu4_1", False),
        ("values: [0, 1]", "values: [0, 1, 2]", False),
        (", distribution: log_uniform_values", "", False),
        ("{min: 40, max: 200}", "{values: [40, 200]}", False),
        ("iterations:", "lbfgs_history:", False),
    ],
)
def test_a_signature_tells_what_a_stored_study_may_not_change(
    load: Load, old: str, new: str, is_same: bool
) -> None:
    """Ends, steps, conditions and exclusions may; names, kinds and the meaning of labels not."""
    assert old in TEXT
    found = [load(text).space for text in (TEXT, TEXT.replace(old, new))]
    first, second = [one.signature for one in found if one is not None]

    assert is_same is (first == second)
    assert json.loads(first)


def test_a_signature_does_not_depend_on_where_the_sweep_lies(tmp_path: Path) -> None:
    """A folder with a sweep file and its pictures may be moved."""
    found = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "me.png").touch()
        (folder / "study.yaml").write_text(
            "method: random\nlimits: {time: 1h}\n"
            "cases: {content: builtin:a, style: builtin:b}\n"
            "parameters: {start: {values: ['file:me.png', noise]}}\n"
        )
        space = load_sweep(folder / "study.yaml").space
        assert space is not None
        found.append(space.signature)

    assert found[0] == found[1]
    assert "file:me.png" in found[0]


LAYER = "style_layers.relu3_4"  # not in vgg16
PARAMETERS: dict[str, dict[str, Any]] = {
    "pooling": {"values": ["max", "avg", "l2"]},
    "iterations": {"min": 10, "max": 500, "distribution": "log_uniform_values"},
    "weights.style": {"min": 0.5, "max": 1e3, "distribution": "log_uniform_values"},
    "weights.tv": {"min": 0, "max": 1, "q": 0.1, "distribution": "q_uniform"},
    "image_size": {"min": 64, "max": 512, "q": 64, "distribution": "q_uniform"},
    "backbone": {"values": ["vgg16", "vgg19"]},
    "content_layers": {"values": {"both": "relu4_2", "one": "relu3_4"}},
    LAYER: {"min": 0, "max": 2},
    "averaging": {"min": 0, "max": 0.9, "when": {"pooling": "l2"}},
    "duo": {"zip": {"lr": [0.1, 0.2], "start": ["noise", "style"]}, "when": {"backbone": "vgg19"}},
}
SPACES = st.sets(st.sampled_from(sorted(PARAMETERS)), min_size=1).filter(
    lambda names: (
        ("averaging" not in names or "pooling" in names)
        and ("duo" not in names or "backbone" in names)
        and (LAYER not in names or "backbone" in names)
    )
)


def number_in(one: Dimension) -> st.SearchStrategy[float]:
    """Return the numbers of a dimension, as a sampler would draw them."""
    assert one.interval is not None
    return st.floats(one.interval.low, one.interval.high).map(one.interval.nearest)


def expected_value(parameter: dict[str, Any], chosen: Any, key: str) -> Any:
    """Return the value of a settings key that a choice of a parameter stands for."""
    if "min" in parameter:
        return chosen
    values = parameter.get("values") or parameter["zip"][key]
    if isinstance(values, dict):
        return {values[chosen]: 1.0}
    if "zip" in parameter:
        return values[["(0.1, noise)", "(0.2, style)"].index(chosen)]
    return chosen


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(st.data(), SPACES)
def test_every_point_is_a_variant_that_has_its_values_or_is_refused(
    tmp_path: Path, data: st.DataObject, names: set[str]
) -> None:
    """Draw points as a sampler does; each comes to its values and can be found by them again."""
    sweep = {
        "method": "random",
        "limits": {"time": "1h"},
        "cases": {"content": "builtin:a", "style": "builtin:b"},
        "parameters": {name: PARAMETERS[name] for name in data.draw(st.permutations(list(names)))},
        "base": {"style_layers": ["relu1_1", "relu3_4"]} if LAYER in names else {},
        "baseline": {"backbone": "vgg19"} if "backbone" in names else {"precision": "auto"},
    }
    path = tmp_path / "study.yaml"
    path.write_text(json.dumps(sweep))
    space = load_sweep(path).space
    assert space is not None
    point: dict[str, str | int | float] = {}
    while (one := space.next_dimension(point)) is not None:
        drawn = number_in(one) if one.interval else st.sampled_from(one.labels)
        point[one.name] = data.draw(drawn)
    is_impossible = point.get("backbone", "vgg19") == "vgg16" and (
        point.get("content_layers") == "one" or LAYER in point
    )
    assert is_impossible is (space.refusal(point) is not None)
    assume(not is_impossible)
    variant = space.variant(point)

    path.write_text(json.dumps(sweep | {"baseline": point}))
    assert point == load_sweep(path).points[0]
    values = variant.settings.model_dump(mode="json")
    for name, chosen in point.items():
        for key in PARAMETERS[name].get("zip", [name]):
            assert expected_value(PARAMETERS[name], chosen, key) == lookup(values, key)
    assert all(f"{name}=" not in variant.name for name in names - point.keys())
