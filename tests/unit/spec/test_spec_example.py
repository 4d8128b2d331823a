"""The documented example of a sweep file, and what every key of it comes to."""

from collections import Counter
from pathlib import Path

import pytest

from harness.spec.sweep_spec import SweepSpec, load_sweep

EXAMPLE = """\
question: Which content layer and how many style layers give the best balance?
method: grid                         # grid | random | tpe | gp | cmaes | nsga2 | qmc
metric: style/gain                   # direction comes from the metric; a list = Pareto front
cases:
  content: [builtin:chelsea, "photos/*.jpg"]    # built-in names, files, globs
  style: [builtin:strokes, builtin:glass]
  pairing: product                   # product | zip
  seeds: [0]
base: {preset: house, image_size: 128, iterations: 150}
parameters:
  content_layers: {values: [relu2_2, relu4_2]}
  style_layers:
    values: {up to block 1: [relu1_1], up to block 3: [relu1_1, relu2_1, relu3_1]}      # a label for each value
  weights.style: {min: 1, max: 100, distribution: log_uniform_values, count: 2}         # count makes a range a grid axis
  opening:                                                                              # a label; its members move together
    zip: {start: [content, noise], weights.content: [1, 5]}
  weights.tv: {values: [0, 1], when: {start: noise}}                                    # elsewhere: the base value
exclude: [{content_layers: relu2_2, start: noise}]
baseline: {content_layers: relu4_2, style_layers: up to block 3, weights.style: 1, start: content, weights.content: 1}
limits: {max_variants: 40, time: 2h, time_per_run: 5m, retries: 1}
layout: {rows: style_layers, columns: weights.style}                                    # of the contact sheet; may name content, style, seed
"""


@pytest.fixture
def spec(tmp_path: Path) -> SweepSpec:
    """Load the example, with two photographs (never opened) in place."""
    (tmp_path / "photos").mkdir()
    for name in ("b.jpg", "a.jpg", "c.png"):
        (tmp_path / "photos" / name).touch()
    path = tmp_path / "layers.yaml"
    path.write_text(EXAMPLE)
    return load_sweep(path)


def test_the_example_has_sixteen_variants(spec: SweepSpec) -> None:
    """2 content layers x 2 style layers x 2 weights, with content starts 1 and noise starts 2.

    That is 8 + 16; the exclusion takes the 8 noise starts at relu2_2 away.
    """
    assert len(spec.variants) == 16
    starts = Counter(variant.settings.start for variant in spec.variants)
    assert starts == {"content": 8, "noise": 8}


def test_zipped_settings_move_together(spec: SweepSpec) -> None:
    """The start decides the content weight."""
    found = {(one.settings.start, one.settings.weights.content) for one in spec.variants}
    assert {("content", 1.0), ("noise", 5.0)} == found


def test_a_conditional_parameter_has_its_base_value_elsewhere(spec: SweepSpec) -> None:
    """Total variation is swept for noise starts only; content starts have the preset's."""
    found = {(one.settings.start, one.settings.weights.tv) for one in spec.variants}
    assert {("content", 4.0), ("noise", 0.0), ("noise", 1.0)} == found


def test_excluded_combinations_are_gone(spec: SweepSpec) -> None:
    """No variant at relu2_2 starts from noise."""
    found = {(tuple(one.settings.content_layers), one.settings.start) for one in spec.variants}
    assert {(("relu2_2",), "content"), (("relu4_2",), "content"), (("relu4_2",), "noise")} == found


def test_the_last_parameter_moves_fastest(spec: SweepSpec) -> None:
    """Variants come in the order of nested loops over the file's parameters."""
    names = [variant.name for variant in spec.variants]
    opening = "content_layers=relu4_2, style_layers=up to block 1, weights.style=1, opening="
    expected = [
        opening + "(content, 1)",
        opening + "(noise, 5), weights.tv=0",
        opening + "(noise, 5), weights.tv=1",
        opening.replace("style=1,", "style=100,") + "(content, 1)",
    ]
    assert expected == names[4:8]
    assert len(set(names)) == len(names)


def test_labels_are_known_by_axis_and_by_member(spec: SweepSpec) -> None:
    """``assignment`` has the axes in order, ``labels`` the members of the zip beside them."""
    variant = spec.variants[4]

    expected = {
        "content_layers": "relu4_2",
        "style_layers": "up to block 1",
        "weights.style": "1",
        "opening": "(content, 1)",
        "weights.tv": "4",
    }
    assert list(expected.items()) == list(variant.assignment.items())
    assert expected | {"start": "content", "weights.content": "1"} == variant.labels


def test_axes_list_their_labels_in_order(spec: SweepSpec) -> None:
    """The contact sheet takes rows and columns from here."""
    assert spec.axes["style_layers"] == ("up to block 1", "up to block 3")
    assert spec.axes["weights.style"] == ("1", "100")
    assert spec.axes["opening"] == ("(content, 1)", "(noise, 5)")


def test_the_baseline_is_the_one_variant_it_names(spec: SweepSpec) -> None:
    """``weights.tv`` is not named, so it has its base value."""
    settings = spec.baseline.settings

    assert settings.content_layers == {"relu4_2": 1.0}
    assert settings.style_layers == {"relu1_1": 1.0, "relu2_1": 1.0, "relu3_1": 1.0}
    assert (
        settings.start,
        settings.weights.style,
        settings.weights.content,
        settings.weights.tv,
    ) == ("content", 1.0, 1.0, 4.0)


def test_base_settings_reach_every_variant(spec: SweepSpec) -> None:
    """What nothing varies is the preset's, changed by ``base``."""
    found = {
        (one.settings.image_size, one.settings.iterations, one.settings.backbone)
        for one in spec.variants
    }
    assert {(128, 150, "vgg19")} == found
    assert spec.preset == "house"


def test_cases_are_pairs_times_seeds(spec: SweepSpec) -> None:
    """The glob is sorted and leaves out what it does not match."""
    names = [case.name for case in spec.cases]
    expected = [
        f"{content} × {style}, seed 0"
        for content in ("chelsea", "a", "b")
        for style in ("strokes", "glass")
    ]
    assert expected == names
    assert spec.cases[0].content.path is None
    assert spec.cases[0].content.text == "builtin:chelsea"
    assert spec.cases[2].content.text == "photos/a.jpg"
    assert spec.path.parent / "photos/a.jpg" == spec.cases[2].content.path


def test_limits_are_seconds(spec: SweepSpec) -> None:
    """Durations are read as people write them."""
    limits = spec.limits
    assert (
        limits.max_variants,
        limits.time,
        limits.time_per_run,
        limits.retries,
    ) == (40, 7200.0, 300.0, 1)


def test_the_rest_of_the_example_is_kept(spec: SweepSpec) -> None:
    """Question, metric, layout, name and the file's own text."""
    assert "Which content layer" in spec.question
    assert spec.metrics == ("style/gain",)
    assert (spec.layout.rows, spec.layout.columns) == ("style_layers", "weights.style")
    assert spec.name == "layers"
    assert spec.text == EXAMPLE
    assert (spec.evaluation.evaluator, spec.evaluation.size) == ("auto", 256)


def test_only_cases_are_required(tmp_path: Path) -> None:
    """A sweep without parameters has one variant, the base, and the documented defaults."""
    path = tmp_path / "least.yaml"
    path.write_text("cases: {content: builtin:chelsea, style: builtin:strokes}")
    spec = load_sweep(path)

    assert [variant.name for variant in spec.variants] == ["base"]
    assert spec.variants[0].settings == spec.base
    assert (
        spec.name,
        spec.method,
        spec.metrics,
    ) == ("least", "grid", ("style/gain", "content/score"))
    assert spec.seeds == (0,)
    assert spec.baseline_index == 0
    assert spec.notes == ()
    assert (spec.layout.rows, spec.layout.columns) == ("pair", "variant")


def test_positions_of_a_zip_may_have_names(tmp_path: Path) -> None:
    """The names stand in variants and axes, and the baseline is found by them."""
    path = tmp_path / "zip.yaml"
    path.write_text(
        "cases: {content: builtin:a, style: builtin:b}\n"
        "parameters:\n"
        "  step: {zip: {lr: [0.1, 0.2], start: [noise, noise]}, labels: [slow, fast]}\n"
        "baseline: {step: fast}\n"
    )

    spec = load_sweep(path)

    assert ("slow", "fast") == spec.axes["step"]
    assert ["step=slow", "step=fast"] == [variant.name for variant in spec.variants]
    assert 1 == spec.baseline_index


def test_a_layout_names_a_zip_by_any_of_its_members(tmp_path: Path) -> None:
    """Members move together, so the whole axis is meant."""
    path = tmp_path / "zip.yaml"
    path.write_text(
        "cases: {content: builtin:chelsea, style: builtin:strokes}\n"
        "parameters: {opening: {zip: {start: [content, noise], lr: [0.1, 0.2]}}}\n"
        "layout: {columns: start}\n"
    )
    assert load_sweep(path).layout.columns == "opening"


SHIPPED = sorted((Path(__file__).parents[3] / "sweeps").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_every_shipped_sweep_loads(path: Path) -> None:
    """It asks a question, has variants to compare, and names only built-in pictures."""
    spec = load_sweep(path)

    assert spec.question
    assert len(spec.variants) > 1 or spec.space is not None
    assert all(pair.content.path is None and pair.style.path is None for pair in spec.pairs)
