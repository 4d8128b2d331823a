"""The main job in one process: run, log, answer, continue."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.entities import Run
from PIL import Image

from harness.errors import ParametersError
from harness.sweep.coordinator import Outcome
from harness.sweep.executor import Executor, InProcessExecutor, OnStart, OnStep, Records
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.preview import Preview, preview_sweep
from harness.sweep.record import RunRecord
from harness.sweep.run import run_sweep
from harness.sweep.tracking import curves
from harness.sweep.tracking.store import connect, locate
from harness.sweep.work_queue import WorkQueue

MakeSweep = Callable[..., Path]

RUNS = 4
OPTIONS = Options()


def sweep(path: Path, *overrides: str, executor: Executor | None = None) -> Outcome:
    """Run a sweep file in the working directory."""
    return run_sweep(*load_with_pictures(path, overrides), OPTIONS, executor=executor)


def preview(path: Path, *overrides: str) -> Preview:
    """Plan a sweep file in the working directory."""
    return preview_sweep(*load_with_pictures(path, overrides), OPTIONS)


def runs_of(experiment: str, kind: str = "run") -> list[Run]:
    """Return the runs of a sweep in the store of the working directory, oldest first."""
    client = connect(locate(None))
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    text = f"tags.`harness.kind` = '{kind}'"
    order = ["attributes.start_time ASC"]
    return list(client.search_runs([found.experiment_id], text, order_by=order))


def artifacts(run: Run) -> Path:
    """Return the folder of a run's files."""
    return Path(run.info.artifact_uri.removeprefix("file://"))


def first_of(queue: WorkQueue) -> str:
    """Take a bundle and return the fingerprint of its first run."""
    bundle = queue.take()
    assert bundle is not None
    return bundle.tasks[0].fingerprint


TABLES = ("csv", "json", "md", "tex")


class Interrupting(InProcessExecutor):
    """Interrupts, as Ctrl-C would, while the second run is under way."""

    def run(self, queue: WorkQueue, *, on_start: OnStart, on_step: OnStep) -> Records:
        """Yield one record, begin the next run, and be interrupted."""
        records = super().run(queue, on_start=on_start, on_step=on_step)
        yield next(records)
        on_start(first_of(queue))
        raise KeyboardInterrupt


class Failing(InProcessExecutor):
    """Returns the first run as failed, the others as they are."""

    def run(self, queue: WorkQueue, *, on_start: OnStart, on_step: OnStep) -> Records:
        """Yield a FAILED record, then perform the rest."""
        fingerprint = first_of(queue)
        on_start(fingerprint)
        yield RunRecord(fingerprint=fingerprint, status="FAILED", reason="NaN at iteration 3")
        yield from super().run(queue, on_start=on_start, on_step=on_step)


def test_sweep_writes_everything(make_sweep: MakeSweep) -> None:
    """One call leaves runs with all their parts, a parent with the answer, and result files."""
    outcome = sweep(make_sweep())

    children = runs_of("tiny")
    assert (RUNS, 0, 0) == (len(children), outcome.failed, outcome.missing)
    for run in children:
        assert "FINISHED" == run.info.status
        assert {"style/gain", "content/score", "loss/total", "loss/style/rgb", "seconds"} <= set(
            run.data.metrics
        )
        assert "anchor/style/gram" in run.data.metrics
        assert "kmeans" == run.data.params["pretrained"]
        assert {"harness.fingerprint", "harness.parameters", "harness.host"} <= set(run.data.tags)
        files = {path.name for path in artifacts(run).iterdir()}
        assert {"result.png", "trace.json", "settings.json", "images"} <= files
    (parent,) = runs_of("tiny", "sweep")
    assert "FINISHED" == parent.info.status
    assert outcome.answer.sentence == parent.data.tags["harness.answer"]
    kept = {path.name for path in artifacts(parent).iterdir()}
    assert {"membership.json", "sweep.yaml", "table.md", "contact-sheet.png"} <= kept
    assert {"contact-sheet.png", "report.html", *(f"table.{kind}" for kind in TABLES)} == {
        path.name for path in Path("results/tiny").iterdir()
    }


@pytest.mark.usefixtures("store")
def test_second_call_computes_nothing(make_sweep: MakeSweep) -> None:
    """The same call again adds no run and writes the same table."""
    path = make_sweep()
    sweep(path)
    table = Path("results/tiny/table.csv").read_bytes()
    before = [run.info.run_id for run in runs_of("tiny")]

    sweep(path)

    assert before == [run.info.run_id for run in runs_of("tiny")]
    assert table == Path("results/tiny/table.csv").read_bytes()
    assert 1 == len(runs_of("tiny", "sweep"))


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_renamed_sweep_reuses_runs(make_sweep: MakeSweep) -> None:
    """Another name for the same settings and pictures runs nothing: names are labels."""
    sweep(make_sweep("first"))

    outcome = sweep(make_sweep("second"))

    assert [] == runs_of("second")
    assert 0 == outcome.missing


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_changed_picture_is_run_again(make_sweep: MakeSweep) -> None:
    """A changed content picture changes the fingerprints of its pair, and only those."""
    path = make_sweep()
    sweep(path)
    pixels = np.asarray(Image.open("c0.png")).copy()
    pixels[0, 0] ^= 255
    Image.fromarray(pixels).save("c0.png")

    planned = preview(path)

    assert (RUNS, RUNS // 2) == (len(planned.plan.runs), planned.done)


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_changed_setting_is_run_again(make_sweep: MakeSweep) -> None:
    """A changed setting changes every fingerprint."""
    path = make_sweep()
    sweep(path)

    planned = preview(path, "lr=0.03")

    assert 0 == planned.done


@pytest.mark.usefixtures("store")
def test_interrupted_sweep_goes_on(make_sweep: MakeSweep) -> None:
    """Ctrl-C keeps what is finished, ends the run in flight as KILLED, and can be continued."""
    path = make_sweep()

    outcome = sweep(path, executor=Interrupting())

    assert isinstance(outcome.interruption, KeyboardInterrupt)
    assert RUNS - 1 == outcome.missing
    assert ["FINISHED", "KILLED"] == [run.info.status for run in runs_of("tiny")]
    assert ["KILLED"] == [run.info.status for run in runs_of("tiny", "sweep")]
    sweep(path)
    finished = [run for run in runs_of("tiny") if run.info.status == "FINISHED"]
    assert RUNS == len({run.data.tags["harness.fingerprint"] for run in finished})
    assert RUNS == len(finished)


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_failed_run_does_not_end_the_sweep(make_sweep: MakeSweep) -> None:
    """A failed run is recorded with its reason, counted, and tried again by the next call."""
    path = make_sweep()

    outcome = sweep(path, executor=Failing())

    assert (1, 0) == (outcome.failed, outcome.missing)
    failed = next(run for run in runs_of("tiny") if run.info.status == "FAILED")
    assert "NaN at iteration 3" == failed.data.tags["harness.reason"]
    assert "NaN at iteration 3" in outcome.answer.text(120)
    assert 0 == sweep(path).failed


@pytest.mark.usefixtures("store")
def test_seeds_of_a_content_start_are_one_run(make_sweep: MakeSweep) -> None:
    """A start that draws no random numbers runs once for all seeds, and the plan says so."""
    path = make_sweep()

    planned = preview(path, "cases.seeds=[0,1,2]")

    assert RUNS == len(planned.plan.runs)
    assert any("counted once" in note for note in planned.notes)
    noise = preview(path, "cases.seeds=[0,1,2]", "start=noise")
    assert 3 * RUNS == len(noise.plan.runs)


def test_dry_run_leaves_no_store(make_sweep: MakeSweep) -> None:
    """A preview without a store creates none, and has a price."""
    planned = preview(make_sweep())

    assert planned.price.seconds > 0
    assert not Path("mlflow.db").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_prefix_of_a_run_is_the_shorter_run(make_sweep: MakeSweep) -> None:
    """The scores at a snapshot are those of a run of that many iterations."""
    path = make_sweep()
    sweep(path)
    client = connect(locate(None))
    long = runs_of("tiny")[0]
    at_two = [
        one.value
        for one in client.get_metric_history(long.info.run_id, "style/gain")
        if one.step == 2
    ]

    sweep(make_sweep("short"), "iterations=2", "evaluation.snapshots=[]")

    assert at_two == [runs_of("short")[0].data.metrics["style/gain"]]


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_curves_keep_what_pictures_on_the_way_show(
    make_sweep: MakeSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their losses, however thin the curve is, and the balance, which ends as the result's."""
    monkeypatch.setattr(curves, "curve_steps", lambda length: [0, length - 1])
    material = sweep(make_sweep()).answer.material

    way = material.curves.set_index(["name", "fingerprint", "iteration"])["value"]
    results = material.runs.set_index("fingerprint")["balance"]
    assert {0, 2, 3} == set(way["loss/total"].index.get_level_values("iteration"))
    assert {2, 4} == set(way["balance"].index.get_level_values("iteration"))
    at_end = way["balance"].xs(4, level="iteration")
    assert list(results) == pytest.approx(list(at_end[results.index]))


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_other_evaluation_size_rescores_stored_pictures(make_sweep: MakeSweep) -> None:
    """Another evaluator scores the stored pictures; no optimisation is repeated."""
    path = make_sweep()
    sweep(path)
    first = pd.read_csv("results/tiny/table.csv")["style/gain"]

    sweep(path, "evaluation.size=48")

    assert RUNS == len(runs_of("tiny"))
    second = pd.read_csv("results/tiny/table.csv")["style/gain"]
    assert not np.allclose(first, second)
    scores = list(artifacts(runs_of("tiny")[0]).glob("scores/*.json"))
    assert 1 == len(scores)


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_auto_stays_what_it_was(make_sweep: MakeSweep, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `auto` meant when the sweep began is kept on the parent, and holds later."""
    path = make_sweep()
    sweep(path, "pretrained=auto")
    (parent,) = runs_of("tiny", "sweep")
    choices = json.loads(parent.data.tags["harness.resolved"])
    assert "kmeans" == choices["pretrained"]

    monkeypatch.setattr("harness.sweep.choices.resolve_auto", lambda *_: "imagenet")
    planned = preview(path, "pretrained=auto")

    assert RUNS == planned.done


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_time_limit_stops_handing_out_runs(make_sweep: MakeSweep) -> None:
    """Once ``limits.time`` has passed no further run begins, and the outcome says so."""
    outcome = sweep(make_sweep(), "limits.time=0.001")

    assert outcome.stopped.startswith("limits.time")
    assert outcome.missing >= RUNS - 1
    assert ["FAILED"] == [run.info.status for run in runs_of("tiny", "sweep")]


def test_damaged_parameters_leave_no_store(make_sweep: MakeSweep) -> None:
    """A parameter file that cannot be loaded is an input error before anything is written."""
    path = make_sweep()
    Path("bad.pth").write_bytes(b"not parameters")

    with pytest.raises(ParametersError, match=r"bad\.pth"):
        sweep(path, "pretrained=file:bad.pth")

    assert not Path("mlflow.db").exists()


def test_imagenet_is_never_downloaded_unasked(make_sweep: MakeSweep) -> None:
    """A sweep that wants ImageNet parameters this machine lacks says how to get them."""
    with pytest.raises(ParametersError, match="harness fetch"):
        sweep(make_sweep(), "pretrained=imagenet")


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_file_start_and_stripes(make_sweep: MakeSweep) -> None:
    """A start from a file and from stripes run, and their fingerprints know the file."""
    path = make_sweep()
    sweep(path, "start=stripes")
    first = preview(path, "start=file:s1.png")
    Path("s1.png").write_bytes(Path("s0.png").read_bytes())

    assert 0 == sweep(path, "start=file:s1.png").failed
    second = preview(path, "start=file:s1.png")
    assert {run.task.fingerprint for run in first.plan.runs}.isdisjoint(
        run.task.fingerprint for run in second.plan.runs
    )


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_long_answer_and_lost_picture(make_sweep: MakeSweep) -> None:
    """A table too long for a tag, and a picture deleted from the store, stop nothing."""
    names = {f"value {number} {'of many ' * 90}": number for number in range(1, 13)}
    many = f"parameters={{weights.style: {{values: {json.dumps(names)}}}}}"
    path = make_sweep()
    sweep(path, many, "iterations=1", "evaluation.snapshots=[]")
    (artifacts(runs_of("tiny")[0]) / "result.png").unlink()

    outcome = sweep(path, many, "iterations=1", "evaluation.snapshots=[]")

    (parent,) = runs_of("tiny", "sweep")
    assert parent.data.tags["mlflow.note.content"].endswith("in the run's files)")
    assert (0, 0) == (outcome.failed, outcome.missing)


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_pyramids_balance_and_early_ends_are_logged(make_sweep: MakeSweep) -> None:
    """Canonical losses, the balanced weight, the reason, and no picture after the end."""
    path = make_sweep(
        "scales",
        "cases: {content: c0.png, style: s0.png}\n"
        "base: {pretrained: kmeans, precision: float32, image_size: 64, iterations: 6,\n"
        "       pyramid: octave, pyramid_min: 32, weights: balanced, stop_window: 2,\n"
        "       content_layers: relu1_1, style_layers: [rgb, relu1_1]}\n"
        "parameters: {stop_plateau: {values: [0, 0.99]}}\n"
        "evaluation: {size: 64, snapshots: [1, 9]}\n",
    )
    outcome = sweep(path)
    whole, early = runs_of("scales")

    taps = {"content/relu1_1", "style/rgb", "style/relu1_1"}
    for run in (whole, early):
        assert {f"canonical/{tap}" for tap in taps} <= set(run.data.metrics)
        assert run.data.metrics["weights/style_balanced"] > 0
    assert (12.0, "iterations") == (
        whole.data.metrics["iterations"],
        whole.data.tags["harness.reason"],
    )
    assert early.data.metrics["iterations"] < 9
    assert "plateau" == early.data.tags["harness.reason"]
    assert "no picture of iteration 9" in early.data.tags["harness.notes"]
    runs = outcome.answer.material.runs
    assert ["iterations", "plateau"] == list(runs["stop_reason"])
    assert runs["canonical/style/relu1_1"].notna().all()
    pictures = outcome.answer.material.snapshots
    assert [[1, 9], [1]] == [sorted(pictures[one]) for one in runs["fingerprint"]]
    assert any("1 of 2 runs ended before" in note for note in outcome.answer.material.notes)
