"""Lines of variants in the store: their order, their replacement, what else reads the store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.remove import command as remove_command
from harness.sweep.tracking.inventory import inspect_sweep, list_sweeps
from harness.sweep.tracking.reader import finished_runs
from harness.sweep.tracking.store import close_orphans
from harness.sweep.tracking.variant_lines import VariantLine, write_lines

StoredSweep = Callable[..., Any]


def line(name: str, gain: float = 1.0) -> VariantLine:
    """Return a line."""
    return VariantLine(
        name=name,
        variant=name,
        verdict="better",
        parameters={"lr": "1"},
        metrics={"style/gain": gain},
        note="a note",
    )


def listed(sweep: Any) -> list[Any]:
    """Return a sweep's lines as MLflow lists them."""
    text = "tags.`harness.kind` = 'variant'"
    return list(sweep.client.search_runs([sweep.experiment], text))


@pytest.fixture
def tiny(stored_sweep: StoredSweep) -> Any:
    """Return a finished sweep of one run."""
    sweep = stored_sweep("tiny")
    sweep.end(a=sweep.add("a"))
    return sweep


def write(sweep: Any, *lines: VariantLine) -> bool:
    """Write lines of a sweep."""
    return write_lines(sweep.client, sweep.experiment, "tiny", lines, last_step=1)


def test_ten_best_come_first(tiny: Any) -> None:
    """MLflow draws the first ten of its list, the last of them leftmost: there is the best."""
    write(tiny, *(line(f"{place:02}") for place in range(12)))

    names = [run.info.run_name for run in listed(tiny)]
    assert names == [f"{place:02}" for place in (9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 10, 11)]


def test_lines_are_replaced_only_if_they_differ(tiny: Any) -> None:
    """Equal lines stay as they are; one that differs replaces all, and none is there twice."""
    assert write(tiny, line("a"), line("b"))
    first = [run.info.run_id for run in listed(tiny)]
    assert not write(tiny, line("a"), line("b"))
    assert [run.info.run_id for run in listed(tiny)] == first
    assert write(tiny, line("a", gain=2.0), line("b"))

    names = {run.info.run_name: run.data.metrics["style/gain"] for run in listed(tiny)}
    assert names == {"a": 2.0, "b": 1.0}
    assert len(listed(tiny)) == 2


def test_who_reads_runs_sees_no_lines(tiny: Any) -> None:
    """A list of sweeps, what can be reused and what is open stay what they were."""
    write(tiny, line("a"), line("b"))

    assert [entry.runs.finished for entry in list_sweeps(tiny.client)] == [1]
    assert inspect_sweep(tiny.client, "tiny").entry.runs.finished == 1
    assert set(finished_runs(tiny.client, prefer="tiny")) == {"a"}
    assert close_orphans(tiny.client) == 0


def test_removal_takes_lines(tiny: Any, tmp_path: Path) -> None:
    """Lines go with their sweep, and are not counted as runs of somebody else."""
    write(tiny, line("a"), line("b"))
    done = CliRunner().invoke(remove_command, ["tiny", "--yes"], catch_exceptions=False)

    assert done.exit_code == 0, done.output
    assert tiny.client.get_experiment_by_name("tiny") is None
    assert list((tmp_path / "mlruns").iterdir()) == []
