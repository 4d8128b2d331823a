"""Scales, iterations and work of a run."""

import pytest

from harness.spec.schedule import scales_of, share_done, total_iterations, work_of
from harness.spec.settings import Settings
from harness.spec.sweep_spec import SweepSpec
from tests.unit.spec.test_spec_rules import Load, ProblemOf

CROWSON = Settings(
    image_size=512, pyramid="sqrt2", pyramid_min=128, iterations=500, pyramid_first=1000
)


def test_without_a_pyramid_there_is_one_scale() -> None:
    """All iterations are at full size, and each is one iteration of work."""
    settings = Settings(image_size=300, iterations=40, pyramid_first=7)

    assert [(300, 40)] == [(one.size_px, one.iterations) for one in scales_of(settings)]
    assert (40, 40.0, 0.25) == (
        total_iterations(settings),
        work_of(settings),
        share_done(settings, 10),
    )


def test_scales_are_those_that_were_published() -> None:
    """128 to 512 by √2, 1000 iterations first: as much work as 1000 at full size."""
    found = [(one.size_px, one.iterations) for one in scales_of(CROWSON)]

    assert [(128, 1000), (181, 500), (256, 500), (362, 500), (512, 500)] == found
    assert 3000 == total_iterations(CROWSON)
    assert 1000 == pytest.approx(work_of(CROWSON), rel=0.001)


def test_work_of_the_first_iterations() -> None:
    """Counted scale by scale, and never more than all."""
    settings = Settings(image_size=256, pyramid="octave", pyramid_min=128, iterations=10)

    assert (0, 2.5, 4.5, 12.5, 12.5) == tuple(work_of(settings, at) for at in (0, 10, 12, 20, 99))
    assert 1.0 == share_done(settings, 20)


def test_a_picture_on_the_way_may_lie_at_any_scale(load: Load, problem_of: ProblemOf) -> None:
    """Iterations are counted over all scales, by grids and by studies."""
    text = """\
        {}
        base: {{image_size: 256, pyramid: octave, pyramid_min: 128, iterations: 10}}
        parameters: {{lr: {{values: [0.1, 0.2]}}}}
        evaluation: {{snapshots: [{}]}}
    """
    study = "method: random\n        limits: {max_variants: 3}"
    for head in ("method: grid", study):
        spec: SweepSpec = load(text.format(head, 20))
        assert (20,) == spec.evaluation.snapshots
        assert "more than 20 iterations" in problem_of(text.format(head, 21)).message


def test_a_study_that_varies_the_scales_counts_the_most(load: Load, problem_of: ProblemOf) -> None:
    """The largest picture with the smallest first scale has the most iterations."""
    text = """\
        method: random
        limits: {{max_variants: 3}}
        base: {{iterations: 10, pyramid: octave}}
        parameters:
          image_size: {{values: [128, 512]}}
          pyramid_min: {{min: 64, max: 128}}
          lr: {{min: 0.1, max: 1}}
        baseline: {{image_size: 128}}
        evaluation: {{snapshots: [{}]}}
    """
    assert (40,) == load(text.format(40)).evaluation.snapshots
    assert "more than 40 iterations" in problem_of(text.format(41)).message
