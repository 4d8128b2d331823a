"""Pictures and caches that vanish or break while the harness uses them."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.sweep import rates
from harness.sweep.coordinator import Outcome
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.preview import preview_sweep
from harness.sweep.progress import Progress, Watch
from harness.sweep.run import run_sweep
from harness.sweep.tracking.store import connect, locate

MakeSweep = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("store")

RUNS = 4
INPUT_ERROR = 2


def sweep(path: Path, *overrides: str, watch: Watch | None = None) -> Outcome:
    """Run the sweep in this process."""
    return run_sweep(*load_with_pictures(path, overrides), Options(workers=0), watch=watch)


def fingerprints(status: str) -> Counter[str]:
    """Count the runs of a status in the store, by fingerprint."""
    client = connect(locate(None))
    found = client.get_experiment_by_name("tiny")
    assert found is not None
    text = f"tags.`harness.kind` = 'run' AND attributes.status = '{status}'"
    runs = client.search_runs([found.experiment_id], text)
    return Counter(run.data.tags["harness.fingerprint"] for run in runs)


@pytest.mark.slow
def test_picture_deleted_during_a_sweep(make_sweep: MakeSweep) -> None:
    """The sweep in progress has the picture; the next call names it; restored, all goes on."""
    path, picture = make_sweep(), Path("c1.png")
    content = picture.read_bytes()

    def watch(progress: Progress) -> None:
        if progress.done == 1:
            picture.unlink(missing_ok=True)
        if progress.done == RUNS - 1:
            raise KeyboardInterrupt

    assert 1 == sweep(path, watch=watch).missing  # a run on the deleted picture is among the done
    command = [sys.executable, "-m", "harness", "sweep", str(path)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert INPUT_ERROR == refused.returncode
    assert "c1.png" in refused.stderr
    assert "Traceback" not in refused.stderr
    picture.write_bytes(content)
    assert 0 == sweep(path).missing
    assert [1] * RUNS == list(fingerprints("FINISHED").values())
    assert not fingerprints("RUNNING")


# Every way in which the cache of speeds can be wrong is in tests/unit/sweep/test_rates.py.
@pytest.mark.slow
def test_corrupt_cache_of_speeds(make_sweep: MakeSweep) -> None:
    """A damaged cache is an empty one: a sweep runs, and mends it."""
    path = make_sweep()
    Path("cache").mkdir()
    Path("cache/rates.json").write_bytes(b"\xff\xfe\x00")

    assert (0, 0) == _failed_and_missing(path)
    assert (
        rates.SCHEMA_VERSION == json.loads(Path("cache/rates.json").read_text())["schema_version"]
    )


@pytest.mark.slow
def test_cache_with_wrong_numbers(make_sweep: MakeSweep) -> None:
    """A speed that is no speed is not believed."""
    path = make_sweep()
    sweep(path, "iterations=1", "evaluation.snapshots=[]")
    file = Path("cache/rates.json")
    cache = json.loads(file.read_text())
    for speeds in cache["rates"].values():
        speeds.update(dict.fromkeys(speeds, float("nan")))
    file.write_text(json.dumps(cache))

    planned = preview_sweep(*load_with_pictures(path), Options(workers=0))

    assert 0 < planned.price.seconds < float("inf")
    assert (0, 0) == _failed_and_missing(path)


@pytest.mark.parametrize("name", ["cache", "cache/rates.json"])
def test_cache_of_another_kind(make_sweep: MakeSweep, name: str) -> None:
    """A file in the place of the cache, or a folder in the place of its file: it goes without."""
    path = make_sweep()
    if name == "cache":
        Path("cache").write_text("a file")
    else:
        Path(name).mkdir(parents=True)

    assert (0, 0) == _failed_and_missing(path)


def _failed_and_missing(path: Path) -> tuple[int, int]:
    outcome = sweep(path, "iterations=1", "evaluation.snapshots=[]")
    return outcome.failed, outcome.missing
