"""Variants of a grid: order, identity, labels, conditions, exclusions, baseline."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from harness.spec.setting_types import LossWeights
from harness.spec.settings import Settings
from harness.spec.sweep_spec import SweepSpec, load_sweep
from harness.spec.variants import settings_identity

Load = Callable[..., SweepSpec]

AXES = {
    "pooling": st.sampled_from(["max", "avg", "l2"]),
    "iterations": st.integers(1, 500),
    "weights.style": st.floats(0, 1000),
    "content_layers": st.sampled_from(["relu1_1", "relu4_2", "conv5_1"]),
    "style_layers.relu3_1": st.floats(0, 10),
}
GRIDS = st.dictionaries(st.sampled_from(sorted(AXES)), st.just(None), min_size=1).flatmap(
    lambda keys: st.fixed_dictionaries(
        {key: st.lists(AXES[key], min_size=1, max_size=3, unique=True) for key in keys}
    )
)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(GRIDS)
def test_a_grid_is_the_product_of_its_values(tmp_path: Path, grid: dict[str, list[Any]]) -> None:
    """One variant a combination, in the order of nested loops, all different."""
    sweep = {
        "cases": {"content": "builtin:a", "style": "builtin:b"},
        "parameters": {key: {"values": values} for key, values in grid.items()},
    }
    path = tmp_path / "grid.yaml"
    path.write_text(json.dumps(sweep))  # JSON is YAML
    variants = load_sweep(path).variants

    found = [[_value(one.settings, key) for key in grid] for one in variants]
    assert [list(values) for values in product(*grid.values())] == found
    assert len({settings_identity(one.settings) for one in variants}) == len(variants)
    assert len({one.name for one in variants}) == len(variants)


def _value(settings: Settings, key: str) -> Any:
    if key == "weights.style":
        return settings.weights.style
    if key == "style_layers.relu3_1":
        return settings.style_layers["relu3_1"]
    value = getattr(settings, key)
    return next(iter(value)) if key == "content_layers" else value


def names(spec: SweepSpec) -> list[str]:
    """Return the names of the variants."""
    return [variant.name for variant in spec.variants]


def test_equal_settings_collapse_into_the_first(load: Load) -> None:
    """Names are labels: three ways to say one thing are one variant, and the plan says so."""
    spec = load("""\
        parameters:
          style_layers:
            values:
              listed: [rgb, relu1_1]
              turned: [relu1_1, rgb]
              mapped: {rgb: 1, relu1_1: 1.0}
    """)
    assert names(spec) == ["style_layers=listed"]
    assert spec.variants[0].also == ("style_layers=turned", "style_layers=mapped")
    assert spec.notes == (
        "the variant (style_layers=listed) also stands for "
        "(style_layers=turned), (style_layers=mapped): the same settings",
    )


def test_integral_floats_equal_integers(load: Load) -> None:
    """``1e2``, ``100.0`` and ``100`` are one number of iterations and one weight."""
    spec = load("""\
        parameters:
          iterations: {values: [100, 1e2, 100.0]}
          weights.style: {values: [5, 5.0]}
    """)
    assert len(spec.variants) == 1
    assert (100, int) == (spec.variants[0].settings.iterations, type(spec.base.iterations))


def test_layers_may_be_a_tap_a_list_or_a_map(load: Load) -> None:
    """A tap and a list mean weight 1; the short label shows other weights."""
    spec = load("""\
        parameters:
          style_layers: {values: [relu1_1, [relu1_1, relu2_1], {relu1_1: 0.5, relu2_1: 1}]}
    """)
    assert [one.settings.style_layers for one in spec.variants] == [
        {"relu1_1": 1.0},
        {"relu1_1": 1.0, "relu2_1": 1.0},
        {"relu1_1": 0.5, "relu2_1": 1.0},
    ]
    assert names(spec) == [
        "style_layers=relu1_1",
        "style_layers=relu1_1+relu2_1",
        "style_layers=relu1_1*0.5+relu2_1",
    ]


def test_one_layers_weight_is_swept_by_its_name(load: Load) -> None:
    """Whether the layers are the base's or vary themselves, whatever the order."""
    spec = load("""\
        base: {content_layers: relu4_2}
        parameters:
          content_layers.relu2_2: {values: [0.5, 2]}
          content_layers: {values: [[relu3_1, relu2_2], [relu4_1, relu2_2]]}
    """)
    assert [one.settings.content_layers for one in spec.variants] == [
        {"relu3_1": 1.0, "relu2_2": 0.5},
        {"relu4_1": 1.0, "relu2_2": 0.5},
        {"relu3_1": 1.0, "relu2_2": 2.0},
        {"relu4_1": 1.0, "relu2_2": 2.0},
    ]


def test_base_may_nest_or_dot_its_keys(load: Load) -> None:
    """Weights that are not named stay the preset's; a dotted layer changes one weight."""
    spec = load("base: {weights: {style: 7}, weights.tv: 0, style_layers.relu5_1: 0}")

    assert spec.base.weights == LossWeights(content=1, style=7, tv=0)
    assert spec.base.style_layers["relu5_1"] == 0.0
    assert spec.base.style_layers["relu1_1"] == 1.0


def test_weights_vary_together_as_labelled_maps(load: Load) -> None:
    """``weights`` as a whole changes the weights that it names."""
    spec = load("""\
        parameters:
          weights: {values: {gentle: {style: 5}, bold: {style: 50, tv: 1}}}
    """)
    assert [one.settings.weights for one in spec.variants] == [
        LossWeights(content=1, style=5, tv=4),
        LossWeights(content=1, style=50, tv=1),
    ]


def test_conditions_may_chain_and_look_ahead(load: Load) -> None:
    """A condition may name a later parameter, a label or a value; order stays the file's."""
    spec = load("""\
        parameters:
          lr: {values: {slow: 0.01, fast: 0.1}, when: {optimizer: adam}}
          optimizer: {values: [adam, lbfgs]}
          lbfgs_history: {values: [5, 50], when: {optimizer: lbfgs}}
          averaging: {values: [0, 0.9], when: {lr: slow}}
    """)
    expected = [
        "optimizer=lbfgs, lbfgs_history=5",
        "optimizer=lbfgs, lbfgs_history=50",
        "lr=slow, optimizer=adam, averaging=0",
        "lr=slow, optimizer=adam, averaging=0.9",
        "lr=fast, optimizer=adam",
    ]
    assert expected == names(spec)
    assert spec.variants[0].assignment["lr"] == "0.02"
    assert spec.variants[0].settings.lr == 0.02


def test_a_condition_may_hold_at_a_base_value(load: Load) -> None:
    """Where a parameter does not apply it has its base value, which conditions can name."""
    spec = load("""\
        parameters:
          start: {values: [content, noise]}
          lr: {values: [0.5], when: {start: noise}}
          averaging: {values: [0, 0.9], when: {lr: 0.02}}
    """)
    assert names(spec) == [
        "start=content, averaging=0",
        "start=content, averaging=0.9",
        "start=noise, lr=0.5",
    ]


def test_a_zip_may_be_conditional_and_labelled(load: Load) -> None:
    """Members keep their labels; where the zip does not apply both have their base values."""
    spec = load("""\
        parameters:
          pooling: {values: [max, avg]}
          duo:
            zip: {lr: {slow: 0.01, fast: 0.1}, iterations: [300, 30]}
            when: {pooling: max}
    """)
    assert names(spec) == [
        "pooling=max, duo=(slow, 300)",
        "pooling=max, duo=(fast, 30)",
        "pooling=avg",
    ]
    assert spec.variants[2].assignment["duo"] == "(0.02, 150)"


def test_exclusions_name_values_labels_and_zips(load: Load) -> None:
    """Each of several exclusions takes its share away; a value may be spelt in any way."""
    spec = load("""\
        parameters:
          content_layers: {values: {deep: [relu4_2], flat: [relu1_2]}}
          duo: {zip: {lr: [0.1, 0.2], iterations: [10, 20]}}
        exclude:
          - {content_layers: relu4_2, iterations: 1e1}
          - {content_layers: flat, duo: "(0.2, 20)"}
    """)
    assert names(spec) == [
        "content_layers=deep, duo=(0.2, 20)",
        "content_layers=flat, duo=(0.1, 10)",
    ]


@pytest.mark.parametrize(
    "baseline",
    [
        "{pooling: max, start: noise, weights.content: 5}",
        "{start: noise, weights.content: 5.0}",
        "{opening: '(noise, 5)'}",
        "{opening: '(noise, 5)', start: noise, iterations: 150}",
    ],
)
def test_a_baseline_may_be_named_in_many_ways(load: Load, baseline: str) -> None:
    """By members, by label of the zip, by value; what is not named has its base value."""
    spec = load(f"""\
        base: {{pooling: max}}
        parameters:
          pooling: {{values: [avg, max]}}
          opening: {{zip: {{start: [content, noise], weights.content: [1, 5]}}}}
        baseline: {baseline}
    """)
    assert (spec.baseline_index, spec.baseline.name) == (3, "pooling=max, opening=(noise, 5)")


def test_the_first_variant_is_the_baseline_unless_one_is_named(load: Load) -> None:
    """Also when its values are not the base's."""
    spec = load("parameters: {lr: {values: [0.5, 0.02]}}")

    assert (spec.baseline_index, spec.baseline.settings.lr) == (0, 0.5)


def test_a_collapsed_variant_may_be_the_baseline(load: Load) -> None:
    """Its name is gone, its settings are not."""
    spec = load("""\
        parameters: {lr: {values: {a: 1, b: 2, c: 2.0}}}
        baseline: {lr: c}
    """)
    assert spec.baseline.name == "lr=b"


def test_files_are_found_beside_the_sweep_file(load: Load, tmp_path: Path) -> None:
    """``file:`` values become absolute, their labels stay as they were written."""
    (tmp_path / "start.png").touch()
    spec = load("parameters: {start: {values: ['file:start.png', noise]}}")

    assert f"file:{tmp_path / 'start.png'}" == spec.variants[0].settings.start
    assert spec.variants[0].name == "start=file:start.png"
