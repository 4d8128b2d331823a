"""Where the MLflow store is, and who may write to it."""

from pathlib import Path

import pytest

from harness.errors import StoreError
from harness.sweep.tracking.store import connect, local_path, locate


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of the test's own, without a store named in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def test_default_is_absolute_and_here() -> None:
    """Without an option the store is ./mlflow.db, by an absolute address."""
    location = locate(None)

    assert Path.cwd() / "mlflow.db" == location.database
    assert f"sqlite:///{Path.cwd()}/mlflow.db" == location.uri
    assert Path.cwd() / "mlruns" == location.artifacts
    assert not location.exists


def test_option_before_environment_before_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """The option wins over MLFLOW_TRACKING_URI, which wins over the default."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")

    assert "http://127.0.0.1:1" == locate(None).uri
    assert Path.cwd() / "other.db" == locate("sqlite:///other.db").database


@pytest.mark.parametrize("uri", ["./mlruns", "file:///tmp/mlruns"])
def test_folder_is_refused(uri: str) -> None:
    """A plain folder, which MLflow no longer writes to, is refused with what to do."""
    with pytest.raises(StoreError, match="sqlite:///"):
        locate(uri)


def test_foreign_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A file that is no database is an error of the store, and is not overwritten."""
    path = tmp_path / "mlflow.db"
    path.write_text("a diary")

    with pytest.raises(StoreError, match="belongs to another program"):
        connect(locate(None))

    assert "a diary" == path.read_text()


def test_local_path() -> None:
    """Artifact addresses on this machine become paths, with their spaces; others do not."""
    assert Path("/a b/c") == local_path("file:///a%20b/c")
    assert Path("/a/b") == local_path("/a/b")
    assert local_path("mlflow-artifacts:/1/2") is None
