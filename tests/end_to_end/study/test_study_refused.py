"""What a study refuses at the command line: said clearly, and nothing is touched."""

import contextlib
import hashlib
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import main

Bench = Any  # see conftest.py
Pretend = Callable[..., Any]

RANGE = {"min": 1, "max": 300, "distribution": "log_uniform_values"}


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Type ``harness …`` and return the exit code; the test's own logging stays."""
    monkeypatch.setattr("sys.argv", ["harness", *words])
    monkeypatch.setattr("harness.cli.main.raise_on_sigterm", lambda: None)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def contents(*, but: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the hash of every file below the working directory."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path().rglob("*"))
        if path.is_file() and path.suffix not in (".lock", ".yaml", *but)
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"parameters": {"weights.style": RANGE, "pooling": {"values": ["avg"]}}},
            "parameters.pooling: it has avg, max, the file says avg",
        ),
        (
            {"parameters": {"weights.style": RANGE}, "baseline": None},
            "parameters: pooling is gone",
        ),
        ({"method": "random"}, "method: it has tpe, the file says random"),
        ({"metric": "style/gain"}, "metric: it has content/score"),
        ({"search": {"seed": 1}}, "search.seed: it has 0, the file says 1"),
    ],
    ids=["choices", "gone", "method", "metric", "seed"],
)
def test_a_stored_study_is_not_overwritten(
    bench: Bench,
    pretend: Pretend,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    expected: str,
) -> None:
    """Another space, method, metric or seed is a mistake: exit 2, not a byte is changed."""
    path = bench.write(limits={"max_variants": 2})
    bench.run(path, executor=pretend(lambda _: {}))
    runs = [(run.info.run_id, dict(run.data.tags)) for run in bench.runs(kind="sweep")]
    before = contents(but=(".db", ".db-wal", ".db-shm"))
    study = Path("study.db").read_bytes()
    bench.write(limits={"max_variants": 3}, **changes)

    code = call(monkeypatch, "sweep", str(path), "--workers", "0")

    assert 2 == code
    messages = capsys.readouterr().err
    assert "the study 'study' was begun with another file" in messages
    assert expected in messages
    assert study == Path("study.db").read_bytes()
    assert before == contents(but=(".db", ".db-wal", ".db-shm"))
    assert runs == [(run.info.run_id, dict(run.data.tags)) for run in bench.runs(kind="sweep")]


@pytest.mark.parametrize(
    ("changes", "words", "expected"),
    [
        ({"metric": "content/lpips"}, (), "content/lpips has no values here"),
        (
            {"search": {"constraints": {"content/lpips": {"max": 0.4}}}},
            (),
            "content/lpips has no values here",
        ),
        ({"metric": "content/scor"}, (), "content/score"),
        ({"parameters": None, "baseline": None}, (), "tpe needs something to vary"),
        ({"limits": None}, (), "max_variants"),
        ({}, ("--only", "*"), "--only goes with a grid"),
        ({}, ("--study-storage", "nonsense"), "the address of the study's database is none"),
    ],
    ids=["lpips", "constraint", "unknown", "nothing", "budget", "only", "address"],
)
def test_wrong_input_leaves_nothing_behind(
    make_sweep: Callable[..., Path],
    bench_file: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    words: tuple[str, ...],
    expected: str,
) -> None:
    """Exit 2 with a sentence; there is no store, no study and no result afterwards."""
    path = make_sweep("study", bench_file(**changes))

    code = call(monkeypatch, "sweep", str(path), "--workers", "0", *words)

    assert 2 == code
    messages = capsys.readouterr().err
    assert expected in messages
    assert "Traceback" not in messages
    found = {one.name for one in Path().iterdir() if one.suffix not in (".png", ".lock")}
    assert found <= {"study.yaml", "cache"}


def test_a_foreign_file_is_left_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text, or another program's tables, where the study should be: exit 4, same bytes."""
    path = bench.write()
    Path("study.db").write_text("Dear diary, today I put my thoughts where studies are kept.\n")
    text = Path("study.db").read_bytes()

    assert 4 == call(monkeypatch, "sweep", str(path), "--workers", "0")

    assert "study.db: is no SQLite database; it was left alone" in capsys.readouterr().err
    assert text == Path("study.db").read_bytes()
    Path("study.db").unlink()
    with contextlib.closing(sqlite3.connect("study.db")) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.commit()
    tables = Path("study.db").read_bytes()

    assert 4 == call(monkeypatch, "sweep", str(path), "--workers", "0")

    assert "study.db belongs to another program (it has the tables recipes" in (
        capsys.readouterr().err
    )
    assert tables == Path("study.db").read_bytes()
    assert [] == bench.runs(kind="sweep")


def test_a_locked_study_says_so(
    bench: Bench,
    pretend: Pretend,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Another program that holds the file: exit 4 after some patience, and it goes on later."""
    monkeypatch.setattr("harness.sweep.search.storage.PATIENCE_S", 0.2)
    path = bench.write(limits={"max_variants": 2})
    bench.run(path, executor=pretend(lambda _: {}))
    bench.write(limits={"max_variants": 3})
    with contextlib.closing(sqlite3.connect("study.db")) as connection:
        connection.execute("BEGIN EXCLUSIVE")

        code = call(monkeypatch, "sweep", str(path), "--workers", "0")

        connection.rollback()
    assert 4 == code
    assert "another program has held the study's file" in capsys.readouterr().err
    bench.run(path, executor=pretend(lambda _: {}))
    assert ["finished"] * 3 == [one["state"] for one in bench.trials()]


@pytest.mark.parametrize(
    ("before", "after", "misfit"),
    [
        ({"pooling": {"values": ["avg", "max"]}}, {"pooling": {"values": ["avg", "l2"]}}, "max"),
        ({"weights.style": {"values": [10, 20]}}, {"weights.style": RANGE}, "10"),
    ],
    ids=["choices", "range"],
)
def test_a_lost_file_and_another_space(
    bench: Bench,
    pretend: Pretend,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    before: dict[str, Any],
    after: dict[str, Any],
    misfit: str,
) -> None:
    """What the store keeps of a lost study does not fit another space: said, not a traceback."""
    path = bench.write(parameters=before, baseline=None, limits={"max_variants": 2})
    bench.run(path, executor=pretend(lambda _: {}))
    trials = bench.trials()
    Path("study.db").unlink()
    bench.write(parameters=after, baseline=None, limits={"max_variants": 3})

    code = call(monkeypatch, "sweep", str(path), "--workers", "0")

    assert 2 == code
    messages = capsys.readouterr().err
    assert f"its trials had {next(iter(before))}={misfit}" in messages
    assert "Traceback" not in messages
    assert trials == bench.trials()
