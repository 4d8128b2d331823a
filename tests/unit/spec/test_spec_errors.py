"""Everything that can be wrong with a sweep file: line, key, what was found, what is nearest."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import Problem, SpecError
from harness.spec.sweep_spec import load_sweep

from .conftest import Wrong

ProblemsOf = Callable[..., list[Problem]]
CheckProblem = Callable[[Wrong], None]

WRONG: dict[str, Wrong] = {
    "unknown top-level key": ("question: a\nmetod: grid", 2, "metod", "did you mean method?"),
    "text wanted": ("question: 2024", 1, "question", "found 2024; allowed: text"),
    "null section": ("parameters:", 1, "parameters", "found nothing; allowed: a mapping"),
    "not a mapping": ("base: [1]", 1, "base", "found [1]; allowed: a mapping"),
    "unknown method": ("method: girrd", 1, "method", "did you mean grid?"),
    "search in a grid": (
        "question: a\nsearch: {seed: 1}",
        2,
        "search",
        "allowed with another method: tpe",
    ),
    "unknown metric": ("metric: [style/gian]", 1, "metric", "did you mean style/gain?"),
    "no metric": ("metric: []", 1, "metric", "1 or more"),
    "metric twice": ("metric: [seconds, seconds]", 1, "metric", "each once"),
    "name with a slash": ("name: a/b", 1, "name", "without /"),
    "other version": ("schema_version: 2", 1, "schema_version", "found 2; allowed: 1"),
    "unknown preset": ("base: {preset: hous}", 1, "base.preset", "did you mean house?"),
    "unknown setting": ("base:\n  iteratons: 5", 2, "base.iteratons", "mean iterations?"),
    "other tool's name": ("base: {style_weight: 5}", 1, "base.style_weight", "weights.style?"),
    "unknown weight": ("base: {weights: {stile: 5}}", 1, "base.weights.stile", "mean style?"),
    "dotted unknown weight": ("base: {weights.stile: 5}", 1, "base.weights.stile", "style?"),
    "weight twice": (
        "base: {weights: {style: 5}, weights.style: 6}",
        1,
        "base.weights.style",
        "given twice",
    ),
    "setting out of range": ("base: {image_size: 8}", 1, "base.image_size", "8; allowed: 32"),
    "fraction for a whole": ("base: {iterations: 1.5}", 1, "base.iterations", "a whole number"),
    "yes for a number": ("base: {lr: yes}", 1, "base.lr", "found 'yes'; allowed: a number"),
    "true for a number": ("base: {lr: true}", 1, "base.lr", "found true; allowed: a number"),
    "unknown choice": ("base: {pooling: mx}", 1, "base.pooling", "did you mean max?"),
    "unknown start": ("base: {start: noisy}", 1, "base.start", "did you mean noise?"),
    "unknown pretrained": ("base: {pretrained: kmean}", 1, "base.pretrained", "kmeans?"),
    "start file missing": ("base: {start: 'file:no.png'}", 1, "base.start", "no such file"),
    "parameters missing": ("base: {pretrained: no.pth}", 1, "base.pretrained", "no such file"),
    "betas": ("base: {adam_betas: [0.9]}", 1, "base.adam_betas[1]", "is missing"),
    "beta too large": ("base: {adam_betas: [0.9, 1]}", 1, "base.adam_betas[1]", "below 1"),
    "unknown tap": (
        "base: {style_layers: [relu1_1, relu6_1]}",
        1,
        "base.style_layers.relu6_1",
        "vgg19 has no tap relu6_1",
    ),
    "tap of another backbone": (
        "base:\n  backbone: vgg16\n  content_layers: conv3_4",
        3,
        "base.content_layers.conv3_4",
        "vgg16 has no tap conv3_4",
    ),
    "tap twice": ("base: {style_layers: [rgb, rgb]}", 1, "base.style_layers", "rgb is listed"),
    "no tap": ("base: {style_layers: []}", 1, "base.style_layers", "name at least one"),
    "all layers at zero": ("base: {style_layers: {rgb: 0}}", 1, "base.style_layers", "above zero"),
    "layer off by its key": (
        "base: {content_layers.relu4_2: 0}",
        1,
        "base.content_layers.relu4_2",
        "above zero",
    ),
    "layers as a number": ("base: {style_layers: 3}", 1, "base.style_layers", "a list of taps"),
    "negative layer weight": (
        "base: {style_layers: {rgb: -1}}",
        1,
        "base.style_layers.rgb",
        "found -1; allowed: 0 or more",
    ),
    "bad duration": ("limits: {time: 2 hours}", 1, "limits.time", "found '2 hours'; allowed: sec"),
    "duration of zero": ("limits: {time_per_run: 0s}", 1, "limits.time_per_run", "above 0"),
    "boolean duration": ("limits: {time: true}", 1, "limits.time", "found true"),
    "unknown limit": ("limits: {retry: 1}", 1, "limits.retry", "did you mean retries?"),
    "negative retries": ("limits: {retries: -1}", 1, "limits.retries", "0 or more"),
    "unknown row": (
        "parameters: {pooling: {values: [max]}}\nlayout: {rows: poling}",
        2,
        "layout.rows",
        "did you mean pooling?",
    ),
    "rows are columns": (
        "layout: {rows: style, columns: style}",
        1,
        "layout",
        "found style as rows and as columns",
    ),
    "rows are the columns of the default": (
        "layout: {rows: variant}",
        1,
        "layout",
        "name both, and two different",
    ),
    "rows and columns of one zip": (
        "parameters: {both: {zip: {lr: [1, 2], start: [noise, style]}}}\n"
        "layout: {rows: lr, columns: start}",
        2,
        "layout",
        "found both as rows",
    ),
    "unknown evaluator": (
        "evaluation: {evaluator: vgg19}",
        1,
        "evaluation.evaluator",
        "imagenet-vgg19",
    ),
    "snapshot after the end": (
        "evaluation: {snapshots: [50, 500]}",
        1,
        "evaluation.snapshots[1]",
        "no variant has more than 150",
    ),
    "snapshot twice": ("evaluation: {snapshots: [5, 5]}", 1, "evaluation.snapshots", "each once"),
    "no cases": ("# cases: none\nquestion: a", None, "cases", "is missing and required"),
    "no style": ("cases: {content: builtin:a}", 1, "cases.style", "is missing and required"),
    "no content": ("cases: {content: [], style: builtin:a}", 1, "cases.content", "1 or more"),
    "pairing": (
        "cases: {content: builtin:a, style: builtin:b, pairing: zap}",
        1,
        "cases.pairing",
        "did you mean zip?",
    ),
    "negative seed": (
        "cases: {content: builtin:a, style: builtin:b, seeds: [0, -1]}",
        1,
        "cases.seeds[1]",
        "0 or more",
    ),
    "seed twice": (
        "cases: {content: builtin:a, style: builtin:b, seeds: [1, 1.0]}",
        1,
        "cases.seeds",
        "found [1, 1]; allowed: each once",
    ),
    "wrong confirm": (
        "confirm: {content: no.png, style: builtin:b}",
        1,
        "confirm.content[0]",
        "no such file",
    ),
    "key twice": ("name: a\nname: b", 2, "name", "first on line 1"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_each_error_has_its_line_key_and_remedy(wrong: Wrong, check_problem: CheckProblem) -> None:
    """One thing wrong gives one problem, at its line, under its key, with what is allowed."""
    check_problem(wrong)


def test_all_problems_of_a_file_come_at_once(problems_of: ProblemsOf) -> None:
    """Structure, settings, parameters, exclusions, cases: one reading shows them all, in order."""
    found = problems_of("""\
        qestion: x
        metric: style/gian
        method: tep
        cases:
          content: [nothing/*.jpg, builtin:a]
          style: missing.png
          seeds: [0, 0]
        base: {lr: fast, pooling: mx, style_layers: [relu9_1]}
        parameters:
          content_layers: {values: [relu4_2, relu4_9]}
          style_layers: {value: [relu1_1]}
          weights.style: {min: 1, max: x, count: 2}
          iterations: {values: [10, 20]}
        exclude: [{iterations: 30}, {style_layers: relu1_1}]
        baseline: {iteration: 10}
        limits: {time: 2x, retries: -1}
        layout: {rows: poling}
    """)
    expected = [
        (1, "qestion"),
        (2, "metric"),
        (3, "method"),
        (5, "cases.content[0]"),
        (6, "cases.style[0]"),
        (7, "cases.seeds"),
        (8, "base.lr"),
        (8, "base.pooling"),
        (8, "base.style_layers.relu9_1"),
        (10, "parameters.content_layers.values[1].relu4_9"),
        (11, "parameters.style_layers"),
        (12, "parameters.weights.style.max"),
        (14, "exclude[0].iterations"),
        (15, "baseline.iteration"),
        (16, "limits.time"),
        (16, "limits.retries"),
        (17, "layout.rows"),
    ]
    assert sorted(expected) == sorted((one.line, one.key) for one in found)
    lines = [one.line or 0 for one in found]
    assert sorted(lines) == lines


def test_a_file_that_is_not_there_suggests_its_neighbour(tmp_path: Path) -> None:
    """A misspelt file name is as common as a misspelt key."""
    (tmp_path / "layers.yaml").touch()
    with pytest.raises(SpecError, match=r"layer\.yaml: no such file; did you mean .*layers\.yaml"):
        load_sweep(tmp_path / "layer.yaml")


def test_a_folder_is_no_sweep_file(tmp_path: Path) -> None:
    """It is said so, without a traceback."""
    with pytest.raises(SpecError, match="found a folder"):
        load_sweep(tmp_path)


def test_a_file_name_that_cannot_name_a_sweep_asks_for_one(tmp_path: Path) -> None:
    """The name becomes a folder and an address, so some characters are out."""
    path = tmp_path / "run:5.yaml"
    path.write_text("cases: {content: builtin:a, style: builtin:b}")
    with pytest.raises(SpecError, match="give one with name"):
        load_sweep(path)
