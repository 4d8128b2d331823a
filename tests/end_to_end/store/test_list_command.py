"""``harness list``: what is in the store, and the truth about what runs."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mlflow.entities import ViewType

from harness.cli.list import command
from harness.errors import InputError, StoreError
from harness.sweep.options import Options
from harness.sweep.owner import Owner
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep
from harness.sweep.tracking.inventory import connect_to_read, list_sweeps
from harness.sweep.tracking.store import ACTIVE, EVERY, connect, locate, writing

MakeSweep = Callable[..., Path]
StoredSweep = Callable[..., Any]

ALIVE = Owner.this_process()
GONE = Owner(host=ALIVE.host, pid=ALIVE.pid, start="1.0")


def listed(*arguments: str) -> str:
    """Run ``harness list`` in the working directory; return what it printed."""
    done = CliRunner().invoke(command, list(arguments))
    if done.exception is not None:
        raise done.exception
    return done.stdout


def entries() -> dict[str, Any]:
    """Return what ``--json`` says, by the name of the sweep."""
    return {entry["name"]: entry for entry in json.loads(listed("--json"))["sweeps"]}


def counts(entry: dict[str, Any]) -> dict[str, int]:
    """Return the numbers of runs that are not nought."""
    return {name: number for name, number in entry["runs"].items() if number}


def test_no_store_is_no_error(make_sweep: MakeSweep, tmp_path: Path) -> None:
    """Without a store the command says how to make one, and makes none."""
    del make_sweep
    before = sorted(tmp_path.iterdir())

    assert "harness init" in listed()
    assert {} == entries()
    assert before == sorted(tmp_path.iterdir())


@pytest.mark.usefixtures("store")
def test_empty_store() -> None:
    """A store without a sweep is told like no store."""
    assert "no sweeps" in listed()


def test_foreign_file_is_refused(make_sweep: MakeSweep, tmp_path: Path) -> None:
    """A file of another program in the store's place is an error, and is left alone."""
    del make_sweep
    (tmp_path / "mlflow.db").write_text("a diary of some length")

    with pytest.raises(StoreError, match="not MLflow's"):
        listed()


def test_a_line_a_sweep(stored_sweep: StoredSweep) -> None:
    """Name, runs, status, last change and answer; what changed last comes first."""
    first, second = stored_sweep("first"), stored_sweep("second")
    second.end(a=second.add("a"))
    first.end("FAILED", a=None, b=first.add("b"))

    heading, upper, lower = listed().splitlines()

    assert heading.split() == ["sweep", "runs", "status", "changed", "answer"]
    line = r"first   1 of 2  incomplete  \d{4}-\d\d-\d\d \d\d:\d\d  Cannot tell\."
    assert re.fullmatch(line, upper)
    assert lower.startswith("second  1 of 1  finished ")


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_real_sweep_shows_its_variants(make_sweep: MakeSweep) -> None:
    """With a name: question, answer, each variant, and how many runs others made."""
    for name in ("first", "second"):
        short = ["iterations=1", "evaluation.snapshots=[]"]
        run_sweep(*load_with_pictures(make_sweep(name), short), Options())

    text = listed("second")

    assert "second: Does the style weight matter?" in text
    assert "Cannot tell" in text
    assert "4 of 4; 4 of them made by other sweeps" in text
    assert "weights.style=10  2 of 2" in text
    assert "made by" not in listed("first")


def test_abandoned_is_interrupted_not_running(stored_sweep: StoredSweep) -> None:
    """A parent and a run marked RUNNING by a process that has ended are shown as interrupted."""
    gone, alive = stored_sweep("gone", owner=GONE), stored_sweep("alive")
    gone.add("a", variant="light")
    gone.add("b", "RUNNING", variant="light")
    alive.add("c", "RUNNING", variant="light")

    found = entries()

    assert ("interrupted", "running") == (found["gone"]["state"], found["alive"]["state"])
    assert {"finished": 1, "interrupted": 1} == counts(found["gone"])
    assert {"running": 1} == counts(found["alive"])
    assert "1 done, 1 interrupted" in listed("gone")
    assert "goes on" in listed("gone")


def test_failures_with_their_reasons(stored_sweep: StoredSweep) -> None:
    """Failed runs are told with variant, case and reason; of many only some."""
    sweep = stored_sweep("broken")
    runs: dict[str, str | None] = {"done": sweep.add("done")}
    for number in range(13):
        sweep.add(f"f{number}", "FAILED", variant="v", case=f"case {number}", reason="NaN\nat 3")
        runs[f"f{number}"] = None
    sweep.end("FAILED", **runs)

    text = listed("broken")

    assert "v | case 0: NaN at 3" in text
    assert "… and 3 more; --json has all" in text.splitlines()[-1]
    assert 13 == len(json.loads(listed("broken", "--json"))["failures"])
    assert "1 of 14, 13 failed  incomplete" in listed()


def test_killed_sweep_is_interrupted(stored_sweep: StoredSweep) -> None:
    """A sweep that Ctrl-C ended is interrupted, with what is left of its list."""
    sweep = stored_sweep("stopped")
    sweep.add("b", "KILLED")
    sweep.end("KILLED", a=sweep.add("a"), b=None, c=None)

    entry = entries()["stopped"]

    assert "interrupted" == entry["state"]
    assert {"finished": 1, "interrupted": 1, "left": 1, "planned": 3} == counts(entry)


@pytest.mark.parametrize("content", ["", "{", '{"schema_version": 9}'])
def test_damaged_list_hides_nothing(stored_sweep: StoredSweep, content: str) -> None:
    """A list that cannot be read leaves the runs to be counted."""
    sweep = stored_sweep("odd")
    sweep.add("a", variant="light")
    sweep.end()
    sweep.client.log_text(sweep.parent, content, "membership.json")

    assert "1 done  finished" in listed()
    assert "light" in listed("odd")


def test_others_are_not_listed(stored_sweep: StoredSweep) -> None:
    """Experiments of other programs in the same store are no sweeps."""
    stored_sweep("mine").end()
    client = connect(locate(None))
    client.create_run(client.create_experiment("training"))

    assert ["mine"] == list(entries())
    with pytest.raises(InputError, match="the store has: mine"):
        listed("training")


def test_unknown_name(stored_sweep: StoredSweep) -> None:
    """A name that is not there is answered with those that are, and the nearest."""
    stored_sweep("layers")

    with pytest.raises(InputError, match="did you mean layers"):
        listed("layer")


def test_name_without_a_store(make_sweep: MakeSweep) -> None:
    """A name is wrong input where there is no store."""
    del make_sweep
    with pytest.raises(InputError, match="no sweeps"):
        listed("layers")


def test_list_while_a_sweep_writes(stored_sweep: StoredSweep) -> None:
    """The writer's lock keeps nobody from reading."""
    with writing(locate(None)):
        stored_sweep("running").add("a", "RUNNING")

        assert "0 done, 1 running" in listed()


def test_finished_runs_are_not_read(
    stored_sweep: StoredSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a sweep with a complete list no run is fetched: a thousand of them would take seconds."""
    sweep = stored_sweep("done")
    sweep.add("a", "FAILED")
    sweep.end(a=sweep.add("a"))
    client = connect_to_read(locate(None))
    assert client is not None
    fetched: list[str] = []
    search = client.search_runs

    def counting(*arguments: Any, **options: Any) -> Any:
        page = search(*arguments, **options)
        fetched.extend(run.info.run_id for run in page)
        return page

    monkeypatch.setattr(client, "search_runs", counting, raising=False)

    (entry,) = list_sweeps(client)

    assert 1 == entry.runs.finished
    assert [sweep.parent] == fetched


def test_view_types_are_mlflows() -> None:
    """The numbers that stand for MLflow's views are MLflow's."""
    assert (ACTIVE, EVERY) == (ViewType.ACTIVE_ONLY, ViewType.ALL)
