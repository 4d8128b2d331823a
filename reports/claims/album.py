"""Small pictures for documentation: JPEG files of all claims within one budget."""

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from reports.embedding import data_uri
from reports.sheet.thumbnails import Picture, thumbnail

__all__ = ["Album", "Stored", "collect_pictures"]

FORMAT = "JPEG"
LONG_SIDE_PX = 160
BUDGET_BYTES = 1_400_000  # a committed page should stay a small part of a repository
QUALITIES = (85, 75, 65, 50)
NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
LETTERS_OF_NAME = 24
LETTERS_OF_HASH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A small picture.

    Attributes:
        name: Of its file.
        content: Of its file: JPEG, with nothing but its pixels.
        width: In pixels.
        height: In pixels.
    """

    name: str
    content: bytes
    width: int
    height: int

    @property
    def uri(self) -> str:
        """The picture as a data URI."""
        return data_uri(self.content, FORMAT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """Small pictures in the order in which they were asked for; None for a file that is gone."""

    pictures: tuple[Stored | None, ...]

    @property
    def files(self) -> dict[str, bytes]:
        """Every file once, by its name."""
        return {one.name: one.content for one in self.pictures if one is not None}


def collect_pictures(
    pictures: Sequence[tuple[str, Picture]], budget_bytes: int = BUDGET_BYTES
) -> Album:
    """Make pictures small, all in the best quality in which their files fit the budget.

    Args:
        pictures: What begins the name of the file, any text; and the picture. Equal pictures
            under one name become one file.
        budget_bytes: Of all files; at the lowest quality they are taken whatever they need.
    """
    images = [
        (name, thumbnail(picture, (LONG_SIDE_PX, LONG_SIDE_PX))) for name, picture in pictures
    ]
    album = Album(pictures=())
    for quality in QUALITIES:
        album = Album(pictures=tuple(_stored(name, image, quality) for name, image in images))
        if sum(map(len, album.files.values())) <= budget_bytes:
            break
    return album


def _stored(name: str, image: Image.Image | None, quality: int) -> Stored | None:
    if image is None:
        return None
    encoded = io.BytesIO()
    image.save(encoded, format=FORMAT, quality=quality, optimize=True)
    content = encoded.getvalue()
    # By its content, so that a name says nothing that a sweep file could have put there.
    code = hashlib.sha256(content).hexdigest()[:LETTERS_OF_HASH]
    stem = NOT_IN_NAMES.sub("-", name.lower())[:LETTERS_OF_NAME].strip("-") or "picture"
    return Stored(
        name=f"{stem}-{code}.jpg", content=content, width=image.width, height=image.height
    )
