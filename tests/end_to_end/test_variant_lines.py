"""Lines of variants and views on MLflow's page, written by real sweeps and removed with them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from mlflow import MlflowClient
from mlflow.entities import Experiment, Run

from harness.cli.remove import command as remove_command
from harness.cli.ui import MOST_SWEEPS
from harness.errors import InputError
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep
from harness.sweep.tracking.inventory import inspect_sweep
from harness.sweep.tracking.store import connect, local_path, locate
from harness.sweep.tracking.sweep_pages import sweep_pages

pytestmark = pytest.mark.slow

MakeSweep = Callable[..., Path]
HOSTILE = """'"`]([x](y)|<b>&"""


def sweep(path: Path) -> None:
    """Run a sweep, or go on with it."""
    run_sweep(*load_with_pictures(path), Options(device="cpu"))


def of_kind(client: MlflowClient, name: str, kind: str) -> list[Run]:
    """Return the runs of a sweep's experiment that are of a kind."""
    text = f"tags.`harness.kind` = '{kind}'"
    return list(client.search_runs([experiment(client, name).experiment_id], text))


def experiment(client: MlflowClient, name: str) -> Experiment:
    """Return a sweep's experiment, which must be there."""
    found = client.get_experiment_by_name(name)
    assert found is not None
    return found


def views(client: MlflowClient, name: str) -> list[str]:
    """Return the keys of an experiment's views."""
    prefix = "mlflow.sharedViewState."
    tags = experiment(client, name).tags
    return sorted(key.removeprefix(prefix) for key in tags if key.startswith(prefix))


@pytest.mark.usefixtures("store")
def test_each_variant_has_one_line(make_sweep: MakeSweep) -> None:
    """A line has its runs' means, settings and pictures; going on doubles nothing."""
    sweep(make_sweep())
    client = connect(locate(None))
    lines = {run.data.tags["harness.variant"]: run for run in of_kind(client, "tiny", "variant")}
    runs = of_kind(client, "tiny", "run")
    sweep(make_sweep())

    assert set(lines) == {"weights.style=1", "weights.style=10"}
    for name, line in lines.items():
        gains = [
            run.data.metrics["style/gain"]
            for run in runs
            if run.data.tags["harness.variant"] == name
        ]
        pictures = local_path(line.info.artifact_uri)
        assert pictures is not None
        keys = {path.name.partition("+")[0] for path in (pictures / "images").iterdir()}
        assert len(gains) == 2
        assert line.data.metrics["style/gain"] == pytest.approx(np.mean(gains), rel=1e-3)
        assert line.data.params == {"weights.style": name.partition("=")[2]}
        assert keys == {"c0 x s0", "c1 x s1"}
        assert line.info.status == "FINISHED"
    assert {run.info.run_id for run in of_kind(client, "tiny", "variant")} == {
        line.info.run_id for line in lines.values()
    }
    assert inspect_sweep(client, "tiny").entry.runs.finished == 4


@pytest.mark.usefixtures("store")
def test_sweep_that_shares_its_runs(make_sweep: MakeSweep) -> None:
    """Runs of another sweep stand in the lines too; a removal takes lines, views and note."""
    sweep(make_sweep())
    sweep(make_sweep("other"))
    client = connect(locate(None))
    shared = of_kind(client, "tiny", "run")
    notes = [line.data.tags["mlflow.note.content"] for line in of_kind(client, "other", "variant")]

    assert of_kind(client, "other", "run") == []
    assert len(notes) == 2
    assert all(sum(run.info.run_id in note for note in notes) for run in shared)
    assert views(client, "tiny") == [
        "harness-cases",
        "harness-losses",
        "harness-pictures",
        "harness-variants",
    ]
    removed = CliRunner().invoke(remove_command, ["tiny", "--yes"], catch_exceptions=False)

    assert removed.exit_code == 0, removed.output
    assert len(of_kind(client, "tiny", "run")) == len(shared)
    assert of_kind(client, "tiny", "variant") == []
    assert views(client, "tiny") == []
    assert "mlflow.note.content" not in experiment(client, "tiny").tags
    assert len(of_kind(client, "other", "variant")) == 2


@pytest.mark.usefixtures("store")
def test_hostile_labels_and_new_runs(make_sweep: MakeSweep) -> None:
    """Whatever a label holds, it is text; changed lines take the place of the old ones."""
    quoted = "'" + HOSTILE.replace("'", "''") + "'"
    text = make_sweep().read_text().replace("[1, 10]", f"{{{quoted}: 1, ten: 10}}")
    text = text.replace("Does the style weight matter?", quoted)
    sweep(make_sweep("first", text))
    client = connect(locate(None))
    before = of_kind(client, "first", "variant")
    sweep(make_sweep("first", text.replace("[c0.png, c1.png]", "[c1.png, c0.png]")))
    after = of_kind(client, "first", "variant")
    note = experiment(client, "first").tags["mlflow.note.content"]

    assert {run.data.params["weights.style"] for run in before} == {HOSTILE, "ten"}
    assert len(after) == 2
    assert {run.info.run_id for run in after}.isdisjoint(run.info.run_id for run in before)
    assert "<b>" not in note
    assert all("<b>" not in run.data.tags["mlflow.note.content"] for run in after)


@pytest.mark.usefixtures("store")
def test_pages_of_sweeps(make_sweep: MakeSweep) -> None:
    """Each page of a sweep is named; an unknown sweep is an error that names what there is."""
    sweep(make_sweep())
    client = connect(locate(None))
    found, left = sweep_pages(client, most=MOST_SWEEPS)

    assert [one.sweep for one in found] == ["tiny"]
    assert left == 0
    assert [what for what, _ in found[0].pages][-2:] == ["report", "answer, table, files"]
    assert len(found[0].pages) == 6
    assert sweep_pages(client, most=0) == ([], 1)
    with pytest.raises(InputError, match="tiny"):
        sweep_pages(client, "tinny", most=MOST_SWEEPS)
