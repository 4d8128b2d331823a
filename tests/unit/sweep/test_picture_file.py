"""Result pictures that carry texts."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.errors import InputError, StoreError
from harness.images.decode import decode_picture
from harness.sweep import picture_file
from harness.sweep.picture_file import (
    check_target,
    embedded_texts,
    encode_picture,
    seed_of,
    write_picture,
)

TEXTS = {"harness.settings": '{"start": "file:/höhle/☃.png"}', "harness.seed": "3"}


@pytest.fixture
def image() -> np.ndarray:
    """Return a picture of noise."""
    return np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG"])
def test_texts_come_back(suffix: str, image: np.ndarray) -> None:
    """What is written into a picture is read from it, letter by letter."""
    data = encode_picture(image, suffix, TEXTS)

    found = embedded_texts(data)

    assert found is not None
    assert found.items() >= TEXTS.items()
    assert 3 == seed_of(found)


def test_png_keeps_every_pixel(image: np.ndarray) -> None:
    """A PNG with texts holds the same pixels, and equal input gives equal bytes."""
    data = encode_picture(image, ".png", TEXTS)

    assert np.array_equal(image, decode_picture(data, name="made"))
    assert data == encode_picture(image, ".png", TEXTS)


def test_other_suffix_is_refused(image: np.ndarray) -> None:
    """A format that we do not write is refused with those that we do."""
    with pytest.raises(InputError, match=r"\.gif; allowed: \.png, \.jpg, \.jpeg"):
        encode_picture(image, ".gif", {})


def test_comment_of_another_program_is_no_text(image: np.ndarray) -> None:
    """A JPEG's comment that is no JSON object is nobody's settings."""
    for comment in (b"made with care", b"[1, 2]", b"\xff\xfe"):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, format="JPEG", comment=comment)

        found = embedded_texts(buffer.getvalue())

        assert found is not None
        assert "harness.settings" not in found


@pytest.mark.parametrize("data", [b'{"iterations": 5}', b"\x89PNG\r\n\x1a\n cut off", b"GIF89a"])
def test_what_is_no_picture_has_no_texts(data: bytes) -> None:
    """JSON, a damaged picture and another format are told from a picture of ours."""
    assert embedded_texts(data) is None


@pytest.mark.parametrize("text", ["", "three", "-1", "1.5", "²"])
def test_seed_that_is_none(text: str) -> None:
    """A seed that another program spoilt counts as none."""
    assert seed_of({"harness.seed": text}) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("out.gif", "found .gif; allowed: .png"),
        ("out", "found no suffix"),
        ("absent/out.png", "no folder"),
        (".", "is a folder"),
        ("folder.png", "is a folder"),
        (f"{'long' * 100}.png", "cannot be written"),
    ],
)
def test_target_is_refused(name: str, words: str, tmp_path: Path) -> None:
    """What cannot be written is refused before the work, and nothing is left behind."""
    (tmp_path / "folder.png").mkdir()

    with pytest.raises(InputError) as caught:
        check_target(tmp_path / name)

    assert words in str(caught.value)
    assert [tmp_path / "folder.png"] == list(tmp_path.iterdir())


def test_target_is_not_touched(tmp_path: Path) -> None:
    """The check leaves an earlier file as it is, and no file where there is none."""
    (tmp_path / "old.png").write_text("old")

    check_target(tmp_path / "old.png")
    check_target(tmp_path / "new.PNG")

    assert "old" == (tmp_path / "old.png").read_text()
    assert [tmp_path / "old.png"] == list(tmp_path.iterdir())


def test_full_disk(tmp_path: Path, image: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that refuses is an error of the disk that names the file."""

    def refuse(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(picture_file, "write_atomically", refuse)

    with pytest.raises(StoreError, match=r"out\.png: cannot be written: No space left"):
        write_picture(tmp_path / "out.png", image, {})
