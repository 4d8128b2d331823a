"""Pictures inside a page: as large and as good as the budget allows."""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from reports.page.pictures import SIZES, embed_pictures


def picture(seed: int = 0, size: tuple[int, int] = (48, 64)) -> np.ndarray:
    """Return noise, which no format makes small."""
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def opened(uri: str) -> Image.Image:
    """Return the picture in a data URI."""
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def test_pictures_that_fit_lose_nothing() -> None:
    """With enough room every pixel stays as it is."""
    album = embed_pictures({"a": picture(1), "b": picture(2)}, 1_000_000)

    assert SIZES[0] == album.size
    assert np.array_equal(picture(1), np.asarray(opened(album.uris["a"])))
    assert (0, 0, 0) == (album.n_reduced, album.n_left_out, album.n_unreadable)


def test_all_pictures_are_reduced_alike() -> None:
    """Where they do not fit, all get the same size and quality, within the budget."""
    pictures = {str(seed): picture(seed, (300, 400)) for seed in range(5)}
    album = embed_pictures(pictures, 60_000)

    assert 5 == len(album.uris) == album.n_reduced
    assert {album.size.long_side_px} == {max(opened(uri).size) for uri in album.uris.values()}
    assert {133} == {100 * opened(uri).width // opened(uri).height for uri in album.uris.values()}
    assert sum(len(uri) * 3 // 4 for uri in album.uris.values()) <= 60_000


def test_sample_that_misjudges_is_corrected() -> None:
    """One picture that is harder than the sampled ones does not break the budget."""
    plain = np.zeros((300, 400, 3), np.uint8)
    pictures = {str(at): plain for at in range(40)} | {"41": picture(1, (300, 400))}

    album = embed_pictures(pictures, 100_000)

    assert len(pictures) == len(album.uris)
    assert sum(len(uri) * 3 // 4 for uri in album.uris.values()) <= 100_000


def test_no_room_at_all_leaves_pictures_out() -> None:
    """What does not fit at the smallest size is counted, not squeezed in."""
    album = embed_pictures({str(seed): picture(seed) for seed in range(4)}, 100)

    assert {} == album.uris
    assert 4 == album.n_left_out


def test_no_pictures() -> None:
    """Without pictures there is an empty album."""
    assert {} == embed_pictures({}, 100).uris


def test_transparent_and_damaged_files(tmp_path: Path) -> None:
    """A file with transparency is read as colours; a damaged one is counted."""
    Image.new("RGBA", (8, 8), (255, 0, 0, 128)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")

    album = embed_pictures({name: tmp_path / f"{name}.png" for name in "ab"}, 10_000)

    assert {"a"} == album.uris.keys()
    assert "RGB" == opened(album.uris["a"]).mode
    assert 1 == album.n_unreadable
