"""A sweep whose runs are optimised together: the same answer as one by one, and what it says."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mlflow.entities import Run

from harness.cli.sweep import command
from harness.errors import InputError
from harness.sweep import worker
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.preview import preview_sweep
from harness.sweep.run import run_sweep
from harness.sweep.tracking.store import connect, locate

MakeSweep = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("store")

GAIN_TOLERANCE, CONTENT_TOLERANCE = 0.01, 0.005
"""Of style gain and content score: a batch in float32 differs from its runs in last digits."""


def _sweep(path: Path, *overrides: str, lanes: int | None) -> int:
    """Run a sweep; return the number of runs that failed."""
    spec, pictures = load_with_pictures(path, overrides)
    return run_sweep(spec, pictures, Options(lanes=lanes)).failed


def _runs(sweep: str) -> dict[tuple[str, str], Run]:
    """Return the runs of a sweep by variant and case."""
    client = connect(locate(None))
    found = client.get_experiment_by_name(sweep)
    assert found is not None
    runs = client.search_runs([found.experiment_id], "tags.`harness.kind` = 'run'")
    return {(run.data.tags["harness.variant"], run.data.tags["harness.case"]): run for run in runs}


def _lanes(run: Run) -> str:
    return str(json.loads(run.data.tags["harness.numerics"])["lanes"])


@pytest.mark.slow
def test_runs_in_lanes_score_as_runs_alone(make_sweep: MakeSweep) -> None:
    """Both pairs and both variants share a batch, each is scored on its own pair."""
    together, alone = make_sweep("together"), make_sweep("alone")

    assert 0 == _sweep(together, "image_size=48", lanes=4)
    client = connect(locate(None))
    in_lanes = _runs("together")
    for run in in_lanes.values():
        client.set_tag(run.info.run_id, "harness.fingerprint", f"other {run.info.run_id}")
    assert 0 == _sweep(alone, "image_size=48", lanes=None)

    assert {"4"} == {_lanes(run) for run in in_lanes.values()}
    assert in_lanes.keys() == _runs("alone").keys()
    for cell, run in _runs("alone").items():
        assert "1" == _lanes(run)
        scores, other = run.data.metrics, in_lanes[cell].data.metrics
        assert scores.keys() == other.keys()
        assert other["style/gain"] == pytest.approx(scores["style/gain"], abs=GAIN_TOLERANCE)
        assert other["content/score"] == pytest.approx(
            scores["content/score"], abs=CONTENT_TOLERANCE
        )


@pytest.mark.slow
def test_one_run_that_fails_leaves_its_batch_alone(make_sweep: MakeSweep) -> None:
    """A run whose loss is no number is FAILED with the reason, once; the others are done."""
    wild = "parameters={weights.style: {values: [1, 1.0e+38, 10]}}"

    assert 2 == _sweep(make_sweep(), wild, "image_size=48", "lr=0.5", lanes=6)

    by_status = Counter((run.info.status, _attempts(run)) for run in _runs("tiny").values())
    assert {("FINISHED", "1"): 4, ("FAILED", "1"): 2} == by_status


def _attempts(run: Run) -> str:
    return str(run.data.tags["harness.attempts"])


@pytest.mark.slow
def test_a_batch_that_breaks_is_tried_again_run_by_run(
    make_sweep: MakeSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ends a whole batch, such as memory, is held against none of its runs."""

    def broken(*_: Any, **__: Any) -> Any:
        raise MemoryError("no room for four")

    monkeypatch.setattr(worker, "run_lanes", broken)

    assert 0 == _sweep(make_sweep(), "limits.retries=0", lanes=4)

    for run in _runs("tiny").values():
        assert "1" == _lanes(run)
        assert "2" == _attempts(run)
        assert "no room for four" in run.data.tags["harness.notes"]


def test_time_per_run_is_meant_for_the_share_of_a_run(make_sweep: MakeSweep) -> None:
    """A run in a batch fails as it would alone: with how far it came, and without a retry."""
    assert 4 == _sweep(make_sweep(), "limits.time_per_run=0.05", "iterations=5000", lanes=4)

    for run in _runs("tiny").values():
        assert "of 5000" in run.data.tags["harness.reason"]
        assert "1" == _attempts(run)


def test_a_plan_of_lanes_has_the_price_of_a_batch(make_sweep: MakeSweep) -> None:
    """Calibrated as a batch; more memory than one run needs."""
    spec, pictures = load_with_pictures(make_sweep())

    alone = preview_sweep(spec, pictures, Options())
    together = preview_sweep(spec, pictures, Options(lanes=4))

    assert alone.price.memory_bytes < together.price.memory_bytes
    assert together.price.seconds > 0


@pytest.mark.parametrize("found", ["0", "-1", "many", "1.5"])
def test_a_number_of_lanes_that_is_none(make_sweep: MakeSweep, found: str) -> None:
    """The message says what was found and what is allowed."""
    result = CliRunner().invoke(command, [str(make_sweep()), f"--lanes={found}", "--dry-run"])

    assert 2 == result.exit_code
    assert f"found '{found}'; allowed: auto, or a number from 1" in result.output


@pytest.mark.slow
@pytest.mark.parametrize("lanes", ["auto", "4"])
def test_the_option_reaches_the_sweep(make_sweep: MakeSweep, lanes: str) -> None:
    """On a CPU ``auto`` is one run at a time."""
    arguments = [str(make_sweep()), "--workers=0", f"--lanes={lanes}"]

    assert 0 == CliRunner().invoke(command, arguments, standalone_mode=False).return_value
    assert {"1" if lanes == "auto" else lanes} == {_lanes(run) for run in _runs("tiny").values()}


def test_options_know_how_many_lanes_there_may_be() -> None:
    """In Python too."""
    with pytest.raises(InputError, match="lanes: found 0; allowed: a number from 1"):
        Options(lanes=0)
