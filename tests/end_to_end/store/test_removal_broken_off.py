"""``harness remove`` broken off: the same command finishes it, and nothing else goes."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mlflow.entities import ViewType

from harness.cli.remove import command
from harness.sweep.tracking.store import connect, locate

StoredSweep = Callable[..., Any]

STORE = "mlflow.store.tracking.sqlalchemy_store.SqlAlchemyStore"


def remove(sweep: str) -> None:
    """Remove a sweep from the store of the working directory."""
    done = CliRunner().invoke(command, [sweep, "--yes"])
    if done.exception is not None:
        raise done.exception


def remove_and_die(sweep: str, method: str, *, at: int = 0) -> int:
    """Interrupt a removal at one call of a method of MLflow's store; return how many came before.

    Args:
        sweep: What is removed.
        method: Name of the method.
        at: Which call of it is the last moment.
    """
    module, name = STORE.rsplit(".", 1)
    original = getattr(getattr(importlib.import_module(module), name), method)
    calls = []

    def dying(store: object, identity: str) -> None:
        if len(calls) == at:
            raise KeyboardInterrupt
        calls.append(identity)
        original(store, identity)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{STORE}.{method}", dying)
        with pytest.raises(SystemExit):
            remove(sweep)
    return len(calls)


def runs(name: str, view: int = ViewType.ALL) -> int:
    """Return how many runs an experiment has, its parent aside."""
    client = connect(locate(None))
    found = client.get_experiment_by_name(name)
    text = "tags.`harness.kind` = 'run'"
    if found is None:
        return 0
    return len(client.search_runs([found.experiment_id], text, run_view_type=view))


@pytest.fixture
def tiny(stored_sweep: StoredSweep) -> Any:
    """Return a finished sweep of three runs."""
    sweep = stored_sweep("tiny")
    sweep.end(a=sweep.add("a"), b=sweep.add("b"), c=sweep.add("c"))
    return sweep


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("deleted", range(4))
def test_at_any_run(tmp_path: Path, deleted: int) -> None:
    """Killed at any run, a removal is finished by the same command; no run is reused meanwhile."""
    assert deleted == remove_and_die("tiny", "_hard_delete_run", at=deleted)
    assert 0 == runs("tiny", ViewType.ACTIVE_ONLY)
    remove("tiny")

    assert connect(locate(None)).get_experiment_by_name("tiny") is None
    assert [] == list((tmp_path / "mlruns").iterdir())
    assert [] == list((tmp_path / "results").iterdir())


@pytest.mark.usefixtures("tiny")
def test_before_the_last_step() -> None:
    """An experiment whose runs are gone already, and nothing else, is finished too."""
    remove_and_die("tiny", "_hard_delete_experiment")
    assert connect(locate(None)).get_experiment_by_name("tiny") is not None

    remove("tiny")

    assert connect(locate(None)).get_experiment_by_name("tiny") is None


def test_where_runs_are_kept(tiny: Any, stored_sweep: StoredSweep) -> None:
    """Also where runs are kept, what was begun is finished and what is kept stays."""
    stored_sweep("user").end(x=tiny.add("x"))
    remove_and_die("tiny", "_hard_delete_run", at=1)

    remove("tiny")

    assert 1 == runs("tiny") == runs("tiny", ViewType.ACTIVE_ONLY)


@pytest.mark.usefixtures("tiny")
def test_in_the_trash_by_hand() -> None:
    """A sweep put into MLflow's trash by hand is removed for good, and its name is free."""
    client = connect(locate(None))
    experiment = client.get_experiment_by_name("tiny")
    assert experiment is not None
    client.delete_experiment(experiment.experiment_id)

    remove("tiny")

    client.create_experiment("tiny")


def test_in_the_trash_by_hand_but_in_use(tiny: Any, stored_sweep: StoredSweep) -> None:
    """Runs of a deleted sweep that another uses are taken out of the trash and kept."""
    stored_sweep("user").end(x=tiny.add("x"))
    tiny.client.delete_experiment(tiny.experiment)

    remove("tiny")

    assert 1 == runs("tiny", ViewType.ACTIVE_ONLY)
    assert "active" == tiny.client.get_experiment(tiny.experiment).lifecycle_stage


@pytest.mark.usefixtures("tiny")
def test_others_in_the_trash_stay() -> None:
    """Unlike MLflow's own garbage collection, nothing else that is deleted goes for good."""
    client = connect(locate(None))
    other = client.create_experiment("other")
    run = client.create_run(other).info
    client.delete_experiment(other)

    remove("tiny")

    assert "deleted" == client.get_experiment(other).lifecycle_stage
    assert "deleted" == client.get_run(run.run_id).info.lifecycle_stage
