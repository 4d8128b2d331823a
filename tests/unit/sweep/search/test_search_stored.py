"""Studies that another file, another program or nobody can use: what is said, what is left."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest

from harness.errors import InputError, StoreError
from harness.sweep.search import storage
from harness.sweep.search.records import Trial
from harness.sweep.search.study import Search
from metrics.catalog import Direction

Opener = Callable[..., Search]
SpaceMaker = Callable[..., Any]
AXES: dict[str, Any] = {"layer": ["low", "high"], "weight": {"low": 1, "high": 9}}


@pytest.mark.parametrize(
    ("axes", "changes", "message"),
    [
        ({}, {"method": "gp"}, "method: it has tpe, the file says gp"),
        ({}, {"seed": 4}, r"search.seed: it has 0, the file says 4"),
        (
            {},
            {"metrics": {"style/gain": Direction.MIN}},
            r"metric: it has style/gain \(max\), the file says style/gain \(min\)",
        ),
        (
            {},
            {"constraints": ["content/score at least 0.4"]},
            "search.constraints: it has none, the file says content/score at least 0.4",
        ),
        (
            {"layer": ["low", "middle", "high"]},
            {},
            "parameters.layer: it has low, high, the file says low, middle, high",
        ),
        (
            {"weight": {"low": 1, "high": 9, "is_log": True}},
            {},
            "parameters.weight: it has 1 to 9, the file says 1 to 9, logarithmic",
        ),
        ({"steps": ["1", "2"]}, {}, "parameters: steps is new"),
        (
            {},
            {"context": {"base.iterations": "50"}},
            "base.iterations: it has nothing, the file says 50",
        ),
        ({"meaning": "other layers"}, {}, "what labels or conditions stand for"),
    ],
)
def test_a_changed_file_is_refused(
    open_search: Opener, make_space: SpaceMaker, axes: Any, changes: Any, message: str
) -> None:
    """The study says what differs and what to do, and stays as it was."""
    search = open_search(make_space(**AXES), method="tpe")
    search.ask()
    before = search.records()
    search.close()

    with pytest.raises(InputError, match=message) as caught:
        open_search(make_space(**(AXES | axes)), **({"method": "tpe"} | changes))

    assert "another `name:`" in str(caught.value)
    assert before == open_search(make_space(**AXES), method="tpe").records()


def test_all_changes_are_named_at_once(open_search: Opener, make_space: SpaceMaker) -> None:
    """Nobody wants to find them one by one."""
    open_search(make_space(**AXES)).close()

    with pytest.raises(InputError) as caught:
        open_search(make_space(layer=["low"]), seed=1)

    expected = [
        "the study 'taste' was begun with another file:",
        "  search.seed: it has 0, the file says 1",
        "  parameters.layer: it has low, high, the file says low",
        "  parameters: weight is gone",
        "Give the sweep another `name:` to begin a new study, or undo the change; "
        "nothing was changed.",
    ]
    assert expected == str(caught.value).splitlines()


@pytest.mark.parametrize("method", ["cmaes", "nsga2"])
def test_a_population_cannot_move_to_another_interval(
    open_search: Opener, make_space: SpaceMaker, method: str
) -> None:
    """Its state is in coordinates of the old one."""
    open_search(make_space(**AXES), method=method).close()

    with pytest.raises(InputError, match=rf"1 to 5 \({method} cannot go on elsewhere\)"):
        open_search(make_space(**(AXES | {"weight": {"low": 1, "high": 5}})), method=method)


def test_a_new_step_is_said(open_search: Opener, make_space: SpaceMaker) -> None:
    """Two ranges of the same ends are not called the same."""
    open_search(make_space(**AXES), method="cmaes").close()
    stepped = make_space(**(AXES | {"weight": {"low": 1, "high": 9, "step": 2}}))

    with pytest.raises(InputError, match="it has 1 to 9, the file says 1 to 9 in steps of 2 "):
        open_search(stepped, method="cmaes")


def test_two_studies_share_a_database(open_search: Opener, make_space: SpaceMaker) -> None:
    """Studies are told apart by their names."""
    one = open_search(make_space(**AXES), name="one")
    two = open_search(make_space(layer=["x", "y"]), name="two")

    one.ask()

    assert (1, 0) == (len(one.records()), len(two.records()))


def test_a_study_of_somebody_else_is_left_alone(
    open_search: Opener, make_space: SpaceMaker, address: str
) -> None:
    """A study of the same name that another program filled is not ours to go on with."""
    with storage.work_on(""):
        theirs = optuna.create_study(storage=address, study_name="taste", direction="maximize")
        theirs.ask()

    with pytest.raises(StoreError, match="a study 'taste' that the harness did not make"):
        open_search(make_space(**AXES))

    theirs._storage.remove_session()


def test_a_study_made_by_a_later_harness_is_left_alone(
    open_search: Opener, make_space: SpaceMaker, tmp_path: Path
) -> None:
    """Its notes may mean something else."""
    open_search(make_space(**AXES)).close()
    with sqlite3.connect(tmp_path / "study.db") as connection:
        connection.execute(
            "UPDATE study_user_attributes SET value_json = "
            "replace(value_json, '\\\"schema\\\": 1', '\\\"schema\\\": 2')"
        )
    connection.close()

    with pytest.raises(StoreError, match="its study format is 2, ours 1"):
        open_search(make_space(**AXES))


def test_a_database_of_another_program_is_left_alone(
    open_search: Opener, make_space: SpaceMaker, tmp_path: Path
) -> None:
    """Not a table is added to it."""
    with sqlite3.connect(tmp_path / "study.db") as connection:
        connection.execute("CREATE TABLE experiments (name TEXT)")
    connection.close()
    before = (tmp_path / "study.db").read_bytes()

    with pytest.raises(StoreError, match=r"belongs to another program .* tables experiments"):
        open_search(make_space(**AXES))

    assert before == (tmp_path / "study.db").read_bytes()


@pytest.mark.parametrize("count", [1, 4])
def test_tables_that_were_being_made_are_made_to_the_end(
    open_search: Opener, make_space: SpaceMaker, tmp_path: Path, count: int
) -> None:
    """A process that died while it made the database leaves some of the tables."""
    open_search(make_space(**AXES)).close()
    with sqlite3.connect(tmp_path / "study.db") as connection:
        made = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    (tmp_path / "study.db").unlink()
    with sqlite3.connect(tmp_path / "study.db") as connection:
        for (statement,) in made[:count]:
            connection.execute(statement)
    connection.close()

    assert isinstance(open_search(make_space(**AXES)).ask(), Trial)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a letter to a friend, long enough to have a header", "is no SQLite database"),
        (b"SQLite format 3\x00" + bytes(2000), "is no SQLite database|is damaged"),
    ],
    ids=["letter", "damaged"],
)
def test_a_file_that_is_no_database_is_left_alone(
    open_search: Opener, make_space: SpaceMaker, tmp_path: Path, content: bytes, message: str
) -> None:
    """It is named, and its bytes stay."""
    (tmp_path / "study.db").write_bytes(content)

    with pytest.raises(StoreError, match=message) as caught:
        open_search(make_space(**AXES))

    assert str(tmp_path / "study.db") in str(caught.value)
    assert content == (tmp_path / "study.db").read_bytes()


def test_a_missing_folder_is_said(
    open_search: Opener, make_space: SpaceMaker, tmp_path: Path
) -> None:
    """The folder of a study must exist."""
    with pytest.raises(StoreError, match="its folder is missing"):
        open_search(make_space(**AXES), storage=f"sqlite:///{tmp_path / 'no' / 'study.db'}")


def test_a_locked_file_is_said(
    open_search: Opener, make_space: SpaceMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program that holds the file is waited for, and then named as the cause."""
    monkeypatch.setattr(storage, "PATIENCE_S", 0)
    search = open_search(make_space(**AXES))
    trial = search.ask()
    assert isinstance(trial, Trial)
    other = sqlite3.connect(tmp_path / "study.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(StoreError, match="another program has held the study's file"):
        search.tell(trial.number, [1.0])
    with pytest.raises(StoreError, match="another program has held the study's file"):
        open_search(make_space(**AXES))

    other.execute("ROLLBACK")
    other.close()
    assert (1.0,) == search.tell(trial.number, [1.0]).values


def test_tables_of_another_optuna_are_left_alone(
    open_search: Opener, make_space: SpaceMaker, tmp_path: Path
) -> None:
    """The version that wrote them is named, and what brings them up to date."""
    open_search(make_space(**AXES)).close()
    with sqlite3.connect(tmp_path / "study.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v9.9.9.a'")
        connection.execute("UPDATE version_info SET library_version = '9.9.9'")
    connection.close()

    with pytest.raises(StoreError, match=r"written by Optuna 9\.9\.9; .*`optuna storage upgrade"):
        open_search(make_space(**AXES))


@pytest.mark.parametrize("address", ["study.db", "mongodb://me:secret@host/x"])
def test_an_address_that_is_none_is_refused(
    open_search: Opener, make_space: SpaceMaker, address: str
) -> None:
    """The message shows how to write one, and never repeats what may hold a password."""
    with pytest.raises(InputError) as caught:
        open_search(make_space(**AXES), storage=address)

    expected = (
        "the address of the study's database is none; write it like "
        "sqlite:////folder/study.db or postgresql://user:password@host/database"
    )
    assert expected == str(caught.value)


def test_a_server_that_is_not_there_is_said_without_the_password(
    open_search: Opener, make_space: SpaceMaker
) -> None:
    """Nothing listens on port 1 of this machine."""
    address = "postgresql://me:secret@127.0.0.1:1/studies?application_name=secret"

    with pytest.raises(StoreError) as caught:
        open_search(make_space(**AXES), storage=address)

    expected = (
        "postgresql://me@127.0.0.1:1/studies: no server answers there; start it, or "
        "correct the host and the port"
    )
    assert expected == str(caught.value)


def test_nothing_of_optuna_reaches_the_terminal(
    open_search: Opener, make_space: SpaceMaker, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its log and its warnings are ours to say, and its own settings stay as they were."""
    optuna.logging.set_verbosity(optuna.logging.INFO)

    search = open_search(make_space(**AXES))
    search.ask()

    assert ("", "") == tuple(capfd.readouterr())
    assert optuna.logging.INFO == optuna.logging.get_verbosity()
