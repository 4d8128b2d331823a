"""Pictures of a page: as large and as good as a budget allows, all of one kind alike."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from reports.embedding import PictureFormat, as_data_uri

__all__ = ["LIKENESSES", "SIZES", "Album", "Picture", "Size", "embed_pictures"]

Picture = Path | np.ndarray

SAMPLED = 16  # pictures that are encoded to foresee how much all of them take
CAUTION = 0.95  # of the budget: the sample may have been the smaller pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large and how good pictures are.

    Attributes:
        long_side_px: The most that a picture's long side has; smaller ones stay as they are.
        kind: How they are encoded.
    """

    long_side_px: int
    kind: PictureFormat

    @property
    def words(self) -> str:
        """How they are encoded, for readers."""
        quality = "without loss" if self.kind.quality is None else f"quality {self.kind.quality}"
        return f"{self.kind.name}, {quality}"


def _size(long_side_px: int, name: str, quality: int | None = None) -> Size:
    return Size(long_side_px=long_side_px, kind=PictureFormat(name=name, quality=quality))


# Large ones as JPEG, whose colours stay as sharp as its light; WebP's do not, but it is smaller.
SIZES = (
    _size(1024, "PNG"),
    _size(1024, "JPEG", 94),
    _size(1024, "JPEG", 88),
    _size(768, "JPEG", 88),
    _size(640, "JPEG", 84),
    _size(512, "JPEG", 82),
    _size(448, "WEBP", 82),
    _size(384, "WEBP", 78),
    _size(320, "WEBP", 74),
    _size(256, "WEBP", 72),
    _size(224, "WEBP", 66),
    _size(192, "WEBP", 60),
    _size(160, "WEBP", 50),
    _size(128, "WEBP", 40),
    _size(96, "WEBP", 30),
)
LIKENESSES = SIZES[2:]  # for pictures that are looked at beside the results


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """Pictures inside a page.

    Attributes:
        uris: By key; a picture that cannot be read or found no room is not there.
        size: How large and how good they are.
        n_reduced: How many had more pixels than that.
        n_unreadable: How many files are gone or damaged.
        n_left_out: How many found no room at all.
    """

    uris: Mapping[str, str]
    size: Size
    n_reduced: int = 0
    n_unreadable: int = 0
    n_left_out: int = 0


def embed_pictures(
    pictures: Mapping[str, Picture], budget_bytes: int, sizes: Sequence[Size] = SIZES
) -> Album:
    """Return pictures as data URIs, all of the first size at which they fit.

    Args:
        pictures: By any key: a file, or (H, W, 3) uint8, sRGB.
        budget_bytes: Of all encoded pictures; as data URIs they take a third more.
        sizes: From the best to the smallest; what does not fit at the last is left out.
    """
    *better, last = sizes[_foreseen(pictures, budget_bytes, sizes) :]
    for size in better:
        album = _encode_all(pictures, budget_bytes, size)
        if not album.n_left_out:
            return album
    return _encode_all(pictures, budget_bytes, last)


def _foreseen(pictures: Mapping[str, Picture], budget_bytes: int, sizes: Sequence[Size]) -> int:
    """Return the place of the first size at which a sample says that all will fit."""
    keys = list(pictures)
    step = max(1, len(keys) // SAMPLED)
    sample = [one for one in (_opened(pictures[key]) for key in keys[::step]) if one is not None]
    if not sample:
        return 0
    for place, size in enumerate(sizes):
        taken = sum(_bytes(_encoded(image, size)) for image in sample)
        if taken / len(sample) * len(keys) <= CAUTION * budget_bytes:
            return place
    return len(sizes) - 1


def _encode_all(pictures: Mapping[str, Picture], budget_bytes: int, size: Size) -> Album:
    """Return all pictures of one size, as far as the budget goes."""
    uris: dict[str, str] = {}
    taken = reduced = unreadable = 0
    with ThreadPoolExecutor() as pool:  # decoding and encoding let other threads run
        likenesses = pool.map(partial(_likeness, size=size), pictures.values())
    for key, likeness in zip(pictures, likenesses, strict=True):
        if likeness is None:
            unreadable += 1
            continue
        uri, is_reduced = likeness
        if taken + _bytes(uri) > budget_bytes:
            break
        taken += _bytes(uri)
        reduced += is_reduced
        uris[key] = uri
    return Album(
        uris=uris,
        size=size,
        n_reduced=reduced,
        n_unreadable=unreadable,
        n_left_out=len(pictures) - len(uris) - unreadable,
    )


def _likeness(picture: Picture, size: Size) -> tuple[str, bool] | None:
    """Return a picture as a data URI, and whether it had more pixels; None if it is damaged."""
    image = _opened(picture)
    if image is None:
        return None
    return _encoded(image, size), max(image.size) > size.long_side_px


def _opened(picture: Picture) -> Image.Image | None:
    """Return a picture's pixels; None if its file is gone or damaged."""
    if not isinstance(picture, Path):
        return Image.fromarray(picture)
    try:
        with Image.open(picture) as image:
            return image.convert("RGB")
    except OSError:
        return None


def _encoded(image: Image.Image, size: Size) -> str:
    if max(image.size) > size.long_side_px:
        image = image.copy()
        image.thumbnail((size.long_side_px, size.long_side_px), Image.Resampling.LANCZOS)
    return as_data_uri(np.asarray(image), size.kind)


def _bytes(uri: str) -> int:
    """Return how many bytes a data URI's picture has."""
    return len(uri) * 3 // 4
