"""Sweeps whose variants go on from another variant's results: order, resuming, failure."""

from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.entities import Run

from harness.errors import InputError
from harness.sweep.ablate import prepare_ablation
from harness.sweep.addresses import parse_address
from harness.sweep.coordinator import Outcome
from harness.sweep.executor import Executor, InProcessExecutor, OnStart, OnStep, Records
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.preview import preview_sweep
from harness.sweep.record import RunRecord
from harness.sweep.run import run_sweep
from harness.sweep.side import stored_side
from harness.sweep.tracking.store import connect, locate
from harness.sweep.tracking.variants import unchained_settings, variant_settings
from harness.sweep.work_queue import WorkQueue

from .conftest import BASE

MakeSweep = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("store")

REST = f"{BASE}evaluation: {{size: 64}}\n"
CHAIN = f"""\
cases: {{content: c0.png, style: s0.png}}
{REST}chain:
  twice: {{after: once, result_as: style, changes: {{iterations: 3}}}}
  once: {{after: baseline, result_as: style}}
  content: {{after: baseline, result_as: content}}
  polished: {{after: once, result_as: start}}
"""
SHORT = f"""\
cases: {{content: c0.png, style: s0.png}}
{REST}chain: {{once: {{after: baseline, result_as: style}}}}
"""
VARIANTS = ("base", "once", "twice", "content", "polished")


class Interrupted(InProcessExecutor):
    """Is interrupted after so many runs, as by Ctrl-C."""

    def __init__(self, runs: int) -> None:
        super().__init__()
        self._runs = runs

    def run(self, queue: WorkQueue, *, on_start: OnStart, on_step: OnStep) -> Records:
        """Yield some records, then be interrupted."""
        records = super().run(queue, on_start=on_start, on_step=on_step)
        for _ in range(self._runs):
            yield next(records)
        raise KeyboardInterrupt


class Failing(InProcessExecutor):
    """Fails the second run, performs the others."""

    def run(self, queue: WorkQueue, *, on_start: OnStart, on_step: OnStep) -> Records:
        """Yield one record, a failure, and the rest."""
        records = super().run(queue, on_start=on_start, on_step=on_step)
        yield next(records)
        bundle = queue.take()
        assert bundle is not None
        (task,) = bundle.tasks
        on_start(task.fingerprint)
        yield RunRecord(fingerprint=task.fingerprint, status="FAILED", reason="NaN at step 3")
        yield from records


def sweep(
    path: Path,
    *,
    only: tuple[str, ...] = (),
    executor: Executor | None = None,
    workers: int = 0,
    fresh: bool = False,
) -> Outcome:
    """Run a sweep file in the working directory."""
    options = Options(only=only, workers=workers, fresh=fresh)
    return run_sweep(*load_with_pictures(path), options, executor=executor)


def runs(experiment: str) -> dict[str, list[Run]]:
    """Return the runs of a sweep by variant."""
    client = connect(locate(None))
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    by_variant: dict[str, list[Run]] = {}
    order = ["attributes.start_time ASC"]
    text = "tags.`harness.kind` = 'run'"
    for run in client.search_runs([found.experiment_id], text, order_by=order):
        by_variant.setdefault(run.data.tags["harness.variant"], []).append(run)
    return by_variant


def finished(experiment: str) -> list[str]:
    """Return the variants of a sweep that have a finished run, in the order of their start."""
    by_variant = runs(experiment).items()
    return [name for name, found in by_variant if found[-1].info.status == "FINISHED"]


def result(run: Run) -> Path:
    """Return the picture of a run."""
    return Path(run.info.artifact_uri.removeprefix("file://")) / "result.png"


def test_interrupted_and_gone_on(make_sweep: MakeSweep) -> None:
    """Going on performs what is left with the stored picture, and nothing anew."""
    path = make_sweep("chained", SHORT)
    first = sweep(path, executor=Interrupted(1))
    assert first.interruption is not None
    assert ["base"] == finished("chained")

    outcome = sweep(path)
    found = {name: one for name, (one,) in runs("chained").items()}

    assert (0, 0, None) == (outcome.failed, outcome.missing, outcome.interruption)
    assert ["base", "once"] == list(outcome.answer.summary["variant"])
    assert {"base", "once"} == found.keys()  # each once
    tags = found["once"].data.tags
    before = found["base"].data.tags["harness.fingerprint"]
    assert (before, "style") == (tags["harness.after"], tags["harness.result_as"])
    assert "harness.after" not in found["base"].data.tags


@pytest.mark.slow
def test_the_result_is_the_picture_in_its_role(make_sweep: MakeSweep) -> None:
    """Results are equal to those of sweeps that name the earlier result's file themselves."""
    sweep(make_sweep("chained", CHAIN))
    found = {name: one for name, (one,) in runs("chained").items()}
    by_hand = {
        "once": f"cases: {{content: c0.png, style: '{result(found['base'])}'}}\n{REST}",
        "content": f"cases: {{content: '{result(found['base'])}', style: s0.png}}\n{REST}",
        "polished": "cases: {content: c0.png, style: s0.png}\n"
        + REST.replace("base:", f"base:\n  start: 'file:{result(found['once'])}'"),
    }

    assert list(VARIANTS) == [*found]
    assert "3" == found["twice"].data.params["iterations"]
    for name, text in by_hand.items():
        sweep(make_sweep(f"by-hand-{name}", text))
        ((run,),) = runs(f"by-hand-{name}").values()
        assert result(run).read_bytes() == result(found[name]).read_bytes(), name


@pytest.mark.slow
def test_a_failure_is_told_to_what_goes_on_from_it(make_sweep: MakeSweep) -> None:
    """Runs that can never be done are FAILED and say why; the next start does them all."""
    path = make_sweep("failing", CHAIN)

    outcome = sweep(path, executor=Failing())
    failed = {
        name: one.data.tags["harness.reason"]
        for name, (one,) in runs("failing").items()
        if one.info.status == "FAILED"
    }

    assert (3, 0) == (outcome.failed, outcome.missing)
    assert {"once", "twice", "polished"} == failed.keys()
    assert failed["twice"].startswith("it goes on from the result of (once | c0 × s0, seed 0)")
    assert failed["twice"].endswith("which failed: NaN at step 3")
    again = sweep(path)
    assert (0, 0) == (again.failed, again.missing)


@pytest.mark.slow
def test_part_of_a_chain_and_what_other_commands_say(make_sweep: MakeSweep) -> None:
    """``--only`` brings what is needed, the price counts it, and settings alone are refused."""
    path = make_sweep("part", CHAIN)
    spec, pictures = load_with_pictures(path)
    preview = preview_sweep(spec, pictures, Options(only=("twice",), workers=0))
    assert (3, 0) == (preview.runs, preview.done)
    assert preview.price.seconds > 0

    outcome = sweep(path, only=("twice",))
    assert (0, 0) == (outcome.failed, outcome.missing)
    assert ["base", "once", "twice"] == finished("part")

    client = connect(locate(None))
    assert 3 == variant_settings(client, "part", "twice").iterations
    with pytest.raises(InputError, match=r"as its style.*two steps"):
        unchained_settings(client, "part", "twice")
    base, twice = (parse_address(f"part/{name}") for name in ("base", "twice"))
    settings = stored_side(client, twice).settings
    assert ("once", "style") == (settings["chain.after"], settings["chain.result_as"])
    with pytest.raises(InputError, match=r"no setting that could be changed"):
        prepare_ablation(client, base, twice, order=(), name=None, out=path.parent)


@pytest.mark.slow
def test_with_worker_processes(make_sweep: MakeSweep) -> None:
    """Results travel to the workers with the runs, which come to what one process comes to."""
    sweep(make_sweep("alone", CHAIN))
    outcome = sweep(make_sweep("crew", CHAIN), workers=2, fresh=True)
    alone, crew = runs("alone"), runs("crew")

    assert (0, 0) == (outcome.failed, outcome.missing)
    assert set(VARIANTS) == crew.keys() == alone.keys()
    for name in VARIANTS:
        (here,), (there,) = alone[name], crew[name]
        for score in ("style/gain", "content/score"):
            expected = here.data.metrics[score]
            assert expected == pytest.approx(there.data.metrics[score], abs=1e-3)
