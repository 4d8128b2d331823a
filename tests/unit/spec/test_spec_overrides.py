"""``--set key=value``: the same keys as in the file, the same checks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import Problem
from harness.spec.sweep_spec import SweepSpec

Load = Callable[..., SweepSpec]
ProblemOf = Callable[..., Problem]


@pytest.mark.parametrize("key", ["iterations", "base.iterations"])
def test_a_settings_key_means_base(load: Load, key: str) -> None:
    """With or without ``base.`` in front; the file is kept as it was."""
    spec = load("base: {iterations: 10}", f"{key}=5e1")

    assert spec.base.iterations == 50
    assert "iterations: 10" in spec.text
    assert (f"{key}=5e1",) == spec.overrides


def test_top_level_keys_reach_every_part_of_the_file(load: Load) -> None:
    """Values are YAML: scalars and flow collections."""
    spec = load(
        "parameters: {lr: {values: [1, 2]}, weights.style: {values: [3]}}",
        "question=Does it matter?",
        "cases.seeds=[0, 1]",
        "limits.time=1h30m",
        "evaluation.size=128",
        "parameters.lr.values=[0.1, 0.2, 0.3]",
        "parameters.weights.style.values=[4]",
        "parameters.duo.zip.start=[noise, style]",
        "metric=seconds",
    )
    assert (spec.question, spec.seeds, spec.limits.time) == ("Does it matter?", (0, 1), 5400.0)
    assert (spec.evaluation.size, spec.metrics) == (128, ("seconds",))
    assert (spec.axes) == {
        "lr": ("0.1", "0.2", "0.3"),
        "weights.style": ("4",),
        "duo": ("noise", "style"),
    }


def test_the_last_of_two_values_counts(load: Load) -> None:
    """As on any command line."""
    assert load("", "lr=2", "lr=3").base.lr == 3.0


@pytest.mark.parametrize("override", ["weights.style=9", "weights={style: 9}"])
@pytest.mark.parametrize("text", ["weights: {style: 5, tv: 1}", "weights.style: 5, weights.tv: 1"])
def test_a_weight_replaces_itself_however_it_is_written(
    load: Load, text: str, override: str
) -> None:
    """Nested or dotted in the file and on the command line; other weights stay."""
    spec = load(f"base: {{{text}}}", override)

    assert (spec.base.weights.style, spec.base.weights.tv) == (9.0, 1.0)


def test_whole_layers_replace_single_ones(load: Load) -> None:
    """``style_layers`` from the command line is all there is; one tap changes one weight."""
    text = "base: {style_layers: [relu1_1, relu2_1], style_layers.relu2_1: 0.5}"

    assert load(text, "style_layers=rgb").base.style_layers == {"rgb": 1.0}
    expected = {"relu1_1": 1.0, "relu2_1": 2.0}
    assert expected == load(text, "style_layers.relu2_1=2").base.style_layers


def test_paths_are_relative_to_the_current_folder(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the file they are relative to the file."""
    there = tmp_path / "there"
    there.mkdir()
    (there / "me.png").touch()
    monkeypatch.chdir(there)
    spec = load("", "cases.content=me.png", "start=file:me.png")

    assert there / "me.png" == spec.pairs[0].content.path
    assert f"file:{there / 'me.png'}" == spec.base.start


@pytest.mark.parametrize(
    ("override", "key", "part"),
    [
        ("iterations", "iterations", "no '='; allowed: key=value"),
        ("iteratons=5", "iteratons", "did you mean iterations?"),
        ("base.iteratons=5", "base.iteratons", "did you mean iterations?"),
        ("limits.tme=5", "limits.tme", "did you mean time?"),
        ("iterations=many", "base.iterations", "found 'many'; allowed: a whole number"),
        ("weights.stile=1", "weights.stile", "did you mean weights.style?"),
        ("limits.time=soon", "limits.time", "found 'soon'"),
        ("cases.seeds=[0", "cases.seeds", "not valid YAML"),
        ("question=a: b", "question", "not valid YAML"),
        ("question=!!str a", "question", "tags are not allowed"),
        ("lr=1\nname: sly", "lr", "one value"),
        ("lr=5", "lr", "the sweep varies it (parameters.lr)"),
        ("base.lr=5", "lr", "the sweep varies it (parameters.lr)"),
        ("style_layers.rgb=5", "style_layers.rgb", "parameters.style_layers"),
        ("weights={tv: 1}", "weights.tv", "parameters.duo"),
        ("method=gird", "method", "did you mean grid?"),
        ("style_layers=relu9_1", "style_layers", "parameters.style_layers"),
        ("backbone=vgg18", "base.backbone", "found 'vgg18'"),
    ],
)
def test_wrong_overrides_are_problems_of_the_command_line(
    problem_of: ProblemOf, override: str, key: str, part: str
) -> None:
    """They carry ``--set`` for a file, no line, and the same help as the file's."""
    text = """\
        parameters:
          lr: {values: [1, 2]}
          style_layers: {values: [rgb]}
          duo: {zip: {weights.tv: [0, 1], averaging: [0, 0.5]}}
    """
    problem = problem_of(text, override)

    assert ("--set", None, key) == (problem.file, problem.line, problem.key)
    assert part in problem.message


def test_problems_of_file_and_command_line_come_together(
    problems_of: Callable[..., list[Problem]],
) -> None:
    """Those of the file first."""
    found = problems_of("base: {lr: fast}\nlimits: 3", "iterations=x", "foo=1")

    places = [(one.line, one.key) for one in found]
    assert places == [(1, "base.lr"), (2, "limits"), (None, "foo"), (None, "base.iterations")]
