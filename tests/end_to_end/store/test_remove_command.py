"""``harness remove``: asks, deletes for good, and deletes nothing else."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from filelock import FileLock

from harness.cli.remove import command
from harness.errors import InputError, StoreError
from harness.sweep.options import Options
from harness.sweep.owner import Owner
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep
from harness.sweep.tracking.store import connect, locate

MakeSweep = Callable[..., Path]
StoredSweep = Callable[..., Any]

TABLES = ("runs", "metrics", "latest_metrics", "params", "tags")


def remove(*arguments: str, answer: str | None = None) -> str:
    """Run ``harness remove`` in the working directory; return all that it said."""
    done = CliRunner().invoke(command, list(arguments), input=answer)
    if done.exception is not None:
        raise done.exception
    return done.output


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let standard input be a terminal."""
    terminal = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("harness.cli.remove.sys", terminal)


@pytest.fixture
def tiny(stored_sweep: StoredSweep) -> Any:
    """Return a finished sweep of two runs."""
    sweep = stored_sweep("tiny")
    sweep.end(a=sweep.add("a"), b=sweep.add("b"))
    return sweep


def runs_left(name: str = "tiny") -> int:
    """Return how many runs of an experiment are not deleted, its parent aside."""
    client = connect(locate(None))
    found = client.get_experiment_by_name(name)
    text = "tags.`harness.kind` = 'run'"
    return len(client.search_runs([found.experiment_id], text)) if found else 0


def is_known(name: str = "tiny") -> bool:
    """Whether the store has an experiment of this name, deleted or not."""
    return connect(locate(None)).get_experiment_by_name(name) is not None


@pytest.mark.usefixtures("tiny")
def test_nothing_of_a_sweep_is_left(tmp_path: Path) -> None:
    """Runs, parent, experiment, pictures and results are gone; other files are not."""
    (tmp_path / "results" / "mine.txt").write_text("notes")

    said = remove("tiny", "--yes")

    assert "removed tiny: 2 runs" in said
    assert not is_known()
    with closing(sqlite3.connect("mlflow.db")) as connection:
        for table in TABLES:
            count = f"SELECT count(*) FROM {table}"  # noqa: S608 - names of ours
            assert (0,) == connection.execute(count).fetchone()
    assert [] == list((tmp_path / "mlruns").iterdir())
    assert ["mine.txt"] == [path.name for path in (tmp_path / "results").iterdir()]


@pytest.mark.slow
@pytest.mark.usefixtures("tiny")
def test_name_is_free_again_at_once(make_sweep: MakeSweep) -> None:
    """A sweep of the same name can be run at once."""
    remove("tiny", "--yes")

    short = ["iterations=1", "evaluation.snapshots=[]"]
    run_sweep(*load_with_pictures(make_sweep("tiny"), short), Options())

    assert 4 == runs_left()


@pytest.mark.usefixtures("tiny", "person")
@pytest.mark.parametrize(("answer", "is_gone"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_asks_first(answer: str, is_gone: bool) -> None:
    """What would go is shown before the question; only a yes removes it."""
    said = remove("tiny", answer=answer)

    shown = said[: said.index("[y/N]")]
    assert "tiny: Which?" in shown
    assert "runs     2\n" in shown
    assert "3 files, 0.0 MiB (2 pictures)" in shown
    assert f"{Path('results/tiny')}: 1 file" in shown
    assert is_gone == (not is_known())
    assert is_gone == (not Path("results/tiny").exists())


@pytest.mark.usefixtures("tiny")
def test_nobody_to_ask() -> None:
    """Without a terminal and without --yes nothing is removed: exit code 2, and the way out."""
    with pytest.raises(InputError, match="--yes"):
        remove("tiny")

    assert 2 == runs_left()


@pytest.mark.usefixtures("tiny", "person")
def test_no_answer_to_the_question() -> None:
    """The end of the input in place of an answer removes nothing."""
    with pytest.raises(SystemExit):
        remove("tiny", answer="")

    assert 2 == runs_left()


def test_foreign_runs_stay(tiny: Any) -> None:
    """Runs that someone else logged into the sweep's experiment are not ours to delete."""
    foreign = tiny.client.create_run(tiny.experiment).info
    tiny.client.log_text(foreign.run_id, "kept", "note.txt")

    said = remove("tiny", "--yes")

    assert "1 run that no sweep made" in said
    assert "active" == tiny.client.get_run(foreign.run_id).info.lifecycle_stage
    folder = Path(foreign.artifact_uri.removeprefix("file://"))
    assert "kept" == (folder / "note.txt").read_text()
    assert 0 == runs_left()


def test_what_is_no_sweep_is_refused(tiny: Any) -> None:
    """Experiments of others, MLflow's own and names that are not there are wrong input."""
    tiny.client.create_run(tiny.client.create_experiment("training"))

    with pytest.raises(InputError, match="no sweep"):
        remove("training", "--yes")
    with pytest.raises(InputError, match="no sweep"):
        remove("Default", "--yes")
    with pytest.raises(InputError, match="did you mean tiny"):
        remove("tinny", "--yes")
    assert is_known("training")


def test_without_a_store(make_sweep: MakeSweep, tmp_path: Path) -> None:
    """Where there is no store there is nothing to remove, and none is made."""
    del make_sweep
    before = sorted(tmp_path.iterdir())

    with pytest.raises(InputError, match="no store"):
        remove("tiny", "--yes")

    assert before == sorted(tmp_path.iterdir())


@pytest.mark.usefixtures("tiny")
def test_refused_while_a_sweep_writes() -> None:
    """While another process writes to the store nothing is removed: exit code 4."""
    with FileLock("mlflow.db.lock"), pytest.raises(StoreError, match="another harness"):
        remove("tiny", "--yes")

    assert 2 == runs_left()


@pytest.mark.usefixtures("person")
def test_process_on_another_host(stored_sweep: StoredSweep) -> None:
    """A run that another host may still work on is pointed out, and --yes is not enough."""
    stored_sweep("tiny", owner=Owner(host="elsewhere.invalid", pid=7, start="1.0")).add("a")

    with pytest.raises(StoreError, match="process 7 on elsewhere"):
        remove("tiny", "--yes")
    assert 1 == runs_left()

    assert "may still work on it" in remove("tiny", answer="y\n")
    assert not is_known()


@pytest.mark.usefixtures("tiny")
def test_linked_results_stay(tmp_path: Path) -> None:
    """A results folder that is a link is left, and said to be."""
    shutil.move("results/tiny", "elsewhere")
    Path("results/tiny").symlink_to(tmp_path / "elsewhere")

    said = remove("tiny", "--yes")

    assert "is a link: it stays" in said
    assert (tmp_path / "elsewhere" / "table.json").exists()


@pytest.mark.usefixtures("tiny")
def test_results_elsewhere() -> None:
    """The results are looked for where --out says."""
    shutil.move("results", "out")

    remove("tiny", "--yes", "--out", "out")

    assert [] == list(Path("out").iterdir())


@pytest.mark.usefixtures("tiny")
def test_copied_store_does_not_delete_the_original(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Removing from a copy of the store leaves the original's pictures where they are."""
    pictures = sorted((tmp_path / "mlruns").rglob("*.png"))
    copy = tmp_path / "copy"
    copy.mkdir()
    with (
        closing(sqlite3.connect("mlflow.db")) as original,
        closing(sqlite3.connect(copy / "mlflow.db")) as target,
    ):
        original.backup(target)
    monkeypatch.chdir(copy)

    said = remove("tiny", "--yes")

    assert "stay: they are not in" in said
    assert 2 == len(pictures)
    assert pictures == sorted((tmp_path / "mlruns").rglob("*.png"))
    assert not is_known()
