"""``harness ablate``: stations between two settings are run, judged and written down."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.ablate import command
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep
from harness.sweep.tracking.store import connect, locate

from .conftest import SWEEP

MakeSweep = Callable[..., Path]
pytestmark = pytest.mark.usefixtures("store")


def ablate(*arguments: str) -> Result:
    """Call the command in this process."""
    return CliRunner().invoke(command, ["--workers", "0", *arguments], standalone_mode=False)


@pytest.fixture
def two_sweeps(make_sweep: MakeSweep) -> None:
    """Run a sweep, and another whose baseline differs in pooling and iterations."""
    short = SWEEP.replace("values: [1, 10]", "values: [1]")
    other = short.replace("iterations: 4", "iterations: 3\n  pooling: max")
    for name, text in (("first", short), ("second", other)):
        run_sweep(*load_with_pictures(make_sweep(name, text)), Options())


@pytest.mark.slow
@pytest.mark.usefixtures("two_sweeps")
def test_the_walk_is_run_and_only_what_is_new(tmp_path: Path) -> None:
    """Three stations, two of them known: one station's runs are new; the files say what paid."""
    result = ablate("first", "second", "--json")

    assert 0 == result.return_value, result.output
    record = json.loads(result.stdout)
    assert ["baseline", "pooling avg → max", "iterations 4 → 3", "baseline → final"] == [
        row["change"] for row in record["steps"]
    ]
    client = connect(locate(None))
    experiment = client.get_experiment_by_name("ablate-first")
    assert experiment is not None
    runs = client.search_runs(
        [experiment.experiment_id], "tags.`harness.kind` = 'run'", max_results=50
    )
    assert {"step=1 pooling avg → max"} == {run.data.tags["harness.variant"] for run in runs}
    assert 2 == len(runs)
    folder = tmp_path / "results" / "ablate-first"
    for suffix in (".md", ".tex", ".csv", ".json", ".html"):
        assert (folder / f"walk{suffix}").stat().st_size > 0
    assert (folder / "report.html").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("two_sweeps")
def test_the_table_is_printed_and_the_plan_runs_nothing() -> None:
    """``--dry-run`` prints what would be run; the real thing ends with the table and the page."""
    planned = ablate("first", "second", "--dry-run")
    assert 0 == planned.return_value
    assert "runs       6" in planned.output

    done = ablate("first", "second", "--order", "iterations")

    assert 0 == done.return_value
    assert "Of 2 changes none made a significant difference" in done.stdout
    table = done.stdout[done.stdout.index("change  ") :]
    assert table.index("iterations 4 → 3") < table.index("pooling avg → max")
    assert "walk.html" in done.stdout


@pytest.mark.slow
@pytest.mark.usefixtures("two_sweeps")
def test_bad_input_is_explained() -> None:
    """Equal settings, an unknown sweep, a wrong key and a folder are input errors."""
    wrong = {
        ("first", "first"): "the same",
        ("first", "secnd"): "second",
        ("first", "second", "--order", "poling"): "pooling",
        ("first", "dir:."): "settings of pictures in a folder",
    }

    for arguments, message in wrong.items():
        result = ablate(*arguments)
        assert message in str(result.exception)
        assert 2 == getattr(result.exception, "exit_code", None)
