"""Parameter files are hashed once, and again as soon as they are others."""

import hashlib
import os
from pathlib import Path

import pytest

from harness.errors import ParametersError
from harness.transfer.pretrained import digests
from harness.transfer.pretrained.choice import foreign_note, parameters_identity
from harness.transfer.pretrained.digests import file_sha256, remembered_sha256

DAY_NS = 86_400_000_000_000


def _written(path: Path, content: bytes, *, changed_ns: int) -> Path:
    path.write_bytes(content)
    os.utime(path, ns=(changed_ns, changed_ns))
    return path


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of this moment counts as one that has not been touched for long."""
    monkeypatch.setattr(digests, "_SETTLED_NS", 0)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read to be hashed, one after the other."""
    files: list[Path] = []

    def counted(path: Path) -> str:
        files.append(path)
        return file_sha256(path)

    monkeypatch.setattr(digests, "file_sha256", counted)
    return files


@pytest.mark.usefixtures("settled")
def test_a_file_is_read_once(tmp_path: Path, hashed: list[Path]) -> None:
    """Its identity, asked for again, and the note on its origin need one reading."""
    path = _written(tmp_path / "trained.pth", b"numbers", changed_ns=DAY_NS)

    names = {parameters_identity(str(path), "vgg19") for _ in range(2)}
    foreign_note("caffe", f"file:{path}", "vgg19")

    assert {f"file:{hashlib.sha256(b'numbers').hexdigest()}"} == names
    assert [path] == hashed


@pytest.mark.usefixtures("settled")
def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """As many other bytes in its place are noticed, written into it or moved over it."""
    path = _written(tmp_path / "trained.pth", b"one", changed_ns=DAY_NS)
    found = [remembered_sha256(path)]

    _written(path, b"two", changed_ns=2 * DAY_NS)
    found.append(remembered_sha256(path))
    _written(tmp_path / "other.pth", b"six", changed_ns=2 * DAY_NS).replace(path)
    found.append(remembered_sha256(path))

    assert [hashlib.sha256(text).hexdigest() for text in (b"one", b"two", b"six")] == found


def test_a_file_of_this_moment_is_not_remembered(tmp_path: Path, hashed: list[Path]) -> None:
    """It may change again before the file system's clock moves on."""
    path = _written(tmp_path / "trained.pth", b"numbers", changed_ns=DAY_NS)

    assert remembered_sha256(path) == remembered_sha256(path)
    assert [path, path] == hashed


@pytest.mark.usefixtures("settled")
def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    """Also where it was hashed before."""
    path = _written(tmp_path / "trained.pth", b"numbers", changed_ns=DAY_NS)
    remembered_sha256(path)
    path.unlink()

    with pytest.raises(ParametersError, match=r"trained\.pth cannot be read: No such file"):
        remembered_sha256(path)
