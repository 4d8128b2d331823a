"""Which finished runs a sweep finds again in MLflow, and how far it reads for them."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.sweep.tracking import reader
from harness.sweep.tracking.names import Kind, Status, Tag
from harness.sweep.tracking.reader import finished_runs
from harness.sweep.tracking.store import connect, locate

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

# What was made, in this order: experiment, occasion, fingerprints.
FINISHED = (("mine", "mine", "12"), ("mine", "nightly", "26"), ("theirs", "theirs", "236"))


@pytest.fixture(scope="module")
def client(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> "MlflowClient":
    """Return a store with runs of two sweeps and of a nightly job, and runs that did not end."""
    folder = tmp_path_factory.mktemp("finished")
    shutil.copy(empty_store, folder / "mlflow.db")
    client = connect(locate(f"sqlite:///{folder / 'mlflow.db'}"))
    experiments = {
        name: client.create_experiment(name, artifact_location=(folder / name).as_uri())
        for name in ("mine", "theirs")
    }
    for experiment, occasion, fingerprints in FINISHED:
        for fingerprint in fingerprints:
            _add(client, experiments[experiment], occasion, fingerprint, Status.FINISHED)
        for fingerprint, status in zip("45", (Status.FAILED, Status.KILLED), strict=True):
            _add(client, experiments[experiment], occasion, fingerprint, status)
    return client


def _add(
    client: "MlflowClient", experiment: str, occasion: str, fingerprint: str, status: Status
) -> None:
    tags = {Tag.KIND: Kind.RUN, Tag.OCCASION: occasion, Tag.FINGERPRINT: fingerprint}
    run = client.create_run(experiment, tags={str(name): str(tags[name]) for name in tags})
    client.set_terminated(run.info.run_id, status)


def _occasions(
    client: "MlflowClient",
    prefer: str,
    *,
    only_own: bool = False,
    wanted: set[str] | None = None,
) -> dict[str, str]:
    found = finished_runs(client, prefer=prefer, only_own=only_own, wanted=wanted)
    return {fingerprint: found[fingerprint].occasion for fingerprint in sorted(found)}


@pytest.mark.parametrize(
    ("prefer", "expected"),
    [
        ("mine", {"1": "mine", "2": "mine", "3": "theirs", "6": "nightly"}),
        ("theirs", {"1": "mine", "2": "theirs", "3": "theirs", "6": "theirs"}),
        ("new", {"1": "mine", "2": "theirs", "3": "theirs", "6": "theirs"}),  # the newest
    ],
)
def test_own_run_is_preferred(
    client: "MlflowClient", prefer: str, expected: dict[str, str]
) -> None:
    """Runs of every occasion are found; where several have one, it is the sweep's own."""
    assert expected == _occasions(client, prefer)


def test_only_own_runs(client: "MlflowClient") -> None:
    """On request runs of every other occasion are left out."""
    assert {"1": "mine", "2": "mine"} == _occasions(client, "mine", only_own=True)


@pytest.mark.parametrize("lacking", ["3", "9"])
def test_other_sweeps_are_read_for_what_is_lacking(client: "MlflowClient", lacking: str) -> None:
    """What the sweep has not is looked for elsewhere, also in vain."""
    expected = _occasions(client, "mine")

    assert expected == _occasions(client, "mine", wanted={"1", lacking})


def test_a_finished_sweep_reads_its_own_experiment_only(
    client: "MlflowClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """With everything at hand, a store of a hundred other sweeps is as quick as an empty one."""
    read: list[str] = []
    search = reader.search

    def watched(client: "MlflowClient", experiments: list[str], text: str) -> Iterator["Run"]:
        for run in search(client, experiments, text):
            read.append(run.data.tags[Tag.OCCASION])
            yield run

    monkeypatch.setattr(reader, "search", watched)
    finished_runs(client, prefer="mine", wanted={"1", "6"})

    assert {"mine", "nightly"} == set(read)


def test_nothing_is_read_beyond_what_is_wanted(client: "MlflowClient") -> None:
    """Other sweeps are read, the newest run first, until the last wanted one has turned up."""
    assert {"6": "theirs"} == _occasions(client, "new", wanted={"6"})
