"""Files that are no usable pictures give one clear error that names them."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.errors import PictureError
from harness.images.decode import MAX_FILE_BYTES, decode_picture, open_picture


def _file(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def _photograph() -> Image.Image:
    noise = np.random.default_rng(3).integers(0, 256, (64, 80, 3), dtype=np.uint8)
    return Image.fromarray(noise)


def _png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size but holds next to nothing, as decompression bombs do."""
    chunks = b""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 999)), (b"IEND", b"")):
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        chunks += struct.pack(">I", len(data)) + kind + data + checksum
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"Dear diary,\n" * 50, "not a picture", id="text"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture", id="svg"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a pic", id="eps"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "not a picture", id="only a signature"),
        pytest.param(_png_header(12_000, 12_000), "100 million pixels", id="too many pixels"),
        pytest.param(_png_header(60_000, 60_000), "100 million pixels", id="bomb"),
        pytest.param(_png_header(300, 300), "damaged", id="too few bytes"),
        pytest.param(_file(Image.new("RGB", (15, 400)), "PNG"), "15 x 400", id="too narrow"),
        pytest.param(_file(Image.new("F", (20, 20)), "TIFF"), "32-bit", id="floating point"),
        pytest.param(_file(Image.new("I", (20, 20)), "TIFF"), "32-bit", id="32-bit integers"),
    ],
)
def test_unusable_content_is_named(tmp_path: Path, content: bytes, found: str) -> None:
    """The error names the file and what is wrong with it."""
    path = tmp_path / "odd.png"
    path.write_bytes(content)

    with pytest.raises(PictureError, match=rf"odd\.png: .*{found}"):
        open_picture(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "PPM", "JPEG2000"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_that_was_cut_off_is_refused(kind: str, share: float) -> None:
    """A download that stopped early is found out by decoding, whatever the format."""
    data = _file(_photograph(), kind)

    with pytest.raises(PictureError, match="half: "):
        decode_picture(data[: int(share * len(data))], name="half")


def test_a_flipped_bit_in_a_png_is_refused() -> None:
    """Checksums are looked at, so silent damage of the pixels does not pass."""
    data = bytearray(_file(_photograph(), "PNG"))
    data[-20] ^= 1

    with pytest.raises(PictureError, match="damaged"):
        decode_picture(bytes(data), name="a")


def test_random_damage_never_escapes_as_another_error() -> None:
    """Whatever bytes are overwritten, the outcome is a picture or a PictureError."""
    rng = np.random.default_rng(11)
    outcomes = set()
    for kind in ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "PPM", "JPEG2000", "AVIF"):
        whole = _file(_photograph().resize((24, 20)), kind)
        for _ in range(40):
            data = bytearray(whole)
            for place in rng.integers(0, min(len(data), 400), 4):
                data[place] = rng.integers(0, 256)
            try:
                outcomes.add(decode_picture(bytes(data), name="a").dtype.name)
            except PictureError:
                outcomes.add("refused")

    assert {"uint8", "refused"} == outcomes


def test_a_missing_file_suggests_its_neighbour(tmp_path: Path) -> None:
    """A misspelt name is answered with the file that is there."""
    (tmp_path / "harbour.jpg").touch()

    with pytest.raises(PictureError, match=r"no such file; did you mean .*harbour\.jpg"):
        open_picture(tmp_path / "harbor.jpg")


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    """When the folder is missing too, the error says so."""
    with pytest.raises(PictureError, match=r"no such file; the folder .*photos does not exist"):
        open_picture(tmp_path / "photos" / "a.jpg")


def test_a_folder_that_cannot_be_listed_gives_no_suggestion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking for a similar name never hides the error about the missing file."""

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)

    with pytest.raises(PictureError, match="no such file; check the path"):
        open_picture(tmp_path / "a.png")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """A folder is refused with the pattern that names its pictures."""
    with pytest.raises(PictureError, match=r"is a folder; .*/\*\.jpg"):
        open_picture(tmp_path)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    """A pipe, which would be read for ever, is refused."""
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(PictureError, match="device or a pipe"):
        open_picture(tmp_path / "pipe")


def test_a_file_of_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    """A file above the limit is refused by its size, before it fills the memory."""
    path = tmp_path / "huge.tif"
    path.touch()
    os.truncate(path, MAX_FILE_BYTES + 1)  # takes no room on disk

    with pytest.raises(PictureError, match="1024 MiB"):
        open_picture(path)


def test_a_file_without_permission_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that may not be read is an error about permissions."""

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "secret.png").touch()
    monkeypatch.setattr(Path, "read_bytes", refuse)  # root reads everything, so no chmod

    with pytest.raises(PictureError, match=r"secret\.png: may not be read; change its perm"):
        open_picture(tmp_path / "secret.png")


@pytest.mark.parametrize("source", ["a\0b.png", "x" * 5000])
def test_an_impossible_path_is_an_error_of_the_picture(source: str) -> None:
    """Paths that no file system accepts are reported like other unreadable pictures."""
    with pytest.raises(PictureError, match="cannot be read"):
        open_picture(source)
