"""The plan of a sweep: every run once, and which cells of the table it fills."""

from pathlib import Path

import pytest

from harness.sweep.plan import bundles, trunk_key

from .conftest import plan_of

SWEEP = """\
cases: {content: [a.png, b.png], style: [s.png], seeds: [3, 4]}
base: {image_size: 32, pretrained: kmeans, precision: float32}
parameters:
  start: {values: [content, noise]}
  weights.style: {values: [1, 10]}
"""


def test_every_cell_has_a_run_and_every_run_a_cell(folder: Path) -> None:
    """Four variants on four cases; a start without random numbers is one run for both seeds."""
    plan = plan_of(folder, SWEEP)

    assert 16 == len(plan.cells)
    assert 12 == len(plan.runs)
    assert {run.task.fingerprint for run in plan.runs} == set(plan.cells.values())


def test_cases_are_the_outer_loop(folder: Path) -> None:
    """An interrupted sweep has whole cases to compare."""
    plan = plan_of(folder, SWEEP)
    cases = [run.case for run in plan.runs]

    assert sorted(cases) == cases


def test_run_says_where_it_stands(folder: Path) -> None:
    """A run carries the pictures and the seed of its case and the settings of its variant."""
    plan = plan_of(folder, SWEEP)

    for run in plan.runs:
        case = plan.spec.cases[run.case]
        (variant,) = (one for one in plan.spec.variants if one.name == run.name)
        assert case.seed == run.task.seed
        assert plan.pictures[case.content.text].sha256 == run.task.content_sha256
        assert variant.settings == run.task.settings
        assert f"{variant.name} | {case.name}" == run.title


def test_picture_by_its_hash(folder: Path) -> None:
    """Every picture is found by the hash of its file; of equal files the first one named."""
    (folder / "b.png").write_bytes((folder / "a.png").read_bytes())
    plan = plan_of(folder, SWEEP)
    names = {plan.picture(one.sha256).name for one in plan.pictures.values()}

    assert plan.pictures["a.png"] is plan.picture(plan.pictures["b.png"].sha256)
    assert 2 == len(names)


@pytest.mark.parametrize(("size", "expected"), [(1, 12), (2, 6), (8, 4)])
def test_bundles_hold_runs_of_one_case(folder: Path, size: int, expected: int) -> None:
    """Runs travel together, at most so many, with the pictures they use and no others."""
    plan = plan_of(folder, SWEEP)
    made = list(bundles(plan, list(plan.runs), size=size))

    assert expected == len(made)
    for bundle in made:
        used = {(task.content_sha256, task.style_sha256) for task in bundle.tasks}
        assert 1 == len(used)
        assert set(*used) == set(bundle.pictures)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("preprocessing: {values: [imagenet, none]}", 2),
        ("pooling_scale: {values: [1, 2]}", 2),
        ("size_of: {values: [long_side, short_side]}", 2),
        ("pyramid: {values: [none, octave]}", 2),
        ("weights.style: {values: [1, 10]}", 1),
    ],
)
def test_a_bundle_has_one_trunk_that_sees_one_size(
    folder: Path, change: str, expected: int
) -> None:
    """What makes another trunk of it, or other sizes, is another bundle."""
    plan = plan_of(
        folder,
        "cases: {content: a.png, style: s.png}\n"
        "base: {image_size: 64, pyramid_min: 32, pretrained: kmeans}\n"
        f"parameters: {{{change}}}\n",
    )
    assert expected == len({trunk_key(run.task.settings) for run in plan.runs})
    assert expected == len(list(bundles(plan, list(plan.runs), size=8)))


def test_pictures_on_the_way_may_lie_at_any_scale(folder: Path) -> None:
    """Iterations are counted over all scales of a pyramid; its end is no snapshot."""
    plan = plan_of(
        folder,
        "cases: {content: a.png, style: s.png}\n"
        "base: {image_size: 64, pyramid: octave, pyramid_min: 32, iterations: 10, "
        "pretrained: kmeans}\n"
        "evaluation: {snapshots: [5, 15, 20]}\n",
    )
    (run,) = plan.runs
    assert (5, 15) == run.task.snapshots
