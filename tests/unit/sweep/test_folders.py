"""Which folders a removal may delete."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import StoreError
from harness.sweep.tracking.folders import (
    Load,
    delete_folder,
    load_of,
    results_folder,
    run_folders,
    why_not_ours,
)
from harness.sweep.tracking.store import Location, locate


@pytest.fixture
def location(tmp_path: Path) -> Location:
    """Return a store in a folder of the test's own."""
    return locate(f"sqlite:///{tmp_path / 'mlflow.db'}")


def run(folder: Path) -> Any:
    """Return a run whose files are in a folder named by it."""
    (folder / "artifacts").mkdir(parents=True, exist_ok=True)
    uri = (folder / "artifacts").as_uri()
    return SimpleNamespace(info=SimpleNamespace(run_id=folder.name, artifact_uri=uri))


def test_folders_inside_the_store(location: Location, tmp_path: Path) -> None:
    """A run's folder below mlruns may go."""
    folder = tmp_path / "mlruns" / "a sweep" / "r1"

    assert ({"r1": folder}, []) == run_folders(location, [run(folder)])


def test_folder_of_a_copied_store_stays(location: Location, tmp_path: Path) -> None:
    """Files that lie elsewhere, as after copying a store, are another's: said, and kept."""
    folders, remarks = run_folders(location, [run(tmp_path / "original" / "mlruns" / "s" / "r1")])

    assert {} == folders
    assert "original" in remarks[0]
    assert "stay" in remarks[0]


def test_linked_experiment_stays(location: Location, tmp_path: Path) -> None:
    """A link below mlruns leads out of the store: what it leads to is left alone."""
    run(tmp_path / "elsewhere" / "r1")
    (tmp_path / "mlruns").mkdir()
    (tmp_path / "mlruns" / "s").symlink_to(tmp_path / "elsewhere")

    folders, remarks = run_folders(location, [run(tmp_path / "mlruns" / "s" / "r1")])

    assert {} == folders
    assert 1 == len(remarks)


def test_folder_not_named_by_its_run_stays(location: Location, tmp_path: Path) -> None:
    """A folder that is not the run's own may hold the files of others."""
    odd = run(tmp_path / "mlruns" / "s" / "r1")
    odd.info.run_id = "r2"

    assert {} == run_folders(location, [odd])[0]


def test_missing_folder_is_no_matter(location: Location, tmp_path: Path) -> None:
    """Files that are gone already are nothing to delete and nothing to mention."""
    gone = run(tmp_path / "mlruns" / "s" / "r1")
    delete_folder(tmp_path / "mlruns" / "s" / "r1")

    assert ({}, []) == run_folders(location, [gone])


def test_files_on_a_server_are_not_looked_for(location: Location) -> None:
    """Artifacts behind a server are not on this machine."""
    info = SimpleNamespace(run_id="r1", artifact_uri="mlflow-artifacts:/1/r1/artifacts")
    remote: Any = SimpleNamespace(info=info)

    assert ({}, []) == run_folders(location, [remote])


def test_load(tmp_path: Path) -> None:
    """Files, pictures and bytes are counted below a folder; MLflow's small copies are no more."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.png").write_bytes(b"12345")
    (tmp_path / "a.webp").write_bytes(b"1")
    (tmp_path / "trace.json").write_bytes(b"12")

    assert Load(files=3, pictures=1, size_bytes=8) == load_of([tmp_path])


@pytest.mark.parametrize("sweep", ["..", ".", "a/b", "a\\b", "/etc", ""])
def test_results_never_lead_elsewhere(tmp_path: Path, sweep: str) -> None:
    """A name that is no sweep's has no results folder."""
    assert results_folder(tmp_path / "results", sweep) is None


def test_results_that_are_ours(tmp_path: Path) -> None:
    """A folder with a sweep's table, or an empty one, is the harness's."""
    folder = tmp_path / "tiny"
    assert results_folder(tmp_path, "tiny") is None
    folder.mkdir()
    assert not why_not_ours(folder)
    (folder / "table.json").touch()

    assert folder == results_folder(tmp_path, "tiny")
    assert not why_not_ours(folder)


def test_results_that_are_not_ours(tmp_path: Path) -> None:
    """A link, a file and a folder of something else are left alone, with a reason."""
    mine, link, file = tmp_path / "mine", tmp_path / "link", tmp_path / "file"
    mine.mkdir()
    (mine / "thesis.tex").touch()
    link.symlink_to(mine)
    file.touch()

    assert "link" in why_not_ours(link)
    assert "no folder" in why_not_ours(file)
    assert "no results" in why_not_ours(mine)


def test_links_inside_are_not_followed(tmp_path: Path) -> None:
    """Deleting a folder removes a link in it, not what it leads to."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "photo.jpg").touch()
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "link").symlink_to(kept)

    delete_folder(tmp_path / "gone")

    assert (kept / "photo.jpg").exists()
    assert not (tmp_path / "gone").exists()


def test_undeletable_is_a_store_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be deleted is named, and the command can be repeated."""

    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder / "a.png"))

    monkeypatch.setattr("shutil.rmtree", refuse)

    with pytest.raises(StoreError, match=r"a\.png: Permission denied"):
        delete_folder(tmp_path)
