"""Runs that go on from another run's result: planned after it, handed out when it is done."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import InputError, SpecError
from harness.regression.panel import load_panel
from harness.sweep.agenda import GridAgenda
from harness.sweep.plan import Plan
from harness.sweep.record import Bundle
from harness.sweep.selection import selected_runs
from harness.sweep.tracking.membership import Membership
from harness.sweep.tracking.stored import StoredRun

from .conftest import plan_of

GRID = """\
cases: {content: [a.png, b.png], style: s.png}
base: {image_size: 32, iterations: 10, pretrained: kmeans, precision: float32}
parameters: {weights.style: {values: [1, 10]}}
"""
CHAIN = f"""\
{GRID}chain:
  once: {{after: baseline, result_as: style}}
  twice: {{after: once, result_as: style}}
  polished: {{after: {{weights.style: 10}}, result_as: start}}
"""


def _stored(fingerprint: str) -> StoredRun:
    return StoredRun(
        run_id=f"run of {fingerprint}",
        fingerprint=fingerprint,
        occasion="sweep",
        evaluator="",
        metrics={},
        tags={},
        artifact_uri="",
        experiment_id="0",
    )


def _agenda(plan: Plan, stored: dict[str, StoredRun]) -> GridAgenda:
    return GridAgenda(
        plan=plan,
        asked={run.task.fingerprint for run in plan.runs},
        stored=stored,
        result=lambda run: f"picture of {run.fingerprint}".encode(),
    )


def _name(plan: Plan, bundle: Bundle | None) -> str:
    """Return the variant and the content of a bundle's only run; empty for nothing now."""
    if bundle is None:
        return ""
    (task,) = bundle.tasks
    (run,) = (one for one in plan.runs if one.task.fingerprint == task.fingerprint)
    return f"{run.name} {plan.spec.cases[run.case].content.name}"


def _by_name(plan: Plan, case: int = 0) -> dict[str, str]:
    return {one.name: plan.cells[at, case] for at, one in enumerate(plan.spec.variants)}


def test_the_picture_counts_as_the_run_that_makes_it(folder: Path) -> None:
    """Same settings, other pictures: another fingerprint, which moves with the run before."""
    short, long = (plan_of(folder, CHAIN.replace("10,", f"{n},")) for n in ("10", "11"))
    names = _by_name(short)
    baseline = names["weights.style=1"]
    (task,) = (one.task for one in short.runs if one.task.fingerprint == names["once"])

    assert len(short.runs) == len(short.cells) == 10
    assert task.earlier is not None
    assert (baseline, "style") == (task.earlier.fingerprint, task.earlier.result_as)
    assert short.pictures["s.png"].sha256 == task.style_sha256
    assert not set(names.values()) & set(_by_name(long).values())


def test_an_iteration_before_is_another_fingerprint_after(folder: Path) -> None:
    """Only the run two links before differs, and every run after it does too."""
    other = CHAIN.replace("result_as: style}", "result_as: style, changes: {lr: 0.5}}", 1)
    names, changed = _by_name(plan_of(folder, CHAIN)), _by_name(plan_of(folder, other))

    assert ["once", "twice"] == [one for one in names if names[one] != changed[one]]


def test_a_chain_moves_no_other_fingerprint(folder: Path) -> None:
    """The runs of a grid are the same runs whether or not others go on from them."""
    alone, chained = _by_name(plan_of(folder, GRID)), _by_name(plan_of(folder, CHAIN))

    assert alone == {name: chained[name] for name in alone}


def test_runs_are_handed_out_when_the_one_before_is_done(folder: Path) -> None:
    """Others go first meanwhile; the result travels with the run, by the other's fingerprint."""
    plan = plan_of(folder, CHAIN)
    stored: dict[str, StoredRun] = {}
    bundles = _agenda(plan, stored).bundles()
    first = [_name(plan, next(bundles)) for _ in range(5)]
    names = _by_name(plan)
    stored[names["weights.style=1"]] = _stored(names["weights.style=1"])
    once = next(bundles)
    waiting = _name(plan, next(bundles))
    stored[names["once"]] = _stored(names["once"])

    assert [
        "weights.style=1 a",
        "weights.style=10 a",
        "weights.style=1 b",
        "weights.style=10 b",
        "",
    ] == first
    assert once is not None
    assert "once a" == _name(plan, once)
    assert (
        f"picture of {names['weights.style=1']}".encode()
        == (once.pictures[names["weights.style=1"]])
    )
    assert "" == waiting
    assert "twice a" == _name(plan, next(bundles))


def test_in_one_process_whole_cases_come_first(folder: Path) -> None:
    """Where every run is done before the next is asked for, the plan's order is kept."""
    plan = plan_of(folder, CHAIN)
    stored: dict[str, StoredRun] = {}
    handed_out = [_finish(one, stored, plan) for one in _agenda(plan, stored).bundles()]

    assert [run.task.fingerprint for run in plan.runs] == handed_out


def _finish(bundle: Bundle | None, stored: dict[str, StoredRun], plan: Plan) -> str:
    assert bundle is not None
    (task,) = bundle.tasks
    assert task.fingerprint in {run.task.fingerprint for run in plan.runs}
    stored[task.fingerprint] = _stored(task.fingerprint)
    return task.fingerprint


def test_what_was_done_before_is_not_handed_out(folder: Path) -> None:
    """Going on takes the result of a run that an earlier start finished."""
    plan = plan_of(folder, CHAIN)
    names = _by_name(plan)
    stored = {one: _stored(one) for one in plan.cells.values() if one not in {names["twice"], ""}}
    (bundle,) = _agenda(plan, stored).bundles()

    assert "twice a" == _name(plan, bundle)


def test_a_failure_ends_what_goes_on_from_it(folder: Path) -> None:
    """The run after it fails with it, in words, and so in turn does the one after that."""
    plan = plan_of(folder, CHAIN)
    names, stored = _by_name(plan), dict[str, StoredRun]()
    agenda = _agenda(plan, stored)
    bundles = agenda.bundles()
    next(bundles)
    lost = agenda.ended(names["weights.style=1"], None, "NaN at iteration 3")
    further = agenda.ended(names["once"], None, lost[names["once"]])

    assert {names["once"]} == lost.keys()
    assert "(weights.style=1 | a × s, seed 0), which failed: NaN" in lost[names["once"]]
    assert {names["twice"]} == further.keys()
    left = list(_until_nothing(plan, bundles, stored))
    assert not {"once a", "twice a"} & set(left)
    assert 7 == len(left)


def _until_nothing(
    plan: Plan, bundles: Iterator[Bundle | None], stored: dict[str, StoredRun]
) -> Iterator[str]:
    for bundle in bundles:
        _finish(bundle, stored, plan)
        yield _name(plan, bundle)


def test_only_a_chained_variant_brings_what_it_needs(folder: Path) -> None:
    """Everything it goes on from is asked for, however far back, and nothing else."""
    plan = plan_of(folder, CHAIN)
    names = [_by_name(plan, case) for case in (0, 1)]

    assert {
        of[name] for of in names for name in ("weights.style=1", "once", "twice")
    } == selected_runs(plan, ["twice"])


def test_membership_knows_whose_losses_compare(folder: Path) -> None:
    """The list on the parent says what the runs say: their losses are others."""
    plan = plan_of(folder, CHAIN)
    membership = Membership.of(plan, {})
    keys = dict(zip(membership.variants, membership.loss_keys, strict=True))

    assert {run.name: run.loss_key for run in plan.runs} == keys
    assert keys["weights.style=10"] == keys["polished"]
    assert membership == Membership.parse(membership.dumps())


def test_results_too_small_for_the_network_are_found_before(folder: Path) -> None:
    """A result is as large as its settings make it, not as the picture of the case."""
    changes = "image_size: 256, style_layers: relu5_1, style_size: never_larger, padding: reflect"
    text = CHAIN.replace("result_as: style}", f"result_as: style, changes: {{{changes}}}}}", 1)

    with pytest.raises(SpecError, match=r"style: the result of \(weights\.style=1\) has 32 × 21"):
        plan_of(folder, text)


def test_a_result_taken_from_a_stored_run_is_another_bundle_again(folder: Path) -> None:
    """A run that is tried again gets its picture again."""
    plan = plan_of(folder, CHAIN)
    names = _by_name(plan)
    stored = {names["weights.style=1"]: _stored(names["weights.style=1"])}
    bundle = _agenda(plan, stored).bundle(names["once"])

    assert names["weights.style=1"] in bundle.pictures


def test_panels_have_no_chains(folder: Path) -> None:
    """A regression says what to do."""
    path = folder / "panel.yaml"
    path.write_text(f"{CHAIN}gate: {{margins: {{style/gain: 0.1}}}}\n")

    with pytest.raises(
        InputError, match=r"has chain: \(once, twice, polished\).*out of the panel"
    ):
        load_panel(path, ())
