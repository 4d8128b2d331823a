"""What runs will cost: pyramids, optimisers that evaluate often, runs that ended early."""

from pathlib import Path

import pytest

from harness.sweep.plan import Plan
from harness.sweep.price import learn, predict
from harness.sweep.rates import OVERHEAD, Rates, workload
from harness.sweep.record import RunRecord

from .conftest import plan_of

SWEEP = """\
cases: {{content: builtin:chelsea, style: builtin:strokes}}
base: {{image_size: 256, iterations: 100, pyramid_min: 128, pretrained: kmeans}}
parameters: {{{}}}
"""
PYRAMIDS = "pyramid: {values: [none, octave]}"


def seconds(plan: Plan, rates: Rates) -> list[float]:
    """Predict the runs in their order, without what comes on top of the iterations."""
    found = predict(plan, plan.runs, rates)
    return [found[run.task.fingerprint] for run in plan.runs]


def record(iterations: int) -> RunRecord:
    """Return the record of a run whose last iterations took 0.5 s each."""
    return RunRecord(
        fingerprint="f",
        status="FINISHED",
        reason="iterations",
        iterations=iterations,
        seconds_per_iteration=0.5,
        busy_seconds=1000.0,
        scores={iterations: {}},
    )


def test_a_pyramid_costs_a_quarter_more_than_its_last_scale(tmp_path: Path) -> None:
    """100 iterations at 128 pixels before those at 256."""
    plan = plan_of(tmp_path, SWEEP.format(PYRAMIDS))
    rates = Rates(machine="m", values={OVERHEAD: 1e-9})
    plain, pyramid = seconds(plan, rates)

    assert 1.25 == pytest.approx(pyramid / plain)


def test_what_a_pyramid_took_is_learned_from_its_last_scale(tmp_path: Path) -> None:
    """Then the same rate holds for every run of the workload, and the rest is overhead."""
    plan = plan_of(tmp_path, SWEEP.format(PYRAMIDS))
    rates = Rates(machine="m", values={})
    learn(plan, plan.runs[1], record(200), rates)

    rates.values[OVERHEAD] = 0.0
    assert [50.0, 62.5] == pytest.approx(seconds(plan, rates))


def test_overhead_is_what_iterations_do_not_explain(tmp_path: Path) -> None:
    """Those before the last scale are shorter."""
    plan = plan_of(tmp_path, SWEEP.format(PYRAMIDS))
    rates = Rates(machine="m", values={})
    learn(plan, plan.runs[1], record(200), rates)

    assert 1000 - 62.5 == pytest.approx(rates.values[OVERHEAD])


def test_a_run_that_ended_at_a_small_scale_measures_nothing(tmp_path: Path) -> None:
    """Its iterations are not those at full size."""
    plan = plan_of(tmp_path, SWEEP.format(PYRAMIDS))
    rates = Rates(machine="m", values={})
    learn(plan, plan.runs[1], record(100), rates)

    assert {} == rates.values
    learn(plan, plan.runs[1], record(101), rates)
    assert workload(plan.runs[1].task.settings) in rates.values


def test_what_was_not_measured_is_priced_by_its_evaluations(tmp_path: Path) -> None:
    """SciPy's L-BFGS may evaluate twenty times an iteration."""
    plan = plan_of(
        tmp_path,
        SWEEP.format("who: {zip: {optimizer: [adam, lbfgs], lbfgs_variant: [torch, scipy]}}"),
    )
    rates = Rates(machine="m", values={OVERHEAD: 1e-9})
    adam, scipy = seconds(plan, rates)

    assert 20 == pytest.approx(scipy / adam)
