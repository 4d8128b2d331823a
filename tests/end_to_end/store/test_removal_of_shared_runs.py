"""``harness remove`` where other sweeps use the runs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.list import command as list_command
from harness.cli.remove import command
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep
from harness.sweep.tracking.store import connect, locate

MakeSweep = Callable[..., Path]
StoredSweep = Callable[..., Any]


def remove(*arguments: str) -> str:
    """Run ``harness remove --yes`` in the working directory; return all that it said."""
    done = CliRunner().invoke(command, [*arguments, "--yes"])
    if done.exception is not None:
        raise done.exception
    return done.output


def ids(name: str, kind: str = "run") -> set[str]:
    """Return the ids of an experiment's runs that are not deleted."""
    client = connect(locate(None))
    found = client.get_experiment_by_name(name)
    text = f"tags.`harness.kind` = '{kind}'"
    runs = client.search_runs([found.experiment_id], text) if found else []
    return {run.info.run_id for run in runs}


@pytest.fixture
def shared(stored_sweep: StoredSweep) -> set[str]:
    """Write ``first`` with two runs and ``second``, which uses one of them; return that one."""
    first, second = stored_sweep("first"), stored_sweep("second")
    used = first.add("a")
    first.end(a=used, b=first.add("b"))
    second.end(a=used, c=second.add("c"))
    return {used}


def test_shared_runs_are_kept(shared: set[str], tmp_path: Path) -> None:
    """Runs that another sweep uses stay, with their pictures; the other sweep is named."""
    said = remove("first")

    assert "1 run that second uses (--with-shared removes them too)" in said
    assert shared == ids("first")
    assert set() == ids("first", "sweep")
    assert shared == {path.name for path in (tmp_path / "mlruns" / "first").iterdir()}
    assert not Path("results/first").exists()


@pytest.mark.usefixtures("shared")
def test_kept_runs_are_listed() -> None:
    """What is kept of a removed sweep is not hidden."""
    remove("first")

    said = CliRunner().invoke(list_command, []).stdout

    assert any(line.startswith("first   1 done  removed") for line in said.splitlines())
    assert "nothing was removed" in remove("first")


@pytest.mark.usefixtures("shared")
def test_kept_runs_go_when_nobody_uses_them() -> None:
    """Once the other sweep is gone too, the same command removes what was kept."""
    remove("first")
    remove("second")

    assert "removed first: 1 run" in remove("first")
    assert connect(locate(None)).get_experiment_by_name("first") is None


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_kept_runs_serve_again(make_sweep: MakeSweep) -> None:
    """A sweep that was removed while another used its runs finds them again."""
    short = ["iterations=1", "evaluation.snapshots=[]"]
    first, second = (load_with_pictures(make_sweep(name), short) for name in ("first", "second"))
    run_sweep(*first, Options())
    run_sweep(*second, Options())
    before = ids("first")
    remove("first")

    run_sweep(*first, Options())

    assert 4 == len(before)
    assert before == ids("first")
    assert 1 == len(ids("first", "sweep"))


@pytest.mark.usefixtures("shared")
def test_shared_runs_go_when_asked(tmp_path: Path) -> None:
    """With --with-shared they go too; the other sweep's list no longer names them."""
    said = remove("first", "--with-shared")

    assert "second loses 1 run" in said
    assert connect(locate(None)).get_experiment_by_name("first") is None
    (parent,) = ids("second", "sweep")
    file = tmp_path / "mlruns" / "second" / parent / "artifacts" / "membership.json"
    rows = {row["fingerprint"]: row["run_id"] for row in json.loads(file.read_text())["runs"]}
    assert rows["a"] is None
    assert {rows["c"]} == ids("second")
    said = CliRunner().invoke(list_command, []).stdout
    assert "second  1 of 2  incomplete" in said


@pytest.mark.usefixtures("shared")
def test_users_of_others_runs_take_none_along() -> None:
    """Removing a sweep that used another's runs removes none of those."""
    said = remove("second")

    assert "removed second: 1 run" in said
    assert 2 == len(ids("first"))


@pytest.mark.usefixtures("shared")
def test_unreadable_list_of_another_is_told(tmp_path: Path) -> None:
    """A sweep whose list cannot be read may use the runs: that is said before they go."""
    (parent,) = ids("second", "sweep")
    (tmp_path / "mlruns" / "second" / parent / "artifacts" / "membership.json").write_text("{")

    assert "second may use runs of this sweep" in remove("first")


def test_users_in_the_trash_do_not_count(stored_sweep: StoredSweep) -> None:
    """A sweep that is deleted itself keeps no runs of others alive."""
    first, second = stored_sweep("first"), stored_sweep("second")
    used = first.add("a")
    first.end(a=used)
    second.end(a=used)
    first.client.delete_experiment(second.experiment)

    assert "removed first: 1 run" in remove("first")
