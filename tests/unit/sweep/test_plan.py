"""The plan of a sweep: every run once, and which cells of the table it fills."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.sweep.lanes import MOST_LANES, lanes_of
from harness.sweep.plan import bundles
from harness.sweep.record import Bundle

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


def _fingerprints(made: list[Bundle]) -> list[str]:
    return [task.fingerprint for bundle in made for task in bundle.tasks]


@pytest.mark.parametrize("size", [1, 2, 8])
def test_bundles_hold_every_run_once(folder: Path, size: int) -> None:
    """Runs travel together, at most so many, with the pictures they use and no others."""
    plan = plan_of(folder, SWEEP)
    made = list(bundles(plan, plan.runs, size=size))

    assert sorted(run.task.fingerprint for run in plan.runs) == sorted(_fingerprints(made))
    assert size >= max(len(bundle.tasks) for bundle in made)
    for bundle in made:
        used = {sha for task in bundle.tasks for sha in (task.content_sha256, task.style_sha256)}
        assert used == set(bundle.pictures)


def test_bundles_are_even_and_in_order(folder: Path) -> None:
    """Seven runs, at most four at a time, are three and four; the first run comes first."""
    plan = plan_of(
        folder,
        "cases: {content: a.png, style: s.png}\n"
        "base: {image_size: 64, pretrained: kmeans}\n"
        "parameters: {weights.style: {values: [1, 2, 3, 4, 5, 6, 7]}}\n",
    )
    made = list(bundles(plan, plan.runs, size=4))

    assert [3, 4] == [len(bundle.tasks) for bundle in made]
    assert [run.task.fingerprint for run in plan.runs] == _fingerprints(made)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("preprocessing: {values: [imagenet, none]}", 2),
        ("pooling_scale: {values: [1, 2]}", 2),
        ("image_size: {values: [64, 96]}", 2),
        ("style_layers: {values: [relu3_1, relu5_1]}", 2),
        ("style_loss: {values: [gram, covariance]}", 2),
        ("optimizer: {values: [adam, lbfgs]}", 2),
        ("iterations: {values: [5, 9]}", 1),
        ("content_layers: {values: [relu2_2, relu4_2]}", 1),
        ("weights.style: {values: [1, 10]}", 1),
    ],
)
def test_a_bundle_has_one_trunk_that_sees_one_size(
    folder: Path, change: str, expected: int
) -> None:
    """What makes another trunk of it, other sizes or other losses, is another bundle."""
    plan = plan_of(
        folder,
        "cases: {content: a.png, style: s.png}\n"
        "base: {image_size: 64, pretrained: kmeans, content_layers: relu2_2}\n"
        f"parameters: {{{change}}}\n",
    )
    assert 2 == len(plan.runs)
    assert expected == len(list(bundles(plan, plan.runs, size=8)))


@pytest.mark.parametrize("alone", ["optimizer: lbfgs", "pyramid: octave, pyramid_min: 32"])
def test_runs_that_share_no_lanes_travel_alone(folder: Path, alone: str) -> None:
    """However alike they are."""
    plan = plan_of(
        folder,
        "cases: {content: a.png, style: s.png}\n"
        f"base: {{image_size: 64, pretrained: kmeans, {alone}}}\n"
        "parameters: {weights.style: {values: [1, 2, 3]}}\n",
    )
    assert [1, 1, 1] == [len(one.tasks) for one in bundles(plan, plan.runs, size=8)]


@pytest.mark.parametrize(
    ("device", "asked", "expected"),
    [("cpu", None, 1), ("cpu", 3, 3), ("cuda", None, MOST_LANES), ("cuda:1", 4, 4)],
)
def test_a_gpu_gets_lanes_unasked(
    folder: Path, device: str, asked: int | None, expected: int
) -> None:
    """On a CPU a batch takes as long as its pictures one by one."""
    plan = plan_of(folder, SWEEP)
    plan = replace(plan, choices=replace(plan.choices, device=device))

    assert expected == lanes_of(plan, asked)


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
